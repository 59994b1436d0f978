"""What the gate decides, and why; every report format is a pure function of `Verdict`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from attest.model.exit_code import ExitCode
    from attest.model.place import Place

#: What a finding about the evidence of one file is of; it is no check of a policy, and has no page.
EVIDENCE_REJECTED: Final = "evidence-rejected"

Severity = Literal["deny", "warn", "info"]
FindingOutcome = Literal["fail", "no-evidence", "error"]
CheckOutcome = Literal["pass", "fail", "no-evidence", "error", "skip"]
EvidenceStatus = Literal["accepted", "rejected", "unused"]
Decision = Literal["pass", "deny", "undecided", "nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong or missing, on one platform and file where that applies.

    `names` are what it is about beside these: modules as path@version, libraries, the ids of a vulnerability.
    `waived_by` is the id of the waiver that answers for it, "" where none does.
    """

    check: str
    severity: Severity
    outcome: FindingOutcome
    message: str
    hint: str
    platform: str = ""
    subject: str = ""
    place: Place | None = None
    names: tuple[str, ...] = ()
    waived_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """That a check ran, on what, and how it came out; `reason` says why it was skipped or failed."""

    check: str
    outcome: CheckOutcome
    platform: str = ""
    subject: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceUse:
    """One piece of evidence: what it is ("signature" or a predicate type), whether it counts, and why not.

    `identity` is the policy's name of the accepted signer, or who signed where that was rejected. `signer` is
    who signed, and `claims` are what the certificate says beside that, by the policy language's names. `root`
    is the trusted root or key that it verifies with, "" where it does not. `sha256` is of the bundle's bytes:
    of the file, or of its line where each line is one; "" where it was not read as a bundle.
    """

    path: str
    type: str
    status: EvidenceStatus
    identity: str = ""
    signer: str = ""
    claims: tuple[tuple[str, str], ...] = ()
    root: str = ""
    reason: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactVerdict:
    """One file of the release: the slot that it fills, and how it came out.

    `build_level` is the SLSA Build level that the policy asks for and its provenance proves, None where the
    policy asks for none or it is not proven.
    """

    path: str
    slot: str
    platform: str
    sha256: str
    size: int
    outcome: Literal["pass", "deny", "warn"]
    evidence: tuple[EvidenceUse, ...]
    build_level: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyName:
    """Which policy judged: its name, version and the SHA-256 of its bytes."""

    name: str
    version: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A place where a policy asks for less than what it extends, why, and the file that says so."""

    key: str
    reason: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedRoot:
    """A trusted root that evidence was held against: its name, from where it is, the SHA-256 of its file."""

    name: str
    source: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedWaiver:
    """A waiver of the policy that answers for as many `findings` of a check, until `expires`."""

    id: str
    check: str
    reason: str
    ticket: str
    approved_by: str
    expires: datetime
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The one result of a run. Lists are sorted; `time` is the clock read once (UTC).

    `own_rules` are the ids of the policy's own rules, which have no page.
    """

    decision: Decision
    exit_code: ExitCode
    time: datetime
    policy: PolicyName | None
    version: str
    tag: str
    revision: str
    partial: bool
    artifacts: tuple[ArtifactVerdict, ...]
    findings: tuple[Finding, ...]
    checks: tuple[CheckResult, ...]
    evidence: tuple[EvidenceUse, ...]
    roots: tuple[UsedRoot, ...] = ()
    waivers: tuple[UsedWaiver, ...] = ()
    overrides: tuple[Override, ...] = ()
    own_rules: tuple[str, ...] = ()
