"""Packages: which files are built, what they may import, and which directories there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.states.state import Says, State, World, judge

if TYPE_CHECKING:
    from pathlib import Path

LIST: Final = "list -deps ./..."


def tree(*files: tuple[str, str], go_mod: str = "", go: str = "1.25") -> str:
    """A module of the given files, each a package clause with what follows."""
    text = "".join(f"-- {name} --\n{content}\n" for name, content in files)
    return f"-- go.mod --\nmodule m.test/m\n\ngo {go}\n{go_mod}\n-- go.sum --\nall\n{text}"


LIB: Final = "\nrequire (\n\tex.test/dep v1.0.0 // indirect\n\tex.test/lib v1.0.0\n)\n"
EMPTY: Final = ("m.go", "package m")
NONE: Final = 'import _ "ex.test/none"'
NO_MODULE: Final = "no required module provides package ex.test/none"


def unresolved(place: str, words: str = NO_MODULE) -> tuple[Says, ...]:
    return (Says("import-unresolved", place, words),)


def ignoring(pattern: str) -> str:
    """Two directories whose packages cannot be built, and one line that may keep the go command away."""
    return tree(
        EMPTY,
        ("foo/secret/secret.go", "package secret"),
        ("pkg/foo/foo.go", f"package foo\n\n{NONE}"),
        ("pkg/fo/fo.go", "package fo"),
        go_mod=f"\nignore {pattern}\n" if pattern else "",
    )


ROWS: Final = (
    State(
        scripts="list_constraints",
        why="a file for another system imports what nobody has",
        tree=tree(EMPTY, ("suffix_windows.go", f"package m\n\n{NONE}")),
        go=LIST,
    ),
    State(
        scripts="list_constraints",
        why="a file for this system imports what nobody has",
        tree=tree(EMPTY, ("suffix_linux.go", f"package m\n\n{NONE}")),
        go=LIST,
        go_says=NO_MODULE,
        attest=unresolved("suffix_linux.go: import"),
    ),
    State(
        scripts="list_constraints",
        why="the same, on the other system",
        tree=tree(EMPTY, ("suffix_windows.go", f"package m\n\n{NONE}")),
        platform="windows/amd64",
        go=LIST,
        go_says=NO_MODULE,
        attest=unresolved("suffix_windows.go: import"),
    ),
    State(
        scripts="list_constraints",
        why="a file with a tag that nobody sets",
        tree=tree(EMPTY, ("extra.go", f"//go:build extra\n\npackage m\n\n{NONE}")),
        go=LIST,
    ),
    State(
        scripts="list_constraints",
        why="an old line with the system's name as a tag",
        tree=tree(EMPTY, ("tag.go", f"// +build linux\n\npackage m\n\n{NONE}")),
        go=LIST,
        go_says=NO_MODULE,
        attest=unresolved("tag.go: import"),
    ),
    State(
        scripts="list_constraints",
        why="an old line beside a new one counts for nothing",
        tree=tree(EMPTY, ("tag.go", f"//go:build extra\n// +build linux\n\npackage m\n\n{NONE}")),
        go=LIST,
    ),
    State(
        scripts="list_constraints",
        why="a file with cgo, which is off",
        tree=tree(EMPTY, ("c.go", f'package m\n\nimport "C"\n\n{NONE}')),
        go=LIST,
        attest=unresolved("c.go: import _"),
        stricter="whether the release is built with cgo is not known: what either way needs is needed",
    ),
    State(
        scripts="list_constraints",
        why="a file with cgo, which is on",
        tree=tree(EMPTY, ("c.go", f'package m\n\nimport "C"\n\n{NONE}')),
        environment={"CGO_ENABLED": "1"},
        go=LIST,
        go_says=NO_MODULE,
        attest=unresolved("c.go: import _"),
    ),
    State(
        scripts="list_constraints",
        why="a package without files for this system is imported",
        tree=tree(("m.go", 'package m\n\nimport _ "m.test/m/x"'), ("x/x_windows.go", "package x")),
        go=LIST,
        go_says="build constraints exclude all Go files",
        attest=unresolved("m.go: import", "build constraints exclude all Go files of package m.test/m/x on"),
    ),
    State(
        scripts="list_constraints",
        why="a package without files for this system stands alone",
        tree=tree(EMPTY, ("x/x_windows.go", "package x")),
        go=LIST,
    ),
    State(
        scripts="tooltags",
        why="a feature of the processor that every build has",
        tree=tree(EMPTY, ("v1.go", f"//go:build amd64.v1\n\npackage m\n\n{NONE}")),
        go=LIST,
        go_says=NO_MODULE,
        attest=unresolved("v1.go: import"),
    ),
    State(
        scripts="tooltags",
        why="a feature of the processor that the build does not ask for",
        tree=tree(EMPTY, ("v3.go", f"//go:build amd64.v3\n\npackage m\n\n{NONE}")),
        go=LIST,
    ),
    State(
        scripts="tooltags",
        why="a feature of the processor that the build asks for",
        tree=tree(EMPTY, ("v3.go", f"//go:build amd64.v3\n\npackage m\n\n{NONE}")),
        platform="linux/amd64/v3",
        environment={"GOAMD64": "v3"},
        go=LIST,
        go_says=NO_MODULE,
        attest=unresolved("v3.go: import"),
    ),
    State(
        scripts="tooltags",
        why="arm.6 is in a build for arm.7",
        tree=tree(EMPTY, ("a.go", f"//go:build arm.6\n\npackage m\n\n{NONE}")),
        platform="linux/arm/7",
        environment={"GOARM": "7"},
        go=LIST,
        go_says=NO_MODULE,
        attest=unresolved("a.go: import"),
    ),
    State(
        scripts="tooltags",
        why="mips.hardfloat is what is built without asking",
        tree=tree(EMPTY, ("a.go", f"//go:build mips.hardfloat\n\npackage m\n\n{NONE}")),
        platform="linux/mips",
        go=LIST,
        go_says=NO_MODULE,
        attest=unresolved("a.go: import"),
    ),
    State(
        scripts="tooltags",
        why="wasm.satconv is in every build from 1.26 on",
        tree=tree(EMPTY, ("a.go", f"//go:build wasm.satconv\n\npackage m\n\n{NONE}")),
        platform="wasip1/wasm",
        go=LIST,
        go_says=NO_MODULE,
        attest=unresolved("a.go: import"),
    ),
    State(
        scripts="list_ignore build_ignoredirective",
        why="nothing is ignored",
        tree=ignoring(""),
        go=LIST,
        go_says=NO_MODULE,
        attest=unresolved("pkg/foo/foo.go: import"),
    ),
    State(
        scripts="list_ignore build_ignoredirective",
        why="a directory from the root is another one",
        tree=ignoring("./foo"),
        go=LIST,
        go_says=NO_MODULE,
        attest=unresolved("pkg/foo/foo.go: import"),
    ),
    State(
        scripts="list_ignore build_ignoredirective",
        why="a name is ignored wherever it stands",
        tree=ignoring("foo"),
        go=LIST,
    ),
    State(
        scripts="list_ignore",
        why="a name that begins like another",
        tree=ignoring("fo"),
        go=LIST,
        go_says=NO_MODULE,
        attest=unresolved("pkg/foo/foo.go: import"),
    ),
    State(
        scripts="list_ignore",
        why="two names in a row",
        tree=ignoring("pkg/foo"),
        go=LIST,
    ),
    State(
        scripts="list_ignore",
        why="slashes around the names mean nothing",
        tree=ignoring("/pkg/foo/"),
        go=LIST,
    ),
    State(
        scripts="list_ignore",
        why="a directory that does not exist",
        tree=ignoring("bar"),
        go=LIST,
        go_says=NO_MODULE,
        attest=unresolved("pkg/foo/foo.go: import"),
    ),
    State(
        scripts="list_ignore_modcache list_ignore_dependency",
        why="what a dependency ignores can be imported",
        tree=tree(
            ("m.go", 'package m\n\nimport _ "ex.test/ignores/kept"'),
            go_mod="\nrequire ex.test/ignores v1.0.0\n",
        ),
        go=LIST,
    ),
    State(
        scripts="list_ignore",
        why="what is ignored is built where it is imported",
        tree=tree(
            ("m.go", 'package m\n\nimport _ "m.test/m/foo"'),
            ("foo/foo.go", f"package foo\n\n{NONE}"),
            go_mod="\nignore ./foo\n",
        ),
        go=LIST,
        go_says=NO_MODULE,
        attest=unresolved("foo/foo.go: import"),
    ),
    State(
        scripts="mod_std_vendor",
        why="what the standard library vendors is for it alone",
        tree=tree(("m.go", 'package m\n\nimport _ "golang.org/x/net/http2/hpack"')),
        go=LIST,
        go_says="no required module provides package golang.org/x/net/http2/hpack",
        attest=unresolved("m.go: import", "no required module provides package golang.org/x/net/http2/hpack"),
    ),
    State(
        scripts="mod_std_vendor",
        why="the vendored package by its path in the standard library",
        tree=tree(("m.go", 'package m\n\nimport _ "vendor/golang.org/x/net/http2/hpack"')),
        go=LIST,
        go_says="use of vendored package not allowed",
        attest=unresolved("m.go: import", "use of vendored package vendor/golang.org/x/net/http2/hpack"),
    ),
    State(
        scripts="mod_std_vendor",
        why="the vendored package of the go command",
        tree=tree(("m.go", 'package m\n\nimport _ "cmd/vendor/golang.org/x/mod/semver"')),
        go=LIST,
        go_says="use of vendored package not allowed",
        attest=unresolved("m.go: import", "use of vendored package cmd/vendor/golang.org/x/mod/semver"),
    ),
    State(
        scripts="mod_internal",
        why="an internal package of another module",
        tree=tree(
            ("m.go", 'package m\n\nimport _ "ex.test/inner/internal/i"'),
            go_mod="\nrequire ex.test/inner v1.0.0\n",
        ),
        go=LIST,
        go_says="use of internal package ex.test/inner/internal/i not allowed",
        attest=unresolved("m.go: import", "use of internal package ex.test/inner/internal/i not allowed"),
    ),
    State(
        scripts="mod_internal",
        why="an internal package that its own module imports",
        tree=tree(
            ("m.go", 'package m\n\nimport _ "ex.test/inner"\nimport _ "m.test/m/internal"'),
            ("internal/i.go", "package internal"),
            go_mod="\nrequire ex.test/inner v1.0.0\n",
        ),
        go=LIST,
    ),
    State(
        scripts="mod_internal",
        why="an internal package of the standard library",
        tree=tree(("m.go", 'package m\n\nimport _ "internal/testenv"')),
        go=LIST,
        go_says="use of internal package internal/testenv not allowed",
        attest=unresolved("m.go: import", "use of internal package internal/testenv not allowed"),
    ),
    State(
        scripts="mod_import_cycle",
        why="two modules import each other",
        tree=tree(
            ("m.go", 'package m\n\nimport _ "loc.test/a"'),
            ("a/go.mod", "module loc.test/a"),
            ("a/a.go", 'package a\n\nimport _ "loc.test/b"'),
            ("b/go.mod", "module loc.test/b"),
            ("b/b.go", 'package b\n\nimport _ "loc.test/a"'),
            go_mod="\nrequire (\n\tloc.test/a v0.1.0\n\tloc.test/b v0.1.0\n)\n\n"
            "replace (\n\tloc.test/a => ./a\n\tloc.test/b => ./b\n)\n",
        ),
        go=LIST,
        go_says="import cycle not allowed",
        attest=unresolved(
            'b/b.go: import _ "loc.test/a"',
            "import cycle not allowed: loc.test/a imports loc.test/b imports loc.test/a",
        ),
    ),
    State(
        scripts="mod_import_cycle",
        why="a package imports itself",
        tree=tree(("m.go", 'package m\n\nimport _ "m.test/m"')),
        go=LIST,
        go_says="import cycle not allowed",
        attest=unresolved("m.go: import", "import cycle not allowed: m.test/m imports m.test/m"),
    ),
    State(
        scripts="mod_tagged_import_cycle",
        why="a cycle that no build has",
        tree=tree(
            ("left/one.go", '//go:build !mirror\n\npackage left\n\nimport _ "m.test/m/right"'),
            ("left/two.go", "//go:build mirror\n\npackage left"),
            ("right/one.go", "//go:build !mirror\n\npackage right"),
            ("right/two.go", '//go:build mirror\n\npackage right\n\nimport _ "m.test/m/left"'),
        ),
        go=LIST,
    ),
    State(
        scripts="list_err_cycle",
        why="two packages in a directory",
        tree=tree(EMPTY, ("n.go", "package n")),
        go=LIST,
        go_says="found packages m (m.go) and n (n.go)",
        attest=unresolved("n.go", "found packages m (m.go) and n (n.go) in ."),
    ),
    State(
        scripts="mod_run_nonmain",
        why="a program is imported",
        tree=tree(
            ("m.go", 'package m\n\nimport _ "ex.test/tool/cmd/tool"'),
            go_mod="\nrequire (\n\tex.test/dep v1.0.0 // indirect\n\tex.test/tool v1.0.0\n)\n",
        ),
        go="build -n ./...",
        go_says='import "ex.test/tool/cmd/tool" is a program, not an importable package',
        attest=unresolved("m.go: import", "is a program, not an importable package"),
    ),
    State(
        scripts="list_bad_import",
        why="a path of the standard library that is not there",
        tree=tree(("m.go", 'package m\n\nimport _ "nosuchpackage"')),
        go=LIST,
        go_says="package nosuchpackage is not in std",
        outside="which packages the standard library has is told by the toolchain that builds",
    ),
    State(
        scripts="mod_import list_import_err",
        why="a path with a version",
        tree=tree(("m.go", 'package m\n\nimport _ "ex.test/lib@v1"'), go_mod=LIB),
        go=LIST,
        go_says="ex.test/lib@v1",
        attest=unresolved("m.go: import", "ex.test/lib@v1"),
    ),
    State(
        scripts="list_bad_import list_import_err",
        why="a path that begins with a dot",
        tree=tree(("m.go", 'package m\n\nimport _ "./x"'), ("x/x.go", "package x")),
        go=LIST,
        go_says='local import "./x" in non-local package',
        attest=unresolved("m.go: import", 'malformed import path "./x"'),
    ),
    State(
        scripts="list_empty_import list_empty_importpath",
        why="an empty path",
        tree=tree(("m.go", 'package m\n\nimport _ ""')),
        go=LIST,
        go_says="invalid import path",
        attest=unresolved("m.go: import", "invalid import path"),
    ),
    State(
        scripts="list_parse_err",
        why="a file that is not Go",
        tree=tree(("m.go", "package m\n\nimport +")),
        go=LIST,
        go_says="m.go:3:8: missing import path",
        attest=unresolved("m.go: import", "syntax error: expected an import path"),
    ),
    State(
        scripts="mod_vendor_embed",
        why="what is embedded is not there",
        tree=tree(
            ("m.go", 'package m\n\nimport _ "ex.test/broken"'), go_mod="\nrequire ex.test/broken v1.0.0\n"
        ),
        go="build -n ./...",
        go_says="pattern none.txt: no matching files found",
        outside="whether code compiles is for the compiler to say: what is not there is in no release",
    ),
    State(
        scripts="mod_vendor_embed",
        why="what is embedded lies above the package",
        tree=tree(("m.go", 'package m\n\nimport _ "ex.test/up"'), go_mod="\nrequire ex.test/up v1.0.0\n"),
        go="mod vendor",
        go_says="pattern ../none.txt: invalid pattern syntax",
        outside="whether code compiles is for the compiler to say",
    ),
    State(
        scripts="mod_notall list_test_imports",
        why="only a test imports what nobody has",
        tree=tree(EMPTY, ("m_test.go", f"package m\n\n{NONE}")),
        go=LIST,
    ),
    State(
        scripts="mod_notall list_test_imports",
        why="only a test imports what nobody has, and tests are listed",
        tree=tree(EMPTY, ("m_test.go", f"package m\n\n{NONE}")),
        go="list -deps -test ./...",
        go_says=NO_MODULE,
        outside="tests are no part of what is built and shipped",
    ),
    State(
        scripts="mod_all",
        why="a package that no program of the module uses imports what nobody has",
        tree=tree(("main.go", "package main\n\nfunc main() {}"), ("x/x.go", f"package x\n\n{NONE}")),
        go=LIST,
        go_says=NO_MODULE,
        outside="attest judges the programs where there are some, and none of them is built with the package",
    ),
    State(
        scripts="mod_in_testdata_dir",
        why="testdata, and directories that begin with a dot or _",
        tree=tree(
            EMPTY,
            ("testdata/x.go", f"package x\n\n{NONE}"),
            ("_x/x.go", f"package x\n\n{NONE}"),
            (".x/x.go", f"package x\n\n{NONE}"),
        ),
        go=LIST,
    ),
    State(
        scripts="mod_multirepo mod_dir",
        why="a module inside of the module",
        tree=tree(EMPTY, ("n/go.mod", "module m.test/m/n"), ("n/n.go", f"package n\n\n{NONE}")),
        go=LIST,
    ),
    State(
        scripts="mod_multirepo mod_local_replace",
        why="a package of a module inside of the module is imported and not required",
        tree=tree(
            ("m.go", 'package m\n\nimport _ "m.test/m/n"'),
            ("n/go.mod", "module m.test/m/n"),
            ("n/n.go", "package n"),
        ),
        go=LIST,
        go_says="m.test/m/n",
        attest=unresolved("m.go: import", "no required module provides package m.test/m/n"),
    ),
)


@pytest.mark.parametrize("state", ROWS, ids=lambda state: state.name)
def test_go_and_attest_agree_on_packages(state: State, states: World, tmp_path: Path) -> None:
    judge(state, states, tmp_path)
