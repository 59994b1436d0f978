"""A verdict held against what a case of a policy's tests expects."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from attest.model.policy_test import Mismatch
from attest.policy.glob import glob_matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.place import Place
    from attest.model.policy_test import Expected, ExpectedFinding
    from attest.model.verdict import Finding, Verdict

#: Findings that are told where another one is missing.
_TOLD: Final = 3


def compare(expected: Expected, verdict: Verdict, place: Place) -> tuple[Mismatch, ...]:
    """Everything that came out otherwise; `place` is that of the case."""
    return tuple(_mismatches(expected, verdict, place))


def _mismatches(expected: Expected, verdict: Verdict, place: Place) -> Iterator[Mismatch]:
    code = int(verdict.exit_code)
    if expected.exit_code not in (None, code):
        message = f"expected exit code {expected.exit_code}, found {code} ({verdict.decision})"
        yield Mismatch(kind="exit", message=message, place=place)
    if expected.verdict not in (None, verdict.decision):
        message = f"expected the verdict {expected.verdict}, found {verdict.decision}"
        yield Mismatch(kind="verdict", message=message, place=place)
    known: set[Finding] = set()
    for each in expected.findings:
        found = [finding for finding in verdict.findings if _fits(each, finding)]
        known.update(found)
        if not found:
            message = f"expected {_wanted(each)}; {_instead(each, verdict)}"
            yield Mismatch(kind="missing", message=message, place=each.place)
        elif each.count not in (None, len(found)):
            message = f"expected {_wanted(each)} {each.count} times, found {len(found)}"
            yield Mismatch(kind="count", message=message, place=each.place)
    for finding in verdict.findings:
        if finding in known or not expected.exact:
            continue
        if expected.warnings or finding.severity == "deny":
            yield Mismatch(kind="unexpected", message=f"did not expect {told(finding)}", place=place)


def _fits(expected: ExpectedFinding, finding: Finding) -> bool:
    return (
        expected.check == finding.check
        and expected.waived_by == finding.waived_by
        and expected.outcome in (None, finding.outcome)
        and expected.severity in (None, finding.severity)
        and (not expected.platform or glob_matches(expected.platform, finding.platform))
        and (not expected.subject or glob_matches(expected.subject, finding.subject))
    )


def _wanted(expected: ExpectedFinding) -> str:
    words = [expected.severity or "", expected.check, f"({expected.outcome})" if expected.outcome else ""]
    words += [f"of {expected.subject}" if expected.subject else ""]
    words += [f"on {expected.platform}" if expected.platform else ""]
    words += [f"waived by {expected.waived_by}" if expected.waived_by else ""]
    return " ".join(filter(None, words))


def _instead(expected: ExpectedFinding, verdict: Verdict) -> str:
    """What there is of that check: its other findings, else how it came out."""
    others = [finding for finding in verdict.findings if finding.check == expected.check]
    if others:
        more = f" and {len(others) - _TOLD} more" if len(others) > _TOLD else ""
        return "found instead: " + "; ".join(map(told, others[:_TOLD])) + more
    outcomes = Counter(each.outcome for each in verdict.checks if each.check == expected.check)
    if not outcomes:
        return "it did not run"
    counted = ", ".join(f"{outcome} {number} times" for outcome, number in sorted(outcomes.items()))
    reasons = {each.reason for each in verdict.checks if each.check == expected.check and each.reason}
    why = f" ({min(reasons)})" if len(reasons) == 1 else ""
    return f"it found nothing: {counted}{why}"


def told(finding: Finding) -> str:
    """A finding in a few words and its message."""
    how = f"waived by {finding.waived_by}" if finding.waived_by else finding.severity
    words = [how, finding.check, "" if finding.outcome == "fail" else f"({finding.outcome})"]
    words += [f"of {finding.subject}" if finding.subject else ""]
    words += [f"on {finding.platform}" if finding.platform else ""]
    return f"{' '.join(filter(None, words))}: {finding.message}"
