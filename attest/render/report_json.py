"""A verdict as the document `attest/report/v1`."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.documents import (
        ArtifactDocument,
        CheckDocument,
        CountsDocument,
        EvidenceDocument,
        FindingDocument,
        PlaceDocument,
        ReportDocument,
        WaiverDocument,
    )
    from attest.model.place import Place
    from attest.model.verdict import ArtifactVerdict, CheckResult, EvidenceUse, Finding, UsedWaiver, Verdict

_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


def to_document(verdict: Verdict) -> ReportDocument:
    """The report as plain data, in the order of `attest.model.documents`."""
    policy = verdict.policy
    return {
        "schema": "attest/report/v1",
        "verdict": verdict.decision,
        "exit_code": cast("Literal[0, 1, 2, 3, 4]", int(verdict.exit_code)),
        "time": verdict.time.strftime(_TIME),
        "policy": {"name": policy.name, "version": policy.version, "sha256": policy.sha256}
        if policy
        else None,
        "roots": [
            {"name": each.name, "source": each.source, "sha256": each.sha256} for each in verdict.roots
        ],
        "version": verdict.version,
        "tag": verdict.tag,
        "revision": verdict.revision,
        "partial": verdict.partial,
        "artifacts": [_artifact(each) for each in verdict.artifacts],
        "evidence": [_evidence(each) for each in verdict.evidence],
        "findings": [finding_document(each) for each in verdict.findings],
        "waivers": [_waiver(each) for each in verdict.waivers],
        "overrides": [
            {"key": each.key, "reason": each.reason, "file": each.file} for each in verdict.overrides
        ],
        "checks": [_check(each) for each in verdict.checks],
        "counts": count(verdict),
    }


def to_json(verdict: Verdict) -> bytes:
    """The report as JSON: two spaces, a newline at the end, no byte that two runs could write differently."""
    return (
        json.dumps(to_document(verdict), indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace")
        + b"\n"
    )


def count(verdict: Verdict) -> CountsDocument:
    """The numbers of findings, checks and pieces of evidence of each kind."""
    severities = Counter("waived" if each.waived_by else each.severity for each in verdict.findings)
    outcomes = Counter(each.outcome for each in verdict.checks)
    statuses = Counter(each.status for each in all_evidence(verdict))
    return {
        "artifacts": len(verdict.artifacts),
        "findings_deny": severities["deny"],
        "findings_warn": severities["warn"],
        "findings_info": severities["info"],
        "findings_waived": severities["waived"],
        "checks_pass": outcomes["pass"],
        "checks_fail": outcomes["fail"],
        "checks_no_evidence": outcomes["no-evidence"],
        "checks_error": outcomes["error"],
        "checks_skip": outcomes["skip"],
        "evidence_accepted": statuses["accepted"],
        "evidence_rejected": statuses["rejected"],
        "evidence_unused": statuses["unused"],
    }


def all_evidence(verdict: Verdict) -> Iterable[EvidenceUse]:
    """Every piece of evidence once, that of the artifacts and that of the whole release."""
    return {
        (each.path, each.type): each
        for group in (verdict.evidence, *(artifact.evidence for artifact in verdict.artifacts))
        for each in group
    }.values()


def _evidence(use: EvidenceUse) -> EvidenceDocument:
    return {
        "path": use.path,
        "sha256": use.sha256,
        "type": use.type,
        "status": use.status,
        "identity": use.identity,
        "signer": use.signer,
        "claims": dict(use.claims),
        "root": use.root,
        "reason": use.reason,
    }


def _artifact(artifact: ArtifactVerdict) -> ArtifactDocument:
    return {
        "path": artifact.path,
        "slot": artifact.slot,
        "platform": artifact.platform,
        "sha256": artifact.sha256,
        "size": artifact.size,
        "outcome": artifact.outcome,
        "evidence": [_evidence(each) for each in artifact.evidence],
    }


def _place(place: Place | None) -> PlaceDocument | None:
    return {"file": place.file, "line": place.line or 0} if place else None


def finding_document(finding: Finding) -> FindingDocument:
    """A finding as plain data."""
    return {
        "check": finding.check,
        "severity": finding.severity,
        "outcome": finding.outcome,
        "platform": finding.platform,
        "subject": finding.subject,
        "place": _place(finding.place),
        "message": finding.message,
        "hint": finding.hint,
        "names": list(finding.names),
        "waived_by": finding.waived_by,
    }


def _waiver(waiver: UsedWaiver) -> WaiverDocument:
    return {
        "id": waiver.id,
        "check": waiver.check,
        "reason": waiver.reason,
        "ticket": waiver.ticket,
        "approved_by": waiver.approved_by,
        "expires": waiver.expires.strftime(_TIME),
        "findings": waiver.findings,
    }


def _check(result: CheckResult) -> CheckDocument:
    return {
        "check": result.check,
        "platform": result.platform,
        "subject": result.subject,
        "outcome": result.outcome,
        "reason": result.reason,
    }
