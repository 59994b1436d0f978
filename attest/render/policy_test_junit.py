"""What came of the tests of policies, as JUnit XML: a suite for each file, a test case for each case.

Where every rule is to be covered, each of the policy's own is a test case, too. Source: see
`attest.render.junit`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.render.escape import escape
from attest.render.junit import attribute, counts, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attest.model.policy_test import CaseResult, TestReport


def to_junit(reports: Sequence[TestReport], *, covered: bool) -> bytes:
    """The report; with `covered` a rule that no case has seen failing is a failure."""
    lines = [line for report in reports for line in _suite(report, covered=covered)]
    tests, failures = (
        sum(each[number] for each in (_tally(report, covered=covered) for report in reports))
        for number in (0, 1)
    )
    head = f'<testsuites name="attest policy test" {_without_skipped(tests, failures)}>'
    whole = "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *lines, "</testsuites>", ""])
    return whole.encode()


def _without_skipped(tests: int, failures: int) -> str:
    return counts(tests, (failures, 0, 0)).rpartition(" skipped=")[0]


def _tally(report: TestReport, *, covered: bool) -> tuple[int, int]:
    rules = sum(each.kind == "rule" for each in report.coverage) if covered else 0
    return len(report.cases) + rules, report.failed + (len(report.unseen) if covered else 0)


def _suite(report: TestReport, *, covered: bool) -> Iterator[str]:
    tests, failures = _tally(report, covered=covered)
    yield f"  <testsuite name={attribute(report.file)} {counts(tests, (failures, 0, 0))}>"
    for case in report.cases:
        yield from _case(case, report.file)
    for each in report.coverage if covered else ():
        if each.kind != "rule":
            continue
        head = (
            f'    <testcase name={attribute(f"rule {each.id}")} classname={attribute(report.file)} time="0"'
        )
        if each.failed:
            yield f"{head}/>"
        else:
            message = attribute(f"no case has seen the rule {each.id} fail")
            yield f'{head}><failure type="coverage" message={message}/></testcase>'
    yield "  </testsuite>"


def _case(case: CaseResult, file: str) -> Iterator[str]:
    head = f'    <testcase name={attribute(case.name)} classname={attribute(file)} time="0"'
    if case.as_expected:
        yield f"{head}/>"
        return
    first = case.mismatches[0]
    detail = text("\n".join(escape(f"{each.place}: {each.message}") for each in case.mismatches))
    yield f"{head}>"
    yield f"      <failure type={attribute(first.kind)} message={attribute(first.message)}>{detail}</failure>"
    yield "    </testcase>"
