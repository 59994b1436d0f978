"""`attest inspect --files`: which files are built where, and what decides, held against `go list`."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.app.source_files import list_files
from attest.cli.main import run
from attest.cli.schema import schema_bytes
from attest.edge.files import DirectoryTree
from attest.errors import FormatError, LimitError, NothingToVerifyError, ReadError, UsageError
from attest.go.build_files import FoundFile, decide, read
from attest.go.context import BuildContext
from attest.model.limits import DEFAULT_LIMITS
from attest.model.source import Platform
from attest.model.source_files import FileDecision, Reason
from attest.render import source_files
from tests.fakes import MemoryTree
from tests.unit.go.fixtures import go
from tests.unit.go.go_list import attest_lists, go_lists

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.source_files import SourceListing
    from tests.unit.go.proxy import Go

__all__ = ["go"]

LINUX: Final = Platform(goos="linux", goarch="amd64")
WINDOWS: Final = Platform(goos="windows", goarch="arm64")
WASM: Final = Platform(goos="js", goarch="wasm")

#: Each directory shows what the others would hide; directories with faults are apart from the rest.
TREE: Final = {
    "go.mod": "module example.com/m\n\ngo 1.25\n\nignore ./left\n",
    "plain.go": "package m\n",
    "plain_test.go": "package m\n",
    "outside_test.go": "package m_test\n",
    "_hidden.go": "package nonsense\n",
    ".hidden.go": "package nonsense\n",
    "m_windows.go": "package m\n",
    "m_windows_arm64.go": "package m\n",
    "m_linux_test.go": "package m\n",
    "m_windows_amd64_test.go": "package m\n",
    "linux.go": "package m\n",
    "both_linux.go": "//go:build amd64\n\npackage m\n",
    "new.go": "// A licence.\n\n//go:build (linux && !cgo) || windows\n\npackage m\n",
    "old.go": "// +build linux windows\n// +build !cgo\n\npackage m\n",
    "both.go": "//go:build js\n// +build linux\n\npackage m\n",
    "late.go": "package m\n\n//go:build windows\n",
    "tagged.go": "//go:build special\n\npackage m\n",
    "version.go": "//go:build go1.20 && !go1.99\n\npackage m\n",
    "docs.go": "//go:build linux\n\npackage documentation\n",
    "generate.go": "//go:build ignore\n\npackage main\n",
    "broken_plan9.go": "//go:build (((\n\nnothing\n",
    "asm_amd64.s": "// an assembler file\n",
    "asm.s": "//go:build windows\n\n// code\n",
    "asm_late.s": "\tRET\n//go:build windows\n",
    "open.s": "//go:build windows\n\n/* never ends\n",
    "zero.s": "//go:build windows\n\0\n",
    "constraint.s": "//go:build (((\n\n",
    "upper.S": "// preprocessed\n",
    "object_linux_amd64.syso": "\0\0",
    "head.h": "//go:build windows\n",
    "notes.txt": "//go:build windows\n",
    "with/cgo.go": 'package with\n\n// #include "a.h"\nimport "C"\n',
    "with/nocgo.go": "//go:build !cgo\n\npackage with\n",
    "with/a.c": "/* C */\n",
    "with/a.cpp": "",
    "with/a.m": "",
    "with/a.S": "",
    "with/a.sx": "",
    "with/a_windows.c": "",
    "swig/swig.go": "package swig\n",
    "swig/s.swig": "",
    "swig/s.swigcxx": "",
    "swig/s.c": "",
    "c/c.go": "package c\n",
    "c/c.c": "",
    "c/c.cxx": "",
    "fortran/f.go": "package fortran\n",
    "fortran/f.f90": "",
    "cgotest/c.go": "package cgotest\n",
    "cgotest/c_test.go": 'package cgotest\n\nimport "C"\n',
    "two/a.go": "package a\n",
    "two/b.go": "package b\n",
    "two/c_test.go": "package b_test\n",
    "syntax/a.go": "package syntax\n",
    "syntax/b.go": "package syntax\n\nimport fmt\n",
    "constraint/a.go": "package constraint\n",
    "constraint/b.go": "//go:build linux &&\n\npackage constraint\n",
    "constraint/c.go": "//go:build linux\n//go:build windows\n\npackage constraint\n",
    "zero/a.go": "package zero\n",
    "zero/b.go": "// \0\npackage zero\n",
    "late/nul.go": 'package late\n\nvar s = "\0"\n',
    "testonly/t_test.go": "package testonly_test\n",
    "nogo/a.c": "",
    "emb/e.go": 'package emb\n\nimport _ "embed"\n\n//go:embed data "with space.txt"\nvar s string\n',
    "emb/e_windows.go": 'package emb\n\nimport _ "embed"\n\n//go:embed win/*.txt all:data\nvar t string\n',
    "emb/e_test.go": 'package emb\n\nimport _ "embed"\n\n//go:embed data/a.txt only.txt\nvar u string\n',
    "emb/x_test.go": 'package emb_test\n\nimport _ "embed"\n\n//go:embed only.txt\nvar v string\n',
    "emb/data/a.txt": "a",
    "emb/data/_hidden.txt": "h",
    "emb/data/sub/b.txt": "b",
    "emb/data/mod/go.mod": "module example.com/inner\n",
    "emb/data/mod/c.txt": "c",
    "emb/win/w.txt": "w",
    "emb/with space.txt": "s",
    "emb/only.txt": "o",
    "testdata/t.go": "package t\n",
    "vendor/v/v.go": "package v\n",
    "_no/n.go": "package n\n",
    "left/l.go": "package l\n",
    "other/go.mod": "module example.com/other\n",
    "other/o.go": "package o\n",
}


def tree(
    files: dict[str, str], *, symlinks: frozenset[str] = frozenset(), unreadable: frozenset[str] = frozenset()
) -> MemoryTree:
    data = {name: text.encode() for name, text in files.items()}
    return MemoryTree(data, label="m", symlinks=symlinks, unreadable=unreadable)


def listed(
    files: dict[str, str], *platforms: Platform, cgo: bool = False, tags: tuple[str, ...] = ()
) -> SourceListing:
    return list_files(tree(files), platforms=platforms or (LINUX,), cgo=cgo, tags=tags)


def decided(
    files: dict[str, str], name: str, platform: Platform = LINUX, *, cgo: bool = False
) -> FileDecision:
    (directory,) = listed(files, platform, cgo=cgo).directories
    (decision,) = next(each.decisions for each in directory.files if each.name == name)
    return decision


def one(text: str, name: str = "a.go", platform: Platform = LINUX, *, cgo: bool = False) -> FileDecision:
    return decided({"a.go": "package a\n", name: text}, name, platform, cgo=cgo)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("m")
    for name, text in TREE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    return root


@pytest.mark.parametrize("platform", [LINUX, WINDOWS, WASM], ids=str)
@pytest.mark.parametrize("cgo", [False, True], ids=["without cgo", "with cgo"])
def test_as_go_list_has_it(go: Go, written: Path, platform: Platform, cgo: bool) -> None:
    listing = list_files(DirectoryTree.of(written), platforms=(platform,), cgo=cgo, tags=("special",))
    directories = [f"./{each.path}" for each in listing.directories]
    expected = go_lists(go, written, platform, *directories, cgo=cgo, tags="special")
    found = attest_lists(listing, platform)
    assert {name: found[name] for name in expected} == expected
    assert found.keys() == expected.keys()


def test_what_is_passed_over_and_why() -> None:
    assert {each.path: each.reason for each in listed(TREE).passed_over} == {
        "emb/data/mod": "is a module of its own",
        "_no": "its name begins with . or _",
        "left": "go.mod says to ignore it",
        "nogo": "holds no Go file",
        "other": "is a module of its own",
        "testdata": "testdata holds no packages",
        "vendor": "vendor holds the packages of other modules",
    }


GO_BUILD = "//go:build linux && !cgo"


@pytest.mark.parametrize(
    ("text", "name", "platform", "cgo", "status", "reason"),
    [
        ("package a\n", "b_windows.go", LINUX, False, "out", ("name", "_windows", 0, "windows is false")),
        ("package a\n", "b_windows.go", WINDOWS, False, "in", ("name", "_windows", 0, "windows is true")),
        (
            "package a\n", "b_windows_arm64.go", Platform(goos="windows", goarch="amd64"), False, "out",
            ("name", "_windows_arm64", 0, "arm64 is false"),
        ),
        (f"//\n\n{GO_BUILD}\n\npackage a\n", "b.go", LINUX, False, "in",
         ("go:build", GO_BUILD, 3, "linux is true, cgo is false")),
        (f"{GO_BUILD}\n\npackage a\n", "b.go", LINUX, True, "out", ("go:build", GO_BUILD, 1, "cgo is true")),
        (f"{GO_BUILD}\n\npackage a\n", "b.go", WINDOWS, True, "out",
         ("go:build", GO_BUILD, 1, "cgo is true, linux is false")),
        ("//go:build a || (b && linux) || !linux\n\npackage a\n", "b.go", LINUX, False, "out",
         ("go:build", "//go:build a || (b && linux) || !linux", 1, "linux is true, a and b are false")),
        ("// +build linux\n// +build !amd64 x\n\npackage a\n", "b.go", LINUX, False, "out",
         ("+build", "// +build !amd64 x", 2, "amd64 is true, x is false")),
        ("package documentation\n", "b.go", LINUX, False, "out",
         ("package", "package documentation", 0, "is left out everywhere")),
        ('package a\n\nimport "C"\n', "b.go", LINUX, False, "out", ("cgo", 'import "C"', 3, "cgo is off")),
        ('package a\n\nimport "C"\n', "b.go", LINUX, True, "in", ("cgo", 'import "C"', 3, "cgo is on")),
        ("", "b.c", LINUX, False, "out", ("cgo", "", 0, "cgo is off")),
        ("", "b.S", LINUX, True, "out", ("cgo", "", 0, "no file of the package uses cgo")),
        ("", "_b.go", LINUX, False, "out", ("prefix", "_", 0, "such names are passed over")),
        ("package a\n", "b_test.go", LINUX, False, "test",
         ("test", "_test.go", 0, "is built by go test alone")),
    ],
)  # fmt: skip
def test_what_decides(
    text: str, name: str, platform: Platform, cgo: bool, status: str, reason: tuple[str, str, int, str]
) -> None:
    found = one(text, name, platform, cgo=cgo)
    (only,) = found.reasons
    assert (found.status, found.fault) == (status, "")
    assert (only.by, only.constraint, only.line, only.says) == reason


def test_everything_that_had_to_hold_is_told() -> None:
    found = one('//go:build cgo\n\npackage a\n\nimport "C"\n', "b_linux.go", cgo=True)
    assert found.list == "CgoFiles"
    assert [each.by for each in found.reasons] == ["name", "go:build", "cgo"]
    found = one("// +build linux\n// +build amd64\n\npackage a\n", "b_test.go")
    assert [each.by for each in found.reasons] == ["+build", "+build", "test"]


def test_nothing_decides_about_most_files() -> None:
    assert one("package a\n") == FileDecision(status="in", list="GoFiles")


@pytest.mark.parametrize(
    ("text", "list_", "fault"),
    [
        ("//go:build x &&\n\npackage a\n", "InvalidGoFiles",
         "line 1: parsing //go:build line: unexpected end of expression"),
        ("//go:build x\n//go:build y\n\npackage a\n", "InvalidGoFiles",
         "line 2: multiple //go:build comments"),
        ("\n\0package a\n", "InvalidGoFiles", "line 2: unexpected NUL in input"),
        ("package b\n", "GoFiles", "found packages a (a.go) and b (b.go)"),
        ("package a\n\nimport b +\n", "GoFiles", "line 3: syntax error: expected an import path"),
        ("nothing\n", "GoFiles", "line 1: syntax error: expected 'package'"),
    ],
)  # fmt: skip
def test_what_the_go_command_refuses(text: str, list_: str, fault: str) -> None:
    found = one(text, "b.go")
    assert (found.list, found.fault) == (list_, fault)
    assert one(text, "b_windows.go").fault == "", "it is not read where its name leaves it out"


def test_cgo_in_a_test_and_c_without_cgo_are_refused() -> None:
    assert one('package a\n\nimport "C"\n', "b_test.go", cgo=True).fault == (
        "line 3: use of cgo in test is not supported"
    )
    assert one("", "b.m", cgo=True).fault == "Objective-C source files not allowed when not using cgo or SWIG"
    assert one("", "b.f90").fault == "Fortran source files not allowed when not using cgo or SWIG"
    assert one("//go:build x &&\n", "b.s").fault == "parsing //go:build line: unexpected end of expression"


def test_many_tags_are_counted() -> None:
    text = f"//go:build {' || '.join(f't{number}' for number in range(20))}\n\npackage a\n"
    (reason,) = one(text, "b.go").reasons
    assert reason.says == "t0, t1, t2, t3, t4, t5, t6 and t7 are false, and 12 more"


def test_of_many_lines_that_hold_the_first_are_told() -> None:
    text = "// +build linux\n" * 100
    assert len(one(f"{text}\npackage a\n", "b.go").reasons) == 16
    (reason,) = one(f"{text}// +build js\n\npackage a\n", "b.go").reasons
    assert (reason.line, reason.says) == (101, "js is false")


def test_no_more_of_a_long_constraint_is_kept_than_is_shown() -> None:
    text = f"//go:build {' || '.join(f'tag{number}' for number in range(900))}\n\npackage a\n"
    (reason,) = one(text, "b.go").reasons
    assert len(reason.constraint) == DEFAULT_LIMITS.constraint_chars + 1
    assert reason.constraint.endswith("…")


def test_no_more_is_read_than_a_header_may_have() -> None:
    limits = replace(DEFAULT_LIMITS, go_source_header_bytes=20)
    context = BuildContext(platform=LINUX)

    def fault(name: str, text: str) -> str:
        return decide([read(name, memoryview(text.encode()), limits)], context)[0].fault

    assert fault("a.go", "package a\n\nvar x int\n" * 9) == ""
    expected = "its package clause and imports do not end within 20 bytes"
    assert fault("a.go", "package a" + "\n" * 30) == expected
    assert fault("a.go", f"//{'-' * 30}\npackage a\n") == expected
    assert fault("a.go", "\0" * 30) == "line 1: unexpected NUL in input"
    for text in ("\n" * 30, f"/*{' ' * 30}*/", "//" + "-" * 30):
        assert fault("a.c", text) == "its first comments do not end within 20 bytes"
    assert fault("a.s", "RET\n" * 9) == ""
    assert fault("a_windows.go", "package a" + "\n" * 30) == ""


def test_links_and_what_is_no_file_are_told_and_not_opened() -> None:
    files = {"a.go": "package a\n"}
    found = list_files(
        tree(files, symlinks=frozenset({"b.go", "c_windows.go", "d.txt", ".#a.go"})), platforms=(LINUX,)
    )
    told = {
        each.name: (each.decisions[0].list, each.decisions[0].fault) for each in found.directories[0].files
    }
    assert told == {
        "a.go": ("GoFiles", ""),
        "b.go": ("", "is a link, which is not followed"),
        "c_windows.go": ("IgnoredGoFiles", ""),
        ".#a.go": ("", ""),
    }


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "a.go").write_bytes(b"package a\n")
    os.mkfifo(tmp_path / "b.go")
    (directory,) = list_files(DirectoryTree.of(tmp_path), platforms=(LINUX,)).directories
    assert [each.decisions[0].fault for each in directory.files] == ["", "is no regular file"]


def test_what_cannot_be_read_ends_it() -> None:
    with pytest.raises(ReadError, match=r"b\.go: permission denied"):
        list_files(tree({"a.go": "package a\n"}, unreadable=frozenset({"b.go"})), platforms=(LINUX,))
    with pytest.raises(FormatError, match=r"go\.mod"):
        listed({"go.mod": "nonsense\n", "a.go": "package a\n"})
    with pytest.raises(UsageError, match="Go knows no platform linux/pdp11"):
        listed({"a.go": "package a\n"}, Platform(goos="linux", goarch="pdp11"))


@pytest.mark.parametrize("files", [{"a.c": ""}, {"testdata/a.go": "package a\n"}, {"notes.txt": ""}])
def test_no_go_file_is_nothing(files: dict[str, str]) -> None:
    with pytest.raises(NothingToVerifyError, match="m holds no Go file"):
        listed(files)


@pytest.mark.parametrize(("limit", "value"), [("tree_entries", 3), ("tree_depth", 1)])
def test_large_and_deep_trees_are_refused(limit: str, value: int) -> None:
    deep = {"a/b/c/d.go": "package d\n", "a/b/c/e.go": "package d\n"}
    with pytest.raises(LimitError, match="too many or too deep directories"):
        list_files(tree(deep), platforms=(LINUX,), limits=replace(DEFAULT_LIMITS, **{limit: value}))


@given(st.binary(max_size=200), st.sampled_from(["a.go", "a.s", "a_test.go", "a.c", "a.S"]), st.booleans())
def test_nothing_that_a_file_holds_raises(data: bytes, name: str, cgo: bool) -> None:
    found = read(name, memoryview(b"//go:build " + data), DEFAULT_LIMITS)
    (decision,) = decide([found], BuildContext(platform=LINUX, cgo=cgo))
    assert decision.list or decision.reasons


EMBEDDING = 'package a\n\nimport _ "embed"\n\n//go:embed {}\nvar s string\n'


@pytest.mark.parametrize("pattern", ["absent", "a.go/x", ".", "../b", "[", "dir/_b", ".git"])
def test_an_embedding_of_nothing_is_told(pattern: str) -> None:
    files = {"a.go": EMBEDDING.format(pattern), "b_js.go": EMBEDDING.format(pattern), ".git/x": ""}
    (directory,) = listed(files).directories
    assert [each.decisions[0].fault for each in directory.files] == [
        f"//go:embed {pattern}: names nothing that can be embedded",
        "",
    ]
    assert directory.embedded == ()


@pytest.mark.parametrize(
    ("pattern", "embedded"),
    [("*.txt", None), ("b.txt", None), ("a.txt", ["a.txt"]), ("dir", ["dir/c.txt"]), ("dir/*.txt", None)],
)
def test_a_link_is_not_embedded(go: Go, tmp_path: Path, pattern: str, embedded: list[str] | None) -> None:
    files = {"go.mod": "module example.com/m\n\ngo 1.25\n", "a.go": EMBEDDING.format(pattern), "a.txt": "a"}
    (tmp_path / "dir").mkdir()
    for name, content in (files | {"dir/c.txt": "c"}).items():
        (tmp_path / name).write_text(content)
    for link in ("b.txt", "dir/d.txt"):
        (tmp_path / link).symlink_to(tmp_path / "a.txt")
    (directory,) = list_files(DirectoryTree.of(tmp_path), platforms=[LINUX], cgo=False).directories
    (entry,) = (each for each in directory.files if each.name == "a.go")
    refused = f"//go:embed {pattern}: names nothing that can be embedded"
    assert entry.decisions[0].fault == ("" if embedded else refused)
    assert [each.name for each in directory.embedded] == (embedded or [])
    said = json.loads(go.run(tmp_path, "list", "-e", "-json", "."))
    assert said.get("EmbedFiles") == embedded
    assert ("cannot embed irregular file" in str(said.get("Error"))) == (embedded is None)


def test_embedded_files_are_counted_and_those_of_some_platforms_told() -> None:
    files = {
        "a.go": EMBEDDING.format("x.txt"),
        "p/b_linux.go": EMBEDDING.format("static"),
        "p/c_test.go": EMBEDDING.format("static/y.txt static/z.txt"),
        "x.txt": "",
        "p/static/y.txt": "",
        "p/static/z.txt": "",
    }
    text = source_files.to_text(listed(files, LINUX, WASM))
    assert text == (
        "m on linux/amd64, js/wasm (without cgo)\n"
        "3 files in 2 directories: 1 in everywhere, 1 in tests, 1 in somewhere; 3\n"
        "    embedded\n"
        "\np\n"
        "  b_linux.go: its name has _linux\n"
        "    in on linux/amd64\n"
        "    out on js/wasm\n"
        "  static/y.txt embedded on linux/amd64: b_linux.go (//go:embed static)\n"
        "  static/y.txt embedded in tests on js/wasm: c_test.go (//go:embed static/y.txt)\n"
        "  static/z.txt embedded on linux/amd64: b_linux.go (//go:embed static)\n"
        "  static/z.txt embedded in tests on js/wasm: c_test.go (//go:embed static/z.txt)\n"
    )
    text = source_files.to_text(listed(files), verbose=True)
    assert "\n  x.txt embedded: a.go (//go:embed x.txt)\n" in text
    embedded = json.loads(source_files.to_json(listed(files, LINUX, WINDOWS)))["sources"]["embedded"]
    assert embedded[:2] == [
        {
            "path": "x.txt",
            "platforms": {
                each: {"status": "in", "file": "a.go", "pattern": "x.txt"}
                for each in ("linux/amd64", "windows/arm64")
            },
        },
        {
            "path": "p/static/y.txt",
            "platforms": {
                "linux/amd64": {"status": "in", "file": "p/b_linux.go", "pattern": "static"},
                "windows/arm64": {"status": "test", "file": "p/c_test.go", "pattern": "static/y.txt"},
            },
        },
    ]


def test_no_more_is_listed_for_embedding_than_a_tree_may_have() -> None:
    files = {"a.go": EMBEDDING.format("testdata"), **{f"testdata/{number}": "" for number in range(9)}}
    with pytest.raises(LimitError, match="too many or too deep directories"):
        list_files(tree(files), platforms=(LINUX,), limits=replace(DEFAULT_LIMITS, tree_entries=8))


def test_an_object_is_not_read() -> None:
    assert read("a.syso", memoryview(b"//go:build x\n"), DEFAULT_LIMITS) == FoundFile(name="a.syso")


def test_text_for_one_platform() -> None:
    files = {
        "a.go": "package a\n",
        "a_test.go": "package a\n",
        "a_js.go": "package a\n",
        "sub/b.go": f"{GO_BUILD}\n\npackage b\n",
        "sub/_c.go": "",
        "sub/d.go": "package d\n",
        "sub/deep/c.go": "package c\n",
        "vendor/v/v.go": "package v\n",
    }
    text = source_files.to_text(listed(files, cgo=True, tags=("x",)))
    assert text == (
        "m on linux/amd64 (with cgo, tags x)\n"
        "7 files in 3 directories: 3 in, 1 in tests, 3 out\n"
        "\n.\n"
        "  a_js.go out: its name has _js\n"
        "\nsub\n"
        "  _c.go out: its name begins with _\n"
        "  b.go out: //go:build linux && !cgo (line 1): cgo is true\n"
        "\n1 directory passed over (--verbose)\n"
    )
    text = source_files.to_text(listed(files, cgo=True), verbose=True)
    assert "  a.go in\n" in text
    assert "  a_test.go in tests\n" in text
    assert "\nsub/deep\n" in text
    assert text.endswith("\npassed over\n  vendor: vendor holds the packages of other modules\n")


def test_text_for_several_platforms() -> None:
    files = {
        "a.go": "package a\n",
        "a_test.go": "package a\n",
        "b.go": f"{GO_BUILD}\n\npackage a\n",
        "c_windows_arm64.go": "package a\n",
        "d_test.go": "// +build !js\n\npackage a\n",
        "e.go": "//go:build ignore\n\npackage a\n",
        "f.go": "//go:build x y\n\npackage a\n",
        "g_linux.go": "package b\n",
    }
    text = source_files.to_text(listed(files, LINUX, WINDOWS, WASM))
    assert text == (
        "m on linux/amd64, windows/arm64, js/wasm (without cgo)\n"
        "8 files in 1 directory: 1 in everywhere, 1 in tests, 4 in somewhere, 2 in\n    nowhere\n"
        "\n.\n"
        "  b.go: //go:build linux && !cgo (line 1)\n"
        "    in on linux/amd64: linux is true, cgo is false\n"
        "    out on windows/arm64, js/wasm: linux is false\n"
        "  c_windows_arm64.go: its name has _windows_arm64\n"
        "    in on windows/arm64: windows and arm64 are true\n"
        "    out on linux/amd64, js/wasm: windows and arm64 are false\n"
        "  d_test.go: // +build !js (line 1)\n"
        "    in tests on linux/amd64, windows/arm64: js is false\n"
        "    out on js/wasm: js is true\n"
        "  e.go out everywhere: //go:build ignore (line 1): ignore is false\n"
        "  f.go out everywhere\n"
        "    ! line 1: parsing //go:build line: unexpected token y\n"
        "  g_linux.go: its name has _linux\n"
        "    in on linux/amd64\n"
        "    ! found packages a (a.go) and b (g_linux.go)\n"
        "    out on windows/arm64, js/wasm\n"
    )


@pytest.mark.parametrize("width", [80, 100])
def test_no_line_is_wider(width: int) -> None:
    text = source_files.to_text(
        listed(TREE, LINUX, WINDOWS, WASM, Platform(goos="plan9", goarch="386")), width=width, verbose=True
    )
    assert max(map(len, text.splitlines())) <= width


def test_names_do_not_steer_the_terminal() -> None:
    text = source_files.to_text(listed({"a.go": "package a\n", "\x1b[2J_js.go": "package a\n"}))
    assert "\x1b" not in text


def test_the_document() -> None:
    files = {"cmd/a_linux.go": "package main\n", "cmd/b.go": "//go:build x &&\n\npackage main\n"}
    listing = listed({**files, "_x/a.go": ""}, LINUX, WINDOWS, tags=("x",))
    name = {"by": "name", "constraint": "_linux", "line": 0}
    fault = {
        "status": "out",
        "list": "InvalidGoFiles",
        "reasons": [{"by": "fault", "constraint": "", "line": 0, "says": "cannot be read"}],
        "fault": "line 1: parsing //go:build line: unexpected end of expression",
    }
    assert json.loads(source_files.to_json(listing)) == {
        "schema": "attest/inspect/v1",
        "files": [],
        "sources": {
            "path": "m",
            "platforms": ["linux/amd64", "windows/arm64"],
            "cgo": False,
            "tags": ["x"],
            "go": "1.27",
            "files": [
                {
                    "path": "cmd/a_linux.go",
                    "platforms": {
                        "linux/amd64": {
                            "status": "in",
                            "list": "GoFiles",
                            "reasons": [{**name, "says": "linux is true"}],
                            "fault": "",
                        },
                        "windows/arm64": {
                            "status": "out",
                            "list": "IgnoredGoFiles",
                            "reasons": [{**name, "says": "linux is false"}],
                            "fault": "",
                        },
                    },
                },
                {"path": "cmd/b.go", "platforms": {"linux/amd64": fault, "windows/arm64": fault}},
            ],
            "embedded": [],
            "passed_over": [{"path": "_x", "reason": "its name begins with . or _"}],
        },
    }


def test_a_reason_tells_no_more_than_it_has() -> None:
    reason = Reason(by="cgo", constraint="", line=0, says="cgo is off")
    assert one("", "b.c").reasons == (reason,)


def test_the_command(written: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    out = tmp_path / "out.json"
    words = ["inspect", "--files", str(written), "--platform", "linux/amd64", "--platform", "js/wasm"]
    assert run([*words, "--tags", "special,x.y", "-o", f"json={out}", "-o", "text"]) == 0
    assert b"with" in capfdbinary.readouterr().out
    first = json.loads(out.read_bytes())
    assert first["sources"]["tags"] == ["special", "x.y"]
    assert first["sources"]["platforms"] == ["linux/amd64", "js/wasm"]
    assert run(["inspect", "--files", str(written), "--platform", "all", "-o", f"json={out}"]) == 0
    assert len(json.loads(out.read_bytes())["sources"]["platforms"]) > 40
    assert run(["inspect", "--files", str(written), "--cgo", "-o", f"json={out}"]) == 0
    assert len(json.loads(out.read_bytes())["sources"]["platforms"]) == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["inspect"], 4, b"no file is named"),
        (["inspect", "x", "--platform", "linux/amd64"], 4, b"--platform, --cgo and --tags are about source"),
        (["inspect", "x", "--cgo"], 4, b"name their directory with --files"),
        (["inspect", "--files", ".", "x"], 4, b"--files is about source files"),
        (["inspect", "--files", ".", "--headers"], 4, b"--files is about source files"),
        (["inspect", "--files", ".", "--at", "0x1"], 4, b"--files is about source files"),
        (["inspect", "--files", "."], 3, b". holds no Go file"),
        (["inspect", "--files", ""], 4, b"no directory is named"),
        (["inspect", "--files", "nope"], 2, b"nope: no such directory"),
        (["inspect", "--files", "file"], 2, b"file: is a file, not a directory"),
        (["inspect", "--files", ".", "--platform", "linux"], 4, b"'linux' is no platform"),
        (["inspect", "--files", ".", "--platform", "linux/pdp11"], 4, b"Go knows no platform linux/pdp11"),
        (["inspect", "--files", ".", "--platform", "linux/arm/9"], 4, b"arm has no variant '9'"),
        (["inspect", "--files", ".", "--tags", "a,,b"], 4, b"'' is no build tag"),
        (["inspect", "--files", ".", "--tags", "a b"], 4, b"'a b' is no build tag"),
        (["inspect", "--files", ".", "-o", "sarif"], 4, b"unknown format 'sarif'"),
    ],
)
def test_wrong_words_and_wrong_folders(
    words: list[str],
    code: int,
    message: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    assert run(words) == code
    written = capfdbinary.readouterr()
    assert written.out == b""
    assert message in written.err


def test_the_document_keeps_to_its_schema() -> None:
    schema = json.loads(schema_bytes("inspect"))
    document = json.loads(source_files.to_json(listed(TREE, LINUX, WINDOWS)))
    jsonschema.validate(document, schema)
    document["sources"]["files"][0]["platforms"]["linux/amd64"]["status"] = "perhaps"
    with pytest.raises(jsonschema.ValidationError, match="perhaps"):
        jsonschema.validate(document, schema)
