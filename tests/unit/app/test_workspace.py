"""Workspaces judged by attest beside what the go command says of the same trees."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from attest.app.check import check_source, manifest_of, read_manifest
from attest.app.linked import linked_sets, main_packages
from attest.edge.files import DirectoryTree
from attest.errors import AttestError, FormatError, ReadError
from attest.model.source import Platform, SourceReport
from tests.fakes import MemoryTree
from tests.unit.app.vendor_world import make_proxy, write
from tests.unit.go.proxy import GO, Go

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.go.proxy import Files

LINUX: Final = Platform(goos="linux", goarch="amd64")
PLATFORMS: Final = (LINUX, Platform(goos="windows", goarch="amd64"), Platform(goos="js", goarch="wasm"))
#: The tool and the library need each other, one of them lies below the other, and go.work is above all.
TREE: Final[Files] = {
    "go.work": """go 1.24

use (
\t./tool
\t./lib
\t./tool/nested
)

replace c.d/orig => c.d/fork v1.5.0
""",
    "tool/go.mod": """module example.com/tool

go 1.24

require (
\ta.b/lib v1.0.0
\tc.d/orig v1.0.0
\texample.com/lib v0.0.0
\tk.l/win v1.0.0 // indirect
)

replace example.com/lib => ../lib

tool example.com/tool/gen
""",
    "tool/main.go": """package main

import (
\t_ "a.b/lib"
\t_ "c.d/orig"
\t_ "example.com/lib"
\t_ "example.com/lib/deep"
)

func main() {}
""",
    "tool/main_windows.go": 'package main\n\nimport _ "example.com/tool/nested"\n',
    "tool/gen/main.go": "package main\n\nfunc main() {}\n",
    "tool/nested/go.mod": "module example.com/tool/nested\n\ngo 1.21\n\nrequire a.b/emb v1.1.0\n",
    "tool/nested/nested.go": 'package nested\n\nimport _ "a.b/emb"\n',
    "tool/nested/cmd/n/main.go": 'package main\n\nimport _ "example.com/tool/nested"\n\nfunc main() {}\n',
    "lib/go.mod": """module example.com/lib

go 1.20

require (
\ta.b/lib/nested v0.2.0
\te.f/old v2.0.0+incompatible
\tlocal.one/l v0.0.0
\tm.n/testdep v1.0.0
\to.p/idle v1.0.0
)

replace local.one/l => ../third_party/l
""",
    "lib/lib.go": 'package lib\n\nimport (\n\t_ "a.b/lib/nested/pkg"\n\t_ "local.one/l"\n)\n',
    "lib/lib_test.go": 'package lib\n\nimport _ "m.n/testdep"\n',
    "lib/deep/deep.go": 'package deep\n\nimport _ "e.f/old"\n',
    "lib/ignored/testdata/main.go": "package main\n\nfunc main() {}\n",
    "third_party/l/go.mod": "module local.one/l\n\ngo 1.16\n",
    "third_party/l/l.go": "package l\n",
}
WORK: Final = {"GOWORK": ""}


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Go:
    if not GO.exists():
        pytest.skip("no go command beside this Python")
    work = tmp_path_factory.mktemp("go")
    made = Go(work, make_proxy(work / "proxy"))
    made.environment |= WORK
    return made


@pytest.fixture(scope="module")
def tree(go: Go, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("workspace") / "tree"
    write(root, TREE)
    go.run(root, "mod", "download")
    return root


@pytest.fixture(scope="module")
def vendored(go: Go, tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("vendored") / "tree"
    shutil.copytree(tree, root)
    go.run(root, "work", "vendor", CGO_ENABLED="0")
    return root


def check(
    root: Path, go: Go | None, *, workspace: bool = True, manifest: bytes | None = None
) -> SourceReport:
    return check_source(
        DirectoryTree.of(root),
        modcache=DirectoryTree.of(go.modcache) if go else None,
        platforms=PLATFORMS,
        workspace=workspace,
        manifests=None if manifest is None else read_manifest(manifest, "manifest.txt"),
    )


def faults(report: SourceReport) -> list[str]:
    found = (report.sum_faults, report.vendor_faults, report.import_faults, report.vendor_untidy)
    return [f"{each.place}: {each.message}" for group in found for each in group]


def test_a_clean_workspace(tree: Path, go: Go) -> None:
    report = check(tree, go)
    assert (faults(report), report.graph_unproven, report.work_unused) == ([], None, None)
    assert {each.status for each in report.proofs} == {"match"}
    needed = {str(each.module) for each in report.proofs if each.needed and each.kind == "zip"}
    assert needed == {
        "a.b/emb@v1.1.0",
        "a.b/lib@v1.0.0",
        "a.b/lib/nested@v0.2.0",
        "c.d/fork@v1.5.0",
        "e.f/old@v2.0.0+incompatible",
        "k.l/win@v1.0.0",
    }
    assert [each.go_mod.file for each in report.main.modules] == [
        "tool/go.mod",
        "lib/go.mod",
        "tool/nested/go.mod",
    ]


def test_the_packages_are_those_of_go_list(tree: Path, vendored: Path, go: Go) -> None:
    form = "{{if not .Standard}}{{.ImportPath}} {{.Module.Path}} {{.Module.Version}}{{end}}"
    mains = ("example.com/tool", "example.com/tool/nested/cmd/n")
    for root, modcache in ((tree, DirectoryTree.of(go.modcache)), (vendored, None)):
        pairs = [(platform, main) for platform in PLATFORMS for main in mains]
        for linked in linked_sets(DirectoryTree.of(root), modcache=modcache, platforms_and_mains=pairs):
            words = {"GOOS": linked.platform.goos, "GOARCH": linked.platform.goarch, "CGO_ENABLED": "0"}
            out = go.run(root, "list", "-deps", "-f", form, linked.main_package, **words).splitlines()
            told = [
                f"{each} {m.module.path} {m.module.version}" for m in linked.modules for each in m.packages
            ]
            own = f" {linked.main_module.path} "
            assert {each for each in out if each and own not in each} == set(told)
            assert linked.main_package.startswith(linked.main_module.path)


def test_main_packages_are_those_of_all_members(tree: Path, go: Go) -> None:
    form = '{{if eq .Name "main"}}{{.ImportPath}}{{end}}'
    out = go.run(tree, "list", "-f", form, "./tool/...", "./tool/nested/...", "./lib/...", GOOS="linux")
    found = main_packages(DirectoryTree.of(tree), platforms=[LINUX])
    assert [path for _, path in found] == sorted(out.split())
    (by_folder,) = linked_sets(
        DirectoryTree.of(tree),
        modcache=DirectoryTree.of(go.modcache),
        platforms_and_mains=[(LINUX, "./tool/nested/cmd/n")],
    )
    assert by_folder.main_package == "example.com/tool/nested/cmd/n"
    with pytest.raises(FormatError, match=r"\./third_party is in no module of the workspace"):
        linked_sets(DirectoryTree.of(tree), modcache=None, platforms_and_mains=[(LINUX, "./third_party")])


def test_without_a_module_cache_nothing_is_proven(tree: Path) -> None:
    report = check(tree, None)
    assert faults(report) == []
    assert {each.status for each in report.proofs} == {"absent"}
    assert report.graph_unproven
    assert report.graph_unproven.message.endswith("is not in the module cache")


# Sums: those of go.work.sum and of all members.


def test_go_work_sum_alone_is_enough_and_so_is_any_member(tree: Path, go: Go, tmp_path: Path) -> None:
    assert not (tree / "lib/go.sum").exists()  # `go mod download` writes go.work.sum
    for target in ("lib/go.sum", "tool/nested/go.sum"):
        root = tmp_path / target.replace("/", "-")
        shutil.copytree(tree, root)
        (root / "go.work.sum").rename(root / target)
        go.run(root, "list", "-deps", "example.com/tool", GOPROXY="off")
        assert faults(check(root, go)) == []


def test_missing_lines(tree: Path, go: Go, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(tree, root)
    lines = (root / "go.work.sum").read_text().splitlines(keepends=True)
    kept = [each for each in lines if not each.startswith(("a.b/emb v1.1.0 ", "o.p/idle v1.0.0/go.mod "))]
    assert len(kept) == len(lines) - 2
    (root / "go.work.sum").write_text("".join(kept))
    assert faults(check(root, go)) == [
        "tool/nested/go.mod:5: a.b/emb@v1.1.0: missing go.sum entry for module providing package a.b/emb",
        "go.work: o.p/idle@v1.0.0: missing go.sum entry for go.mod file",
    ]
    (root / "go.work.sum").unlink()
    (fault,) = check(root, go).sum_faults
    assert str(fault.place) == "go.work.sum"
    files = "go.work.sum and tool/go.sum and lib/go.sum and tool/nested/go.sum"
    assert fault.message == f"{files} are empty, but go.work requires modules"
    go.run(root, "list", "-deps", "example.com/tool")  # it adds what it misses, without being asked
    told = "missing go.sum entry for module providing package"
    assert [each.split(told)[1] for each in faults(check(root, go))] == [" a.b/emb", " k.l/win"]  # on Windows
    go.run(root, "mod", "download")
    assert faults(check(root, go)) == []


def test_files_that_contradict_each_other(tree: Path, go: Go, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(tree, root)
    right = next(
        each for each in (root / "go.work.sum").read_text().splitlines() if "a.b/lib v1.0.0 " in each
    )
    wrong = right.replace("h1:", "h1:A")[: len(right)]
    (root / "tool/go.sum").write_text(f"{wrong}\nbroken\n")
    (root / "lib/go.sum").write_text(f"{right}\n")
    report = check(root, go)
    number = (root / "go.work.sum").read_text().splitlines().index(right) + 1
    assert faults(report) == [
        "tool/go.sum:2: malformed go.sum: wrong number of fields 1",
        f"tool/go.sum:1: a.b/lib@v1.0.0 has another hash here than in go.work.sum:{number}",
    ]
    proven = {str(each.module): str(each.place) for each in report.proofs if each.kind == "zip"}
    assert proven["a.b/lib@v1.0.0"] == f"go.work.sum:{number}"
    (root / "go.work.sum").write_text("")
    (root / "tool/go.sum").write_text(f"{wrong}\n")
    (mismatch,) = [each for each in check(root, go).proofs if each.status == "mismatch"]
    assert str(mismatch.place) == "tool/go.sum:1"
    done = go.try_run(root, "list", "-deps", "example.com/tool")
    assert "a.b/lib@v1.0.0: checksum mismatch" in done.stderr


# go.work itself.


def files_of(changes: dict[str, str | None]) -> Files:
    return {name: text for name, text in {**TREE, **changes}.items() if text is not None}


#: Changes of the tree, what attest says, and what `go list` says.
REFUSED: Final[tuple[tuple[dict[str, str | None], str, str], ...]] = (
    (
        {"go.work": f"{TREE['go.work']}\n\nuse ./third_party/../lib\n"},
        "FormatError go.work:12: path ./third_party/../lib appears multiple times in workspace",
        "lib appears multiple times in workspace",
    ),
    (
        {"lib/go.mod": "module example.com/tool\n\ngo 1.20\n"},
        "FormatError go.work:5: module example.com/tool appears multiple times in workspace",
        "module example.com/tool appears multiple times in workspace",
    ),
    (
        {"lib/go.mod": "module example.com/lib\n\ngo 1.25\n"},
        "FormatError go.work:5: module ./lib listed in go.work requires go >= 1.25, but it lists go 1.24",
        "module lib listed in go.work file requires go >= 1.25, but go.work lists go 1.24",
    ),
    (
        {"lib/go.mod": None},
        "ReadError go.work:5: ./lib is used by the workspace, and its go.mod is not in the tree",
        "cannot load module lib listed in go.work file: open lib/go.mod: no such file or directory",
    ),
    (
        {"go.work": "go 1.24\n"},
        "FormatError go.work: no modules were found in the current workspace",
        "no modules were found in the current workspace",
    ),
    (
        {"go.work": f"{TREE['go.work']}\nreplace example.com/lib => ./third_party/l\n"},
        "FormatError go.work:11: workspace module example.com/lib is replaced at all versions",
        "workspace module example.com/lib is replaced at all versions in the go.work file",
    ),
    (
        {"tool/go.mod": f"{TREE['tool/go.mod']}\nreplace local.one/l => ../third_party/m\n"},
        "FormatError lib/go.mod:13: conflicting replacements for local.one/l: ./third_party/m and ./third",
        "conflicting replacements for local.one/l:",
    ),
    (
        {"go.work": "go 1.24\nuse ./tool\nsurprise\n"},
        "FormatError go.work:3: unknown directive: surprise",
        "go.work:3: unknown directive: surprise",
    ),
)


@pytest.mark.parametrize(("changes", "message", "told"), REFUSED, ids=[each[1] for each in REFUSED])
def test_workspaces_that_the_go_command_refuses(
    changes: dict[str, str | None], message: str, told: str, go: Go, tmp_path: Path
) -> None:
    write(tmp_path, files_of(changes))
    with pytest.raises(AttestError) as caught:
        check(tmp_path, go)
    assert f"{type(caught.value).__name__} {caught.value}".startswith(message)
    assert caught.value.hint
    done = go.try_run(tmp_path, "list", "example.com/tool")
    assert done.returncode
    assert told in done.stderr


def test_what_is_written_differs_though_it_leads_to_one_directory(tree: Path, go: Go, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(tree, root)
    for member, up in (("lib", "../"), ("tool/nested", "../../")):
        text = TREE[f"{member}/go.mod"].partition("\nreplace")[0]
        if "local.one" not in text:
            text += "\nrequire local.one/l v0.0.0\n"
        write(root, {f"{member}/go.mod": f"{text}\nreplace local.one/l v0.0.0 => {up}third_party/l\n"})
    message = (
        "conflicting replacements found for local.one/l@v0.0.0 in workspace modules defined by "
        "{0}/go.mod and {1}/tool/nested/go.mod"
    )
    done = go.try_run(root, "list", "example.com/tool")
    assert message.format(f"{root}/lib", root) in done.stderr
    with pytest.raises(FormatError) as caught:
        check(root, go)
    assert str(caught.value) == (
        "tool/nested/go.mod:9: conflicting replacements found for local.one/l@v0.0.0 in workspace modules "
        "defined by lib/go.mod and tool/nested/go.mod"
    )


def test_the_module_at_the_root_must_be_one_of_the_workspace(tree: Path, go: Go, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(tree, root)
    write(root, {"go.mod": "module example.com/root\n", "root.go": "package root\n"})
    message = "is not one of the workspace modules listed in go.work"
    assert faults(check(root, go)) == [f"go.mod: the module at the root {message}"]
    assert message in go.try_run(root, "list", ".").stderr


def test_gowork_off_judges_the_module_alone(tree: Path, go: Go, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(tree, root)
    write(root, {"go.mod": "module example.com/root\n", "root.go": "package root\n"})
    report = check(root, go, workspace=False)
    assert (faults(report), report.main.work) == ([], None)
    assert report.work_unused
    assert report.work_unused.message == "go.work is not what is judged: GOWORK is off"
    with pytest.raises(ReadError, match=r"go\.mod: no such file"):
        check(tree, go, workspace=False)


def test_a_published_module_with_a_go_work_is_judged_alone() -> None:
    files = {
        "go.work": b"go 1.24\nuse (\n\t.\n\t./tools\n)\n",
        "go.mod": b"module example.com/root\n\ngo 1.24\n",
        "root.go": b"package root\n",
    }
    report = check_source(MemoryTree(files), modcache=None, platforms=(LINUX,))
    assert (faults(report), report.main.work) == ([], None)
    assert report.work_unused
    assert str(report.work_unused.place) == "go.work:4"
    assert report.work_unused.message == (
        "go.work is not what is judged: ./tools, which it uses, is not in the tree"
    )


def test_members_outside_of_the_tree_are_missing_evidence(tree: Path, go: Go, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(tree, root)
    work = TREE["go.work"].replace("use (\n", "use (\n\t../other\n\t/else/where\n")
    write(root, {"go.work": work, "tool/more.go": 'package main\n\nimport _ "example.com/other"\n'})
    message = "../other is used by the workspace, and its go.mod is not in the tree"
    report = check(root, go)
    assert faults(report) == []
    assert report.graph_unproven
    assert (str(report.graph_unproven.place), report.graph_unproven.message) == ("go.work:4", message)
    with pytest.raises(ReadError, match=message):
        linked_sets(DirectoryTree.of(root), modcache=None, platforms_and_mains=[(LINUX, "./tool")])
    with pytest.raises(ReadError, match=message):
        check_source(MemoryTree({"go.work": b"use ../other\n"}), modcache=None, platforms=(LINUX,))


def test_a_replacement_outside_of_the_tree_is_missing_evidence(tree: Path, go: Go, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(tree, root)
    text = TREE["lib/go.mod"].replace("=> ../third_party/l", "=> ../../l")
    write(root, {"lib/go.mod": text})
    report = check(root, go)
    assert faults(report) == []
    assert report.graph_unproven
    assert report.graph_unproven.message == (
        "the go.mod in the replacement directory ../l is not in the source tree"
    )


# vendor/ of a workspace.


def test_what_go_work_vendor_writes_has_no_fault(vendored: Path, go: Go) -> None:
    report = check(vendored, go)
    assert (faults(report), report.contents_unproven) == ([], ())
    assert {each.status for each in report.proofs} == {"match"}
    assert (vendored / "vendor/modules.txt").read_text().startswith("## workspace\n")
    manifest = manifest_of(DirectoryTree.of(vendored), modcache=DirectoryTree.of(go.modcache))
    report = check(vendored, None, manifest=manifest)
    assert (faults(report), report.contents_unproven) == ([], ())


TXT: Final = "vendor/modules.txt"
EMB: Final = "# a.b/emb v1.1.0\n## explicit; go 1.16\n"


@dataclass(frozen=True)
class Row:
    """A tampered vendor directory: what is changed in which file, and what attest says where.

    `told` says whether `go list` refuses the tree too, in the same words.
    """

    place: str
    message: str
    edits: tuple[tuple[str, str, str], ...]
    told: bool = False


ROWS: Final = (
    Row(
        "tool/nested/go.mod:5",
        "a.b/emb@v1.1.0: is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt",
        ((TXT, EMB, "# a.b/emb v1.1.0\n## go 1.16\n"),),
        told=True,
    ),
    Row(
        "lib/go.mod:13",
        "local.one/l: is replaced in lib/go.mod, but not marked as replaced in vendor/modules.txt",
        ((TXT, "# local.one/l => ./third_party/l\n", ""),),
        told=True,
    ),
    Row(
        "lib/go.mod:13",
        "local.one/l: is replaced by ../third_party/l in lib/go.mod, but marked as replaced by ./other in",
        ((TXT, "# local.one/l => ./third_party/l\n", "# local.one/l => ./other\n"),),
        told=True,
    ),
    Row(
        "go.work:9",
        "c.d/orig: is replaced by c.d/fork@v1.5.0 in go.work, but marked as replaced by c.d/fork@v1.6.0 in",
        ((TXT, "# c.d/orig => c.d/fork v1.5.0\n", "# c.d/orig => c.d/fork v1.6.0\n"),),
        told=True,
    ),
    Row(
        "vendor/modules.txt:21",
        "k.l/win@v1.0.0: is marked as explicit in vendor/modules.txt, but not explicitly required in a",
        (("tool/go.mod", "\tk.l/win v1.0.0 // indirect\n", ""),),
        told=True,
    ),
    Row(
        "vendor/modules.txt:32",
        "q.r/s@v1.0.0: is marked as replaced in vendor/modules.txt, but not replaced in the workspace",
        ((TXT, "# c.d/orig =>", "# q.r/s v1.0.0 => ./q\n# c.d/orig =>"),),
        told=True,
    ),
    Row(
        "lib/go.mod:8",
        "local.one/l@v0.0.0: missing go.sum entry for module providing package local.one/l",
        ((TXT, "# local.one/l v0.0.0 => ./third_party/l\n", "# local.one/l v0.0.0\n"),),
    ),
    Row(
        "vendor/a.b/lib/lib_windows.go",
        "vendor/a.b/lib/lib_windows.go differs from a.b/lib@v1.0.0 as go.sum knows it",
        (("vendor/a.b/lib/lib_windows.go", "package", "// x\npackage"),),
    ),
    Row(
        "lib/lib_test.go:3",
        "package m.n/testdep of m.n/testdep@v1.0.0 is imported, and vendor/modules.txt does not list it",
        ((TXT, "\nm.n/testdep\n", "\n"),),
    ),
    Row(
        "vendor/modules.txt:26",
        "package local.one/l is listed under local.one/l@v0.0.0, and nothing imports it",
        (("lib/lib.go", '\t_ "local.one/l"\n', ""),),
    ),
    Row(
        "vendor/modules.txt:2",
        "a.b/emb@v1.1.0 is marked with go 1.22, and go.mod of a.b/emb@v1.1.0 says go 1.16",
        ((TXT, EMB, "# a.b/emb v1.1.0\n## explicit; go 1.22\n"),),
    ),
    Row(
        "vendor/modules.txt:1",
        "vendor/modules.txt was made for a module, and a workspace is built",
        ((TXT, "## workspace\n", ""),),
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.message)
def test_tampered_vendor_directories(row: Row, vendored: Path, go: Go, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(vendored, root)
    for name, old, new in row.edits:
        text = (root / name).read_bytes().decode()
        assert old in text
        (root / name).write_bytes(text.replace(old, new, 1).encode())
    found = faults(check(root, go))
    assert any(each.startswith(f"{row.place}: {row.message}") for each in found), found
    assert (row.message in go.try_run(root, "list", "example.com/tool").stderr) == row.told


def test_a_vendor_directory_of_a_workspace_without_modules(tree: Path, go: Go, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(tree, root)
    write(root, {"vendor/note.txt": "x\n"})
    found = faults(check(root, go))
    assert (
        "tool/go.mod:6: a.b/lib@v1.0.0: is explicitly required in go.mod, but not marked as explicit in"
        in found[0]
    )


def test_the_vendor_directory_of_an_incomplete_workspace(vendored: Path, go: Go, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(vendored, root)
    work = TREE["go.work"].replace("use (\n", "use (\n\t../other\n")
    write(root, {"go.work": work, "tool/more.go": 'package main\n\nimport _ "example.com/other"\n'})
    report = check(root, go)
    assert faults(report) == []  # nobody knows what the absent member gives and needs
    assert report.graph_unproven


def test_a_member_at_the_root_and_its_vendor_directory(go: Go, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "go.work": "go 1.24\nuse .\nuse ./lib\n",
            "go.mod": "module example.com/root\n\ngo 1.24\n\nrequire a.b/emb v1.1.0\nignore ./gen\n",
            "main.go": 'package main\n\nimport _ "example.com/lib"\n\nfunc main() {}\n',
            "gen/main.go": "package main\n\nfunc main() {}\n",
            "lib/go.mod": "module example.com/lib\n\ngo 1.24\n\nrequire a.b/emb v1.1.0\nignore gen\n",
            "lib/lib.go": 'package lib\n\nimport _ "a.b/emb"\n',
            "lib/gen/main.go": "package main\n\nfunc main() {}\n",
        },
    )
    go.run(tmp_path, "work", "vendor")
    go.run(tmp_path, "mod", "download")
    assert faults(check(tmp_path, go)) == []
    tree = DirectoryTree.of(tmp_path)
    assert main_packages(tree, platforms=[LINUX]) == ((LINUX, "example.com/root"),)
    (linked,) = linked_sets(tree, modcache=None, platforms_and_mains=[(LINUX, ".")])
    assert [(each.module.path, each.packages) for each in linked.modules] == [
        ("a.b/emb", ("a.b/emb",)),
        ("example.com/lib", ("example.com/lib",)),
    ]


#: What cmd/go's own tests of `go work vendor` do, with the go command's answer after `changes`.
VENDORED_TREES: Final[dict[str, tuple[Files, Files, str]]] = {
    "a member replaces another": (
        {
            "go.work": "go 1.21\n\nuse (\n\ta\n\tb\n)\n",
            "a/go.mod": (
                "module x.y/a\n\ngo 1.21\n\nrequire x.y/b v0.0.0\n\nreplace x.y/b => ../b\n"
                "\nreplace x.y/b v0.0.0 => ../b\n"
            ),
            "a/a.go": 'package a\n\nimport _ "x.y/b"\n',
            "b/go.mod": "module x.y/b\n\ngo 1.21\n",
            "b/b.go": "package b\n",
        },
        {"a/go.mod": "module x.y/a\n\ngo 1.21\n\nrequire x.y/b v0.0.0\n"},
        "x.y/b@v0.0.0: is marked as replaced in vendor/modules.txt, but not replaced in the workspace",
    ),
    "two versions of a module": (
        {
            "go.work": "go 1.18\n\nuse (\n\t./a\n\t./p\n)\n",
            "a/go.mod": "module x.y/a\n\ngo 1.18\n\nrequire x.y/b v1.0.0\n\nreplace x.y/b v1.0.0 => ../b\n",
            "a/a.go": 'package a\n\nimport _ "x.y/b"\n',
            "b/go.mod": "module x.y/b\n\ngo 1.18\n\nrequire x.y/q v1.1.0\n",
            "b/b.go": "package b\n",
            "p/go.mod": (
                "module x.y/p\n\ngo 1.18\n\nrequire x.y/q v1.0.0\n\n"
                "replace x.y/q v1.0.0 => ../q1_0_0\nreplace x.y/q v1.1.0 => ../q1_1_0\n"
            ),
            "p/p.go": 'package p\n\nimport _ "x.y/q"\n',
            "q1_0_0/go.mod": "module x.y/q\n\ngo 1.17\n",
            "q1_0_0/q.go": "package q\n",
            "q1_1_0/go.mod": "module x.y/q\n\ngo 1.18\n",
            "q1_1_0/q.go": "package q\n\nconst New = true\n",
        },
        {"a/go.mod": "module x.y/a\n\ngo 1.18\n\nreplace x.y/b v1.0.0 => ../b\n"},
        "x.y/b@v1.0.0: is marked as explicit in vendor/modules.txt, but not explicitly required in a go.mod",
    ),
}


@pytest.mark.parametrize("name", VENDORED_TREES)
def test_vendored_workspaces_of_the_go_commands_own_tests(name: str, go: Go, tmp_path: Path) -> None:
    files, changes, message = VENDORED_TREES[name]
    write(tmp_path, files)
    go.run(tmp_path, "work", "vendor")
    go.run(tmp_path, "list", "all")
    report = check(tmp_path, go)
    assert (faults(report), report.contents_unproven) == ([], ())
    write(tmp_path, changes)
    assert message in {each.message for each in check(tmp_path, go).vendor_faults}
    assert message in go.try_run(tmp_path, "list", "all").stderr
