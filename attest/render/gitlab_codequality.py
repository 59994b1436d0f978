"""A verdict as a Code Quality report of GitLab, shown in merge requests at file and line.

Source: https://docs.gitlab.com/ci/testing/code_quality/ (a subset of the Code Climate format): a list of
objects with description, check_name, fingerprint (unique), severity, and location with path and lines.begin.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from attest.render.escape import escape
from attest.render.finding import Roots, fingerprints, ranked, said

if TYPE_CHECKING:
    from attest.model.statement import Json
    from attest.model.verdict import Finding, Verdict

_SEVERITY: Final = {"deny": "critical", "warn": "minor", "info": "info"}


def to_gitlab_codequality(verdict: Verdict, *, roots: Roots) -> bytes:
    """The report: a violation for each finding, none where all is well."""
    names = fingerprints(verdict.findings)
    found: list[Json] = [_violation(each, roots, names[each]) for each in ranked(verdict.findings)]
    return json.dumps(found, indent=2, ensure_ascii=False).encode() + b"\n"


def _violation(finding: Finding, roots: Roots, fingerprint: str) -> Json:
    place = roots.locate(finding)
    fix = f" Fix: {escape(finding.hint)}" if finding.hint else ""
    severity = "blocker" if finding.outcome == "error" else _SEVERITY[finding.severity]
    return {
        "description": said(finding) + fix,
        "check_name": finding.check,
        "fingerprint": fingerprint,
        "severity": "info" if finding.waived_by else severity,
        "location": {"path": escape(place.file), "lines": {"begin": place.line or 1}},
    }
