"""What one gate says of a release in verification summaries, the next one reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from attest.cli.main import run
from attest.intoto.predicates.vsa import read_vsa
from attest.model.limits import DEFAULT_LIMITS
from attest.model.strict_json import Node

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SignedRelease

LINUX = "widget_1.0.0_linux_amd64"
VERIFIER = "https://gate.example"
TOLD = ["--vsa-verifier", VERIFIER, "--vsa-resource", "https://dl.example/v1.0.0/{artifact}"]
ACCEPT = f"vsa:\n  accept:\n    - {{signer: release, verifier: {VERIFIER}}}\n"


def summarized(release: SignedRelease, folder: Path, *more: str) -> int:
    folder.mkdir()
    words = release.words()
    out = ["-o", "text", "-o", f"vsa={folder}/{{artifact}}.vsa.intoto.sigstore.json", *TOLD, *more]
    return run([*words[:-1], *out, words[-1]])


def next_gate(release: SignedRelease, made: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """How the checks of summaries end on each file, of a gate that asks for them alone."""
    for each in made.iterdir():
        (release.dist / each.name).write_bytes(each.read_bytes())
    policy = release.policy.parent / "next.yaml"
    policy.write_text(release.policy.read_text("utf-8") + ACCEPT, "utf-8")
    words = ["--policy", str(policy), "--source", str(release.source), "--version", "1.0.0"]
    capsys.readouterr()
    run(["verify", *words, "-o", "json", str(release.dist)])
    document = json.loads(capsys.readouterr().out)
    policy.unlink()
    return {
        each["check"]: each["outcome"]
        for each in document["checks"]
        if each["check"].startswith("vsa-") and each["subject"] == LINUX
    }


def test_a_signed_summary_is_taken_by_the_next_gate(
    signed_release: SignedRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = signed_release.copy(tmp_path)
    assert summarized(release, tmp_path / "made", "--vsa-key", str(release.key)) == 0
    names = {each.name for each in (tmp_path / "made").iterdir()}
    assert f"{LINUX}.vsa.intoto.sigstore.json" in names
    assert next_gate(release, tmp_path / "made", capsys) == {"vsa-missing": "pass", "vsa-failed": "pass"}


def test_a_denied_release_has_summaries_that_deny(
    signed_release: SignedRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = signed_release.copy(tmp_path)
    (release.dist / "extra.sh").write_text("#!/bin/sh\n", "utf-8")
    assert summarized(release, tmp_path / "made", "--vsa-key", str(release.key)) == 1
    (release.dist / "extra.sh").unlink()
    assert next_gate(release, tmp_path / "made", capsys)["vsa-failed"] == "fail"


def test_what_a_summary_says(signed_release: SignedRelease, tmp_path: Path) -> None:
    assert summarized(signed_release, tmp_path / "made") == 0
    data = (tmp_path / "made" / f"{LINUX}.vsa.intoto.sigstore.json").read_bytes()
    document = json.loads(data)
    assert document["subject"][0]["name"] == LINUX
    summary = read_vsa(Node(value=document["predicate"], file="vsa"), DEFAULT_LIMITS)
    assert (summary.verifier, summary.result) == (VERIFIER, "PASSED")
    assert summary.resource == f"https://dl.example/v1.0.0/{LINUX}"
    assert summary.levels == ("SLSA_BUILD_LEVEL_UNEVALUATED",)
    assert summary.policy.uri == "urn:attest:policy:widget-release:1"
    assert f"{LINUX}.sigstore.json" in {each.name for each in summary.inputs}
    assert all(each.digest("sha256") for each in summary.inputs)


def test_what_was_not_decided_has_no_summary(
    signed_release: SignedRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = signed_release.copy(tmp_path)
    for each in release.dist.iterdir():
        each.unlink()
    (release.dist / "notes").write_text("nothing", "utf-8")
    assert summarized(release, tmp_path / "made") == 3
    assert list((tmp_path / "made").iterdir()) == []
    assert "no summary is written: nothing was decided" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "vsa={artifact}"], "-o vsa needs --vsa-verifier"),
        (["-o", "vsa={artifact}", "--vsa-verifier", VERIFIER], "-o vsa needs --vsa-resource"),
        (["-o", "vsa={artifact}", "--vsa-verifier", "me", *TOLD[2:]], "--vsa-verifier: 'me' is no URI"),
        (["-o", "vsa=one", *TOLD], "-o vsa: one file for 10 artifacts"),
        (["-o", "vsa", *TOLD], "-o vsa: one file for 10 artifacts"),
        (["--vsa-key", "k"], "--vsa-key is about a summary"),
    ],
)
def test_words_that_do_not_go_together(
    words: list[str], said: str, signed_release: SignedRelease, capsys: pytest.CaptureFixture[str]
) -> None:
    judged = signed_release.words()
    assert run([*judged[:-1], *words, judged[-1]]) == 4
    assert said in capsys.readouterr().err


def test_one_file_has_no_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "f").write_text("f", "utf-8")
    assert run(["verify", str(tmp_path / "f"), *TOLD]) == 4
    assert "--vsa-verifier is about a summary" in capsys.readouterr().err
    assert run(["verify", str(tmp_path / "f"), "-o", "vsa=x"]) == 4
    assert "unknown format 'vsa'" in capsys.readouterr().err
