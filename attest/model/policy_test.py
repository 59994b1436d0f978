"""What the tests of a policy expect, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from attest.model.place import Place
    from attest.model.verdict import Decision, FindingOutcome, PolicyName, Severity

MismatchKind = Literal["exit", "verdict", "error", "missing", "count", "unexpected"]
CoveredKind = Literal["rule", "when", "waiver", "check"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedFinding:
    """A finding that is expected; "" and None leave open what it is, but for `waived_by`: "" is nobody.

    `count` is how many fit, None for any number but none.
    """

    check: str
    place: Place
    platform: str = ""
    subject: str = ""
    outcome: FindingOutcome | None = None
    severity: Severity | None = None
    waived_by: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come of a case.

    `findings` are all that there are where `exact`; without `warnings` those that do not deny may be there
    unexpected. `error` is a part of what is said where the exit code is 4.
    """

    exit_code: int | None
    verdict: Decision | None
    error: str
    findings: tuple[ExpectedFinding, ...]
    warnings: bool
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One thing that came out otherwise than a case expects, in a sentence; `place` is what expects it."""

    kind: MismatchKind
    message: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What came of a case; `verdict` is None where nothing was judged."""

    name: str
    place: Place
    exit_code: int
    verdict: Decision | None
    mismatches: tuple[Mismatch, ...]

    @property
    def as_expected(self) -> bool:
        """Tell whether all came out as the case expects."""
        return not self.mismatches


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """How much of a part of the policy the cases show: in how many of them it was seen to do either.

    A check or rule passed or failed; the `when` of one held or left something out; a waiver was used or was
    not. `failed` means the outcome "fail", whatever the severity.
    """

    kind: CoveredKind
    id: str
    passed: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TestReport:
    """What came of a file of tests; `coverage` has the policy's own parts first, then every check it asks.

    `unseen` are the policy's own rules that no case has seen failing.
    """

    __test__ = False  # pytest takes the name for its own

    file: str
    policy_file: str
    policy: PolicyName | None
    cases: tuple[CaseResult, ...]
    coverage: tuple[Covered, ...]
    skipped: tuple[str, ...]

    @property
    def failed(self) -> int:
        """How many cases did not come out as expected."""
        return sum(not each.as_expected for each in self.cases)

    @property
    def unseen(self) -> tuple[str, ...]:
        """The policy's own rules that no case has seen failing."""
        return tuple(each.id for each in self.coverage if each.kind == "rule" and not each.failed)
