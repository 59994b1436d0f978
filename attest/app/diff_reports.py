"""What changed between two verdicts.

Two releases have files of other names: what stands in a slot on both sides is one artifact, and elsewhere
the release's own version is read as a variable. Times and lines of places are no difference.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.app.report import read_report
from attest.model.difference import Difference, Side, ValueChange
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.report_difference import ArtifactChange, FindingChange, OutcomeChange, ReportDifference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.model.verdict import ArtifactVerdict, CheckOutcome, EvidenceUse, Finding, Verdict

_WORST: Final[dict[CheckOutcome, int]] = {"skip": 0, "pass": 1, "fail": 2, "no-evidence": 3, "error": 4}
_FileKey = tuple[str, str]
_CheckKey = tuple[str, str, _FileKey]


def compare_reports(
    old: tuple[bytes, str], new: tuple[bytes, str], limits: Limits = DEFAULT_LIMITS
) -> Difference:
    """How two reports differ; each is its bytes and what the user calls it.

    Raises as `attest.app.report.read_report`.
    """
    sides = [
        Side(path=path, kind="report", sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        for data, path in (old, new)
    ]
    one, other = (read_report(data, path, limits) for data, path in (old, new))
    return Difference(old=sides[0], new=sides[1], modules=(), report=compare_verdicts(one, other))


def compare_verdicts(old: Verdict, new: Verdict) -> ReportDifference:
    """How two verdicts differ."""
    shared = _slots(old) & _slots(new)
    one, other = _Named.of(old, shared), _Named.of(new, shared)
    return ReportDifference(
        decision=_values(_decision(old), _decision(new)),
        policy=_values(_policy(old), _policy(new)),
        artifacts=tuple(_artifacts(one, other)),
        findings=tuple(_findings(one, other)),
        checks=tuple(_checks(one, other)),
        evidence=_values(_evidence(one), _evidence(other)),
        waivers=_values(_waivers(old), _waivers(new)),
        overrides=_values(*({each.key: each.reason for each in side.overrides} for side in (old, new))),
        roots=_values(*({each.name: each.sha256 for each in side.roots} for side in (old, new))),
    )


def _slots(verdict: Verdict) -> set[str]:
    """The slots that one artifact is in."""
    counts = Counter(each.slot for each in verdict.artifacts if each.slot)
    return {slot for slot, number in counts.items() if number == 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """A verdict whose files have names that hold in another release, too."""

    verdict: Verdict
    version: re.Pattern[str] | None
    slots: Mapping[str, str]

    @classmethod
    def of(cls, verdict: Verdict, shared: set[str]) -> _Named:
        # A v before it is its own: the tag holds the same version.
        alone = rf"(?<![0-9A-Za-uw-z.]){re.escape(verdict.version)}(?![0-9A-Za-z])"
        return cls(
            verdict=verdict,
            version=re.compile(alone) if verdict.version else None,
            slots={each.path: each.slot for each in verdict.artifacts if each.slot in shared},
        )

    def text(self, text: str) -> str:
        """A text, with a variable for the release's version."""
        return self.version.sub("${version}", text) if self.version else text

    def file(self, path: str) -> _FileKey:
        """What tells a file from the others of its release."""
        return (self.slots.get(path, ""), "" if path in self.slots else self.text(path))


def _decision(verdict: Verdict) -> dict[str, str]:
    return {
        "verdict": verdict.decision,
        "exit code": str(int(verdict.exit_code)),
        "version": verdict.version,
        "tag": verdict.tag,
        "revision": verdict.revision,
        "partial": "yes" if verdict.partial else "no",
    }


def _policy(verdict: Verdict) -> dict[str, str]:
    policy = verdict.policy
    return {"name": policy.name, "version": str(policy.version), "sha256": policy.sha256} if policy else {}


def _values(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[ValueChange, ...]:
    """What is on one side alone or not the same on both, in the order of the old side and then the new."""
    return tuple(
        ValueChange(name=name, old=old.get(name), new=new.get(name))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    )


def _artifacts(old: _Named, new: _Named) -> Iterable[ArtifactChange]:
    before = {old.file(each.path): each for each in old.verdict.artifacts}
    after = {new.file(each.path): each for each in new.verdict.artifacts}
    for key in dict.fromkeys((*before, *after)):
        one, other = before.get(key), after.get(key)
        known = one or other
        if known and _told(one) != _told(other):
            yield ArtifactChange(
                slot=known.slot,
                platform=known.platform,
                old_path=one.path if one else None,
                new_path=other.path if other else None,
                old_sha256=one.sha256 if one else None,
                new_sha256=other.sha256 if other else None,
                old_outcome=one.outcome if one else None,
                new_outcome=other.outcome if other else None,
            )


def _told(artifact: ArtifactVerdict | None) -> tuple[str, ...] | None:
    return (artifact.path, artifact.sha256, artifact.outcome) if artifact else None


def _findings(old: _Named, new: _Named) -> Iterable[FindingChange]:
    """What is found on both sides in the same words is paired first, then what is about the same thing."""
    left, right = list(old.verdict.findings), list(new.verdict.findings)
    pairs: list[tuple[Finding | None, Finding | None]] = []
    for closely in (True, False):
        waiting: dict[tuple[object, ...], list[Finding]] = {}
        for each in right:
            waiting.setdefault(_about(each, new, closely=closely), []).append(each)
        rest: list[Finding] = []
        for each in left:
            alike = waiting.get(_about(each, old, closely=closely))
            if alike:
                pairs.append((each, alike.pop(0)))
            else:
                rest.append(each)
        left, right = rest, [each for group in waiting.values() for each in group]
    changes = [
        FindingChange(old=one, new=other)
        for one, other in pairs
        if one and other and _judged(one, old) != _judged(other, new)
    ]
    changes += [FindingChange(old=each, new=None) for each in left]
    changes += [FindingChange(old=None, new=each) for each in right]
    return sorted(changes, key=_order)


def _order(change: FindingChange) -> tuple[str, str, str, str]:
    finding = change.new or change.old
    return (
        (finding.subject, finding.platform, finding.check, finding.message) if finding else ("", "", "", "")
    )


def _about(finding: Finding, side: _Named, *, closely: bool) -> tuple[object, ...]:
    place = finding.place.file if finding.place else ""
    about = (finding.check, finding.platform, side.file(finding.subject), side.text(place))
    names = tuple(map(side.text, finding.names))
    return (*about, names, _message(finding, side)) if closely else about


def _message(finding: Finding, side: _Named) -> str:
    return side.text(finding.message.replace(finding.subject, "\0") if finding.subject else finding.message)


def _judged(finding: Finding, side: _Named) -> tuple[str, ...]:
    return finding.severity, finding.outcome, finding.waived_by, _message(finding, side)


def _checks(old: _Named, new: _Named) -> Iterable[OutcomeChange]:
    """Checks that came out otherwise, on what both sides have; not to run is to be skipped."""
    before, after = _outcomes(old), _outcomes(new)
    known = {key[1:] for key in before} & {key[1:] for key in after}
    lone = set.symmetric_difference(
        *({side.file(each.path) for each in side.verdict.artifacts} for side in (old, new))
    )
    for key in sorted({*before, *after}):
        one, subject = before.get(key, (None, ""))
        other, subject = after.get(key, (None, subject))
        if key[1:] in known and key[2] not in lone and (one or "skip") != (other or "skip"):
            check, platform, _ = key
            yield OutcomeChange(check=check, platform=platform, subject=subject, old=one, new=other)


def _outcomes(side: _Named) -> dict[_CheckKey, tuple[CheckOutcome, str]]:
    """The worst outcome of a check on each thing, and what the report calls that."""
    found: dict[_CheckKey, tuple[CheckOutcome, str]] = {}
    for each in side.verdict.checks:
        key = (each.check, each.platform, side.file(each.subject))
        if key not in found or _WORST[each.outcome] > _WORST[found[key][0]]:
            found[key] = (each.outcome, each.subject)
    return found


def _evidence(side: _Named) -> dict[str, str]:
    """How each piece of evidence was judged, by its path and type."""
    everything: dict[EvidenceUse, None] = dict.fromkeys(side.verdict.evidence)
    for artifact in side.verdict.artifacts:
        everything |= dict.fromkeys(artifact.evidence)
    found: dict[str, list[str]] = {}
    for each in everything:
        name = f"{side.text(each.path)} ({each.type or 'unknown'})"
        told = f"{each.status} by {each.identity}" if each.identity else each.status
        found.setdefault(name, []).append(told)
    return {name: ", ".join(sorted(told)) for name, told in sorted(found.items())}


def _waivers(verdict: Verdict) -> dict[str, str]:
    return {
        each.id: f"{each.check} until {each.expires:%Y-%m-%d}, {each.findings} waived"
        for each in verdict.waivers
    }
