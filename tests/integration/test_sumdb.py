"""The public checksum database: as the go command caches it, as it answers, and as proofs carry it away."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from attest.app.check import check_source
from attest.app.online import checksum_database, module_proxy
from attest.app.sumdb import SumdbEvidence, database_key, judge_sumdb, read_proofs, write_proofs
from attest.edge.files import DirectoryTree
from attest.errors import UsageError
from attest.go import gosum
from attest.model.limits import DEFAULT_LIMITS
from attest.model.source import Platform, SumdbReport
from tests.unit.go.proxy import GO

CACHE: Final = Path(__file__).parents[2] / "build" / "test-cache" / "sumdb-public"
LINUX: Final = Platform(goos="linux", goarch="amd64")
GO_MOD: Final = """module example.com/m

go 1.21

require (
	github.com/BurntSushi/toml v1.4.0
	rsc.io/quote v1.5.2
)
"""

pytestmark = pytest.mark.integration


def go(*words: str) -> subprocess.CompletedProcess[str]:
    """The go command with the environment's own proxy and database."""
    environment = {
        **os.environ,
        "GOPATH": str(CACHE),
        "GOMODCACHE": str(CACHE / "pkg" / "mod"),
        "GOFLAGS": "-modcacherw",
        "GOTOOLCHAIN": "local",
        "GOTELEMETRY": "off",
    }
    return subprocess.run(
        [str(GO), *words], cwd=CACHE / "m", env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def module() -> Path:
    if not GO.exists():
        pytest.skip("no go command beside this Python")
    folder = CACHE / "m"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "go.mod").write_text(GO_MOD)
    (folder / "go.sum").unlink(missing_ok=True)
    (folder / "m.go").write_text('package m\n\nimport _ "github.com/BurntSushi/toml"\n')
    done = go("mod", "download", "all")
    if done.returncode:
        pytest.skip(f"the environment serves no modules: {done.stderr[-300:]}")
    return folder


def prove(folder: Path) -> SumdbReport:
    evidence = SumdbEvidence(
        key=database_key(""),
        excluded="",
        required=True,
        cache=DirectoryTree.of(CACHE / "pkg" / "mod"),
        heads=DirectoryTree.of(CACHE / "pkg" / "sumdb"),
    )
    cache = DirectoryTree.of(CACHE / "pkg" / "mod")
    report = check_source(DirectoryTree.of(folder), modcache=cache, platforms=(LINUX,), sumdb=evidence).sumdb
    assert report is not None
    return report


def test_real_lines_are_proven_offline(module: Path) -> None:
    report = prove(module)
    assert (report.database, report.faults) == ("sum.golang.org", ())
    assert len(report.lines) == 8
    assert {(line.status, line.reason) for line in report.lines} == {("proven", "")}


def test_real_lines_are_proven_online_and_then_from_proofs_alone(module: Path) -> None:
    go_sum = gosum.parse((module / "go.sum").read_bytes())
    try:
        online = checksum_database("", module_proxy())
    except UsageError as error:
        pytest.skip(f"the environment names no module proxy: {error}")
    nothing = SumdbEvidence(key=database_key(""), excluded="", required=True, cache=None, heads=None)
    asked = judge_sumdb(go_sum, replace(nothing, online=online, keep_proofs=True), DEFAULT_LIMITS)
    assert (asked.database, asked.faults) == ("sum.golang.org", ())
    assert {(line.status, line.reason) for line in asked.lines} == {("proven", "")}
    assert asked.head is not None
    proofs = read_proofs(write_proofs(asked), "proofs")
    alone = judge_sumdb(go_sum, replace(nothing, proofs=proofs), DEFAULT_LIMITS)
    assert alone.lines == asked.lines


def test_a_changed_line_and_a_line_that_was_never_asked_for(module: Path) -> None:
    text = (module / "go.sum").read_text()
    changed = text.replace("toml v1.4.0 h1:k", "toml v1.4.0 h1:K").replace("rsc.io/quote", "rsc.io/quota")
    (module / "go.sum").write_text(changed)
    try:
        statuses = {
            (str(line.module), line.kind): line.status
            for line in prove(module).lines
            if line.status != "proven"
        }
    finally:
        (module / "go.sum").write_text(text)
    assert statuses == {
        ("github.com/BurntSushi/toml@v1.4.0", "zip"): "contradicted",
        ("rsc.io/quota@v1.5.2", "zip"): "unproven",
        ("rsc.io/quota@v1.5.2", "go.mod"): "unproven",
    }
