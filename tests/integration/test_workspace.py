"""A workspace of published modules, as the go command has it.

The modules are fetched by the go command, as the environment tells it to, and kept below build/test-cache.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import pytest

from attest.app.check import check_source, manifest_of, read_manifest
from attest.app.linked import linked_sets, main_packages
from attest.cli.main import run as attest
from attest.edge.files import DirectoryTree
from tests.integration.projects import CACHE, PLATFORMS, WORKSPACE, checkout, go_command, tree_of
from tests.unit.go.proxy import Go, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

MAIN: Final = "example.com/program"


@pytest.fixture(scope="module")
def go() -> Go:
    """The go command, and a module cache for the workspace alone."""
    return go_command(CACHE / "workspace")


@pytest.fixture(scope="module")
def workspace(go: Go, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """cobra and viper as they were published, and a program that uses both."""
    root = tmp_path_factory.mktemp("workspace") / "tree"
    for member, project in zip(("cobra", "viper"), WORKSPACE, strict=True):
        checkout(project, root / member)
    program = 'package main\n\nimport (\n\t_ "github.com/spf13/cobra/doc"\n\t_ "github.com/spf13/viper"\n)\n'
    write(
        root,
        {
            "go.work": "go 1.24\n\nuse (\n\t./cobra\n\t./program\n\t./viper\n)\n",
            "program/go.mod": f"module {MAIN}\n\ngo 1.24\n\nrequire github.com/spf13/cobra v1.8.0\n",
            "program/main.go": f"{program}\nfunc main() {{}}\n",
        },
    )
    go.run(root, "mod", "download", GOWORK="")
    return root


def test_the_packages_are_those_of_the_go_command(go: Go, workspace: Path) -> None:
    tree = DirectoryTree.of(workspace)
    assert {main for _, main in main_packages(tree, platforms=PLATFORMS)} == {MAIN}
    sets = linked_sets(tree, modcache=tree_of(go), platforms_and_mains=[(each, MAIN) for each in PLATFORMS])
    form = "{{if not .Standard}}{{.ImportPath}} {{.Module.Path}} {{.Module.Version}}{{end}}"
    for linked in sets:
        words = {"GOOS": linked.platform.goos, "GOARCH": linked.platform.goarch, "GOWORK": ""}
        out = go.run(workspace, "list", "-deps", "-f", form, MAIN, **words).splitlines()
        told = {f"{each} {m.module.path} {m.module.version}" for m in linked.modules for each in m.packages}
        assert {each for each in out if each and f" {MAIN} " not in each} == told
        assert {m.module.path for m in linked.modules if not m.module.version} == {
            "github.com/spf13/cobra",
            "github.com/spf13/viper",
        }


def test_a_checkout_after_download_passes(go: Go, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOWORK", "")
    arguments = ["check", str(workspace), "--modcache", str(go.modcache), "--sumdb", "off", "--quiet"]
    assert attest(arguments) == 0
    report = check_source(DirectoryTree.of(workspace), modcache=tree_of(go), platforms=PLATFORMS)
    assert len(report.main.modules) == 3
    assert {each.status for each in report.proofs if each.needed} == {"match"}


def test_the_vendored_workspace_is_proven(go: Go, workspace: Path, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    shutil.copytree(workspace, root)
    go.run(root, "work", "vendor", GOWORK="")
    tree = DirectoryTree.of(root)
    manifest = read_manifest(manifest_of(tree, modcache=tree_of(go)), "manifest.txt")
    for cache, manifests in ((tree_of(go), None), (None, manifest)):
        report = check_source(tree, modcache=cache, platforms=PLATFORMS, manifests=manifests)
        faults = (report.sum_faults, report.vendor_faults, report.vendor_untidy, report.import_faults)
        assert (faults, report.contents_unproven) == (((), (), (), ()), ())
        assert {each.status for each in report.proofs if each.needed} == {"match"}
    edited = root / "vendor/github.com/fsnotify/fsnotify/fsnotify.go"
    edited.write_text(f"// x\n{edited.read_text()}")
    (fault,) = check_source(tree, modcache=None, platforms=PLATFORMS, manifests=manifest).vendor_faults
    assert "fsnotify.go differs from github.com/fsnotify/fsnotify@v1.7.0" in fault.message
