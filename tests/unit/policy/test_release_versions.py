"""Releases whose files do not tell what built them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from attest.model.binary import BinaryReport, Container
from tests.unit.policy.world import world

if TYPE_CHECKING:
    from attest.model.verdict import Verdict


def judged(*, toolchain: str, only: str = "") -> Verdict:
    """A release of files without build info, or with one such file."""
    made = world({})
    for path, file in made.files.items():
        if file.report is not None and only in path:
            report = BinaryReport(
                container=Container(format="elf"), toolchain="go" if toolchain == "go" else "other"
            )
            made.files[path] = replace(file, report=report)
    return made.verdict()


def outcome(verdict: Verdict, check: str) -> tuple[str, str]:
    (result,) = (each for each in verdict.checks if each.check == check)
    return result.outcome, result.reason


def test_what_go_did_not_make_has_no_version_to_compare() -> None:
    verdict = judged(toolchain="other")
    assert outcome(verdict, "go-versions-differ") == ("skip", "no artifact was made by Go's toolchain")
    assert outcome(verdict, "main-versions-differ") == ("skip", "no artifact names a main module")
    assert outcome(judged(toolchain="other", only="amd64"), "go-versions-differ")[0] == "pass"


def test_a_go_program_that_hides_its_version_is_no_evidence() -> None:
    verdict = judged(toolchain="go", only="amd64")
    (finding,) = (each for each in verdict.findings if each.check == "go-versions-differ")
    assert finding.outcome == "no-evidence"
    assert finding.message == "tool_linux_amd64 does not tell which Go release built it"
