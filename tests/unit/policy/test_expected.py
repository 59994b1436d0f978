"""Verdicts held against what a case expects: each way to differ, told with what was found instead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attest.model.place import Place
from attest.model.policy_test import Expected, ExpectedFinding
from attest.model.verdict import CheckResult, Finding
from attest.policy.expected import compare
from tests.unit.render.verdicts import ABSENT, DRIFT, INFORMATION, WAIVED, WARNING, verdict

if TYPE_CHECKING:
    from attest.model.verdict import Verdict

HERE = Place(file="release.tests.yaml", line=5, column=3)
NOTHING = Expected(exit_code=1, verdict=None, error="", findings=(), warnings=True, exact=True)


def expected(*findings: ExpectedFinding, **changes: object) -> Expected:
    return replace(NOTHING, findings=findings, **changes)  # type: ignore[arg-type] # any field


def one(check: str, **more: object) -> ExpectedFinding:
    return ExpectedFinding(check=check, place=replace(HERE, line=9), **more)  # type: ignore[arg-type] # any field


def differ(wanted: Expected, found: Verdict) -> list[str]:
    return [f"{each.kind} {each.place.line}: {each.message}" for each in compare(wanted, found, HERE)]


DRIFTED = "deny vendor-drift: example.com/x@v1.0.0 is explicitly required in go.mod"


def test_what_is_expected_is_no_difference() -> None:
    found = verdict(DRIFT, ABSENT)
    wanted = expected(
        one("vendor-drift", count=1, severity="deny", outcome="fail"),
        one("signature-missing", platform="linux/*", subject="tool_*", outcome="no-evidence"),
        verdict="deny",
    )
    assert differ(wanted, found) == []


@pytest.mark.parametrize(
    ("wanted", "findings", "says"),
    [
        (expected(exit_code=0), (), []),
        (expected(), (), ["exit 5: expected exit code 1, found 0 (pass)"]),
        (expected(exit_code=None, verdict="deny"), (), ["verdict 5: expected the verdict deny, found pass"]),
        (expected(), (DRIFT,), [f"unexpected 5: did not expect {DRIFTED}"]),
        (expected(exact=False), (DRIFT,), []),
        (
            expected(one("vendor-drift")),
            (WARNING, DRIFT),
            ["unexpected 5: did not expect warn local-replace: a warning"],
        ),
        (expected(one("vendor-drift"), warnings=False), (WARNING, INFORMATION, DRIFT), []),
        (
            expected(one("vendor-drift", waived_by="W-1"), one("vendor-drift", count=2)),
            (WAIVED, DRIFT),
            ["count 9: expected vendor-drift 2 times, found 1"],
        ),
        (
            expected(warnings=False),
            (WAIVED,),
            ["unexpected 5: did not expect waived by W-1 vendor-drift: waived drift"],
        ),
        (
            expected(one("vendor-drift", severity="warn"), exact=False),
            (DRIFT,),
            [f"missing 9: expected warn vendor-drift; found instead: {DRIFTED}"],
        ),
        (
            expected(one("signature-missing", platform="js/wasm", subject="x", outcome="fail"), exact=False),
            (ABSENT,),
            [
                (
                    "missing 9: expected signature-missing (fail) of x on js/wasm; found instead: deny "
                    "signature-missing (no-evidence) of tool_linux_amd64 on linux/amd64: "
                    "tool_linux_amd64 should be signed"
                )
            ],
        ),
        (
            expected(one("vendor-drift", waived_by="W-2"), exact=False),
            tuple(replace(DRIFT, message=str(number)) for number in range(5)),
            [
                (
                    "missing 9: expected vendor-drift waived by W-2; found instead: deny vendor-drift: 0; "
                    "deny vendor-drift: 1; deny vendor-drift: 2 and 2 more"
                )
            ],
        ),
        (
            expected(one("vcs-modified"), exit_code=0),
            (),
            ["missing 9: expected vcs-modified; it found nothing: skip 1 times (not asked for)"],
        ),
        (expected(one("nothing"), exit_code=0), (), ["missing 9: expected nothing; it did not run"]),
    ],
)
def test_a_difference_is_told(wanted: Expected, findings: tuple[Finding, ...], says: list[str]) -> None:
    assert differ(wanted, verdict(*findings)) == says


def test_of_several_outcomes_no_reason_is_told() -> None:
    found = replace(
        verdict(),
        checks=(
            CheckResult(check="vcs-modified", outcome="skip", reason="one"),
            CheckResult(check="vcs-modified", outcome="skip", reason="other"),
            CheckResult(check="vcs-modified", outcome="pass"),
        ),
    )
    (told,) = differ(expected(one("vcs-modified"), exit_code=0), found)
    assert told.endswith("it found nothing: pass 1 times, skip 2 times")
