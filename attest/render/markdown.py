"""A verdict as Markdown (CommonMark with GitHub's tables), for step summaries and comments.

What comes from files is escaped character by character: it can be no link, image, HTML or mention.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.render.escape import escape
from attest.render.finding import Roots, ranked, said
from attest.render.report_json import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.verdict import Decision, Finding, Verdict

_WORDS: Final[dict[Decision, str]] = {
    "pass": "pass",
    "deny": "deny",
    "undecided": "undecided",
    "nothing": "nothing to verify",
}
#: CommonMark section 2.4: any ASCII punctuation can be escaped; these begin something.
_ACTIVE: Final = re.compile(r"([\\`*_{}\[\]<>#+!|~&@$:^-])")


def to_markdown(verdict: Verdict, *, roots: Roots) -> bytes:
    """The decision, a table of the artifacts, a table of what is wrong, and the counts."""
    return ("\n".join(_lines(verdict, roots)) + "\n").encode()


def _lines(verdict: Verdict, roots: Roots) -> Iterator[str]:
    yield f"## attest: {_WORDS[verdict.decision]}"
    about = []
    if verdict.policy:
        about.append(f"policy {_md(verdict.policy.name)} version {verdict.policy.version}")
    if verdict.version:
        about.append(f"release {_md(verdict.version)}")
    if verdict.partial:
        about.append("part of the release only")
    if about:
        yield ""
        yield ", ".join(about)
    if verdict.artifacts:
        yield ""
        yield "| outcome | platform | file |"
        yield "|---|---|---|"
        for artifact in verdict.artifacts:
            yield f"| {artifact.outcome} | {_md(artifact.platform)} | {_md(artifact.path)} |"
    if verdict.findings:
        yield ""
        yield "| severity | check | where | what and how to fix it |"
        yield "|---|---|---|---|"
        for finding in ranked(verdict.findings):
            yield _row(finding, roots)
    counts = count(verdict)
    yield ""
    yield (
        f"Checks: {counts['checks_pass']} passed, {counts['checks_fail']} failed, "
        f"{counts['checks_no_evidence']} without evidence, {counts['checks_error']} broke off, "
        f"{counts['checks_skip']} not asked for."
    )
    yield from _answers(verdict)


def _answers(verdict: Verdict) -> Iterator[str]:
    """Who answers for what is waived, or looser than what the policy extends."""
    for waiver in verdict.waivers:
        yield ""
        yield (
            f"Waived by {_md(waiver.id)} until {waiver.expires:%Y-%m-%d}: {waiver.findings} of "
            f"{_md(waiver.check)}, {_md(waiver.reason)}"
        )
    for override in verdict.overrides:
        yield ""
        yield f"Looser than what the policy extends: {_md(override.key)}, {_md(override.reason)}"


def _row(finding: Finding, roots: Roots) -> str:
    word = "waived" if finding.waived_by else finding.severity
    fix = f"<br>fix: {_md(finding.hint)}" if finding.hint else ""
    where = _md(str(roots.locate(finding)))
    return f"| {word} | {_md(finding.check)} | {where} | {_active(said(finding))}{fix} |"


def _md(text: str) -> str:
    return _active(escape(text))


def _active(text: str) -> str:
    return _ACTIVE.sub(r"\\\1", text)
