"""Module graphs, build lists and packages of published projects, as the go command has them.

The projects are fetched by the go command, as the environment tells it to, and kept below build/test-cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from attest.app.check import check_source
from attest.app.graph import load_graph
from attest.app.linked import linked_sets
from attest.edge.files import DirectoryTree
from attest.go.graph import graph_text, list_text
from attest.model.source import Platform
from tests.conftest import REPOSITORY
from tests.unit.go.proxy import GO, escape

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

CACHE: Final = REPOSITORY / "build" / "test-cache"
PROJECTS: Final = {
    "github.com/spf13/cobra@v1.1.3": "go 1.12, six requirements, a graph of 161 modules",
    "github.com/spf13/cobra-cli@v1.3.0": "go 1.15: go.mod does not list every module",
    "github.com/gohugoio/hugo@v0.150.0": "425 modules",
    "github.com/goreleaser/goreleaser/v2@v2.9.0": "888 modules",
    "github.com/cilium/cilium@v1.18.0": "tool lines, replaced by a fork, Kubernetes modules",
    "github.com/hashicorp/terraform@v1.5.7": "go 1.18 above many modules before Go 1.17",
    "golang.org/x/tools@v0.30.0": "a go line with a comment",
}
PROGRAMS: Final = {
    "github.com/spf13/cobra-cli@v1.3.0": ".",
    "sigs.k8s.io/kustomize/kustomize/v5@v5.4.0": ".",
}
PLATFORMS: Final = ("linux/amd64", "windows/amd64", "darwin/arm64", "freebsd/386")
ENVIRONMENT: Final = {
    "GOTOOLCHAIN": "local",
    "GOFLAGS": "-modcacherw",
    "GOTELEMETRY": "off",
    "GOENV": "off",
    "GOWORK": "off",
    "CGO_ENABLED": "0",
    "GOPATH": str(CACHE / "gopath"),
    "GOMODCACHE": str(CACHE / "modcache"),
    "GOCACHE": str(CACHE / "gocache"),
}


def run(directory: Path, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [str(GO), *arguments],
        cwd=directory,
        env={**os.environ, **ENVIRONMENT, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def fetch(module: str, target: Path) -> Path:
    """The files of a published module, as a checkout that can be written to."""
    CACHE.mkdir(parents=True, exist_ok=True)
    run(CACHE, "mod", "download", module)
    path, _, version = module.partition("@")
    shutil.copytree(CACHE / "modcache" / f"{escape(path)}@{version}", target, dirs_exist_ok=True)
    return target


def modcache() -> DirectoryTree:
    return DirectoryTree.of(CACHE / "modcache")


@pytest.mark.parametrize("project", PROJECTS)
def test_the_graph_and_the_build_list_are_those_of_the_go_command(project: str, tmp_path: Path) -> None:
    root = fetch(project, tmp_path / "src")
    expected = run(root, "mod", "graph")
    graph = load_graph(DirectoryTree.of(root), modcache=modcache())
    assert graph_text(graph) == expected
    assert list_text(graph) == run(root, "list", "-m", "all")


def test_a_workspace_of_published_modules(tmp_path: Path) -> None:
    fetch("github.com/spf13/cobra@v1.9.1", tmp_path / "cobra")
    fetch("github.com/spf13/viper@v1.19.0", tmp_path / "viper")
    (tmp_path / "go.work").write_text("go 1.24\nuse ./cobra\nuse ./viper\n")
    expected = run(tmp_path, "mod", "graph", GOWORK="")
    graph = load_graph(DirectoryTree.of(tmp_path), modcache=modcache(), workspace=True)
    assert graph_text(graph) == expected
    assert list_text(graph) == run(tmp_path, "list", "-m", "all", GOWORK="")


@pytest.mark.parametrize("project", PROGRAMS)
def test_the_packages_are_those_of_the_go_command(project: str, tmp_path: Path) -> None:
    root = fetch(project, tmp_path / "src")
    main = PROGRAMS[project]
    run(root, "mod", "download")
    platforms = [
        Platform(goos=goos, goarch=arch) for goos, _, arch in (each.partition("/") for each in PLATFORMS)
    ]
    found = linked_sets(
        DirectoryTree.of(root), modcache=modcache(), platforms_and_mains=[(each, main) for each in platforms]
    )
    template = "{{if not .Standard}}{{.ImportPath}} {{.Module.Path}} {{.Module.Version}}{{end}}"
    for linked in found:
        words = {"GOOS": linked.platform.goos, "GOARCH": linked.platform.goarch}
        listed = set(run(root, "list", "-deps", "-f", template, main, **words).splitlines()) - {""}
        told = {f"{each} {m.module.path} {m.module.version}" for m in linked.modules for each in m.packages}
        assert {each for each in listed if f" {linked.main_module.path} " not in each} == told
    report = check_source(DirectoryTree.of(root), modcache=modcache(), platforms=tuple(platforms))
    assert (report.import_faults, report.sum_faults, report.graph_unproven) == ((), (), None)
    assert {each.status for each in report.proofs} == {"match"}
