"""Versions of main modules, as the go command stamps them into programs."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from attest.app.main_version import TreeVersions
from attest.edge.git import GitRepository
from tests.conftest import GOCACHE
from tests.unit.app.repositories import GIT, ROWS, Repo
from tests.unit.go.proxy import GO

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.app.repositories import Row

pytestmark = [pytest.mark.integration, pytest.mark.skipif(GIT is None, reason="there is no git command")]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.why)
def test_the_version_is_the_one_in_the_program(row: Row, tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    row.make(repo)
    folder = repo.root / row.folder
    environment = {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOCACHE": str(GOCACHE),
        "GOFLAGS": "",
        # The go command remembers there which version a commit had, and does not look at tags again.
        "GOMODCACHE": str(tmp_path / "modcache"),
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    program = str(tmp_path / "program")
    subprocess.run(
        [GO, "build", "-buildvcs=true", "-o", program, "."], cwd=folder, env=environment, check=True
    )
    told = subprocess.run(
        [GO, "version", "-m", program], env=environment, check=True, capture_output=True, text=True
    ).stdout
    (stamped,) = [line.split("\t")[3] for line in told.splitlines() if line.startswith("\tmod\t")]
    ours = TreeVersions(repository=GitRepository.of(folder)).of(row.module)
    assert (ours.version.value or "(devel)") == stamped
