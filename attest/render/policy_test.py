"""What came of the tests of policies, as text and as `attest/test-results/v1`."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Final, Literal, cast

from attest.render.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attest.model.documents_tests import CaseDocument, TestedDocument, TestResultsDocument
    from attest.model.policy_test import CaseResult, Covered, TestReport

_WIDTH: Final = 80
#: Columns of a table that hold numbers.
_NUMBER: Final = 10
_HEADS: Final = {
    "rule": ("passed", "failed"),
    "check": ("passed", "failed"),
    "when": ("held", "left out"),
    "waiver": ("used", "unused"),
}
_NAMED: Final = {"rule": "rule {}", "check": "check {}", "when": "when of {}", "waiver": "waiver {}"}


def to_text(reports: Sequence[TestReport], *, verbose: bool = False) -> bytes:
    """Every case, what differs, and what the cases show of each policy; `verbose` tells of every check."""
    lines = [line for report in reports for line in _lines(report, verbose=verbose)]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def _lines(report: TestReport, *, verbose: bool) -> Iterator[str]:
    yield from _wrapped(f"{escape(report.file)}, of {escape(report.policy_file)}", "", "    ")
    for case in report.cases:
        yield from _case(case)
    yield from _coverage(report, verbose=verbose)
    good = len(report.cases) - report.failed
    yield f"{len(report.cases)} cases: {good} as expected, {report.failed} not"


def _case(case: CaseResult) -> Iterator[str]:
    if case.as_expected:
        yield from _wrapped(escape(case.name), "  ok    ", "        ")
        return
    yield from _wrapped(f"{escape(case.name)} ({escape(str(case.place))})", "  FAIL  ", "        ")
    for each in case.mismatches:
        yield from _wrapped(escape(each.message), "        ", "          ")


def _coverage(report: TestReport, *, verbose: bool) -> Iterator[str]:
    """A table for each kind of part, and for checks a line, unless all of them are wanted."""
    for kind, heads in _HEADS.items():
        rows = [each for each in report.coverage if each.kind == kind]
        if not rows or (kind == "check" and not verbose):
            continue
        yield f"  {'cases in which it':<{_WIDTH - 2 * _NUMBER - 2}}" + "".join(
            f"{head:>{_NUMBER}}" for head in heads
        )
        for row in rows:
            yield _row(row)
    checks = [each for each in report.coverage if each.kind == "check"]
    if checks:
        passed, failed = (sum(bool(getattr(each, key)) for each in checks) for key in ("passed", "failed"))
        more = "" if verbose else "; --verbose lists them"
        text = f"{len(checks)} checks ran, {passed} were seen to pass and {failed} to fail{more}"
        yield from _wrapped(text, "  ", "    ")
    for each in report.unseen:
        yield from _wrapped(f"no case has seen the rule {escape(each)} fail", "  ", "    ")


def _row(row: Covered) -> str:
    room = _WIDTH - 2 * _NUMBER - 2
    name = _NAMED[row.kind].format(escape(row.id))
    name = name if len(name) < room - 2 else f"{name[: room - 5]}…"
    return f"  {'  ' + name:<{room}}{row.passed:>{_NUMBER}}{row.failed:>{_NUMBER}}"


def to_json(reports: Sequence[TestReport]) -> bytes:
    """The document as JSON: two spaces, a newline at the end."""
    document: TestResultsDocument = {
        "schema": "attest/test-results/v1",
        "failed": sum(each.failed for each in reports),
        "files": [_tested(each) for each in reports],
    }
    return json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _tested(report: TestReport) -> TestedDocument:
    policy = report.policy
    return {
        "file": report.file,
        "policy_file": report.policy_file,
        "policy": {"name": policy.name, "version": policy.version, "sha256": policy.sha256}
        if policy
        else None,
        "cases": [_case_document(each) for each in report.cases],
        "coverage": [
            {"kind": each.kind, "id": each.id, "passed": each.passed, "failed": each.failed}
            for each in report.coverage
        ],
        "unseen": list(report.unseen),
        "not_asked": list(report.skipped),
    }


def _case_document(case: CaseResult) -> CaseDocument:
    return {
        "name": case.name,
        "line": case.place.line or 1,
        "as_expected": case.as_expected,
        "exit_code": cast("Literal[0, 1, 2, 3, 4]", case.exit_code),
        "verdict": case.verdict,
        "mismatches": [
            {
                "kind": each.kind,
                "message": each.message,
                "line": each.place.line or 1,
                "column": each.place.column or 1,
            }
            for each in case.mismatches
        ],
    }
