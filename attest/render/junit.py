"""A verdict as JUnit XML: a test suite for each check, a test case for each thing that it ran on.

Source: the schema junit-10.xsd of Jenkins' xUnit plugin, which most services accept; it knows no warnings, so
that warnings, information and waived findings stand in the output of a test case that passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.verdict import CheckResult
from attest.render.escape import escape
from attest.render.finding import Roots, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attest.model.verdict import Finding, Verdict


def to_junit(verdict: Verdict, *, roots: Roots) -> bytes:
    """The report; the time of every case is 0, as nothing measured may stand in it."""
    results = list(dict.fromkeys(verdict.checks))
    ran = {each.check for each in results}
    lone = sorted({each.check for each in verdict.findings} - ran)
    results += [CheckResult(check=check, outcome="fail") for check in lone]
    findings: dict[int, list[Finding]] = {number: [] for number in range(len(results))}
    for finding in verdict.findings:
        findings[_case_of(finding, results)].append(finding)
    suites: dict[str, list[int]] = {}
    for number, result in enumerate(results):
        suites.setdefault(result.check, []).append(number)
    lines: list[str] = []
    totals = [0, 0, 0]
    for check in sorted(suites):
        numbers = suites[check]
        cases = [_Case(results[number], findings[number]) for number in numbers]
        tally = [sum(case.kind == kind for case in cases) for kind in ("failure", "error", "skipped")]
        totals = [total + more for total, more in zip(totals, tally, strict=True)]
        lines.append(f"  <testsuite name={attribute(check)} {counts(len(cases), tally)}>")
        for case in cases:
            lines.extend(case.lines(roots))
        lines.append("  </testsuite>")
    head = f'<testsuites name="attest" {counts(len(results), totals).rpartition(" skipped=")[0]}>'
    text = "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *lines, "</testsuites>", ""])
    return text.encode()


def _case_of(finding: Finding, results: Sequence[CheckResult]) -> int:
    """The case that a finding belongs to: the same subject and platform, else the whole of its check."""
    own = [number for number, each in enumerate(results) if each.check == finding.check]
    for number in own:
        if (results[number].platform, results[number].subject) == (finding.platform, finding.subject):
            return number
    return own[0]


class _Case:
    """A test case; `kind` is the element that says how it came out, "" where it passed."""

    def __init__(self, result: CheckResult, findings: Sequence[Finding]) -> None:
        self.result = result
        denying = [each for each in findings if each.severity == "deny" and not each.waived_by]
        self.denying = denying
        self.others = [each for each in findings if each not in denying]
        if any(each.outcome == "error" for each in denying):
            self.kind = "error"
        elif denying or (not findings and result.outcome not in ("pass", "skip")):
            self.kind = "failure"
        else:
            self.kind = "skipped" if result.outcome == "skip" else ""

    def lines(self, roots: Roots) -> Iterator[str]:
        result = self.result
        about = " ".join(each for each in (result.platform, result.subject) if each) or "everything"
        head = f'    <testcase name={attribute(about)} classname={attribute(result.check)} time="0"'
        if not self.kind and not self.others:
            yield f"{head}/>"
            return
        yield f"{head}>"
        if self.kind:
            first = self.denying[0].message if self.denying else result.reason
            detail = "\n".join(_detail(each, roots) for each in self.denying)
            of_type = "" if self.kind == "skipped" else f" type={attribute(result.outcome)}"
            yield f"      <{self.kind}{of_type} message={attribute(first)}>{text(detail)}</{self.kind}>"
        for each in self.others:
            word = "waived" if each.waived_by else each.severity
            yield f"      <system-out>{text(f'{word}: {_detail(each, roots)}')}</system-out>"
        yield "    </testcase>"


def _detail(finding: Finding, roots: Roots) -> str:
    fix = f"\nfix: {escape(finding.hint)}" if finding.hint else ""
    return f"{escape(str(roots.locate(finding)))}: {said(finding)}{fix}"


def text(text: str) -> str:
    """Text as it stands between two elements."""
    from xml.sax import saxutils  # it loads urllib.request and with that ssl, which few runs need

    return saxutils.escape(text)


def attribute(text: str) -> str:
    """Text as the value of an attribute, with its quotes."""
    from xml.sax import saxutils

    return saxutils.quoteattr(escape(text))


def counts(tests: int, tally: Sequence[int]) -> str:
    """The attributes of a suite; `tally` are failures, errors and what was skipped."""
    failures, errors, skipped = tally
    return f'tests="{tests}" failures="{failures}" errors="{errors}" time="0" skipped="{skipped}"'
