from __future__ import annotations

import re
from dataclasses import replace
from typing import Final
from xml.etree import ElementTree as ET

from attest.model.verdict import CheckResult, Finding
from attest.render.junit import to_junit
from tests.unit.render.verdicts import (
    ABSENT,
    ALL,
    CRASH,
    DRIFT,
    EVIL,
    INFORMATION,
    ROOTS,
    WAIVED,
    WARNING,
    verdict,
)

#: What junit-10.xsd of Jenkins' xUnit plugin allows of the elements that attest writes: attributes (with the
#: required ones), and children. What stands in `time` is SUREFIRE_TIME there.
ALLOWED: Final[dict[str, tuple[set[str], set[str], set[str]]]] = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, set(), {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id"}
        | {"package", "file", "log", "url"},
        {"name", "tests", "failures", "errors"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name", "time", "classname", "group"},
        {"name"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "skipped": ({"type", "message"}, set(), set()),
    "error": ({"type", "message"}, set(), set()),
    "failure": ({"type", "message"}, set(), set()),
    "system-out": (set(), set(), set()),
}
TIME: Final = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")


def valid(element: ET.Element) -> ET.Element:
    allowed, required, children = ALLOWED[element.tag]
    assert required <= set(element.attrib) <= allowed, element.attrib
    assert TIME.fullmatch(element.get("time", ""))
    assert {child.tag for child in element} <= children
    if element.tag == "testsuite":
        # Readers believe the counts and do not count themselves.
        said = [element.get(each) for each in ("tests", "failures", "errors", "skipped")]
        kinds = ("testcase", "testcase/failure", "testcase/error", "testcase/skipped")
        counted = [len(element.findall(each)) for each in kinds]
        assert said == [str(each) for each in counted]
    for child in element:
        valid(child)
    return element


def read(*findings: Finding) -> ET.Element:
    data = to_junit(verdict(*findings), roots=ROOTS)
    return valid(ET.fromstring(data))  # noqa: S314 - what was just written


def case(root: ET.Element, check: str) -> ET.Element:
    (found,) = root.findall(f".//testcase[@classname='{check}']")
    return found


def test_every_check_result_is_one_test_case() -> None:
    root = read(*ALL)
    cases = root.findall(".//testcase")
    assert len(cases) == len(verdict(*ALL).checks)
    assert root.get("tests") == str(len(cases))
    assert root.get("failures") == str(len(root.findall(".//failure")))
    assert root.get("errors") == str(len(root.findall(".//error")))
    assert [each.get("name") for each in root] == sorted({each.check for each in verdict(*ALL).checks})
    passed = case(root, "artifact-empty")
    assert passed.get("name") == "linux/amd64 tool"
    assert list(passed) == []


def test_a_denial_is_a_failure_that_names_file_and_line() -> None:
    (failure,) = case(read(DRIFT), "vendor-drift")
    assert failure.tag == "failure"
    assert failure.get("type") == "fail"
    assert failure.get("message") == DRIFT.message
    assert failure.text == (
        "src/tool/vendor/modules.txt:3: example.com/x@v1.0.0 is explicitly required in go.mod\n"
        "fix: run `go mod vendor`"
    )
    (failure,) = case(read(ABSENT), "signature-missing")
    assert failure.get("type") == "no-evidence"


def test_a_check_that_broke_off_is_an_error_and_one_not_asked_for_is_skipped() -> None:
    root = read(CRASH)
    assert [each.tag for each in case(root, "go-sum-mismatch")] == ["error"]
    (skipped,) = case(root, "vcs-modified")
    assert (skipped.tag, skipped.get("message")) == ("skipped", "not asked for")


def test_what_does_not_deny_is_output_of_a_case_that_passes() -> None:
    root = read(WARNING, INFORMATION, WAIVED)
    for check, text in (
        ("local-replace", "warn: release.yaml: a warning"),
        ("vendor-ignored", "info: release.yaml: a fact"),
        (
            "vendor-drift",
            "waived: src/tool/vendor/modules.txt:3: waived drift (waived by W-1)\nfix: run `go mod vendor`",
        ),
    ):
        (output,) = case(root, check)
        assert (output.tag, output.text) == ("system-out", text)


def test_a_finding_goes_to_the_case_of_its_subject_else_to_its_check() -> None:
    judged = replace(
        verdict(ABSENT, replace(ABSENT, subject="other")),
        checks=(
            CheckResult(check="signature-missing", outcome="pass", platform="linux/arm64", subject="tool"),
            CheckResult(
                check="signature-missing",
                outcome="no-evidence",
                platform="linux/amd64",
                subject="tool_linux_amd64",
            ),
        ),
    )
    root = valid(ET.fromstring(to_junit(judged, roots=ROOTS)))  # noqa: S314 - what was just written
    assert [len(each) for each in root.iter("testcase")] == [1, 1]


def test_nothing_bad_is_lost_where_results_and_findings_do_not_fit() -> None:
    for judged in (
        replace(verdict(), checks=(CheckResult(check="a", outcome="error", reason="why"),)),
        replace(verdict(DRIFT), checks=()),
    ):
        root = valid(ET.fromstring(to_junit(judged, roots=ROOTS)))  # noqa: S314 - what was just written
        assert root.get("failures") == "1"


def test_hostile_text_stays_text() -> None:
    (failure,) = case(read(EVIL), "vendor-drift")
    assert failure.text is not None
    assert "\\x0a::set-env" in failure.text
    assert "]]>\"'<&" in failure.text
