"""What a source tree needs beside what is linked, held against the go command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from attest.app.linked import linked_sets, scoped_sets
from attest.app.sbom import matrix_of, of_source
from attest.edge.files import DirectoryTree
from attest.errors import FormatError, ReadError
from attest.model.module import ModuleVersion
from attest.model.source import LinkedSet, NeededSet, Platform, RequiredModule, ScopedSet
from tests.fakes import MemoryTree
from tests.unit.go.proxy import GO, Go, make_proxy, write
from tests.unit.sbom import examples as e

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.bom import Bom
    from attest.model.source import Scope

LINUX, WINDOWS = Platform(goos="linux", goarch="amd64"), Platform(goos="windows", goarch="amd64")
MAIN = "example.com/scoped"


def _module(path: str, *requires: str) -> str:
    return f"module example.com/{path}\n\ngo 1.24\n" + "".join(
        f"\nrequire example.com/{each} v1.0.0\n" for each in requires
    )


def _file(package: str, *imports: str) -> str:
    return f"package {package}\n" + "".join(f'\nimport _ "example.com/{each}"\n' for each in imports)


MODULES = {
    "example.com/linked@v1.0.0": {
        "go.mod": _module("linked", "extra", "unused"),
        "linked.go": _file("linked"),
        "more/more.go": _file("more", "extra"),
    },
    "example.com/tests@v1.0.0": {"go.mod": _module("tests", "help"), "t.go": _file("tests", "help")},
    "example.com/tool@v1.0.0": {
        "go.mod": _module("tool", "kit"),
        "cmd/tool/main.go": _file("main", "kit") + "\nfunc main() {}\n",
    },
    "example.com/gen@v1.0.0": {"go.mod": _module("gen"), "main.go": "package main\n\nfunc main() {}\n"},
    **{
        f"example.com/{each}@v1.0.0": {"go.mod": _module(each), f"{each}.go": _file(each)}
        for each in ("extra", "unused", "help", "kit", "genlib", "external")
    },
}
PROJECT = {
    "go.mod": f"module {MAIN}\n\ngo 1.24\n\ntool example.com/tool/cmd/tool\n\nrequire (\n"
    + "".join(f"\t{each.replace('@', ' ')}\n" for each in MODULES)
    + ")\n",
    "main.go": _file("main", "linked") + "\n//go:generate go run example.com/gen -o x\n\nfunc main() {}\n",
    "gen.go": "//go:build ignore\n\n" + _file("main", "genlib") + "\nfunc main() {}\n",
    "sub/sub.go": "package sub\n\n//go:generate go run ../gen.go\n//go:generate go run ./cmd\n",
    "sub/cmd/main.go": "package main\n\nfunc main() {}\n",
    "tools.go": "//go:build tools\n\n" + _file("main", "gen", "genlib"),
    "main_test.go": _file("main", "linked/more", "tests", "scoped/sub"),
    "only/x_linux_test.go": _file("only_test", "external"),
}


@dataclass(frozen=True)
class Scoped:
    go: Go
    root: Path

    def sets(self, scope: Scope, platform: Platform = LINUX) -> tuple[LinkedSet, ScopedSet]:
        tree, modcache = DirectoryTree.of(self.root), DirectoryTree.of(self.go.modcache)
        linked = linked_sets(tree, modcache=modcache, platforms_and_mains=[(platform, MAIN)])
        (scoped,) = scoped_sets(tree, modcache=modcache, linked=linked, scope=scope)
        return linked[0], scoped

    def listed(self, *arguments: str, platform: Platform = LINUX) -> set[str]:
        form = "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}"
        words = {"GOOS": platform.goos, "GOARCH": platform.goarch, "CGO_ENABLED": "0"}
        return set(self.go.run(self.root, "list", "-deps", "-f", form, *arguments, **words).split())


@pytest.fixture(scope="module")
def scoped(tmp_path_factory: pytest.TempPathFactory) -> Scoped:
    if not GO.exists():
        pytest.skip("no go command beside this Python")
    work = tmp_path_factory.mktemp("scopes")
    go = Go(work, make_proxy(work / "proxy", MODULES))
    root = work / "source"
    write(root, PROJECT)
    go.run(root, "mod", "tidy")
    go.run(root, "mod", "download", "all")
    return Scoped(go=go, root=root)


def names(needed: NeededSet | None) -> set[str]:
    assert needed is not None
    return {each.module.path for each in needed.modules}


@pytest.mark.parametrize("platform", [LINUX, WINDOWS], ids=str)
def test_tests_and_tools_need_what_the_go_command_says(scoped: Scoped, platform: Platform) -> None:
    _, found = scoped.sets("test", platform)
    assert names(found.tests) == scoped.listed("-test", "./...", platform=platform)
    generators = scoped.listed("example.com/gen", platform=platform) | scoped.listed("gen.go")
    assert names(found.tools) == scoped.listed("tool", platform=platform) | generators
    assert ("example.com/external" in names(found.tests)) is (platform is LINUX)
    assert found.graph is None


def test_the_whole_graph_is_that_of_the_go_command(scoped: Scoped) -> None:
    _, found = scoped.sets("all")
    assert found.graph is not None
    listed = scoped.go.run(scoped.root, "list", "-m", "all").splitlines()
    assert [str(each.module).replace("@", " ") for each in found.graph] == sorted(listed[1:])
    asked = {each.module.path: each.required_by for each in found.graph}
    assert asked["example.com/unused"] == ("example.com/linked",)
    text = (scoped.root / "go.sum").read_text()
    assert all(f"{each.module.path} v1.0.0 {each.sum}" in text for each in found.graph if each.sum)


def test_a_narrower_scope_asks_for_no_more(scoped: Scoped) -> None:
    _, found = scoped.sets("build")
    assert (found.tests, found.graph) == (None, None)
    tree = DirectoryTree.of(scoped.root)
    assert scoped_sets(tree, modcache=None, linked=[e.linked()], scope="linked") == ()


def relations(bom: Bom) -> dict[str, set[tuple[str, str]]]:
    names = {each.ref: each.name.removeprefix("example.com/") for each in bom.components}
    found: dict[str, set[tuple[str, str]]] = {}
    for each in bom.relations:
        if names[each.target] not in {"std", "toolchain"}:
            found.setdefault(each.kind, set()).add((names[each.source], names[each.target]))
    return found


def test_each_module_is_related_by_what_needs_it(scoped: Scoped) -> None:
    linked, beside = scoped.sets("all")
    (bom,) = of_source([linked], e.RUN, scoped=[beside]).values()
    assert relations(bom) == {
        "depends-on": {("scoped", "linked"), ("tests", "help"), ("tool", "kit")},
        "built-with": {("scoped", "tool"), ("scoped", "gen"), ("scoped", "genlib")},
        "tested-with": {
            ("scoped", "tests"),
            ("scoped", "external"),
            ("linked", "extra"),
        },
        "requires": {("linked", "unused")},
    }
    states = {each.ref: (each.state, each.reason) for each in bom.dependency_lists}
    assert states["module:example.com/unused@v1.0.0"] == (
        "unknown",
        "nothing of the module is used on linux/amd64, so its imports were not read",
    )
    assert {state for state, _ in states.values()} == {"complete", "unknown"}
    evidence = {each.name: each.evidence for each in bom.components}
    assert evidence["example.com/unused"] == ("go.mod", "go.sum")
    assert evidence["example.com/kit"] == ("go.sum", "source")
    table = matrix_of({"scoped": bom})
    assert table.common == 3, "the main module, what is linked and the standard library"


def memory(files: dict[str, str], platform: Platform = LINUX, scope: Scope = "test") -> ScopedSet:
    go_mod = files.get("go.mod", f"module {MAIN}\n\ngo 1.24\n")
    texts = {"main.go": "package main\n\nfunc main() {}\n"} | files | {"go.mod": go_mod}
    tree = MemoryTree({name: text.encode() for name, text in texts.items()})
    linked = linked_sets(tree, modcache=None, platforms_and_mains=[(platform, MAIN)])
    (found,) = scoped_sets(tree, modcache=None, linked=linked, scope=scope)
    return found


def test_what_cannot_be_resolved_is_told_and_makes_the_list_incomplete() -> None:
    found = memory(
        {
            "go.mod": f"module {MAIN}\n\ngo 1.24\n\ntool {MAIN}/win\n",
            "win/win_windows.go": "package main\n\nfunc main() {}\n",
            "sub/sub.go": "package sub\n\n//go:generate go run gone.go\n"
            "//go:generate go run example.com/x@v1.0.0\n",
        }
    )
    assert found.tools == NeededSet(
        requires=(),
        modules=(),
        unresolved=(
            "example.com/scoped/win has no files on linux/amd64",
            "example.com/x@v1.0.0 is run at a version of its own by sub/sub.go:4",
            "gone.go is not in the source tree (sub/sub.go:3)",
        ),
    )
    linked = LinkedSet(
        platform=LINUX,
        cgo=False,
        main_package=MAIN,
        main_module=ModuleVersion(path=MAIN, version=""),
        main_requires=(),
        modules=(),
        std=(),
    )
    (bom,) = of_source([linked], e.RUN, scoped=[found]).values()
    (stated,) = [each for each in bom.dependency_lists if each.ref == bom.subject]
    assert stated.state == "incomplete"
    assert "gone.go is not in the source tree" in stated.reason


def test_in_a_workspace_each_module_has_tests_and_generators_of_its_own() -> None:
    found = memory(
        {
            "go.work": "go 1.24\n\nuse .\n\nuse ./lib\n",
            "main_test.go": 'package main\n\nimport _ "example.com/lib"\n',
            "lib/go.mod": "module example.com/lib\n\ngo 1.24\n\ntool example.com/lib/cmd\n",
            "lib/lib.go": "package lib\n\n//go:generate go run example.com/none\n",
            "lib/lib_test.go": 'package lib\n\nimport _ "example.com/none"\n',
            "lib/cmd/main.go": "package main\n\nfunc main() {}\n",
        }
    )
    assert names(found.tests) == names(found.tools) == {"example.com/lib"}
    assert found.tests is not None
    assert found.tests.requires == ("example.com/lib",)


def test_a_generator_of_the_standard_library_needs_no_module() -> None:
    found = memory({"main.go": "package main\n\n//go:generate go run cmd/cgo\nfunc main() {}\n"})
    assert found.tools == NeededSet(requires=(), modules=())


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"x_test.go": 'package main\n\nimport _ "example.com/none"\n'},
            "x_test.go:3: no required module provides package example.com/none",
        ),
        ({"x_test.go": "package main\n\nimport (\n"}, "x_test.go:"),
        ({"x_test.go": "//go:build (\npackage main\n"}, "x_test.go:1"),
        (
            {
                "main.go": "package main\n//go:generate go run gen.go\nfunc main() {}\n",
                "gen.go": "//go:build ignore\n\nno",
            },
            "gen.go:3",
        ),
        (
            {"go.mod": f"module {MAIN}\n\ngo 1.24\n\ntool example.com/none\n"},
            "no required module provides package example.com/none",
        ),
    ],
    ids=["import", "syntax", "constraint", "generator", "tool"],
)
def test_what_is_wrong_is_named_with_its_place(files: dict[str, str], message: str) -> None:
    with pytest.raises(FormatError) as caught:
        memory(files)
    assert message in str(caught.value)
    assert caught.value.hint


def test_the_graph_needs_the_module_cache() -> None:
    go_mod = f"module {MAIN}\n\ngo 1.24\n\nrequire example.com/x v1.0.0\n"
    with pytest.raises(ReadError, match=r"the go\.mod of example\.com/x@v1\.0\.0 is not in the module cache"):
        memory({"go.mod": go_mod}, scope="all")


def test_a_requirement_that_only_an_older_version_states_is_the_main_modules() -> None:
    linked = e.linked()
    lone = RequiredModule(
        module=ModuleVersion(path="example.com/lone", version="v1.0.0"),
        replacement=ModuleVersion(path="example.com/fork", version="v1.1.0"),
        sum="",
        required_by=(),
    )
    beside = ScopedSet(platform=linked.platform, main_module=linked.main_module, graph=(lone,))
    (bom,) = of_source([linked], e.RUN, scoped=[beside]).values()
    assert relations(bom)["requires"] == {("widget", "fork")}


def run(*arguments: str) -> Any:  # noqa: ANN401 - an exit code
    from attest.cli import main

    return main.run(["sbom", *arguments])


def test_the_command_takes_a_scope(
    scoped: Scoped, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOMODCACHE", str(scoped.go.modcache))
    assert run(str(scoped.root), "--main", ".", "--scope", "all", "--platform", "linux/amd64") == 0
    output = capsys.readouterr().out
    assert output.count('"scope": "excluded"') == len(MODULES) - 1
    assert run(str(scoped.root), "--scope", "more") == 4
    assert "--scope: 'more' is no choice" in capsys.readouterr().err
