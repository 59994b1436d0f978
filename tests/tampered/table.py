"""Tampered source trees, a row each: what is changed, what the go command says, and what attest denies.

Every row starts from one of the two clean trees of `worlds`, which pass. Both are judged by one policy,
`POLICY` and `CHECKS`: what no policy asks for (a replacement, an old go line) is no denial but information.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.tampered.worlds import sum_lines, sum_of, zip_bytes
from tests.unit.go.proxy import module_zip

if TYPE_CHECKING:
    from tests.tampered.worlds import Base

Edit = tuple[str, str | None, str | bytes | None]
"""A file, what is replaced in it (None: all of it), and with what (None: it is removed).

A name that begins with `modcache/` lies in the module cache; one that ends in `/` is an empty directory.
"""

POLICY: Final = {
    "go_sum": "verify",
    "vendor": "exact",
    "replace": {
        "deny_local": True,
        "allow": [
            "c.d/orig => c.d/fork v1.5.0",
            "not.used/x v1.0.0 => c.d/fork v1.5.0",
            "local.one/l v0.0.0 => ./third_party/l",
        ],
    },
    "go_min": "1.24",
    "toolchain_min": "1.24",
}
CHECKS: Final = {"module-excluded": {"severity": "deny"}}

BUILDS: Final = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One tampered tree.

    `denies` are exactly the checks that deny it; the first has a finding with `message` in it, at the file
    `at` and, where `line` is given, at the line that has this text. `go` are words of what the go command
    says when it runs `command`, "" where it succeeds without noticing; a command that prints its judgement
    and succeeds (`go mod verify`) is quoted too, with `fails` false.
    """

    why: str
    edits: tuple[Edit, ...]
    denies: tuple[str, ...]
    at: str
    message: str
    line: str = ""
    outcome: str = "fail"
    go: str = BUILDS
    command: tuple[str, ...] = ("build", "./...")
    base: Base = "cached"


LIB = "vendor/a.b/lib"
TXT = "vendor/modules.txt"


@dataclass(frozen=True, kw_only=True)
class VendorRow(Row):
    """A row whose tree has a vendor directory."""

    denies: tuple[str, ...] = ("vendor-drift",)
    base: Base = "vendored"
    command: tuple[str, ...] = ("build", "-mod=vendor", "./...")


VENDOR_ROWS: Final[tuple[Row, ...]] = (
    VendorRow(
        why="a file is edited",
        edits=((f"{LIB}/lib_windows.go", "package", "// x\npackage"),),
        at=f"{LIB}/lib_windows.go",
        message="differs from a.b/lib@v1.0.0",
    ),
    VendorRow(
        why="a constraint is edited",
        edits=((f"{LIB}/local.go", "special", "specials"),),
        at=f"{LIB}/local.go",
        message="differs from a.b/lib@v1.0.0",
    ),
    VendorRow(
        why="line ends are changed",
        edits=((f"{LIB}/lib.go", "\r\n", "\n"),),
        at=f"{LIB}/lib.go",
        message="differs from a.b/lib@v1.0.0",
    ),
    VendorRow(
        why="a Go file is added",
        edits=((f"{LIB}/extra.go", None, "package lib\n"),),
        at=f"{LIB}/extra.go",
        message="is not in a.b/lib@v1.0.0 as go.sum knows it",
    ),
    VendorRow(
        why="a C header is added beside packages",
        edits=((f"{LIB}/inc/x.h", None, "int x;\n"),),
        at=f"{LIB}/inc/x.h",
        message="is not in a.b/lib@v1.0.0",
    ),
    VendorRow(
        why="an object file is added",
        edits=((f"{LIB}/x_windows.syso", None, "x"),),
        at=f"{LIB}/x_windows.syso",
        message="is not in a.b/lib@v1.0.0",
    ),
    VendorRow(
        why="a Go file is removed",
        edits=((f"{LIB}/lib_windows.go", None, None),),
        at=f"{LIB}/lib_windows.go",
        message="is missing, and a.b/lib@v1.0.0 has it",
    ),
    VendorRow(
        why="an assembly file is removed",
        edits=((f"{LIB}/asm_amd64.s", None, None),),
        at=f"{LIB}/asm_amd64.s",
        message="is missing",
    ),
    VendorRow(
        why="an embedded file is edited",
        edits=(("vendor/a.b/emb/data/deep/y.txt", None, "evil"),),
        at="vendor/a.b/emb/data/deep/y.txt",
        message="differs from a.b/emb@v1.1.0",
    ),
    VendorRow(
        why="an embedded file is added",
        edits=(("vendor/a.b/emb/data/new.txt", None, "evil"),),
        at="vendor/a.b/emb/data/new.txt",
        message="is not in a.b/emb@v1.1.0",
    ),
    VendorRow(
        why="an embedded file is removed",
        edits=(("vendor/a.b/emb/full/.dot/x", None, None),),
        at="vendor/a.b/emb/full/.dot/x",
        message="is missing",
    ),
    VendorRow(
        why="what cgo embeds is edited",
        edits=(("vendor/a.b/cgo/data/c.txt", None, "evil"),),
        at="vendor/a.b/cgo/data/c.txt",
        message="differs from a.b/cgo@v1.0.0",
    ),
    VendorRow(
        why="a licence is edited",
        edits=((f"{LIB}/LICENSE", None, "public domain\n"),),
        at=f"{LIB}/LICENSE",
        message="differs from a.b/lib@v1.0.0",
    ),
    VendorRow(
        why="a notice above a package is edited",
        edits=((f"{LIB}/sub/NOTICE", None, "none\n"),),
        at=f"{LIB}/sub/NOTICE",
        message="differs from a.b/lib@v1.0.0",
    ),
    VendorRow(
        why="a licence is removed",
        edits=((f"{LIB}/LICENSE", None, None),),
        at=f"{LIB}/LICENSE",
        message="is missing",
        denies=("vendor-untidy",),
    ),
    VendorRow(
        why="a genuine test is copied",
        edits=((f"{LIB}/lib_test.go", None, 'package lib\n\nimport _ "not.there/x"\n'),),
        at=f"{LIB}/lib_test.go",
        message="does not copy it",
        denies=("vendor-untidy",),
    ),
    VendorRow(
        why="a package is added",
        edits=(("vendor/q.r/new/new.go", None, "package new\n"),),
        at="vendor/q.r/new",
        message="package q.r/new exists in the vendor directory but is missing from",
    ),
    VendorRow(
        why="a file of the replaced module",
        edits=(("vendor/c.d/orig/orig.go", None, "package orig\n"),),
        at="vendor/c.d/orig/orig.go",
        message="differs from c.d/fork@v1.5.0",
    ),
    VendorRow(
        why="a file of the local replacement",
        edits=(("vendor/local.one/l/l.go", "var S", "var T"),),
        at="vendor/local.one/l/l.go",
        message="differs from ./third_party/l as it lies there",
    ),
    VendorRow(
        why="the local replacement moved on",
        edits=(("third_party/l/new.go", None, "package l\n"),),
        at="vendor/local.one/l/new.go",
        message="is missing, and ./third_party/l has it",
    ),
    VendorRow(
        why="a package line under the module around it",
        edits=(
            (TXT, "a.b/lib/nested/pkg\n", ""),
            (TXT, "a.b/lib/sub/deep\n", "a.b/lib/sub/deep\na.b/lib/nested/pkg\n"),
        ),
        at=TXT,
        message="package a.b/lib/nested/pkg is listed under a.b/lib@v1.0.0, and a.b/lib/nested@v0.2.0 has it",
        line="a.b/lib/nested/pkg",
    ),
    VendorRow(
        why="a package line under another module",
        edits=(
            (TXT, "\nk.l/win\n", "\n"),
            (TXT, "\na.b/emb\n", "\na.b/emb\nk.l/win\n"),
        ),
        at=TXT,
        message="package k.l/win is listed under a.b/emb@v1.1.0, which cannot give it",
        line="k.l/win",
    ),
    VendorRow(
        why="a package line under the local replacement",
        edits=(
            (TXT, "\nc.d/orig/in\n", "\n"),
            (TXT, "\nlocal.one/l\n", "\nlocal.one/l\nc.d/orig/in\n"),
        ),
        at=TXT,
        message="package c.d/orig/in is listed under local.one/l@v0.0.0, which cannot give it",
        line="c.d/orig/in",
    ),
    VendorRow(
        why="a package line twice",
        edits=((TXT, "\na.b/emb\n", "\na.b/emb\na.b/emb\n"),),
        at=TXT,
        message="package a.b/emb is listed 2 times",
        line="a.b/emb",
    ),
    VendorRow(
        why="an invented package",
        edits=((TXT, "\na.b/emb\n", "\na.b/emb\na.b/emb/none\n"),),
        at=TXT,
        message="package a.b/emb/none is not in a.b/emb@v1.1.0",
        line="a.b/emb/none",
    ),
    VendorRow(
        why="a package that nothing imports",
        edits=(
            (TXT, "a.b/lib/sub/deep\n", "a.b/lib/sub/deep\na.b/lib/unused\n"),
            (f"{LIB}/unused/unused.go", None, "package unused\n"),
        ),
        at=TXT,
        message="package a.b/lib/unused is listed under a.b/lib@v1.0.0, and nothing imports it",
        line="a.b/lib/unused",
    ),
    VendorRow(
        why="a package line of another platform removed",
        edits=((TXT, "\nk.l/win\n", "\n"),),
        at=f"{LIB}/lib_windows.go",
        message="package k.l/win of k.l/win@v1.0.0 is imported",
        line='import _ "k.l/win"',
    ),
    VendorRow(
        why="a package line of tests removed",
        edits=((TXT, "\nm.n/testdep\n", "\n"),),
        at="app_test.go",
        message="package m.n/testdep of m.n/testdep@v1.0.0 is imported",
        line='import _ "m.n/testdep"',
    ),
    VendorRow(
        why="a package line of a tool removed",
        edits=((TXT, "\ng.h/tool/cmd/tool\n", "\n"),),
        at="go.mod",
        message="package g.h/tool/cmd/tool of g.h/tool@v1.0.0 is imported",
    ),
    VendorRow(
        why="a package line of what is built removed",
        edits=((TXT, "\na.b/lib/nested/pkg\n", "\n"),),
        at="app.go",
        message="package a.b/lib/nested/pkg of a.b/lib/nested@v0.2.0 is imported",
        line='\t_ "a.b/lib/nested/pkg"',
        go="cannot find module providing package a.b/lib/nested/pkg",
    ),
    VendorRow(
        why="a new import that is not vendored",
        edits=(("new_windows.go", None, 'package app\n\nimport _ "q.r/s"\n'),),
        at="new_windows.go",
        message="package q.r/s is imported, and no module in vendor/modules.txt gives it",
        line='import _ "q.r/s"',
    ),
    VendorRow(
        why="an older language",
        edits=((TXT, "go 1.16\na.b/emb\n", "go 1.21\na.b/emb\n"),),
        at=TXT,
        message="a.b/emb@v1.1.0 is marked with go 1.21, and go.mod of a.b/emb@v1.1.0 says go 1.16",
        line="# a.b/emb v1.1.0",
    ),
    VendorRow(
        why="no language",
        edits=((TXT, "## explicit; go 1.14\nk.l/win", "## explicit\nk.l/win"),),
        at=TXT,
        message="k.l/win@v1.0.0 is marked with no go version",
        line="# k.l/win v1.0.0",
    ),
    VendorRow(
        why="a language for a module without",
        edits=((TXT, "## explicit\ne.f/old", "## explicit; go 1.21\ne.f/old"),),
        at=TXT,
        message="e.f/old@v2.0.0+incompatible is marked with go 1.21",
        line="# e.f/old v2.0.0+incompatible",
    ),
    VendorRow(
        why="no longer explicit",
        edits=((TXT, "## explicit; go 1.14\nk.l/win", "## go 1.14\nk.l/win"),),
        at="go.mod",
        message="is explicitly required in go.mod, but not marked as explicit",
        line="\tk.l/win v1.0.0",
        go="is explicitly required in go.mod, but not marked as explicit",
    ),
    VendorRow(
        why="a module that nobody asked for",
        edits=((TXT, "# k.l/win", "# j.k/x v1.0.0\n# k.l/win"),),
        at=TXT,
        message="j.k/x@v1.0.0 gives no package and is not required in go.mod",
        line="# j.k/x v1.0.0",
    ),
    VendorRow(
        why="an explicit module that is not required",
        edits=((TXT, "# k.l/win", "# j.k/x v1.0.0\n## explicit\n# k.l/win"),),
        at=TXT,
        message="is marked as explicit in vendor/modules.txt, but not explicitly required",
        line="# j.k/x v1.0.0",
    ),
    VendorRow(
        why="a module twice",
        edits=((TXT, "# k.l/win", "# a.b/emb v1.1.0\n# k.l/win"),),
        at=TXT,
        message="module a.b/emb@v1.1.0 is listed 2 times",
        line="# a.b/emb v1.1.0",
    ),
    VendorRow(
        why="another replacement",
        edits=((TXT, "=> c.d/fork v1.5.0", "=> c.d/fork v1.6.0"),),
        at="go.mod",
        message="is replaced by c.d/fork@v1.5.0 in go.mod, but marked as replaced by c.d/fork@v1.6.0",
        denies=("vendor-drift", "go-sum-incomplete"),
        go="but marked as replaced by c.d/fork@v1.6.0",
    ),
)

ALPHA: Final = "lib.test/alpha@v1.1.0"
NESTED: Final = "lib.test/alpha/nested@v1.0.0"
BETA: Final = "lib.test/beta@v1.2.0"
OTHER: Final = f"h1:{'A' * 43}="
ALPHA_ZIP: Final = f"lib.test/alpha v1.1.0 {sum_of(ALPHA)}\n"
ALPHA_MOD: Final = f"lib.test/alpha v1.1.0/go.mod {sum_of(ALPHA, 'go.mod')}\n"
BETA_ZIP: Final = f"lib.test/beta v1.2.0 {sum_of(BETA)}\n"
BETA_MOD: Final = f"lib.test/beta v1.2.0/go.mod {sum_of(BETA, 'go.mod')}\n"


def _added(*keys: str) -> Edit:
    """The true lines of more modules, which an attacker would add to go.sum as well."""
    return ("go.sum", ALPHA_ZIP, sum_lines(*keys) + ALPHA_ZIP)


SUM_ROWS: Final[tuple[Row, ...]] = (
    Row(
        why="the hash of a zip is edited",
        edits=(("go.sum", ALPHA_ZIP, f"lib.test/alpha v1.1.0 {OTHER}\n"),),
        denies=("go-sum-mismatch",),
        at="go.sum",
        line="lib.test/alpha v1.1.0 h1:AAA",
        message="the line of go.sum stands alone",
        go="verifying lib.test/alpha@v1.1.0: checksum mismatch",
    ),
    Row(
        why="the hash of a go.mod is edited",
        edits=(("go.sum", ALPHA_MOD, f"lib.test/alpha v1.1.0/go.mod {OTHER}\n"),),
        denies=("go-sum-mismatch",),
        at="go.sum",
        line="lib.test/alpha v1.1.0/go.mod",
        message="go.mod of lib.test/alpha@v1.1.0 should have the hash h1:AAA",
        go="verifying lib.test/alpha@v1.1.0/go.mod: checksum mismatch",
    ),
    Row(
        why="the line of a zip is removed",
        edits=(("go.sum", ALPHA_ZIP, ""),),
        denies=("go-sum-incomplete",),
        at="go.mod",
        line="lib.test/alpha v1.1.0",
        message="missing go.sum entry for module providing package lib.test/alpha",
        go="missing go.sum entry for module providing package lib.test/alpha",
    ),
    Row(
        why="the line of a go.mod is removed",
        edits=(("go.sum", ALPHA_MOD, ""),),
        denies=("go-sum-incomplete",),
        at="go.mod",
        line="lib.test/alpha v1.1.0",
        message="missing go.sum entry for go.mod file",
        go="missing go.sum entry for go.mod file",
    ),
    Row(
        why="the line of an indirect module is removed",
        edits=(("go.sum", BETA_ZIP, ""),),
        denies=("go-sum-incomplete",),
        at="go.mod",
        line="lib.test/beta v1.2.0",
        message="missing go.sum entry for module providing package lib.test/beta",
        go="missing go.sum entry for module providing package lib.test/beta",
    ),
    Row(
        why="both lines of a module are removed",
        edits=(("go.sum", BETA_ZIP, ""), ("go.sum", BETA_MOD, "")),
        denies=("go-sum-incomplete",),
        at="go.mod",
        line="lib.test/beta v1.2.0",
        message="missing go.sum entry for go.mod file",
        go="missing go.sum entry",
    ),
    Row(
        why="a second hash after the right one",
        edits=(("go.sum", ALPHA_ZIP, f"{ALPHA_ZIP}lib.test/alpha v1.1.0 {OTHER}\n"),),
        denies=("go-sum-incomplete",),
        at="go.sum",
        line="h1:AAA",
        message="lib.test/alpha@v1.1.0 has another hash here than in line 1",
    ),
    Row(
        why="a second hash before the right one",
        edits=(("go.sum", ALPHA_ZIP, f"lib.test/alpha v1.1.0 {OTHER}\n{ALPHA_ZIP}"),),
        denies=("go-sum-mismatch", "go-sum-incomplete"),
        at="go.sum",
        line="h1:AAA",
        message="the line of go.sum stands alone",
        go="verifying lib.test/alpha@v1.1.0: checksum mismatch",
    ),
    Row(
        why="a second hash of a go.mod after the right one",
        edits=(("go.sum", BETA_MOD, f"{BETA_MOD}lib.test/beta v1.2.0/go.mod {OTHER}\n"),),
        denies=("go-sum-incomplete",),
        at="go.sum",
        line="h1:AAA",
        message="go.mod of lib.test/beta@v1.2.0 has another hash here",
    ),
    Row(
        why="a line without a hash",
        edits=(("go.sum", ALPHA_ZIP, f"lib.test/alpha v1.1.0\n{ALPHA_ZIP}"),),
        denies=("go-sum-incomplete",),
        at="go.sum",
        line="lib.test/alpha v1.1.0",
        message="malformed go.sum: wrong number of fields 2",
        go="go.sum:1: wrong number of fields 2",
    ),
    Row(
        why="a conflict marker of a merge",
        edits=(("go.sum", ALPHA_ZIP, f"<<<<<<< HEAD\n{ALPHA_ZIP}=======\n>>>>>>> other\n"),),
        denies=("go-sum-incomplete",),
        at="go.sum",
        line="<<<<<<< HEAD",
        message="malformed go.sum: wrong number of fields 2",
        go="go.sum:1: wrong number of fields 2",
    ),
    Row(
        why="a comment, which go.sum does not know",
        edits=(("go.sum", ALPHA_ZIP, f"# reviewed by a security team\n{ALPHA_ZIP}"),),
        denies=("go-sum-incomplete",),
        at="go.sum",
        line="# reviewed",
        message="malformed go.sum: wrong number of fields 6",
        go="go.sum:1: wrong number of fields 6",
    ),
    Row(
        why="an unknown algorithm in place of h1, for a zip",
        edits=(("go.sum", ALPHA_ZIP, ALPHA_ZIP.replace("h1:", "h2:")),),
        denies=("go-sum-incomplete",),
        at="go.sum",
        line="lib.test/alpha v1.1.0 h2:",
        message="package lib.test/alpha: its hash is of the unknown algorithm h2",
        go="missing go.sum entry for module providing package lib.test/alpha",
    ),
    Row(
        why="an unknown algorithm in place of h1, for a go.mod",
        edits=(("go.sum", BETA_MOD, BETA_MOD.replace("h1:", "sha512:")),),
        denies=("go-sum-incomplete",),
        at="go.sum",
        line="lib.test/beta v1.2.0/go.mod sha512:",
        message="go.mod file: its hash is of the unknown algorithm sha512",
        go="missing go.sum entry for go.mod file",
    ),
    Row(
        why="the hash of an older version",
        edits=(("go.sum", sum_of(ALPHA), sum_of("lib.test/alpha@v1.0.0")),),
        denies=("go-sum-mismatch",),
        at="go.sum",
        line="lib.test/alpha v1.1.0 ",
        message="lib.test/alpha@v1.1.0 should have the hash",
        go="verifying lib.test/alpha@v1.1.0: checksum mismatch",
    ),
    Row(
        why="the versions of two lines are swapped",
        edits=(
            _added("lib.test/alpha@v1.0.0"),
            ("go.sum", "lib.test/alpha v1.0.0 ", "lib.test/alpha v9.9.9 "),
            ("go.sum", "lib.test/alpha v1.1.0 ", "lib.test/alpha v1.0.0 "),
            ("go.sum", "lib.test/alpha v9.9.9 ", "lib.test/alpha v1.1.0 "),
        ),
        denies=("go-sum-mismatch",),
        at="go.sum",
        line="lib.test/alpha v1.1.0 ",
        message="lib.test/alpha@v1.1.0 should have the hash",
        go="verifying lib.test/alpha@v1.1.0: checksum mismatch",
    ),
    Row(
        why="the hashes of two modules are swapped",
        edits=(
            ("go.sum", sum_of(ALPHA), "h1:-"),
            ("go.sum", sum_of(BETA), sum_of(ALPHA)),
            ("go.sum", "h1:-", sum_of(BETA)),
        ),
        denies=("go-sum-mismatch",),
        at="go.sum",
        line="lib.test/beta v1.2.0 ",
        message="lib.test/beta@v1.2.0 should have the hash",
        go="checksum mismatch",
    ),
    Row(
        why="the hashes of a zip and its go.mod are swapped",
        edits=(
            ("go.sum", sum_of(BETA), "h1:-"),
            ("go.sum", sum_of(BETA, "go.mod"), sum_of(BETA)),
            ("go.sum", "h1:-", sum_of(BETA, "go.mod")),
        ),
        denies=("go-sum-mismatch",),
        at="go.sum",
        line="lib.test/beta v1.2.0/go.mod",
        message="go.mod of lib.test/beta@v1.2.0 should have the hash",
        go="checksum mismatch",
    ),
    Row(
        why="a hash in hexadecimal",
        edits=(("go.sum", ALPHA_ZIP, f"lib.test/alpha v1.1.0 h1:{'0' * 64}\n"),),
        denies=("go-sum-mismatch",),
        at="go.sum",
        line="lib.test/alpha v1.1.0 h1:000",
        message="the line of go.sum stands alone",
        go="verifying lib.test/alpha@v1.1.0: checksum mismatch",
    ),
    Row(
        why="a superfluous line is wrong",
        edits=(("go.sum", ALPHA_ZIP, f"{ALPHA_ZIP}lib.test/beta v1.1.0 {OTHER}\n"),),
        denies=("go-sum-mismatch",),
        at="go.sum",
        line="lib.test/beta v1.1.0",
        message="lib.test/beta@v1.1.0 should have the hash",
    ),
    Row(
        why="go.sum is removed",
        edits=(("go.sum", None, None),),
        denies=("go-sum-incomplete", "go-sum-mismatch"),
        at="go.sum",
        message="go.sum is empty, but go.mod requires modules",
        go="missing go.sum entry",
    ),
    Row(
        why="go.sum is emptied",
        edits=(("go.sum", None, ""),),
        denies=("go-sum-incomplete", "go-sum-mismatch"),
        at="go.sum",
        message="go.sum is empty, but go.mod requires modules",
        go="missing go.sum entry",
    ),
)

MOD_ROWS: Final[tuple[Row, ...]] = (
    Row(
        why="a version is lowered below what a dependency asks for",
        edits=(("go.mod", "lib.test/beta v1.2.0", "lib.test/beta v1.1.0"), _added("lib.test/beta@v1.1.0")),
        denies=("import-unresolved",),
        at="go.mod",
        line="lib.test/beta v1.1.0",
        message="updates to go.mod needed: it asks for lib.test/beta@v1.1.0, and a dependency for v1.2.0",
        go="updates to go.mod needed",
    ),
    Row(
        why="an indirect requirement is removed",
        edits=(("go.mod", "\tlib.test/beta v1.2.0 // indirect\n", ""),),
        denies=("import-unresolved",),
        at="modcache/lib.test/alpha@v1.1.0/alpha.go",
        line="lib.test/beta",
        message="no required module provides package lib.test/beta",
        go="updates to go.mod needed",
    ),
    Row(
        why="another version, without its lines in go.sum",
        edits=(("go.mod", "lib.test/alpha v1.1.0", "lib.test/alpha v1.0.0"),),
        denies=("go-sum-incomplete",),
        at="go.mod",
        line="lib.test/alpha v1.0.0",
        message="missing go.sum entry for module providing package lib.test/alpha",
        go="missing go.sum entry",
    ),
    Row(
        why="a version that does not exist",
        edits=(
            ("go.mod", "lib.test/alpha v1.1.0", "lib.test/alpha v1.7.0"),
            (
                "go.sum",
                ALPHA_ZIP,
                f"lib.test/alpha v1.7.0 {OTHER}\nlib.test/alpha v1.7.0/go.mod {OTHER}\n{ALPHA_ZIP}",
            ),
        ),
        denies=("go-sum-mismatch",),
        at="",
        outcome="no-evidence",
        message="lib.test/alpha@v1.7.0",
        go="reading file://",
    ),
    Row(
        why="a replacement by a directory",
        edits=(("go.mod", "require (", "replace lib.test/alpha => ./third_party/alpha\n\nrequire ("),),
        denies=("local-replace",),
        at="go.mod",
        line="replace lib.test/alpha",
        message="lib.test/alpha is replaced by the directory ./third_party/alpha",
    ),
    Row(
        why="a replacement by a directory outside of the tree",
        edits=(("go.mod", "require (", "replace lib.test/alpha => ../elsewhere\n\nrequire ("),),
        denies=("local-replace", "import-unresolved"),
        at="go.mod",
        line="replace lib.test/alpha",
        message="lib.test/alpha is replaced by the directory ../elsewhere",
        go="replacement directory ../elsewhere does not exist",
    ),
    Row(
        why="a replacement by a fork",
        edits=(
            ("go.mod", "require (", "replace lib.test/alpha => fork.test/alpha v1.1.0\n\nrequire ("),
            _added("fork.test/alpha@v1.1.0"),
        ),
        denies=("module-replaced",),
        at="go.mod",
        line="replace lib.test/alpha",
        message="lib.test/alpha is replaced by fork.test/alpha@v1.1.0, which the policy does not allow",
    ),
    Row(
        why="a replacement by a fork, without its lines in go.sum",
        edits=(("go.mod", "require (", "replace lib.test/alpha => fork.test/alpha v1.1.0\n\nrequire ("),),
        denies=("module-replaced", "go-sum-incomplete"),
        at="go.mod",
        line="replace lib.test/alpha",
        message="lib.test/alpha is replaced by fork.test/alpha@v1.1.0, which the policy does not allow",
        go="missing go.sum entry",
    ),
    Row(
        why="a replacement by an older version of itself",
        edits=(
            ("go.mod", "require (", "replace lib.test/beta v1.2.0 => lib.test/beta v1.1.0\n\nrequire ("),
            _added("lib.test/beta@v1.1.0"),
        ),
        denies=("module-replaced",),
        at="go.mod",
        line="replace lib.test/beta",
        message="lib.test/beta@v1.2.0 is replaced by lib.test/beta@v1.1.0",
    ),
    Row(
        why="the go line is lowered",
        edits=(("go.mod", "go 1.24\n", "go 1.21\n"),),
        denies=("toolchain-old",),
        at="go.mod",
        line="go 1.21",
        message="go.mod should say go 1.24 or later, and says go 1.21",
    ),
    Row(
        why="the go line is lowered below those of dependencies",
        edits=(("go.mod", "go 1.24\n", "go 1.20\n"),),
        denies=("toolchain-old", "import-unresolved"),
        at="go.mod",
        line="go 1.20",
        message="go.mod should say go 1.24 or later, and says go 1.20",
        go="updates to go.mod needed",
    ),
    Row(
        why="the go line is removed",
        edits=(("go.mod", "go 1.24\n", ""),),
        denies=("toolchain-old", "import-unresolved"),
        at="go.mod",
        message="go.mod should say go 1.24 or later, and says no go version",
        go="updates to go.mod needed",
    ),
    Row(
        why="the toolchain line is removed and the go line lowered",
        edits=(("go.mod", "go 1.24\n\ntoolchain go1.25.0\n", "go 1.21\n"),),
        denies=("toolchain-old",),
        at="go.mod",
        line="go 1.21",
        message="go.mod should ask for Go 1.24 or later",
    ),
    Row(
        why="the selected version is excluded",
        edits=(("go.mod", "require (", "exclude lib.test/alpha v1.1.0\n\nrequire ("),),
        denies=("import-unresolved", "module-excluded"),
        at="go.mod",
        line="lib.test/alpha v1.1.0",
        message="updates to go.mod needed: it asks for lib.test/alpha@v1.1.0 and excludes it",
        go="ignoring requirement on excluded version lib.test/alpha v1.1.0",
    ),
    Row(
        why="the selected version is excluded, and vendored",
        base="vendored",
        edits=(("go.mod", "require (", "exclude a.b/emb v1.1.0\n\nrequire ("),),
        denies=("import-unresolved", "module-excluded"),
        at="go.mod",
        line="\ta.b/emb v1.1.0",
        message="updates to go.mod needed: it asks for a.b/emb@v1.1.0 and excludes it",
        go="vendored module a.b/emb@v1.1.0 should be required explicitly in go.mod",
    ),
    Row(
        why="the version that a dependency asks for is excluded",
        edits=(
            ("go.mod", "require (", "exclude lib.test/beta v1.2.0\n\nrequire ("),
            ("go.mod", "lib.test/beta v1.2.0 //", "lib.test/beta v1.1.0 //"),
            _added("lib.test/beta@v1.1.0"),
        ),
        denies=("module-excluded",),
        at="go.mod",
        line="exclude lib.test/beta v1.2.0",
        message="lib.test/beta@v1.2.0 is excluded; that counts in this module alone",
    ),
    Row(
        why="one replacement for two modules",
        edits=(
            (
                "go.mod",
                "require (",
                "replace lib.test/alpha => lib.test/beta v1.2.0\n\nrequire (",
            ),
        ),
        denies=("module-replaced", "import-unresolved"),
        at="go.mod",
        line="replace lib.test/alpha",
        message="lib.test/alpha is replaced by lib.test/beta@v1.2.0",
        go="lib.test/beta@v1.2.0 used for two different module paths (lib.test/alpha and lib.test/beta)",
    ),
)

SOURCE_ROWS: Final[tuple[Row, ...]] = (
    Row(
        why="an import of what nobody provides",
        edits=(("app.go", '"lib.test/alpha"', '"lib.test/gamma"'),),
        denies=("import-unresolved",),
        at="app.go",
        line='_ "lib.test/gamma"',
        message="no required module provides package lib.test/gamma",
        go="no required module provides package lib.test/gamma",
    ),
    Row(
        why="an import of a package that the module does not have",
        edits=(("app.go", '"lib.test/alpha"', '"lib.test/alpha/gamma"'),),
        denies=("import-unresolved",),
        at="app.go",
        line='_ "lib.test/alpha/gamma"',
        message="no required module provides package lib.test/alpha/gamma",
        go="provides package lib.test/alpha/gamma",
    ),
    Row(
        why="two modules provide one package",
        edits=(
            ("go.mod", "lib.test/alpha v1.1.0", "lib.test/alpha v0.9.0"),
            _added("lib.test/alpha@v0.9.0"),
        ),
        denies=("import-unresolved",),
        at="app.go",
        line='_ "lib.test/alpha/nested"',
        message="ambiguous import: found package lib.test/alpha/nested in",
        go="ambiguous import: found package lib.test/alpha/nested in multiple modules",
    ),
    Row(
        why="a package of the main module is removed",
        edits=(("internal/x/x.go", None, None),),
        denies=("import-unresolved",),
        at="app.go",
        line='_ "app.test/app/internal/x"',
        message="package app.test/app/internal/x",
        go="package app.test/app/internal/x",
    ),
    Row(
        why="a go.mod makes another module of a directory",
        edits=(("internal/x/go.mod", None, "module app.test/app/internal/x\n"),),
        denies=("import-unresolved",),
        at="app.go",
        line='_ "app.test/app/internal/x"',
        message="package app.test/app/internal/x",
        go="app.test/app/internal/x",
    ),
    Row(
        why="a file of another package in a directory",
        edits=(("internal/x/y.go", None, "package y\n"),),
        denies=("import-unresolved",),
        at="internal/x/y.go",
        message="found packages x (x.go) and y (y.go) in internal/x",
        go="found packages x (x.go) and y (y.go)",
    ),
    Row(
        why="a package of the module itself is put in for a dependency",
        edits=(
            ("go.mod", "module app.test/app", "module lib.test"),
            ("app.go", '"app.test/app/internal/x"', '"lib.test/internal/x"'),
            ("alpha/alpha.go", None, "package alpha\n"),
        ),
        denies=("import-unresolved",),
        at="go.mod",
        message="ambiguous import: found package lib.test/alpha in",
        go="ambiguous import: found package lib.test/alpha in multiple modules",
    ),
    Row(
        why="a source file is cut short",
        edits=(("app.go", ")\n", ""),),
        denies=("import-unresolved",),
        at="app.go",
        message="",
        go="app.go",
    ),
)


@dataclass(frozen=True, kw_only=True)
class CacheRow(Row):
    """A row whose module cache is changed; `go mod verify` is the go command that looks at it again.

    It compares zip and directory with the .ziphash alone, never with the lines of zips in go.sum.
    """

    denies: tuple[str, ...] = ("modcache-modified",)
    at: str = f"modcache/{ALPHA}"
    command: tuple[str, ...] = ("mod", "verify")


DIRECTORY: Final = f"modcache/{ALPHA}"
STEM: Final = "modcache/cache/download/lib.test/alpha/@v/v1.1.0"
EVIL_ZIP: Final = module_zip("lib.test/alpha", "v1.1.0", {"alpha.go": b"package alpha\n"})
EVIL: Final = "package alpha\n\nfunc init() { panic(1) }\n"

CACHE_ROWS: Final[tuple[Row, ...]] = (
    CacheRow(
        why="the zip is another one",
        edits=((f"{STEM}.zip", None, EVIL_ZIP),),
        denies=("go-sum-mismatch",),
        at="go.sum",
        line="lib.test/alpha v1.1.0 ",
        message="the zip stands alone",
        go="zip has been modified",
    ),
    CacheRow(
        why="the zip is cut short",
        edits=((f"{STEM}.zip", None, zip_bytes(ALPHA)[:99]),),
        denies=("go-sum-mismatch",),
        at="go.sum",
        line="lib.test/alpha v1.1.0 ",
        message="the zip stands alone",
        go="not a valid zip file",
    ),
    CacheRow(
        why="the .ziphash is edited",
        edits=((f"{STEM}.ziphash", None, OTHER),),
        at=f"{STEM}.ziphash",
        message="the .ziphash of",
        go="has been modified",
    ),
    CacheRow(
        why="the .ziphash is emptied",
        edits=((f"{STEM}.ziphash", None, ""),),
        at=f"{STEM}.ziphash",
        message="the .ziphash of",
        go="has been modified",
    ),
    CacheRow(
        why="an extracted file is edited",
        edits=((f"{DIRECTORY}/alpha.go", None, EVIL),),
        at=f"{DIRECTORY}/alpha.go",
        message="alpha.go differs",
        go="dir has been modified",
    ),
    CacheRow(
        why="an extracted file is edited, and built",
        edits=((f"{DIRECTORY}/alpha.go", "//go:embed", "func init() { panic(1) }\n\n//go:embed"),),
        denies=("modcache-modified",),
        at=f"{DIRECTORY}/alpha.go",
        message="alpha.go differs",
        command=("build", "./..."),
    ),
    CacheRow(
        why="an extracted file that is embedded is edited, and built",
        edits=((f"{DIRECTORY}/data.txt", None, "evil\n"),),
        at=f"{DIRECTORY}/data.txt",
        message="data.txt differs",
        command=("build", "./..."),
    ),
    CacheRow(
        why="a file is added to the extracted directory, and built",
        edits=((f"{DIRECTORY}/evil_linux.go", None, EVIL),),
        at=f"{DIRECTORY}/evil_linux.go",
        message="evil_linux.go is added",
        command=("build", "./..."),
    ),
    CacheRow(
        why="a file is removed from the extracted directory",
        edits=((f"{DIRECTORY}/alpha_windows.go", None, None),),
        at=f"{DIRECTORY}/alpha_windows.go",
        message="alpha_windows.go is missing",
        go="dir has been modified",
    ),
    CacheRow(
        why="a zip and its .ziphash are those of another tree",
        edits=((f"{STEM}.zip", None, EVIL_ZIP), (f"{STEM}.ziphash", None, OTHER)),
        denies=("go-sum-mismatch",),
        at="go.sum",
        line="lib.test/alpha v1.1.0 ",
        message="lib.test/alpha@v1.1.0 should have the hash",
        go="has been modified",
    ),
    CacheRow(
        why="the line of a zip in go.sum is edited",
        edits=(("go.sum", sum_of(ALPHA), OTHER),),
        denies=("go-sum-mismatch",),
        at="go.sum",
        line="lib.test/alpha v1.1.0 ",
        message="the line of go.sum stands alone: the zip, the .ziphash and the extracted directory agree",
    ),
    CacheRow(
        why="a .mod file is edited",
        edits=((f"{STEM}.mod", None, "module lib.test/alpha\n\ngo 1.21\n"),),
        denies=("go-sum-mismatch",),
        at="go.sum",
        line="lib.test/alpha v1.1.0/go.mod",
        message="go.mod of lib.test/alpha@v1.1.0 should have the hash",
        go="checksum mismatch",
    ),
    CacheRow(
        why="a module is removed from the module cache",
        edits=(
            (f"{STEM}.zip", None, None),
            (f"{STEM}.ziphash", None, None),
            (f"{STEM}.mod", None, None),
            (DIRECTORY, None, None),
        ),
        denies=("go-sum-mismatch",),
        at="",
        outcome="no-evidence",
        message="lib.test/alpha@v1.1.0",
    ),
)

ROWS: Final = (*VENDOR_ROWS, *SUM_ROWS, *MOD_ROWS, *SOURCE_ROWS, *CACHE_ROWS)


@dataclass(frozen=True, kw_only=True)
class Harmless:
    """A change of the module cache that changes nothing that is built: it passes."""

    why: str
    edits: tuple[Edit, ...]
    go: str = ""


HARMLESS: Final[tuple[Harmless, ...]] = (
    Harmless(
        why="the .ziphash is removed: the go command hashes the zip again",
        edits=((f"{STEM}.ziphash", None, None),),
        go="missing ziphash",
    ),
    Harmless(why="an empty directory", edits=((f"{DIRECTORY}/empty/", None, ""),)),
    Harmless(why="the zip is removed: the directory stands in", edits=((f"{STEM}.zip", None, None),)),
    Harmless(
        why="the directory is marked as half extracted: the go command extracts it again",
        edits=((f"{STEM}.partial", None, ""), (f"{DIRECTORY}/alpha_windows.go", None, None)),
    ),
)
