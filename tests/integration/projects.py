"""Published projects of many shapes, as clean checkouts with the module caches that `go mod download` fills.

The go command fetches them as the environment tells it to (GOPROXY) and keeps them below build/test-cache:
about 1 GB is downloaded once. What is there is left as it is by the tests, which work on copies.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from attest.edge.files import DirectoryTree
from attest.model.source import Platform
from testdata.widget.build import locked
from tests.conftest import REPOSITORY
from tests.unit.go.proxy import GO, Go, escape

if TYPE_CHECKING:
    from collections.abc import Iterator

#: bench/__main__.py times attest on what lies here.
CACHE: Final = REPOSITORY / "build" / "test-cache" / "projects"
LINUX: Final = Platform(goos="linux", goarch="amd64")
PLATFORMS: Final = (
    LINUX,
    Platform(goos="linux", goarch="arm64"),
    Platform(goos="linux", goarch="386"),
    Platform(goos="linux", goarch="arm"),
    Platform(goos="linux", goarch="riscv64"),
    Platform(goos="windows", goarch="amd64"),
    Platform(goos="windows", goarch="arm64"),
    Platform(goos="darwin", goarch="amd64"),
    Platform(goos="darwin", goarch="arm64"),
    Platform(goos="freebsd", goarch="amd64"),
    Platform(goos="js", goarch="wasm"),
    Platform(goos="wasip1", goarch="wasm"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A published module and why it is here.

    `cgo`: compared with cgo on too; `vendored`: with vendor/; `library`: it has no program.
    """

    path: str
    version: str
    shape: str
    cgo: bool = False
    vendored: bool = False
    library: bool = False

    def __str__(self) -> str:
        return f"{self.path}@{self.version}"

    @property
    def folder(self) -> Path:
        """What belongs to the project in the cache."""
        return CACHE / escape(str(self)).replace("/", "+")


KUBECTL: Final = Project(
    path="k8s.io/kubectl", version="v0.32.0", shape="a library of a hundred modules", library=True
)
KUSTOMIZE: Final = Project(
    path="sigs.k8s.io/kustomize/kustomize/v5",
    version="v5.4.0",
    shape="a major version in its path, vendored",
    vendored=True,
)
PROJECTS: Final = (
    Project(path="github.com/spf13/cobra", version="v1.1.3", shape="go 1.12, a graph of 161 modules"),
    Project(
        path="github.com/spf13/cobra-cli",
        version="v1.3.0",
        shape="go 1.15: go.mod does not list every module",
    ),
    Project(path="github.com/gohugoio/hugo", version="v0.150.0", shape="425 modules"),
    Project(
        path="github.com/cilium/cilium",
        version="v1.18.0",
        shape="tool lines, modules replaced by forks, programs that are built for Linux alone",
    ),
    Project(
        path="github.com/cloudflare/cfssl",
        version="v1.6.5",
        shape="cgo (SQLite), programs in cmd/ and in examples",
        cgo=True,
    ),
    Project(
        path="github.com/google/gops", version="v0.3.28", shape="other modules with cgo on macOS", cgo=True
    ),
    Project(path="golang.org/x/tools", version="v0.30.0", shape="many programs, a go line with a comment"),
    Project(path="github.com/charmbracelet/gum", version="v0.14.5", shape="a terminal program, go 1.21"),
    KUBECTL,
    KUSTOMIZE,
)
#: The members of a workspace, which no go.work was published with.
WORKSPACE: Final = (
    Project(path="github.com/spf13/cobra", version="v1.9.1", shape="member of a workspace"),
    Project(path="github.com/spf13/viper", version="v1.19.0", shape="member of a workspace"),
)


def go_command(folder: Path) -> Go:
    """The go command with the environment's own proxy, the module cache in `folder` and no checksum database.

    The published go.sum files stand for that; what the checksum database proves is another test's.
    """
    if not GO.exists():
        pytest.skip("no go command beside this Python")
    folder.mkdir(parents=True, exist_ok=True)
    go = Go(folder, folder)
    go.environment["GOCACHE"] = str(CACHE / "gocache")
    for name in ("GOPROXY", "GOENV", "GOPRIVATE", "GONOPROXY"):
        go.environment.pop(name, None)
        if name in os.environ:
            go.environment[name] = os.environ[name]
    return go


@contextmanager
def _cache(folder: Path) -> Iterator[Go]:
    """The go command of a folder in the cache, for this process alone."""
    go = go_command(folder)
    with locked(folder):
        yield go


def _published(go: Go, project: Project) -> Path:
    done = go.try_run(go.modcache.parent, "mod", "download", "-json", str(project))
    if done.returncode:
        pytest.skip(f"the environment serves no modules: {(done.stderr + done.stdout)[-300:]}")
    return Path(json.loads(done.stdout)["Dir"])


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, dirs_exist_ok=True)
    # A module zip leaves vendored packages out; before Go 1.24 it keeps the list of them.
    shutil.rmtree(target / "vendor", ignore_errors=True)


def checkout(project: Project, target: Path) -> Path:
    """A clean checkout without vendor/: what was published."""
    with _cache(CACHE / "published") as go:
        _copy(_published(go, project), target)
    return target


def downloaded(project: Project) -> Go:
    """The go command with a module cache as `go mod download` leaves it, and no other command; offline."""
    with _cache(project.folder) as go:
        ready = project.folder / "ready"
        if not ready.exists():
            source = project.folder / "source"
            shutil.rmtree(source, ignore_errors=True)
            go.run(checkout(project, source), "mod", "download")
            ready.touch()
    go.environment["GOPROXY"] = "off"
    return go


def vendor(go: Go, source: Path) -> None:
    """Make the vendor directory of a checkout."""
    go.run(source, "mod", "vendor")


def tree_of(go: Go) -> DirectoryTree:
    """The module cache of a go command."""
    return DirectoryTree.of(go.modcache)
