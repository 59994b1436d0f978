"""What published projects need beside what is linked, as the go command has it: tests, tools, the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from attest.app.linked import linked_sets, main_packages, scoped_sets
from attest.edge.files import DirectoryTree
from tests.integration.projects import CACHE, LINUX, PROJECTS, checkout, go_command, tree_of

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.source import NeededSet
    from tests.integration.projects import Project

pytestmark = pytest.mark.integration

#: With tool lines and replaced modules; one that is not tidy for old Go; one with programs in many places.
CHOSEN: Final = [
    each
    for each in PROJECTS
    if each.path in {"github.com/cilium/cilium", "github.com/charmbracelet/gum", "golang.org/x/tools"}
]
_MODULE: Final = (
    "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}"
    "{{with .Replace}} => {{.Path}}{{with .Version}} {{.}}{{end}}{{end}}{{end}}{{end}}"
)


def told(needed: NeededSet | None) -> set[str]:
    assert needed is not None
    found = set()
    for each in needed.modules:
        new = each.replacement
        to = f" => {new.path} {new.version}".rstrip() if new else ""
        found.add(f"{each.module.path} {each.module.version}{to}")
    return found


@pytest.mark.parametrize("project", CHOSEN, ids=str)
def test_the_scopes_are_those_of_the_go_command(project: Project, tmp_path: Path) -> None:
    root = checkout(project, tmp_path)
    go = go_command(CACHE / "scopes")
    words = {"GOOS": LINUX.goos, "GOARCH": LINUX.goarch, "CGO_ENABLED": "0"}

    def listed(*arguments: str) -> set[str]:
        printed = go.run(root, "list", "-deps", "-f", _MODULE, *arguments, **words)
        return {each for each in printed.splitlines() if each}

    tests, tools = listed("-test", "./..."), listed("tool")
    everything = go.run(root, "list", "-m", "all").splitlines()
    tree, modcache = DirectoryTree.of(root), tree_of(go)
    main = main_packages(tree, platforms=[LINUX])[0]
    linked = linked_sets(tree, modcache=modcache, platforms_and_mains=[main])
    (found,) = scoped_sets(tree, modcache=modcache, linked=linked, scope="all")
    assert told(found.tests) == tests
    generators = told(found.tools) - tools
    assert tools <= told(found.tools)
    # What generates is run by name, and so has to be in the module graph.
    assert {each.partition(" ")[0] for each in generators} <= {each.partition(" ")[0] for each in everything}
    assert found.graph is not None
    graph = {
        f"{each.module.path} {each.module.version}"
        + (f" => {each.replacement.path} {each.replacement.version}".rstrip() if each.replacement else "")
        for each in found.graph
    }
    assert graph == set(everything[1:])
