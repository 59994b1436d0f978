"""What of a policy a set of verdicts shows: which parts were seen to pass, and which to fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.policy_test import Covered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attest.model.verdict import CheckResult, Verdict
    from attest.policy.model import CheckRule, Policy, Rule


def coverage(policy: Policy, verdicts: Sequence[Verdict]) -> tuple[tuple[Covered, ...], tuple[str, ...]]:
    """The rules of the policy's own, every `when`, the waivers, the checks that ran; and those that did not.

    A check that the policy does not ask for is skipped everywhere, and did not run.
    """
    own = {rule.id for rule in policy.rules}
    found = [_ran("rule", rule.id, verdicts) for rule in policy.rules]
    found += [_when_of_rule(rule, verdicts) for rule in policy.rules if rule.when]
    found += [_when_of_check(rule, verdicts) for rule in policy.checks if rule.platforms or rule.artifacts]
    for waiver in policy.waivers:
        used = sum(any(each.waived_by == waiver.id for each in one.findings) for one in verdicts)
        found.append(Covered(kind="waiver", id=waiver.id, passed=used, failed=len(verdicts) - used))
    names = sorted({each.check for one in verdicts for each in one.checks} - own)
    checks = [_ran("check", name, verdicts) for name in names]
    ran = {each.check for one in verdicts for each in one.checks if each.outcome != "skip"}
    found += [each for each in checks if each.id in ran]
    return tuple(found), tuple(each.id for each in checks if each.id not in ran)


def _ran(kind: str, name: str, verdicts: Iterable[Verdict]) -> Covered:
    """In how many verdicts something passed, and in how many it found something that fails."""
    passed = failed = 0
    for one in verdicts:
        passed += any(each.check == name and each.outcome == "pass" for each in one.checks)
        failed += any(each.check == name and each.outcome == "fail" for each in one.findings)
    return Covered(kind="rule" if kind == "rule" else "check", id=name, passed=passed, failed=failed)


def _when_of_rule(rule: Rule, verdicts: Iterable[Verdict]) -> Covered:
    """A rule is skipped by its `when` alone."""
    held = out = 0
    for one in verdicts:
        results = _of(rule.id, one)
        held += any(each.outcome != "skip" for each in results)
        out += any(each.outcome == "skip" for each in results)
    return Covered(kind="when", id=rule.id, passed=held, failed=out)


def _when_of_check(rule: CheckRule, verdicts: Iterable[Verdict]) -> Covered:
    held = out = 0
    for one in verdicts:
        fits = [rule.fits(each.platform, each.subject) for each in _of(rule.check, one)]
        held += any(fits)
        out += not all(fits)
    return Covered(kind="when", id=rule.check, passed=held, failed=out)


def _of(name: str, verdict: Verdict) -> list[CheckResult]:
    return [each for each in verdict.checks if each.check == name]
