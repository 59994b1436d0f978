"""A waiver, rule or condition of the policy is about nothing in this release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, Skip, VerdictContext

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: VerdictContext) -> Iterator[Fault]:
    """Every waiver that holds waives a finding, and every rule and `when` of a check is about something."""
    if context.partial:
        raise Skip("only a part of the release was judged")
    policy = context.policy
    used = {each.waived_by for each in context.findings}
    for waiver in policy.waivers:
        if waiver.id not in used and context.now <= waiver.expires:
            yield Fault(
                message=f"the waiver {waiver.id} should waive a finding of {waiver.check}, and there is none "
                "that it means",
                hint=f"remove it (line {waiver.place.line} of the policy), or mend its match",
                names=(waiver.id,),
            )
    about = {each.check for each in context.results if each.outcome != "skip"}
    for own in policy.rules:
        if own.id not in about:
            why = "its when held for nothing" if own.when else "the release has nothing of its scope"
            yield Fault(
                message=f"the rule {own.id} was about nothing: {why}",
                hint="mend its when or scope, or take the rule out",
                names=(own.id,),
            )
    ran = {(each.check, each.platform, each.subject) for each in context.results}
    for rule in policy.checks:
        conditional = rule.platforms or rule.artifacts
        if conditional and not any(check == rule.check and rule.fits(*on) for check, *on in ran):
            yield Fault(
                message=f"checks.{rule.check}.when should fit a file of the release, and fits none",
                hint=f"mend it (line {rule.place.line} of the policy): the check never ran",
                names=(rule.check,),
            )


CHECK = Check(
    title="A waiver, rule or condition of the policy is about nothing in this release",
    sees=VerdictContext,
    kind="fact",
    run=run,
    severity="warn",
)
