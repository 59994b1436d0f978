"""vendor/ as the go command writes it, and as it must not be."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from attest.app.check import check_source, manifest_of, read_manifest
from attest.cli.main import run
from attest.edge.files import DirectoryTree
from attest.errors import ReadError
from attest.model.source import Platform, SourceReport
from tests.fakes import MemoryTree
from tests.unit.app.vendor_world import SHAPES, go_sum, make_proxy, write
from tests.unit.go.proxy import GO, Go

if TYPE_CHECKING:
    from pathlib import Path

LINUX = Platform(goos="linux", goarch="amd64")


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Go:
    if not GO.exists():
        pytest.skip("no go command beside this Python")
    work = tmp_path_factory.mktemp("go")
    return Go(work, make_proxy(work / "proxy"))


@pytest.fixture(scope="module")
def trees(go: Go, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each shape of main module, vendored by the go command."""
    found = {}
    for name, files in SHAPES.items():
        root = tmp_path_factory.mktemp(name) / "app"
        write(root, {**files, "go.sum": go_sum()})
        go.run(root, "mod", "vendor", CGO_ENABLED="0")
        go.run(root, "mod", "download", "all")
        found[name] = root
    return found


def check(root: Path, go: Go | None, manifest: bytes | None = None) -> SourceReport:
    return check_source(
        DirectoryTree.of(root),
        modcache=DirectoryTree.of(go.modcache) if go else None,
        platforms=(LINUX,),
        manifests=None if manifest is None else read_manifest(manifest, "manifest.txt"),
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_what_go_mod_vendor_writes_has_no_fault(shape: str, go: Go, trees: dict[str, Path]) -> None:
    report = check(trees[shape], go)
    assert (report.vendor_faults, report.vendor_untidy, report.contents_unproven) == ((), (), ())


@pytest.mark.parametrize("shape", SHAPES)
def test_a_manifest_proves_without_a_module_cache(shape: str, go: Go, trees: dict[str, Path]) -> None:
    manifest = manifest_of(DirectoryTree.of(trees[shape]), modcache=DirectoryTree.of(go.modcache))
    report = check(trees[shape], None, manifest)
    assert (report.vendor_faults, report.vendor_untidy, report.contents_unproven) == ((), (), ())
    assert {each.status for each in report.proofs} == {"match"}


LIB = "vendor/a.b/lib"
TXT = "vendor/modules.txt"
BUILDS = ""

Edit = tuple[str, str | None, str | None]
"""A file, what is replaced in it (None: the whole file), and with what (None: the file is removed)."""


@dataclass(frozen=True)
class Row:
    """A tampered tree: what is changed, what `go build -mod=vendor` says ("" where it builds), and attest.

    `line` is the text of the line that the fault points at, in `place`.
    """

    why: str
    edits: tuple[Edit, ...]
    place: str
    message: str
    go: str = BUILDS
    line: str = ""
    untidy: bool = False


ROWS = (
    Row("a file is edited", ((f"{LIB}/lib_windows.go", "package", "// x\npackage"),),
        f"{LIB}/lib_windows.go", "differs from a.b/lib@v1.0.0"),
    Row("a constraint is edited", ((f"{LIB}/local.go", "special", "specials"),),
        f"{LIB}/local.go", "differs from a.b/lib@v1.0.0"),
    Row("line ends are changed", ((f"{LIB}/lib.go", "\r\n", "\n"),),
        f"{LIB}/lib.go", "differs from a.b/lib@v1.0.0"),
    Row("a Go file is added", ((f"{LIB}/extra.go", None, "package lib\n"),),
        f"{LIB}/extra.go", "is not in a.b/lib@v1.0.0 as go.sum knows it"),
    Row("a C header is added beside packages", ((f"{LIB}/inc/x.h", None, "int x;\n"),),
        f"{LIB}/inc/x.h", "is not in a.b/lib@v1.0.0"),
    Row("an object file is added", ((f"{LIB}/x_windows.syso", None, "x"),),
        f"{LIB}/x_windows.syso", "is not in a.b/lib@v1.0.0"),
    Row("a Go file is removed", ((f"{LIB}/lib_windows.go", None, None),),
        f"{LIB}/lib_windows.go", "is missing, and a.b/lib@v1.0.0 has it"),
    Row("an assembly file is removed", ((f"{LIB}/asm_amd64.s", None, None),),
        f"{LIB}/asm_amd64.s", "is missing"),
    Row("an embedded file is edited", (("vendor/a.b/emb/data/deep/y.txt", None, "evil"),),
        "vendor/a.b/emb/data/deep/y.txt", "differs from a.b/emb@v1.1.0"),
    Row("an embedded file is added", (("vendor/a.b/emb/data/new.txt", None, "evil"),),
        "vendor/a.b/emb/data/new.txt", "is not in a.b/emb@v1.1.0"),
    Row("an embedded file is removed", (("vendor/a.b/emb/full/.dot/x", None, None),),
        "vendor/a.b/emb/full/.dot/x", "is missing"),
    Row("what cgo embeds is edited", (("vendor/a.b/cgo/data/c.txt", None, "evil"),),
        "vendor/a.b/cgo/data/c.txt", "differs from a.b/cgo@v1.0.0"),
    Row("a licence is edited", ((f"{LIB}/LICENSE", None, "public domain\n"),),
        f"{LIB}/LICENSE", "differs from a.b/lib@v1.0.0"),
    Row("a notice above a package is edited", ((f"{LIB}/sub/NOTICE", None, "none\n"),),
        f"{LIB}/sub/NOTICE", "differs from a.b/lib@v1.0.0"),
    Row("a licence is removed", ((f"{LIB}/LICENSE", None, None),),
        f"{LIB}/LICENSE", "is missing", untidy=True),
    Row("a genuine test is copied",
        ((f"{LIB}/lib_test.go", None, 'package lib\n\nimport _ "not.there/x"\n'),),
        f"{LIB}/lib_test.go", "does not copy it", untidy=True),
    Row("a package is added", (("vendor/q.r/new/new.go", None, "package new\n"),),
        "vendor/q.r/new", "package q.r/new exists in the vendor directory but is missing from"),
    Row("a file of the replaced module", (("vendor/c.d/orig/orig.go", None, "package orig\n"),),
        "vendor/c.d/orig/orig.go", "differs from c.d/fork@v1.5.0"),
    Row("a file of the local replacement", (("vendor/local.one/l/l.go", "var S", "var T"),),
        "vendor/local.one/l/l.go", "differs from ./third_party/l as it lies there"),
    Row("the local replacement moved on", (("third_party/l/new.go", None, "package l\n"),),
        "vendor/local.one/l/new.go", "is missing, and ./third_party/l has it"),
    Row("a package line under the module around it",
        ((TXT, "a.b/lib/nested/pkg\n", ""),
         (TXT, "a.b/lib/sub/deep\n", "a.b/lib/sub/deep\na.b/lib/nested/pkg\n")),
        TXT, "package a.b/lib/nested/pkg is listed under a.b/lib@v1.0.0, and a.b/lib/nested@v0.2.0 has it",
        line="a.b/lib/nested/pkg"),
    Row("a package line under another module",
        ((TXT, "\nk.l/win\n", "\n"), (TXT, "\na.b/emb\n", "\na.b/emb\nk.l/win\n")),
        TXT, "package k.l/win is listed under a.b/emb@v1.1.0, which cannot give it", line="k.l/win"),
    Row("a package line under the local replacement",
        ((TXT, "\nc.d/orig/in\n", "\n"), (TXT, "\nlocal.one/l\n", "\nlocal.one/l\nc.d/orig/in\n")),
        TXT, "package c.d/orig/in is listed under local.one/l@v0.0.0, which cannot give it",
        line="c.d/orig/in"),
    Row("a package line twice", ((TXT, "\na.b/emb\n", "\na.b/emb\na.b/emb\n"),),
        TXT, "package a.b/emb is listed 2 times", line="a.b/emb"),
    Row("an invented package", ((TXT, "\na.b/emb\n", "\na.b/emb\na.b/emb/none\n"),),
        TXT, "package a.b/emb/none is not in a.b/emb@v1.1.0", line="a.b/emb/none"),
    Row("a package that nothing imports",
        ((TXT, "a.b/lib/sub/deep\n", "a.b/lib/sub/deep\na.b/lib/unused\n"),
         (f"{LIB}/unused/unused.go", None, "package unused\n")),
        TXT, "package a.b/lib/unused is listed under a.b/lib@v1.0.0, and nothing imports it",
        line="a.b/lib/unused"),
    Row("a package line of another platform removed", ((TXT, "\nk.l/win\n", "\n"),),
        f"{LIB}/lib_windows.go", "package k.l/win of k.l/win@v1.0.0 is imported", line='import _ "k.l/win"'),
    Row("a package line of tests removed", ((TXT, "\nm.n/testdep\n", "\n"),),
        "app_test.go", "package m.n/testdep of m.n/testdep@v1.0.0 is imported",
        line='import _ "m.n/testdep"'),
    Row("a package line of a tool removed", ((TXT, "\ng.h/tool/cmd/tool\n", "\n"),),
        "go.mod", "package g.h/tool/cmd/tool of g.h/tool@v1.0.0 is imported"),
    Row("a package line of what is built removed", ((TXT, "\na.b/lib/nested/pkg\n", "\n"),),
        "app.go", "package a.b/lib/nested/pkg of a.b/lib/nested@v0.2.0 is imported",
        go="cannot find module providing package a.b/lib/nested/pkg", line='\t_ "a.b/lib/nested/pkg"'),
    Row("a new import that is not vendored", (("new_windows.go", None, 'package app\n\nimport _ "q.r/s"\n'),),
        "new_windows.go", "package q.r/s is imported, and no module in vendor/modules.txt gives it",
        line='import _ "q.r/s"'),
    Row("an older language", ((TXT, "go 1.16\na.b/emb\n", "go 1.21\na.b/emb\n"),),
        TXT, "a.b/emb@v1.1.0 is marked with go 1.21, and go.mod of a.b/emb@v1.1.0 says go 1.16",
        line="# a.b/emb v1.1.0"),
    Row("no language", ((TXT, "## explicit; go 1.14\nk.l/win", "## explicit\nk.l/win"),),
        TXT, "k.l/win@v1.0.0 is marked with no go version", line="# k.l/win v1.0.0"),
    Row("a language for a module without", ((TXT, "## explicit\ne.f/old", "## explicit; go 1.21\ne.f/old"),),
        TXT, "e.f/old@v2.0.0+incompatible is marked with go 1.21", line="# e.f/old v2.0.0+incompatible"),
    Row("no longer explicit", ((TXT, "## explicit; go 1.14\nk.l/win", "## go 1.14\nk.l/win"),),
        "go.mod", "is explicitly required in go.mod, but not marked as explicit",
        go="is explicitly required in go.mod, but not marked as explicit", line="\tk.l/win v1.0.0"),
    Row("a module that nobody asked for", ((TXT, "# k.l/win", "# j.k/x v1.0.0\n# k.l/win"),),
        TXT, "j.k/x@v1.0.0 gives no package and is not required in go.mod", line="# j.k/x v1.0.0"),
    Row("an explicit module that is not required",
        ((TXT, "# k.l/win", "# j.k/x v1.0.0\n## explicit\n# k.l/win"),),
        TXT, "is marked as explicit in vendor/modules.txt, but not explicitly required",
        line="# j.k/x v1.0.0"),
    Row("a module twice", ((TXT, "# k.l/win", "# a.b/emb v1.1.0\n# k.l/win"),),
        TXT, "module a.b/emb@v1.1.0 is listed 2 times", line="# a.b/emb v1.1.0"),
    Row("another replacement", ((TXT, "=> c.d/fork v1.5.0", "=> c.d/fork v1.6.0"),),
        "go.mod", "is replaced by c.d/fork@v1.5.0 in go.mod, but marked as replaced by c.d/fork@v1.6.0",
        go="but marked as replaced by c.d/fork@v1.6.0"),
)  # fmt: skip


@pytest.fixture
def tampered(request: pytest.FixtureRequest, trees: dict[str, Path], tmp_path: Path) -> tuple[Row, Path]:
    row: Row = request.param
    root = tmp_path / "app"
    shutil.copytree(trees["newest"], root)
    for name, old, new in row.edits:
        file = root / name
        if new is None:
            file.unlink()
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        text = new if old is None else file.read_bytes().decode()
        assert old is None or old in text, f"{name} has no {old!r}"
        file.write_bytes((text if old is None else text.replace(old, new)).encode())
    return row, root


@pytest.mark.parametrize("tampered", ROWS, indirect=True, ids=lambda row: row.why.replace(" ", "-"))
def test_a_tampered_vendor_directory(tampered: tuple[Row, Path], go: Go) -> None:
    row, root = tampered
    report = check(root, go)
    # One fault for one change; where a line is gone or moved, what follows from it may be told too.
    found = [
        each
        for each in (report.vendor_untidy if row.untidy else report.vendor_faults)
        if each.place.file == row.place and row.message in each.message
    ]
    assert found, [*report.vendor_faults, *report.vendor_untidy]
    assert row.untidy is (not report.vendor_faults)
    if row.line:
        lines = (root / row.place).read_bytes().decode().split("\n")
        assert row.line in {lines[(each.place.line or 0) - 1].rstrip("\r") for each in found}
    built = go.try_run(root, "build", "-mod=vendor", "./...", CGO_ENABLED="0")
    assert built.returncode == int(bool(row.go)), built.stderr
    assert row.go in built.stderr


def test_a_manifest_is_small_and_the_same_for_the_same_tree(go: Go, trees: dict[str, Path]) -> None:
    tree, cache = DirectoryTree.of(trees["newest"]), DirectoryTree.of(go.modcache)
    manifest = manifest_of(tree, modcache=cache)
    assert manifest == manifest_of(tree, modcache=cache)
    assert manifest == manifest_of(tree, modcache=None, manifests=read_manifest(manifest, "m.txt"))
    read = {str(module): each for module, each in read_manifest(manifest, "m.txt").items()}
    assert (read["o.p/idle@v1.0.0"].files, read["o.p/idle@v1.0.0"].go_mod is None) == ((), False)
    # Only what go mod vendor leaves out for its build constraint must be told in full.
    assert sum(len(each.contents) for each in read.values()) == 3
    assert "local.one/l" not in manifest.decode()


def test_a_manifest_does_not_vouch_for_itself(go: Go, trees: dict[str, Path]) -> None:
    manifest = manifest_of(DirectoryTree.of(trees["newest"]), modcache=DirectoryTree.of(go.modcache))
    old = next(each for each in manifest.splitlines() if each.endswith(b"a.b/emb@v1.1.0/emb.go"))
    report = check(trees["newest"], None, manifest.replace(old, b"0" * 64 + old[64:]))
    (proof,) = [each for each in report.proofs if each.status == "mismatch"]
    assert (str(proof.module), proof.kind) == ("a.b/emb@v1.1.0", "zip")
    assert [(str(module), reason) for module, reason in report.contents_unproven] == [
        ("a.b/emb@v1.1.0", "its files in the manifest are not those that go.sum knows")
    ]


def test_a_manifest_without_the_content_of_what_is_missing(
    go: Go, trees: dict[str, Path], tmp_path: Path
) -> None:
    manifest = manifest_of(DirectoryTree.of(trees["newest"]), modcache=DirectoryTree.of(go.modcache))
    shutil.copytree(trees["newest"], tmp_path / "app")
    (tmp_path / "app" / LIB / "lib_windows.go").unlink()
    faults = check(tmp_path / "app", None, manifest).vendor_faults
    assert f"{LIB}/lib_windows.go is missing, and a.b/lib@v1.0.0 has it" in {each.message for each in faults}


def test_a_go_mod_that_is_not_known_is_missing_evidence(go: Go, trees: dict[str, Path]) -> None:
    manifest = manifest_of(DirectoryTree.of(trees["newest"]), modcache=DirectoryTree.of(go.modcache))
    lines = manifest.splitlines(keepends=True)
    at = next(number for number, each in enumerate(lines) if each.startswith(b"module a.b/emb "))
    report = check(trees["newest"], None, b"".join(lines[: at + 1] + lines[at + 2 :]))
    assert [(str(module), reason) for module, reason in report.contents_unproven] == [
        ("a.b/emb@v1.1.0", "its go.mod, which says its go version, is not known")
    ]


def test_a_manifest_needs_a_vendor_directory_and_the_modules(trees: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="its zip is not in the module cache") as caught:
        manifest_of(DirectoryTree.of(trees["newest"]), modcache=None)
    assert caught.value.hint == "run `go mod download` first"
    (tmp_path / "go.mod").write_text("module m\n")
    with pytest.raises(ReadError, match="for the vendor directory that is built from, and there is none"):
        manifest_of(DirectoryTree.of(tmp_path), modcache=None)


def test_the_command_writes_a_manifest_and_judges_from_it(
    go: Go, trees: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest, empty = tmp_path / "manifest.txt", tmp_path / "empty"
    empty.mkdir()
    root = str(trees["newest"])
    assert run(["check", root, "--modcache", str(go.modcache), "--write-manifest", str(manifest)]) == 0
    assert run(["check", root, "--modcache", str(empty), "--manifest", str(manifest)]) == 0
    assert run(["check", root, "--modcache", str(empty)]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "run `go mod download`, or give --online or --manifest." in told
    manifest.write_bytes(b"something else\n")
    assert run(["check", root, "--manifest", str(manifest)]) == 2
    assert "does not begin with" in capsys.readouterr().err


def test_what_a_linked_file_imports_is_not_known(go: Go, trees: dict[str, Path]) -> None:
    root = trees["newest"]
    files = {
        each.relative_to(root).as_posix(): each.read_bytes() for each in root.rglob("*") if each.is_file()
    }
    del files["app_test.go"]
    cache = DirectoryTree.of(go.modcache)
    unused = "package m.n/testdep is listed under m.n/testdep@v1.0.0, and nothing imports it"
    (fault,) = check_source(MemoryTree(files), modcache=cache, platforms=(LINUX,)).vendor_faults
    assert fault.message == unused
    linked = MemoryTree(files, symlinks=frozenset({"app_test.go"}))
    assert check_source(linked, modcache=cache, platforms=(LINUX,)).vendor_faults == ()
