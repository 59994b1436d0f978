"""A verdict as text for a person: the decision, every artifact, what is wrong and how to mend it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from attest.render.escape import escape
from attest.render.report_json import all_evidence, count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.verdict import ArtifactVerdict, Decision, Finding, Verdict

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


def to_text(verdict: Verdict, *, width: int = 80, color: bool = False, verbose: bool = False) -> str:
    """The report in lines of at most `width` columns; `verbose` adds every check and piece of evidence."""
    page = _Page(width=max(width, _NARROW), color=color)
    return "\n".join([*page.lines(verdict, verbose=verbose), ""])


class _Page:
    """The width and the colours of one report."""

    def __init__(self, *, width: int, color: bool) -> None:
        self.width = width
        self.color = color

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color else text

    def wrap(self, text: str, indent: str, first: str | None = None) -> list[str]:
        return textwrap.wrap(
            escape(text),
            self.width,
            initial_indent=indent if first is None else first,
            subsequent_indent=indent,
            break_on_hyphens=False,
        )

    def cut(self, text: str, room: int) -> str:
        text = escape(text)
        if len(text) <= room:
            return text
        tail = (room - 1) // 2
        return f"{text[: room - 1 - tail]}…{text[len(text) - tail :]}"

    def lines(self, verdict: Verdict, *, verbose: bool) -> Iterator[str]:
        yield from self.head(verdict)
        if verdict.artifacts:
            yield ""
            yield from self.artifacts(verdict.artifacts)
        findings = sorted(verdict.findings, key=lambda each: _SEVERITY_ORDER[each.severity])
        for finding in findings:
            yield ""
            yield from self.finding(finding)
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

    def artifacts(self, artifacts: tuple[ArtifactVerdict, ...]) -> Iterator[str]:
        platforms = min(max(len(escape(each.platform)) for each in artifacts), self.width // 4)
        room = self.width - platforms - 2 - 6 - 2 - 10
        for each in artifacts:
            accepted = sum(use.status == "accepted" for use in each.evidence)
            outcome = self.paint(f"{each.outcome:<4}", _OUTCOME_COLOR[each.outcome])
            name = self.cut(each.path, room)
            platform = f"{self.cut(each.platform, platforms):<{platforms}}"
            yield f"  {outcome}  {platform}  {name:<{room}} {accepted} proofs"

    def finding(self, finding: Finding) -> Iterator[str]:
        word = finding.severity if not finding.waived_by else f"waived by {finding.waived_by}"
        kind = "" if finding.outcome == "fail" else f" ({finding.outcome.replace('-', ' ')})"
        where = "  ".join(escape(each) for each in (finding.platform, finding.subject) if each)
        what = f"{word} {finding.check}{kind}"
        fits = len(what) + 2 + len(where) <= self.width
        for line in self.wrap(what, "    ", ""):
            yield self.paint(line, _SEVERITY_COLOR[finding.severity]) + (
                f"  {where}" if where and fits else ""
            )
        if not fits:
            yield from self.wrap(where, "    ")
        place = f"{finding.place}: " if finding.place else ""
        yield from self.wrap(place + finding.message, "    ")
        if finding.hint:
            yield from self.wrap(finding.hint, "         ", "    fix: ")

    def details(self, verdict: Verdict) -> Iterator[str]:
        yield ""
        yield "Every check:"
        for result in verdict.checks:
            what = " ".join(
                each for each in (result.outcome, result.check, result.platform, result.subject) if each
            )
            yield from self.wrap(f"{what}: {result.reason}" if result.reason else what, "    ", "  ")
        yield ""
        yield "Every piece of evidence:"
        for use in all_evidence(verdict):
            by = f" by {use.identity}" if use.identity else ""
            reason = f": {use.reason}" if use.reason else ""
            yield from self.wrap(f"{use.status} {use.path} ({use.type}){by}{reason}", "    ", "  ")

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
        for finding in verdict.findings:
            yield from self.wrap(f"Read more: attest policy explain {finding.check}", "  ")
            break
