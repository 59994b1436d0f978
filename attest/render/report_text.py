"""A verdict as text for a person: the decision, every artifact, what is wrong and how to mend it."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.model.verdict import EVIDENCE_REJECTED
from attest.render.escape import escape
from attest.render.report_json import all_evidence, count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attest.model.verdict import Decision, Finding, Verdict

_WORDS: Final[dict[Decision, tuple[str, str]]] = {
    "pass": ("PASS", "32"),
    "deny": ("DENY", "31"),
    "undecided": ("UNDECIDED", "35"),
    "nothing": ("NOTHING TO VERIFY", "35"),
}
_SEVERITY_COLOR: Final = {"deny": "31", "warn": "33", "info": "36"}
_OUTCOME_COLOR: Final = {"pass": "32", "deny": "31", "warn": "33"}
_SEVERITY_ORDER: Final = {"deny": 0, "warn": 1, "info": 2}
_NARROW: Final = 44
_TOLD: Final = 3  # how much missing evidence is told before the rest is only counted
_COMMAND: Final = re.compile(r"^( *)::")


def to_text(verdict: Verdict, *, width: int = 80, color: bool = False, verbose: bool = False) -> str:
    """The report in lines of at most `width` columns; `verbose` adds every check and piece of evidence."""
    page = _Page(width=max(width, _NARROW), color=color)
    return "\n".join([*page.lines(verdict, verbose=verbose), ""])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A line of the table: an artifact, or a slot that is empty."""

    outcome: str
    platform: str
    path: str
    proofs: str


def _rows(verdict: Verdict) -> list[_Row]:
    """Every artifact with the number of proofs that count, and every slot without a file, by path."""
    rows = []
    for each in verdict.artifacts:
        accepted = sum(use.status == "accepted" for use in each.evidence)
        proofs = f"{accepted} proof{'' if accepted == 1 else 's'}"
        rows.append(_Row(outcome=each.outcome, platform=each.platform, path=each.path, proofs=proofs))
    there = {each.path for each in verdict.artifacts}
    absent = {
        (finding.subject, finding.platform)
        for finding in verdict.findings
        if finding.platform and finding.subject and finding.subject not in there
    }
    rows += [_Row(outcome="deny", platform=where, path=path, proofs="missing") for path, where in absent]
    return sorted(rows, key=lambda row: (row.path, row.platform))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Findings under one heading; `likewise` are other subjects of which the same is said."""

    heading: str
    findings: list[Finding]
    likewise: tuple[str, ...] = ()


def _groups(findings: Iterable[Finding], whole: str) -> list[_Group]:
    """The findings by what they are about, the worst first, artifacts before other files.

    What is said of several files in the same words is said once. `whole` is what is judged, for findings that
    are about no file of it.
    """

    def subject_of(finding: Finding) -> str:
        return finding.subject or (finding.place.file if finding.place else whole)

    same: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        words = finding.message.replace(finding.subject, "\0") if finding.subject else finding.message
        about = "" if finding.subject and not finding.place else subject_of(finding)
        key = (
            finding.severity,
            finding.waived_by,
            finding.check,
            finding.outcome,
            words,
            finding.hint,
            finding.platform,
            about,
        )
        same.setdefault(key, []).append(finding)
    groups: dict[str, list[Finding]] = {}
    shared: list[_Group] = []
    for alike in same.values():
        if len(alike) == 1:
            groups.setdefault(subject_of(alike[0]), []).append(alike[0])
        else:
            first, *others = sorted(alike, key=subject_of)
            names = tuple(dict.fromkeys(map(subject_of, others)))
            heading = f"{subject_of(first)} and {len(names)} more"
            shared.append(_Group(heading=heading, findings=[first], likewise=names))
    single = []
    for subject, group in groups.items():
        group.sort(key=lambda each: (_severity(each), each.outcome != "fail", each.check))
        platform = next((each.platform for each in group if each.platform), "")
        single.append(_Group(heading=f"{subject} ({platform})" if platform else subject, findings=group))
    return sorted([*single, *shared], key=_rank)


def _blocks(findings: Iterable[Finding]) -> list[list[Finding]]:
    """The findings one by one; missing evidence of one check that is mended in one way stands together."""
    blocks: dict[object, list[Finding]] = {}
    for number, each in enumerate(findings):
        alike = (each.check, each.severity, each.hint, each.waived_by)
        blocks.setdefault(alike if each.outcome == "no-evidence" else number, []).append(each)
    return list(blocks.values())


def _severity(finding: Finding) -> int:
    """What denies before what warns and informs; what somebody answers for comes last."""
    return len(_SEVERITY_ORDER) if finding.waived_by else _SEVERITY_ORDER[finding.severity]


def _rank(group: _Group) -> tuple[int, bool, bool, str]:
    severity = _severity(group.findings[0])
    of_artifact = any(each.platform for each in group.findings)
    return severity, bool(group.likewise), not of_artifact, group.heading


class _Page:
    """The width and the colours of one report."""

    def __init__(self, *, width: int, color: bool) -> None:
        self.width = width
        self.color = color

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color else text

    def wrap(self, text: str, indent: str, first: str | None = None) -> list[str]:
        lines = textwrap.wrap(
            escape(text),
            self.width,
            initial_indent=indent if first is None else first,
            subsequent_indent=indent,
            break_on_hyphens=False,
        )
        # CI systems take a line for a command that begins with ::, whatever blanks are before it.
        return [_COMMAND.sub(r"\1\\x3a:", line) for line in lines]

    def cut(self, text: str, room: int) -> str:
        text = escape(text)
        if len(text) <= room:
            return text
        tail = (room - 1) // 2
        return f"{text[: room - 1 - tail]}…{text[len(text) - tail :]}"

    def lines(self, verdict: Verdict, *, verbose: bool) -> Iterator[str]:
        yield from self.head(verdict)
        rows = _rows(verdict)
        if rows:
            yield ""
            yield from self.artifacts(rows)
        # Without a policy and artifacts it is a source tree that was judged.
        whole = "the release" if verdict.policy or verdict.artifacts else "the source tree"
        for group in _groups(verdict.findings, whole):
            yield ""
            yield from self.wrap(group.heading, "    ", "")
            for block in _blocks(group.findings):
                yield from self.block(block, group, verbose=verbose)
        rejected = sorted(
            (each for each in all_evidence(verdict) if each.status == "rejected"), key=lambda each: each.path
        )
        if rejected:
            yield ""
            yield "Rejected evidence, which counts for nothing:"
            for use in rejected:
                yield from self.wrap(f"{use.path}: {use.reason}", "    ", "  ")
        if verbose:
            yield from self.details(verdict)
        yield ""
        yield from self.foot(verdict)

    def head(self, verdict: Verdict) -> Iterator[str]:
        word, code = _WORDS[verdict.decision]
        about = [f"policy {verdict.policy.name} version {verdict.policy.version}"] if verdict.policy else []
        about += [f"release {verdict.version}"] if verdict.version else []
        about += ["part of the release only"] if verdict.partial else []
        denying = sum(each.severity == "deny" for each in verdict.findings)
        about += [f"{denying} {'finding denies' if denying == 1 else 'findings deny'}"] if denying else []
        lines = self.wrap(", ".join(about), " " * (len(word) + 2), f"{word}  ") if about else [word]
        yield self.paint(word, f"1;{code}") + lines[0].removeprefix(word)
        yield from lines[1:]

    def artifacts(self, rows: list[_Row]) -> Iterator[str]:
        platforms = min(max(len(escape(row.platform)) for row in rows), self.width // 4)
        room = self.width - platforms - 20
        for row in rows:
            outcome = self.paint(f"{row.outcome:<4}", _OUTCOME_COLOR[row.outcome])
            platform = f"{self.cut(row.platform, platforms):<{platforms}}"
            yield f"  {outcome}  {platform}  {self.cut(row.path, room):<{room}} {row.proofs}"

    def block(self, block: list[Finding], group: _Group, *, verbose: bool) -> Iterator[str]:
        first = block[0]
        word = first.severity if not first.waived_by else f"waived by {first.waived_by}"
        kind = "" if first.outcome == "fail" else f" ({first.outcome.replace('-', ' ')})"
        for line in self.wrap(f"{word} {first.check}{kind}", "      ", "  "):
            yield self.paint(line, _SEVERITY_COLOR[first.severity])
        told = block if verbose else block[:_TOLD]
        for finding in told:
            # A place that only repeats the heading says nothing.
            place = f"{finding.place}: " if finding.place and str(finding.place) != group.heading else ""
            yield from self.wrap(place + finding.message, "      ")
        if len(told) < len(block):
            yield from self.wrap(f"and {len(block) - len(told)} more, which --verbose lists", "      ")
        for name in group.likewise:
            yield from self.wrap(name, "        ", "      likewise ")
        if first.hint:
            yield from self.wrap(first.hint, "           ", "      fix: ")

    def details(self, verdict: Verdict) -> Iterator[str]:
        yield ""
        yield "Every check:"
        for result in verdict.checks:
            what = " ".join(
                each for each in (result.outcome, result.check, result.platform, result.subject) if each
            )
            yield from self.wrap(f"{what}: {result.reason}" if result.reason else what, "    ", "  ")
        evidence = list(all_evidence(verdict))
        if evidence:
            yield ""
            yield "Every piece of evidence:"
        for use in evidence:
            by = f" by {use.identity}" if use.identity else ""
            reason = f": {use.reason}" if use.reason else ""
            yield from self.wrap(f"{use.status} {use.path} ({use.type}){by}{reason}", "    ", "  ")
            if use.claims and use.signer != use.identity:
                yield from self.wrap(f"signed by {use.signer}", "        ", "      ")
            for name, value in use.claims:
                yield from self.wrap(f"{name}: {value}", "        ", "      ")

    def foot(self, verdict: Verdict) -> Iterator[str]:
        counts = count(verdict)
        said = [
            (counts["checks_pass"], "passed"),
            (counts["checks_fail"], "failed"),
            (counts["checks_no_evidence"], "without evidence"),
            (counts["checks_error"], "broke off"),
            (counts["checks_skip"], "not asked for"),
        ]
        checks = ", ".join(f"{number} {word}" for number, word in said if number)
        yield from self.wrap(f"Checks: {checks or 'none ran'}.", "  ")
        for waiver in verdict.waivers:
            findings = f"{waiver.findings} findings" if waiver.findings > 1 else "a finding"
            who = "".join(f", {each}" for each in (waiver.approved_by, waiver.ticket) if each)
            yield from self.wrap(
                f"Waived: {findings} of {waiver.check} by {waiver.id} until {waiver.expires:%Y-%m-%d}{who}: "
                f"{waiver.reason}",
                "    ",
                "  ",
            )
        for override in verdict.overrides:
            told = f"Looser than what the policy extends: {override.key}: {override.reason}"
            yield from self.wrap(told, "    ", "  ")
        for root in verdict.roots:
            where = f", {root.source}" if root.source != root.name else ""
            yield from self.wrap(f"Trusted root: {root.name}{where}.", "    ", "  ")
        mends = {
            each.hint
            for each in verdict.findings
            if each.outcome == "no-evidence" and each.severity == "deny" and not each.waived_by
        }
        if len(mends) == 1 and (mend := mends.pop()):
            yield from self.wrap(f"Evidence is missing: {mend}.", "  ")
        pageless = {EVIDENCE_REJECTED, *verdict.own_rules}
        explained = (each.check for each in verdict.findings if each.check not in pageless)
        if check := next(explained, ""):
            yield from self.wrap(f"Read more: attest policy explain {check}", "  ")
