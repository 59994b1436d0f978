"""Step 5, the rules of the policy itself: each once for every target of its scope.

What a rule does not say is no yes: a missing key, a limit or a crash is an error, a file that was not looked
into is no evidence. A rule that was about nothing is told by the check `rule-unmatched`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attest.model.source import Platform
from attest.model.verdict import CheckResult, Finding
from attest.policy import cel
from attest.policy.input import policy_input

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from attest.model.documents_input import InputDocument, InputPlatformDocument
    from attest.model.verdict import CheckOutcome, FindingOutcome, Severity
    from attest.policy.check import ReleaseContext
    from attest.policy.model import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What came of one rule on one target."""

    results: tuple[CheckResult, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """What one run of a rule is about; `unknown` says why nobody can tell, "" where it can be judged."""

    data: Mapping[str, Any]
    platform: str = ""
    subject: str = ""
    unknown: str = ""


def judge_rules(release: ReleaseContext, *, now: datetime, version: str) -> Iterator[Judged]:
    """Every rule of the policy on all that it is about; without rules nothing is made for them."""
    if not release.policy.rules:
        return
    document = policy_input(release, now=now, version=version)
    lenient = {slot.path for slot in release.policy.slots if slot.severity != "deny"}
    for rule in release.policy.rules:
        for target in _targets(rule, document):
            yield _judged(rule, target, now, lenient=target.subject in lenient)


def _targets(rule: Rule, document: InputDocument) -> Iterator[_Target]:
    """The targets of a rule; one whose facts are not there is a target too."""
    whole = {key: value for key, value in document.items() if key != "schema"}
    if rule.scope == "release":
        blind = [each["path"] for each in document["artifacts"] if not each.get("images")]
        unknown = f"{blind[0]} was not read as an executable" if blind else ""
        yield _Target(data=whole, unknown=unknown if document["artifacts"] else "the release has no artifact")
        return
    for artifact in document["artifacts"]:
        subject = artifact["path"]
        if rule.scope == "artifact":
            yield _Target(
                data={**whole, "artifact": artifact}, platform=_name(artifact["platform"]), subject=subject
            )
            continue
        for image in artifact.get("images", ()):
            yield _Target(
                data={**whole, "platform": image}, platform=_name(image["platform"]), subject=subject
            )
        if not artifact.get("images"):
            yield _Target(
                data=whole,
                platform=_name(artifact["platform"]),
                subject=subject,
                unknown=f"{subject} was not read as an executable",
            )


def _name(platform: InputPlatformDocument) -> str:
    """The platform as reports name it."""
    return str(
        Platform(goos=platform["goos"], goarch=platform["goarch"], variant=platform.get("variant", ""))
    )


def _judged(rule: Rule, target: _Target, now: datetime, *, lenient: bool) -> Judged:
    """One rule on one target. Only the outcome `fail` has the rule's own severity; all others deny."""
    try:
        if target.unknown:
            return _found(rule, target, "no-evidence", target.unknown, "deny")
        if rule.when and not cel.holds(rule.when, rule.scope, target.data):
            return Judged(results=(_result(rule, target, "skip", f"when: {rule.when}"),))
        if cel.holds(rule.assertion, rule.scope, target.data):
            return Judged(results=(_result(rule, target, "pass", ""),))
    except cel.RuleError as error:
        return _found(rule, target, "error", f"the rule could not be evaluated: {error}", "deny")
    except Exception as error:  # noqa: BLE001 - a rule that crashes must deny, not end the run
        told = f"the rule failed with {type(error).__name__}: {error}"
        return _found(rule, target, "error", told, "deny")
    early = rule.effective is not None and now < rule.effective
    severity: Severity = "warn" if rule.severity == "deny" and (early or lenient) else rule.severity
    return _found(rule, target, "fail", rule.message, severity)


def _found(rule: Rule, target: _Target, outcome: FindingOutcome, message: str, severity: Severity) -> Judged:
    finding = Finding(
        check=rule.id,
        severity=severity,
        outcome=outcome,
        message=message,
        hint=rule.hint,
        platform=target.platform,
        subject=target.subject,
    )
    # Where all that is found is information, it passes, as with the checks.
    told: CheckOutcome = "pass" if severity == "info" else outcome
    return Judged(results=(_result(rule, target, told, message),), findings=(finding,))


def _result(rule: Rule, target: _Target, outcome: CheckOutcome, reason: str) -> CheckResult:
    return CheckResult(
        check=rule.id, outcome=outcome, platform=target.platform, subject=target.subject, reason=reason
    )
