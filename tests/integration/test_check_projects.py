"""`attest check` on clean checkouts of published projects: with their modules, and with an empty cache."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from attest.cli.main import run
from attest.model.exit_code import ExitCode
from tests.integration.projects import KUSTOMIZE, PROJECTS, checkout, downloaded, vendor

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.projects import Project

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A terminal of 80 columns, and no tree heads of the user."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("GOPATH", str(tmp_path / "gopath"))


def check(root: Path, *words: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code and the findings that are more than information; the text goes to standard output."""
    report = root.parent / "report.json"
    code = run(["check", str(root), *words, "-o", f"json={report}", "-o", "text"])
    findings: list[dict[str, Any]] = json.loads(report.read_bytes())["findings"]
    return code, [each for each in findings if each["severity"] != "info"]


def clean_checkout(project: Project, target: Path) -> Path:
    checkout(project, target)
    if project.vendored:
        vendor(downloaded(project), target)
    return target


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_a_clean_checkout_passes_after_go_mod_download(project: Project, tmp_path: Path) -> None:
    root = clean_checkout(project, tmp_path / "src")
    assert check(root, "--modcache", str(downloaded(project).modcache)) == (ExitCode.PASS, [])


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_with_an_empty_module_cache_one_line_says_what_mends_it(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = clean_checkout(project, tmp_path / "src")
    (tmp_path / "empty").mkdir()
    code, findings = check(root, "--modcache", str(tmp_path / "empty"))
    assert code == ExitCode.DENIED
    assert {(each["severity"], each["outcome"]) for each in findings} == {("deny", "no-evidence")}
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 40
    assert max(map(len, lines)) <= 80
    assert [number for number, line in enumerate(lines) if "Evidence is missing" in line] == [len(lines) - 2]
    assert lines[-2].startswith("  Evidence is missing: run `go mod download`")


def test_a_vendored_project_is_proven_from_a_manifest_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    go = downloaded(KUSTOMIZE)
    root = checkout(KUSTOMIZE, tmp_path / "src")
    vendor(go, root)
    manifest, empty = tmp_path / "modules.txt", tmp_path / "empty"
    empty.mkdir()
    written = check(root, "--modcache", str(go.modcache), "--write-manifest", str(manifest))
    assert written == (ExitCode.PASS, [])
    alone = ("--modcache", str(empty), "--manifest", str(manifest))
    assert check(root, *alone) == (ExitCode.PASS, [])
    assert "PASS" in capsys.readouterr().out
    file = root / "vendor/github.com/spf13/cobra/command.go"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    code, findings = check(root, *alone)
    assert code == ExitCode.DENIED
    assert [(each["check"], each["outcome"], each["place"]) for each in findings] == [
        ("vendor-drift", "fail", {"file": "vendor/github.com/spf13/cobra/command.go", "line": 0})
    ]
    assert "differs from github.com/spf13/cobra@v1.8.0 as go.sum knows it" in findings[0]["message"]
