"""The machine-readable report, `attest/report/v1`, as typed dictionaries.

The renderer builds them, mypy holds it to them, and `attest schema report` is generated from them.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from attest.model.verdict import (
    CheckOutcome,
    Decision,
    EvidenceStatus,
    FindingOutcome,
    Severity,
)


class PolicyDocument(TypedDict):
    """Which policy judged; `sha256` is of its bytes."""

    name: str
    version: int
    sha256: str


class EvidenceDocument(TypedDict):
    """One piece of evidence: "signature" or its predicate type, and whether it counts.

    `signer` is who signed and `claims` what the certificate says beside that; both are empty where the
    signature does not hold. `sha256` is of the bundle's bytes, "" where none was read.
    """

    path: str
    sha256: str
    type: str
    status: EvidenceStatus
    identity: str
    signer: str
    claims: dict[str, str]
    root: str
    reason: str


class ArtifactDocument(TypedDict):
    """One file of the release and the slot that it fills; `size` in bytes."""

    path: str
    slot: str
    platform: str
    sha256: str
    size: int
    outcome: Literal["pass", "deny", "warn"]
    evidence: list[EvidenceDocument]


class PlaceDocument(TypedDict):
    """A file and a line, counted from 1; 0 where the finding is about the whole file."""

    file: str
    line: int


class FindingDocument(TypedDict):
    """One thing that is wrong or missing.

    `names` are what it is about beside file and platform, as a waiver names it: modules as path@version,
    libraries, ids of a vulnerability. `waived_by` is the id of a waiver, "" where there is none.
    """

    check: str
    severity: Severity
    outcome: FindingOutcome
    platform: str
    subject: str
    place: PlaceDocument | None
    message: str
    hint: str
    names: list[str]
    waived_by: str


class CheckDocument(TypedDict):
    """That a check ran, on what, and how it came out."""

    check: str
    platform: str
    subject: str
    outcome: CheckOutcome
    reason: str


class CountsDocument(TypedDict):
    """How many there are of each."""

    artifacts: int
    findings_deny: int
    findings_warn: int
    findings_info: int
    findings_waived: int
    checks_pass: int
    checks_fail: int
    checks_no_evidence: int
    checks_error: int
    checks_skip: int
    evidence_accepted: int
    evidence_rejected: int
    evidence_unused: int


class WaiverDocument(TypedDict):
    """A waiver that answers for so many findings of a check until a moment (RFC 3339, UTC)."""

    id: str
    check: str
    reason: str
    ticket: str
    approved_by: str
    expires: str
    findings: int


class OverrideDocument(TypedDict):
    """A place where the policy asks for less than what it extends, why, and the file that says so."""

    key: str
    reason: str
    file: str


class UsedRootDocument(TypedDict):
    """A trusted root that evidence was held against; `source` is its file, or how it came to be trusted."""

    name: str
    source: str
    sha256: str


class ReportDocument(TypedDict):
    """The whole report; `time` is RFC 3339, UTC, the clock that the run judged by."""

    schema: Literal["attest/report/v1"]
    verdict: Decision
    exit_code: Literal[0, 1, 2, 3, 4]
    time: str
    policy: PolicyDocument | None
    roots: list[UsedRootDocument]
    version: str
    tag: str
    revision: str
    partial: bool
    artifacts: list[ArtifactDocument]
    evidence: list[EvidenceDocument]
    findings: list[FindingDocument]
    waivers: list[WaiverDocument]
    overrides: list[OverrideDocument]
    checks: list[CheckDocument]
    counts: CountsDocument
