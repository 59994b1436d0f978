"""`-o` of the commands that end in a verdict: every format, and where findings point."""

from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from attest.cli import main as cli
from attest.cli.reports import FORMATS, report_roots
from attest.render.finding import Roots


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module with a fault in its go.sum, seen from the folder above it."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "tool"
    (folder / ".modcache").mkdir(parents=True)
    (folder / "go.mod").write_bytes(b"module example.com/tool\n\ngo 1.24\n")
    (folder / "go.sum").write_bytes(b"\nexample.com/x v1.0.0 nonsense extra\n")
    (folder / "main.go").write_bytes(b"package main\n\nfunc main() {}\n")
    return "tool"


def test_every_format_is_written_in_one_run_and_none_changes_the_exit_code(
    source: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    files = [each for each in FORMATS if each != "text"]
    options = [word for each in files for word in ("-o", f"{each}={each}.out")]
    assert cli.run(["check", source, "-o", "text", *options]) == 1
    assert capsysbinary.readouterr().out.startswith(b"DENY")
    written = {each: Path(f"{each}.out").read_bytes() for each in files}
    sarif = json.loads(written["sarif"])["runs"][0]["results"]
    physical = sarif[0]["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "tool/go.sum"
    assert physical["region"] == {"startLine": 2}
    assert json.loads(written["json"])["findings"][0]["place"] == {"file": "go.sum", "line": 2}
    assert json.loads(written["gitlab-codequality"])[0]["location"] == {
        "path": "tool/go.sum",
        "lines": {"begin": 2},
    }
    assert written["github"].startswith(b"::error file=tool/go.sum,line=2,title=attest go-sum-incomplete::")
    assert ET.fromstring(written["junit"]).get("failures") == "1"  # noqa: S314 - what was just written
    assert b"tool/go.sum\\:2" in written["markdown"]
    for each in files:
        assert cli.run(["check", source, "-o", each]) == 1
        assert capsysbinary.readouterr().out == written[each]


@pytest.mark.parametrize("command", ["check", "verify", "release"])
def test_help_names_every_format(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([command, "--help"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    for name in FORMATS:
        assert name in printed


def test_paths_are_relative_below_the_working_directory_and_absolute_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert report_roots(source=".") == Roots(source="", release="", fallback="go.mod")
    assert report_roots(source="./a/") == Roots(source="a", release="", fallback="a/go.mod")
    assert report_roots(source="a", release=str(here / "dist"), policy="p/../release.yaml") == Roots(
        source="a", release="dist", fallback="release.yaml"
    )
    above = str(tmp_path).replace(os.sep, "/")
    assert report_roots(source="..").source == above
    assert report_roots(policy="release.yaml").source == ""
