"""A verdict as workflow commands of GitHub Actions, which become annotations at file and line.

Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions; which characters
are escaped how is actions/toolkit, packages/core/src/command.ts. GitHub shows ten annotations of each level
for a step, so that the worst come first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.render.escape import escape
from attest.render.finding import Roots, ranked, said

if TYPE_CHECKING:
    from attest.model.verdict import Finding, Verdict

_COMMAND: Final = {"deny": "error", "warn": "warning", "info": "notice"}


def to_github(verdict: Verdict, *, roots: Roots) -> bytes:
    """One command for each finding, and a last line with the decision."""
    lines = [_annotation(each, roots) for each in ranked(verdict.findings)]
    denying = sum(each.severity == "deny" and not each.waived_by for each in verdict.findings)
    passed = sum(each.outcome == "pass" for each in verdict.checks)
    lines.append(f"attest: {verdict.decision}, {denying} denying, {passed} checks passed")
    return ("\n".join(lines) + "\n").encode()


def _annotation(finding: Finding, roots: Roots) -> str:
    place = roots.locate(finding)
    properties = {"file": place.file, "line": str(place.line or 1), "title": f"attest {finding.check}"}
    command = "notice" if finding.waived_by else _COMMAND[finding.severity]
    said_here = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    fix = f"\nfix: {escape(finding.hint)}" if finding.hint else ""
    return f"::{command} {said_here}::{_data(said(finding) + fix)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(escape(text)).replace(":", "%3A").replace(",", "%2C")
