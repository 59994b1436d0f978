"""Module graphs and build lists of published projects, as the go command has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attest.app.graph import load_graph
from attest.edge.files import DirectoryTree
from attest.go.graph import graph_text, list_text
from tests.integration.projects import CACHE, PROJECTS, WORKSPACE, checkout, go_command, tree_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.projects import Project
    from tests.unit.go.proxy import Go

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def go() -> Go:
    """With a module cache of its own: it holds go.mod files, and hardly any module."""
    return go_command(CACHE / "graph")


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_the_graph_and_the_build_list_are_those_of_the_go_command(
    project: Project, go: Go, tmp_path: Path
) -> None:
    root = checkout(project, tmp_path)
    expected = go.run(root, "mod", "graph")
    graph = load_graph(DirectoryTree.of(root), modcache=tree_of(go))
    assert graph_text(graph) == expected
    assert list_text(graph) == go.run(root, "list", "-m", "all")


def test_a_workspace_of_published_modules(go: Go, tmp_path: Path) -> None:
    for member in WORKSPACE:
        checkout(member, tmp_path / member.path.rpartition("/")[2])
    (tmp_path / "go.work").write_text("go 1.24\nuse ./cobra\nuse ./viper\n")
    expected = go.run(tmp_path, "mod", "graph", GOWORK="")
    graph = load_graph(DirectoryTree.of(tmp_path), modcache=tree_of(go), workspace=True)
    assert graph_text(graph) == expected
    assert list_text(graph) == go.run(tmp_path, "list", "-m", "all", GOWORK="")
