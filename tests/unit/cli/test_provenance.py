"""`attest provenance` from the command line down to the files."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from attest.cli import main as cli
from attest.intoto.statement import parse
from tests.unit.app.ci_environments import COMMIT, GITHUB
from tests.unit.app.repositories import GIT, Repo
from tests.unit.cli.test_sbom import INFO, wasm

TOLD = f"{INFO}build\tvcs.revision={COMMIT}\nbuild\tvcs.modified=false\n"


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "widget.wasm").write_bytes(wasm(TOLD))
    with zipfile.ZipFile(folder / "widget.zip", "w") as archive:
        archive.writestr("bin/widget.wasm", wasm(TOLD))
    with zipfile.ZipFile(folder / "notes.zip", "w") as archive:
        archive.writestr("notes.txt", "nothing")
    (folder / "checksums.txt").write_text("none")
    (folder / "widget.wasm.sigstore.json").write_text('{"verificationMaterial": {}}')
    for name in os.environ:
        if name.startswith(("GITHUB_", "GITLAB_", "CI_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def github(dist: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in GITHUB.items():
        monkeypatch.setenv(name, value)
    return dist


def run(*arguments: str) -> int:
    return cli.run(["provenance", *arguments])


def document(text: str) -> dict[str, Any]:
    return dict(json.loads(text))


def test_executables_and_archives_are_subjects_and_the_rest_byproducts(
    github: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("dist") == 0
    printed = capsys.readouterr().out
    found = document(printed)
    assert [each["name"] for each in found["subject"]] == ["widget.wasm", "widget.zip"]
    details = found["predicate"]["runDetails"]
    assert [each["name"] for each in details["byproducts"]] == ["checksums.txt", "notes.zip"]
    assert details["metadata"]["invocationId"].endswith("/actions/runs/1001/attempts/2")
    go = found["predicate"]["buildDefinition"]["internalParameters"]["go"]
    assert [each["path"] for each in go["widget.zip"]] == ["example.com/widget/cmd/widget"]
    assert run("dist/", "-o", "json=p.json") == 0
    assert Path("p.json").read_text() == printed
    assert (github / "p.json").exists() is False


def test_one_file_and_one_statement_each(github: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dist/widget.wasm") == 0
    assert [each["name"] for each in document(capsys.readouterr().out)["subject"]] == ["widget.wasm"]
    assert run("dist", "--each", "--output-dir", "made/out") == 0
    assert sorted(each.name for each in Path("made/out").iterdir()) == [
        "widget.wasm.provenance.intoto.json",
        "widget.zip.provenance.intoto.json",
    ]
    assert len(parse(Path("made/out/widget.zip.provenance.intoto.json").read_bytes()).subjects) == 1
    assert run("dist", "--output-dir", "made/out") == 0
    assert Path("made/out/release.provenance.intoto.json").exists()
    assert len(list(github.iterdir())) == 5


def test_a_contradiction_is_told_and_nothing_is_written(
    github: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (github / "old.wasm").write_bytes(wasm(TOLD.replace(COMMIT, "f" * 40)))
    assert run("dist", "-o", "json=p.json") == 1
    told = capsys.readouterr().err
    assert told == (
        "attest: no provenance: old.wasm was built from commit ffffffffffff, but GitHub Actions builds"
        " commit 0123456789ab\n"
    )
    assert not Path("p.json").exists()


@pytest.mark.skipif(GIT is None, reason="there is no git command")
def test_the_source_tree_is_asked_for_its_commit(
    dist: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = Repo(Path("source")).init().module("example.com/widget")
    repo.git("add", ".")
    repo.git("commit", "-qm", "one")
    commit = repo.git("rev-parse", "HEAD")
    (dist / "widget.wasm").write_bytes(wasm(INFO))
    (dist / "widget.zip").unlink()
    for name, value in (GITHUB | {"GITHUB_SHA": commit}).items():
        monkeypatch.setenv(name, value)
    assert run("dist") == 1
    assert "nothing but GitHub Actions says that the files were built from" in capsys.readouterr().err
    assert run("dist", "--source", "source") == 0
    repo.write("main.go", "package main // changed\n")
    assert run("dist", "--source", "source") == 1
    assert "the source tree is modified" in capsys.readouterr().err


def test_a_local_build_says_so(dist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dist", "--local") == 0
    found = document(capsys.readouterr().out)["predicate"]
    assert found["runDetails"]["builder"]["id"] == "urn:attest:builder:local"
    assert found["buildDefinition"]["externalParameters"] == {}
    assert dist.is_dir()


@pytest.mark.usefixtures("dist")
@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["dist"], 4, "no build service runs this"),
        (["dist", "--each", "--local"], 4, "--each makes several statements"),
        (["dist", "--local", "-o", "json=a", "--output-dir", "b"], 4, "-o and --output-dir exclude"),
        (["dist", "--local", "-o", "xml"], 4, "-o: unknown format 'xml'"),
        (["nowhere", "--local"], 2, "nowhere: no such file or directory"),
        (["dist/checksums.txt", "--local"], 3, "dist/checksums.txt holds no executable"),
        (["dist/notes.zip", "--local"], 3, "dist/notes.zip holds no executable"),
        (["dist", "--local", "--source", "dist"], 2, "git"),
    ],
)
def test_bad_input(arguments: list[str], code: int, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == code
    told = capsys.readouterr().err
    assert reason in told
    assert "Traceback" not in told
