"""Module graphs of small made-up modules, as the go command has them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from attest.app.check import check_source
from attest.app.graph import load_graph
from attest.edge.files import DirectoryTree
from attest.errors import AttestError, FormatError, ReadError
from attest.go.graph import graph_text, list_text
from attest.go.mvs import build_list
from attest.model.source import Platform
from tests.fakes import MemoryTree
from tests.unit.go.proxy import GO, Go, escape, module_zip, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.go.proxy import Files

LINUX: Final = Platform(goos="linux", goarch="amd64")
#: path@version to the lines of its go.mod after the module line.
REQUIRES: Final = {
    "x.org/old@v1.0.0": "require x.org/deep v1.0.0\n",
    "x.org/old@v1.1.0": "go 1.16\nrequire (\n x.org/deep v1.1.0\n x.org/new v1.2.0\n)\n",
    "x.org/deep@v1.0.0": "go 1.13\nrequire x.org/bottom v1.0.0\n",
    "x.org/deep@v1.1.0": "go 1.18.3-lax\nrequire x.org/bottom v1.5.0 // indirect\nfuture word\n",
    "x.org/bottom@v1.0.0": "",
    "x.org/bottom@v1.5.0": "go 1.19\ntoolchain go1.22.5\nretract v1.0.0\n",
    "x.org/new@v1.0.0": "go 1.17\nrequire x.org/pruned v1.0.0\n",
    "x.org/new@v1.2.0": "go 1.20\nrequire x.org/pruned v1.1.0\nfuture (\n x\n)\ngo2 block (\n y\n)\n",
    "x.org/pruned@v1.0.0": "go 1.18\nrequire x.org/Far v0.1.0\n",
    "x.org/pruned@v1.1.0": "go 1.20\nrequire x.org/Far v0.2.0\n",
    "x.org/Far@v0.1.0": "",
    "x.org/Far@v0.2.0": "require x.org/old v1.0.0\n",
    "x.org/fork@v0.9.0": "go 1.19\nrequire x.org/bottom v1.0.0\n",
    "x.org/cycle@v1.0.0": "go 1.16\nrequire example.com/m v0.5.0\n",
    "example.com/m@v0.5.0": "go 1.16\nrequire x.org/deep v1.1.0\n",
    "x.org/modern@v1.0.0": "go 1.21.3+lax\nrequire x.org/newest v1.0.0\n",
    "x.org/newest@v1.0.0": "go 1.22.1\n",
    "x.org/before@v1.0.0": "require x.org/modern v1.0.0\n",
    "x.org/big@v2.0.0+incompatible": "",
}


def make_proxy(root: Path) -> None:
    for key, lines in REQUIRES.items():
        path, _, version = key.partition("@")
        folder = root / escape(path) / "@v"
        folder.mkdir(parents=True, exist_ok=True)
        text = f"module {path}\n{lines}".encode()
        files = {"a.go": b"package a\n"} if "+inc" in key else {"a.go": b"package a\n", "go.mod": text}
        (folder / f"{version}.zip").write_bytes(module_zip(path, version, files))
        (folder / f"{version}.mod").write_bytes(text)
        (folder / f"{version}.info").write_text(f'{{"Version":"{version}","Time":"2024-01-02T03:04:05Z"}}')


@pytest.fixture(scope="module")
def graph_go(tmp_path_factory: pytest.TempPathFactory) -> Go:
    if not GO.exists():
        pytest.skip("no go command beside this Python")
    work = tmp_path_factory.mktemp("graph")
    make_proxy(work / "proxy")
    return Go(work, work / "proxy")


@pytest.fixture(scope="module")
def all_sums(graph_go: Go, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A go.sum with the lines of every module; all of them are in the cache then."""
    root = tmp_path_factory.mktemp("sums")
    write(root, {"go.mod": "module example.com/sums\ngo 1.24\n"})
    out = graph_go.run(root, "mod", "download", "-json", *REQUIRES)
    decoder, lines = json.JSONDecoder(), []
    while out := out.lstrip():
        each, end = decoder.raw_decode(out)
        out = out[end:]
        lines.append(f"{each['Path']} {each['Version']} {each['Sum']}\n")
        lines.append(f"{each['Path']} {each['Version']}/go.mod {each['GoModSum']}\n")
    return "".join(lines)


MODULES: Final[dict[str, str]] = {
    "unpruned": "go 1.16\nrequire (\n x.org/old v1.1.0\n x.org/big v2.0.0+incompatible\n)\n",
    "no go line": "require x.org/old v1.0.0\n",
    "pruned": "go 1.22\nrequire x.org/new v1.2.0\nrequire x.org/pruned v1.1.0\n",
    "old below pruned": "go 1.22.3\nrequire (\n x.org/old v1.1.0\n x.org/new v1.2.0\n)\n",
    "toolchain": "go 1.21\ntoolchain go1.22.5\nrequire x.org/new v1.0.0\n",
    "newer deep down": "go 1.22.3\nrequire x.org/before v1.0.0\n",
    "newer deep down, but pruned": "go 1.21\nrequire x.org/modern v1.0.0\n",
    "tool": "go 1.24\ntool x.org/new\nrequire x.org/new v1.0.0\n",
    "excluded by dependencies": "go 1.16\nrequire x.org/old v1.1.0\nexclude x.org/deep v1.1.0\n",
    "excluded itself": "require x.org/new v1.0.0\nrequire x.org/old v1.0.0\nexclude x.org/old v1.0.0\n",
    "replaced version": "go 1.16\nrequire x.org/old v1.1.0\nreplace x.org/new v1.2.0 => x.org/fork v0.9.0\n",
    "replaced path": "go 1.16\nrequire x.org/old v1.1.0\nreplace x.org/new => x.org/fork v0.9.0\n",
    "replaced by a directory": "go 1.16\nrequire x.org/local v1.0.0\nreplace x.org/local => ./third/local\n",
    "requires itself": "go 1.16\nrequire x.org/cycle v1.0.0\n",
    "requires itself, pruned": "go 1.20\nrequire x.org/cycle v1.0.0\n",
}
LOCAL: Final[Files] = {"third/local/go.mod": "module any.thing\ngo 1.15\nrequire x.org/new v1.2.0\n"}


def equal(go: Go, root: Path, *, workspace: bool = False) -> None:
    environment = {"GOWORK": ""} if workspace else {}
    expected = go.run(root, "mod", "graph", **environment)
    tree, modcache = DirectoryTree.of(root), DirectoryTree.of(go.modcache)
    graph = load_graph(tree, modcache=modcache, workspace=workspace)
    assert graph_text(graph) == expected
    if not workspace and "\ngo " not in (root / "go.mod").read_text():
        return  # the command would write a go line before it lists
    mode = "-mod=readonly" if workspace else "-mod=mod"
    assert list_text(graph) == go.run(root, "list", "-m", mode, "all", **environment)
    assert {each.path for each in build_list(graph)} == set(graph.selected)


@pytest.mark.parametrize("name", MODULES)
def test_a_module(name: str, graph_go: Go, tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": f"module example.com/m\n{MODULES[name]}", **LOCAL})
    equal(graph_go, tmp_path)


WORKSPACES: Final[dict[str, Files]] = {
    "two members": {
        "go.work": "go 1.22\nuse ./a\nuse ./b\n",
        "a/go.mod": "module example.com/a\ngo 1.21\nrequire x.org/new v1.0.0\n",
        "b/go.mod": "module example.com/b\ngo 1.16\nrequire x.org/old v1.1.0\n",
    },
    "a member requires the other": {
        "go.work": "go 1.22.1\ntoolchain go1.22.5\nuse (\n ./a\n .\n)\n",
        "a/go.mod": "module example.com/a\nrequire example.com/m v0.5.0\nexclude x.org/deep v1.1.0\n",
        "go.mod": "module example.com/m\ngo 1.22\nrequire x.org/pruned v1.0.0\n",
    },
    "replacements": {
        "go.work": "go 1.22\nuse ./a\nuse ./b/c\nreplace x.org/new v1.2.0 => x.org/fork v0.9.0\n",
        "a/go.mod": "module example.com/a\ngo 1.21\nrequire x.org/new v1.2.0\nreplace x.org/new => ./none\n",
        "b/c/go.mod": "module example.com/b\nrequire x.org/here v1.0.0\nreplace x.org/here => ../here\n",
        "b/here/go.mod": "module x.org/here\nrequire x.org/deep v1.0.0\n",
    },
    "a newer version brings in more": {
        "go.work": "go 1.22\nuse ./a\nuse ./b\n",
        "a/go.mod": "module example.com/a\ngo 1.21\nrequire x.org/new v1.0.0\nrequire x.org/pruned v1.0.0\n",
        "b/go.mod": "module example.com/b\ngo 1.21\nrequire x.org/pruned v1.1.0\n",
    },
    "no go line": {"go.work": "use ./a\n", "a/go.mod": "module example.com/a\n"},
}


@pytest.mark.parametrize("name", WORKSPACES)
def test_a_workspace(name: str, graph_go: Go, tmp_path: Path) -> None:
    write(tmp_path, WORKSPACES[name])
    equal(graph_go, tmp_path, workspace=True)


def test_a_member_must_not_import_what_only_its_dependencies_require(graph_go: Go, tmp_path: Path) -> None:
    files = {
        "go.work": "go 1.22\nuse ./a\n",
        "a/go.mod": "module example.com/a\ngo 1.21\nrequire x.org/new v1.0.0\n",
        "a/a.go": 'package a\n\nimport _ "x.org/new"\nimport _ "x.org/pruned"\n',
    }
    write(tmp_path, files)
    graph_go.run(tmp_path, "mod", "download", "x.org/new@v1.0.0", "x.org/pruned@v1.0.0", GOWORK="")
    report = check_source(
        DirectoryTree.of(tmp_path), modcache=DirectoryTree.of(graph_go.modcache), platforms=(LINUX,)
    )
    (fault,) = report.import_faults
    assert str(fault.place) == "a/a.go:4"
    assert fault.message == "package example.com/a imports x.org/pruned from implicitly required module"
    done = graph_go.try_run(tmp_path, "list", "-deps", "./a", GOWORK="")
    assert fault.message in done.stderr
    assert fault.hint.removeprefix("to add missing requirements, run: ") in done.stderr
    write(tmp_path, {"a/go.mod": f"{files['a/go.mod']}require x.org/pruned v1.0.0\n"})
    report = check_source(
        DirectoryTree.of(tmp_path), modcache=DirectoryTree.of(graph_go.modcache), platforms=(LINUX,)
    )
    assert report.import_faults == ()


# What the go command would update before it builds.

OUTDATED: Final = {
    "go 1.16\nrequire x.org/old v1.1.0\nrequire x.org/new v1.0.0\n": [
        "go.mod:4 updates to go.mod needed: it asks for x.org/new@v1.0.0, and a dependency for v1.2.0"
    ],
    "go 1.16\nrequire x.org/modern v1.0.0\nexclude x.org/old v1.0.0\n": [
        "go.mod updates to go.mod needed: it asks for go@1.16, and a dependency for 1.22.1"
    ],
    "go 1.17\nrequire x.org/modern v1.0.0\n": [
        "go.mod updates to go.mod needed: it asks for go@1.17, and a dependency for 1.21"
    ],
    "go 1.20\nrequire x.org/new v1.2.0\nrequire x.org/pruned v1.0.0\n": [
        "go.mod:4 updates to go.mod needed: it asks for x.org/pruned@v1.0.0, and a dependency for v1.1.0"
    ],
    "go 1.20\nrequire x.org/new v1.2.0\nrequire x.org/pruned v1.1.0\n": [],
    "go 1.16\nrequire x.org/cycle v1.0.0\n": [],
}


@pytest.mark.parametrize("lines", OUTDATED)
def test_what_the_go_command_would_update(lines: str, graph_go: Go, all_sums: str, tmp_path: Path) -> None:
    main = "".join(f'import _ "{word}"\n' for word in lines.split() if word in ("x.org/new", "x.org/modern"))
    text = f"module example.com/m\n{lines}"
    write(tmp_path, {"go.mod": text, "main.go": f"package main\n\n{main}\nfunc main() {{}}\n"})
    (tmp_path / "go.sum").write_text(all_sums)
    source = check_source(
        DirectoryTree.of(tmp_path), modcache=DirectoryTree.of(graph_go.modcache), platforms=(LINUX,)
    )
    assert [f"{each.place} {each.message}" for each in source.import_faults] == OUTDATED[lines]
    assert (source.sum_faults, source.graph_unproven) == ((), None)
    done = graph_go.try_run(tmp_path, "list", "-mod=readonly", "-deps", ".", GOOS="linux", GOARCH="amd64")
    assert ("updates to go.mod needed" in done.stderr) == bool(OUTDATED[lines])


def test_the_whole_graph_needs_its_lines_in_go_sum(graph_go: Go, all_sums: str, tmp_path: Path) -> None:
    lines = [each for each in all_sums.splitlines() if "bottom v1.5.0/go.mod" not in each]
    write(
        tmp_path,
        {
            "go.mod": "module example.com/m\ngo 1.16\nrequire x.org/old v1.1.0\n",
            "go.sum": "\n".join(lines),
            "main.go": "package main\n",
        },
    )
    source = check_source(
        DirectoryTree.of(tmp_path), modcache=DirectoryTree.of(graph_go.modcache), platforms=(LINUX,)
    )
    message = "x.org/bottom@v1.5.0: missing go.sum entry for go.mod file"
    assert [each.message for each in source.sum_faults] == [message]
    done = graph_go.try_run(tmp_path, "list", "-mod=readonly", "./...")
    assert message in done.stderr


def test_a_graph_that_cannot_be_read_is_no_evidence() -> None:
    tree = MemoryTree({"go.mod": MOD.encode(), "main.go": b"package main\n"})
    source = check_source(tree, modcache=None, platforms=(LINUX,))
    assert source.graph_unproven
    assert source.graph_unproven.message == "the go.mod of x.org/y@v1.0.0 is not in the module cache"
    bad = MemoryTree({f"{DOWNLOADS}/x.org/y/@v/v1.0.0.mod": b"module ("}, label="cache")
    source = check_source(tree, modcache=bad, platforms=(LINUX,))
    assert [each.message for each in source.import_faults] == [
        "syntax error (unterminated block started at line 1)"
    ]


# In memory: what is refused.

DOWNLOADS: Final = "cache/download"


def refused(files: Files, cache: Files | None = None) -> str:
    tree = MemoryTree({name: text.encode() for name, text in files.items()})
    mods = {f"{DOWNLOADS}/{name}.mod": text.encode() for name, text in (cache or {}).items()}
    with pytest.raises(AttestError) as caught:
        load_graph(tree, modcache=MemoryTree(mods, label="cache"), workspace="go.work" in files)
    assert caught.value.hint
    return f"{type(caught.value).__name__} {caught.value}"


MOD: Final = "module example.com/m\ngo 1.16\nrequire x.org/y v1.0.0\n"


def test_a_go_mod_that_is_not_in_the_cache_is_missing_evidence() -> None:
    message = "ReadError go.mod: the go.mod of x.org/y@v1.0.0 is not in the module cache"
    assert refused({"go.mod": MOD}) == message
    with pytest.raises(ReadError, match="is not in the module cache"):
        load_graph(MemoryTree({"go.mod": MOD.encode()}), modcache=None)
    for directory in ("./none", "../outside", "/absolute"):
        text = f"{MOD}replace x.org/y => {directory}\n"
        assert refused({"go.mod": text}) == (
            f"ReadError go.mod: the go.mod in the replacement directory {directory} is not in the source tree"
        )


def test_a_go_mod_must_be_that_of_the_module() -> None:
    file = f"cache/{DOWNLOADS}/x.org/y/@v/v1.0.0.mod"
    for text, message in {
        "module x.org/z\n": "x.org/y@v1.0.0: parsing go.mod: module declares its path as x.org/z but was "
        "required as x.org/y",
        "go 1.20\n": "x.org/y@v1.0.0: parsing go.mod: missing module line",
    }.items():
        assert refused({"go.mod": MOD}, {"x.org/y/@v/v1.0.0": text}) == f"FormatError {file}: {message}"
    bad = "module x.org/y\nrequire x.org/z latest\n"
    assert refused({"go.mod": MOD}, {"x.org/y/@v/v1.0.0": bad}).startswith(f"FormatError {file}:2: require")


A: Final = "module example.com/a\ngo 1.18\n"
B: Final = "module example.com/b\ngo 1.18\n"
USES: Final = "use ./a\nuse ./b\n"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"go.work": USES, "a/go.mod": A},
            "ReadError go.work:2: ./b is used by the workspace, and its go.mod is not in the tree",
        ),
        (
            {"go.work": "use ../a\n"},
            "ReadError go.work:1: ../a is used by the workspace, and its go.mod is not in the tree",
        ),
        (
            {"go.work": USES, "a/go.mod": A, "b/go.mod": A},
            "FormatError go.work:2: module example.com/a appears multiple times in workspace",
        ),
        (
            {"go.work": "go 1.21\nuse ./a\n", "a/go.mod": "module a.b/c\ngo 1.22\n"},
            "FormatError go.work:2: module ./a listed in go.work requires go >= 1.22, but it lists go 1.21",
        ),
        (
            {"go.work": "use ./a\nreplace example.com/a => ./b\n", "a/go.mod": A},
            "FormatError go.work:2: workspace module example.com/a is replaced at all versions",
        ),
        (
            {
                "go.work": USES,
                "a/go.mod": f"{A}replace x.org/y => ./y\n",
                "b/go.mod": f"{B}replace x.org/y => ./y\n",
            },
            "FormatError b/go.mod:3: conflicting replacements for x.org/y: ./a/y and ./b/y",
        ),
    ],
)
def test_a_workspace_that_the_go_command_refuses(
    files: Files, message: str, graph_go: Go, tmp_path: Path
) -> None:
    assert refused(files) == message
    if message.startswith(FormatError.__name__):
        write(tmp_path, files)
        assert graph_go.try_run(tmp_path, "mod", "graph", GOWORK="").returncode
