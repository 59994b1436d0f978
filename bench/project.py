"""A real project of more than three hundred modules, fetched with go into build/bench when asked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
WORK = REPOSITORY / "build" / "bench"
PROJECT = "github.com/goreleaser/goreleaser/v2@v2.9.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The go command, the project as published, its twin with vendor/, and their module cache.

    `zips` is the same module cache without extracted directories.
    """

    go: str
    source: Path
    vendored: Path
    modcache: Path
    zips: Path

    @property
    def environment(self) -> dict[str, str]:
        """Settings of the go command: this module cache, and nothing fetched any more."""
        return {**_environment(self.modcache), "GOPROXY": "off"}

    def run(self, folder: Path, *words: str | Path) -> None:
        """Run the go command in a folder."""
        subprocess.run(
            [self.go, *map(str, words)], cwd=folder, env=self.environment, check=True, capture_output=True
        )


def _environment(modcache: Path) -> dict[str, str]:
    settings = {"GOMODCACHE": str(modcache), "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local"}
    return {**os.environ, **settings}


def fetch() -> Project | None:
    """The project, fetched where it is not there yet; None where there is no go command or no answer."""
    try:
        return _fetch()
    except (subprocess.CalledProcessError, OSError):
        return None


def _fetch() -> Project | None:
    go = shutil.which("go", path=str(Path(sys.executable).parent)) or shutil.which("go")
    if go is None:
        return None
    project = Project(
        go=go,
        source=WORK / "goreleaser",
        vendored=WORK / "goreleaser-vendored",
        modcache=WORK / "modcache",
        zips=WORK / "zips",
    )
    ready = WORK / "ready"
    if not ready.exists():
        WORK.mkdir(parents=True, exist_ok=True)
        environment = _environment(project.modcache)
        told = subprocess.run(
            [go, "mod", "download", "-json", PROJECT],
            cwd=WORK,
            env=environment,
            check=True,
            capture_output=True,
        )
        for folder in (project.source, project.vendored):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(json.loads(told.stdout)["Dir"], folder)
        subprocess.run([go, "mod", "download"], cwd=project.source, env=environment, check=True)
        project.run(project.vendored, "mod", "vendor")
        project.zips.mkdir(exist_ok=True)
        if not (project.zips / "cache").exists():
            (project.zips / "cache").symlink_to(project.modcache / "cache", target_is_directory=True)
        ready.touch()
    return project
