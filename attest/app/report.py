"""A report that attest wrote (`attest/report/v1`), read again: strictly, as what anybody may have changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast

from attest.errors import FormatError
from attest.model.documents import ReportDocument
from attest.model.exit_code import ExitCode
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.strict_json import Node, loads
from attest.model.typed_json import conform
from attest.model.verdict import (
    ArtifactVerdict,
    CheckResult,
    Decision,
    EvidenceUse,
    Finding,
    Override,
    PolicyName,
    UsedRoot,
    UsedWaiver,
    Verdict,
)

if TYPE_CHECKING:
    from attest.model.documents import ArtifactDocument, EvidenceDocument, FindingDocument, WaiverDocument

_SCHEMA: Final = b'"attest/report/v1"'
_HINT: Final = "write it again with attest verify -o json, attest check -o json or attest release -o json"
_CODES: Final[dict[Decision, ExitCode]] = {
    "pass": ExitCode.PASS,
    "deny": ExitCode.DENIED,
    "undecided": ExitCode.UNDECIDED,
    "nothing": ExitCode.NOTHING,
}


def is_report(data: bytes, file: str, limits: Limits = DEFAULT_LIMITS) -> bool:
    """Tell whether these bytes say that they are a report; what is no JSON object is none.

    Raises as `attest.model.strict_json.loads` where they hold the name of a report's schema and are no JSON.
    """
    if data.lstrip()[:1] != b"{" or _SCHEMA not in data:
        return False
    value = loads(data, file=file, max_bytes=limits.report_bytes, max_depth=limits.json_depth)
    return isinstance(value, dict) and value.get("schema") == "attest/report/v1"


def read_report(data: bytes, file: str, limits: Limits = DEFAULT_LIMITS) -> Verdict:
    """The verdict of a report; what only some formats tell (`build_level`, `own_rules`) is not in it.

    Raises `FormatError` for a document that breaks its schema or contradicts itself, `LimitError` for one
    larger than the limits allow.
    """
    value = loads(data, file=file, max_bytes=limits.report_bytes, max_depth=limits.json_depth)
    node = Node(value=value, file=file)
    if node.need("schema").value != "attest/report/v1":
        raise node.fail("is no attest/report/v1", hint=_HINT)
    conform(node, ReportDocument, most=limits.report_items, mend=_HINT)
    report = cast("ReportDocument", value)
    decision = report["verdict"]
    if report["exit_code"] != _CODES[decision]:
        raise node.fail(f"says {decision} and exit code {report['exit_code']}", hint=_HINT)
    policy = report["policy"]
    return Verdict(
        decision=decision,
        exit_code=_CODES[decision],
        time=_time(report["time"], file),
        policy=PolicyName(**policy) if policy else None,
        version=report["version"],
        tag=report["tag"],
        revision=report["revision"],
        partial=report["partial"],
        artifacts=tuple(map(_artifact, report["artifacts"])),
        findings=tuple(map(_finding, report["findings"])),
        checks=tuple(CheckResult(**each) for each in report["checks"]),
        evidence=tuple(map(_evidence, report["evidence"])),
        roots=tuple(UsedRoot(**each) for each in report["roots"]),
        waivers=tuple(_waiver(each, file) for each in report["waivers"]),
        overrides=tuple(Override(**each) for each in report["overrides"]),
    )


def _time(text: str, file: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        message = f"has a time that is none: {text[:64]!r}"
        raise FormatError(message, place=Place(file=file), hint=_HINT) from error


def _artifact(artifact: ArtifactDocument) -> ArtifactVerdict:
    return ArtifactVerdict(
        path=artifact["path"],
        slot=artifact["slot"],
        platform=artifact["platform"],
        sha256=artifact["sha256"],
        size=artifact["size"],
        outcome=artifact["outcome"],
        evidence=tuple(map(_evidence, artifact["evidence"])),
    )


def _evidence(use: EvidenceDocument) -> EvidenceUse:
    return EvidenceUse(
        path=use["path"],
        type=use["type"],
        status=use["status"],
        identity=use["identity"],
        signer=use["signer"],
        claims=tuple(use["claims"].items()),
        root=use["root"],
        reason=use["reason"],
        sha256=use["sha256"],
    )


def _finding(finding: FindingDocument) -> Finding:
    where = finding["place"]
    return Finding(
        check=finding["check"],
        severity=finding["severity"],
        outcome=finding["outcome"],
        message=finding["message"],
        hint=finding["hint"],
        platform=finding["platform"],
        subject=finding["subject"],
        place=Place(file=where["file"], line=where["line"] or None) if where else None,
        names=tuple(finding["names"]),
        waived_by=finding["waived_by"],
    )


def _waiver(waiver: WaiverDocument, file: str) -> UsedWaiver:
    return UsedWaiver(
        id=waiver["id"],
        check=waiver["check"],
        reason=waiver["reason"],
        ticket=waiver["ticket"],
        approved_by=waiver["approved_by"],
        expires=_time(waiver["expires"], file),
        findings=waiver["findings"],
    )
