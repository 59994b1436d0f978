"""Step 6: findings that somebody has answered for, until a day. Evidence and cryptography are never waived.

A waiver names a check and tells which of its findings it means; all that it tells must hold. A finding is
waived by one waiver, the first in the file that means it: two that each tell a part waive nothing together.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from attest.model.verdict import UsedWaiver
from attest.policy.glob import glob_matches

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from attest.model.verdict import Finding
    from attest.policy.model import Waiver


def waived(findings: Iterable[Finding], waivers: Iterable[Waiver], now: datetime) -> list[Finding]:
    """The findings, with the id of its waiver in each that has one.

    Only the outcome `fail` can be waived: what could not be judged may be anything.
    """
    valid: dict[str, list[Waiver]] = {}
    for each in waivers:
        if now <= each.expires:
            valid.setdefault(each.check, []).append(each)
    found = []
    for finding in findings:
        mine = next((each for each in valid.get(finding.check, ()) if means(each, finding)), None)
        found.append(replace(finding, waived_by=mine.id) if mine else finding)
    return found


def means(waiver: Waiver, finding: Finding) -> bool:
    """Tell whether a waiver is about that finding."""
    return (
        waiver.check == finding.check
        and finding.outcome == "fail"
        and (not waiver.platform or glob_matches(waiver.platform, finding.platform))
        and (not waiver.artifact or glob_matches(waiver.artifact, finding.subject))
        and all(any(glob_matches(name, each) for each in finding.names) for name in waiver.names)
    )


def used(findings: Iterable[Finding], waivers: Iterable[Waiver]) -> tuple[UsedWaiver, ...]:
    """The waivers that waived something, in the order of the policy."""
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.waived_by] = counts.get(finding.waived_by, 0) + 1
    return tuple(
        UsedWaiver(
            id=each.id,
            check=each.check,
            reason=each.reason,
            ticket=each.ticket,
            approved_by=each.approved_by,
            expires=each.expires,
            findings=counts[each.id],
        )
        for each in waivers
        if each.id in counts
    )
