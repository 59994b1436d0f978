"""Rules in CEL: a case is a row of a rule, what the release is like, and how it comes out."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.cli.reports import report, report_outputs, report_roots
from attest.errors import PolicyError
from attest.model.exit_code import ExitCode
from attest.policy import cel
from attest.policy.catalog import catalog
from tests.unit.policy.world import merged, world

COMMIT = "build_info.vcs.revision"
ONE_COMMIT = f"size(platforms) > 0 && platforms.all(p, p.{COMMIT} == platforms[0].{COMMIT})"

if TYPE_CHECKING:
    from pathlib import Path


#: The one check that is about rules.
UNMATCHED = tuple(each for each in catalog() if each.id == "rule-unmatched")


def rule(**change: Any) -> dict[str, Any]:  # noqa: ANN401 - YAML
    """A rule, with what a case changes of it."""
    base = {
        "id": "team-rule",
        "scope": "release",
        "assert": "true",
        "message": "the team's rule is broken",
        "hint": "ask the team",
    }
    return merged(base, change)  # type: ignore[no-any-return] # YAML


def judged(*rules: dict[str, Any], **case: Any) -> Any:  # noqa: ANN401 - a verdict and what is in it
    """The verdict, and what it says of these rules: (severity, outcome, message), sorted."""
    verdict = world({"policy": {"rules": list(rules)}, **case}).verdict(checks=UNMATCHED)
    ids = {each["id"] for each in rules}
    verdict = replace(verdict, checks=tuple(each for each in verdict.checks if each.check in ids))
    return verdict, sorted((each.severity, each.outcome, each.message) for each in verdict.findings)


def paths() -> list[str]:
    """The paths of all slots."""
    return [slot.path for slot in world({}).policy.slots]


UNEVALUATED = "the rule could not be evaluated:"
BROKEN = "the team's rule is broken"

ROWS: list[tuple[str, dict[str, Any], ExitCode, list[tuple[str, str, str]]]] = [
    ("what holds passes", {"assert": ONE_COMMIT}, ExitCode.PASS, []),
    ("what does not hold denies", {"assert": "false"}, ExitCode.DENIED, [("deny", "fail", BROKEN)]),
    ("a warning", {"assert": "false", "severity": "warn"}, ExitCode.PASS, [("warn", "fail", BROKEN)]),
    ("information", {"assert": "false", "severity": "info"}, ExitCode.PASS, [("info", "fail", BROKEN)]),
    (
        "before its day a denial is a warning",
        {"assert": "false", "effective": "2026-11-23"},
        ExitCode.PASS,
        [("warn", "fail", BROKEN)],
    ),
    (
        "on its day it denies",
        {"assert": "false", "effective": "2026-11-22"},
        ExitCode.DENIED,
        [("deny", "fail", BROKEN)],
    ),
    (
        "a missing key is an error, whatever the severity",
        {"assert": "platforms[0].facts['no.fact'] == 'x'", "severity": "info"},
        ExitCode.UNDECIDED,
        [("deny", "error", 'the rule could not be evaluated: NOT_FOUND: Key not found in map : "no.fact"')],
    ),
    (
        "a missing key is an error before the day too",
        {"assert": "platforms[0].build_info.vcs.time == 'x'", "effective": "2027-01-01"},
        ExitCode.UNDECIDED,
        [("deny", "error", 'the rule could not be evaluated: NOT_FOUND: Key not found in map : "time"')],
    ),
    (
        "a value that is neither true nor false is an error",
        {"assert": "artifacts[0].path"},
        ExitCode.UNDECIDED,
        [("deny", "error", "the rule could not be evaluated: tool_darwin_universal")],
    ),
    (
        "a when that nothing meets is told",
        {"assert": "false", "when": "size(platforms) == 0"},
        ExitCode.PASS,
        [("warn", "fail", "the rule team-rule was about nothing: its when held for nothing")],
    ),
    (
        "a when that cannot be told is an error",
        {"assert": "true", "when": "platforms[0].build_info.vcs.time == 'x'"},
        ExitCode.UNDECIDED,
        [("deny", "error", 'the rule could not be evaluated: NOT_FOUND: Key not found in map : "time"')],
    ),
    (
        "a limit is an error",
        {"assert": "platforms.all(a, " * 9 + "true" + ")" * 9},
        ExitCode.UNDECIDED,
        [
            (
                "deny",
                "error",
                "the rule could not be evaluated: INTERNAL: Iteration budget exceeded [INTERNAL]",
            )
        ],
    ),
]


@pytest.mark.parametrize(("why", "change", "code", "found"), ROWS, ids=[row[0] for row in ROWS])
def test_outcome(why: str, change: dict[str, Any], code: ExitCode, found: list[tuple[str, str, str]]) -> None:
    verdict, told = judged(rule(**change))
    assert told == found, why
    assert verdict.exit_code == code, why


def test_a_rule_is_run_once_for_each_artifact_and_each_image() -> None:
    by_path, _ = judged(rule(scope="artifact", **{"assert": "artifact.size > 0"}))
    assert [(each.subject, each.outcome) for each in by_path.checks] == [
        (path, "pass") for path in sorted(paths())
    ]
    by_image, _ = judged(rule(scope="platform", **{"assert": "platform.platform.goos != 'linux'"}))
    universal = [each for each in by_image.checks if each.subject == "tool_darwin_universal"]
    assert {each.platform for each in universal} == {"darwin/amd64", "darwin/arm64"}
    denied = {each.subject for each in by_image.findings}
    assert denied == {path for path in paths() if "linux" in path}


def test_when_leaves_out_what_it_says_and_the_report_says_so() -> None:
    verdict, found = judged(
        rule(scope="platform", **{"assert": "true", "when": "platform.platform.goos == 'linux'"})
    )
    assert found == []
    skipped = {each.subject for each in verdict.checks if each.outcome == "skip"}
    assert skipped == {path for path in paths() if "linux" not in path}
    assert {each.reason for each in verdict.checks if each.outcome == "skip"} == {
        "when: platform.platform.goos == 'linux'"
    }


@pytest.mark.parametrize(
    ("scope", "text"), [("platform", "true"), ("release", "platforms.all(p, p.toolchain == 'go')")]
)
def test_a_file_that_was_not_looked_into_is_no_evidence(scope: str, text: str) -> None:
    path = min(path for path in paths() if "linux" in path)
    verdict, found = judged(rule(scope=scope, **{"assert": text}), build={path: {"report": False}})
    assert found == [("deny", "no-evidence", f"{path} was not read as an executable")]
    assert verdict.exit_code == ExitCode.DENIED


def test_a_release_without_artifacts_is_never_an_empty_yes() -> None:
    made = world({"policy": {"rules": [rule(**{"assert": "platforms.all(p, false)"})]}})
    for path in paths():
        del made.files[path]
    verdict = made.verdict(checks=())
    assert [(each.outcome, each.message) for each in verdict.findings] == [
        ("no-evidence", "the release has no artifact")
    ]


def test_a_rule_without_targets_is_told() -> None:
    made = world({"policy": {"rules": [rule(scope="platform")]}})
    for path in paths():
        del made.files[path]
    found = made.verdict(checks=UNMATCHED).findings
    assert [(each.check, each.severity) for each in found] == [("rule-unmatched", "warn")]


MISTAKES: list[tuple[str, dict[str, Any], str]] = [
    ("no CEL", {"assert": "1 +"}, "the expression cannot be used: 1:4: Syntax error"),
    ("an unknown variable", {"assert": "nobody == 1"}, "undeclared reference to 'nobody'"),
    ("an unknown field", {"assert": "platforms[0].build_inf.path == ''"}, "did you mean 'build_info'?"),
    ("an unknown field in a loop", {"assert": "platforms.all(p, p.zz == 1)"}, "has a field 'zz'"),
    ("an unknown field in has", {"assert": "has(platforms[0].zz)"}, "has a field 'zz'"),
    ("an unknown field below an index", {"assert": "artifacts[0]['path'].zz == 1"}, "has a field 'zz'"),
    ("a list of what is not constant", {"assert": "1 in [platforms[0].zz]"}, "holds constants alone"),
    (
        "a mapping to what is not constant",
        {"assert": "{'a': platforms[0].zz}['a'] == 1"},
        "holds constants alone",
    ),
    (
        "lists that double in a loop",
        {"assert": "[1].all(a, [[a, a] == [1, 1]].all(b, [[b, b]].all(c, c == c)))"},
        "holds constants alone",
    ),
    ("a variable of another scope", {"assert": "artifact.size > 0"}, "undeclared reference to 'artifact"),
    ("a wrong type", {"assert": "size(platforms) == 'x'"}, "found no matching overload for '_==_'"),
    ("neither true nor false", {"assert": "size(platforms)"}, "it gives int, and must give true or false"),
    ("a when that is wrong", {"when": "tag"}, "it gives string, and must give true or false"),
    ("the id of a check", {"id": "vendor-drift"}, "'vendor-drift' is the id of a check"),
    ("the id of a warning", {"id": "rule-unmatched"}, "'rule-unmatched' is the id of a check"),
    ("a date that is none", {"effective": "2026-02-30"}, "'2026-02-30' is no date"),
    ("texts that are joined", {"assert": "tag + tag == ''"}, "undeclared reference to '_+_'"),
    ("lists that are made", {"assert": "[1].map(a, a).size() == 1"}, "undeclared reference to '_+_'"),
    ("an unknown function", {"assert": "read('/etc/passwd') == ''"}, "undeclared reference to 'read'"),
    (
        "a million characters",
        {"assert": "'" + "a" * 1_000_000 + "' == ''"},
        "the expression has 1000008 characters",
    ),
    ("a surrogate", {"assert": "tag == '\ud800'"}, "unable to parse raw data as a unicode string"),
    ("brackets without end", {"assert": "(" * 2000 + "true" + ")" * 2000}, "recursion"),
    ("negations without end", {"assert": "!(" * 1000 + "true" + ")" * 1000}, "recursion"),
    ("lists in lists", {"assert": "[" * 2000 + "]" * 2000 + " == []"}, "recursion"),
    ("a sum without end", {"assert": "true" + " && (true" * 400 + ")" * 400}, "recursion"),
]


@pytest.mark.parametrize(("why", "change", "message"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_a_rule_that_cannot_be_one_is_a_mistake_of_the_policy(
    why: str, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        judged(rule(**change))
    mistakes = [str(each.message) for each in caught.value.mistakes]
    assert any(message in each for each in mistakes), (why, mistakes)
    assert all(each.place is not None and each.place.line for each in caught.value.mistakes)


def test_facts_settings_and_claims_may_have_any_name() -> None:
    text = "has(platforms[0].facts.any) || has(platforms[0].build_info.settings.GOOS) || 1.5 in [1.5]"
    assert judged(rule(**{"assert": text}))[1] == []


def test_two_rules_have_two_ids() -> None:
    with pytest.raises(PolicyError, match="'team-rule' is the id of another rule"):
        judged(rule(), rule())


HOSTILE = [
    ("a pattern that backtracks elsewhere", "'" + "a" * 3000 + "b'.matches('(a+)+$')"),
    ("a pattern that grows", "tag.matches('((a{100}){100}){100}')"),
    ("loops in loops", "platforms.all(a, " * 8 + "true" + ")" * 8),
    ("texts that double, by a type that is not known", "dyn(tag) == dyn(tag)"),
]


@pytest.mark.parametrize(("why", "text"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_a_hostile_expression_ends_soon(why: str, text: str) -> None:
    begun = time.monotonic()
    verdict, _ = judged(rule(**{"assert": text}))
    assert verdict.exit_code in (ExitCode.PASS, ExitCode.DENIED, ExitCode.UNDECIDED), why
    assert time.monotonic() - begun < 20, why


@pytest.mark.parametrize(
    "format_name", ["json", "sarif", "junit", "markdown", "github", "gitlab-codequality", "html"]
)
def test_every_report_names_the_rule(format_name: str, tmp_path: Path) -> None:
    verdict, _ = judged(rule(**{"assert": "false"}))
    file = tmp_path / "report"
    outputs = report_outputs([f"{format_name}={file}"])
    assert (
        report(verdict, outputs, roots=report_roots(policy="release.yaml"), color="never", verbose=False) == 1
    )
    assert "team-rule" in file.read_text(encoding="utf-8").replace("\\-", "-")


@pytest.mark.parametrize("form", ["text", "html"])
def test_no_report_sends_anybody_to_a_page_that_there_is_not(form: str, tmp_path: Path) -> None:
    verdict, _ = judged(rule(**{"assert": "false"}))
    file = tmp_path / "report"
    outputs = report_outputs([f"{form}={file}"])
    report(verdict, outputs, roots=report_roots(policy="release.yaml"), color="never", verbose=False)
    assert "explain" not in file.read_text(encoding="utf-8")


def test_a_crash_of_the_runtime_denies(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> bool:
        raise MemoryError("gone")

    monkeypatch.setattr(cel, "holds", crash)
    verdict, found = judged(rule())
    assert found == [("deny", "error", "the rule failed with MemoryError: gone")]
    assert verdict.exit_code == ExitCode.UNDECIDED


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(4)))
def test_the_order_of_rules_never_matters(order: list[int]) -> None:
    texts = ["true", "false", "platforms[0].build_info.vcs.time == 'x'", ONE_COMMIT]
    rules = [rule(id=f"rule-{number}", **{"assert": text}) for number, text in enumerate(texts)]
    straight, _ = judged(*rules)
    mixed, _ = judged(*[rules[index] for index in order])
    assert (mixed.findings, mixed.checks) == (straight.findings, straight.checks)


@settings(max_examples=40, deadline=None)
@given(
    gone=st.sampled_from(["vcs.revision", "vcs.modified", "CGO_ENABLED", "-trimpath"]),
    text=st.sampled_from(
        [
            "platform.build_info.vcs.modified",
            "platform.build_info.vcs.revision == 'x'",
            "platform.build_info.settings['CGO_ENABLED'] == '1'",
            "platform.build_info.vcs.modified || platform.build_info.settings['-trimpath'] == 'false'",
            "platform.build_info.vcs.revision == 'x' && platform.build_info.settings['CGO_ENABLED'] == '0'",
        ]
    ),
)
def test_a_fact_that_is_gone_never_turns_a_denial_into_a_pass(gone: str, text: str) -> None:
    path = min(path for path in paths() if "linux" in path)
    asked = rule(scope="platform", **{"assert": text, "when": f"platform.path == '{path}'"})
    before, _ = judged(asked)
    assert before.exit_code == ExitCode.DENIED
    after, _ = judged(asked, build={path: {"settings": {gone: None}}})
    assert after.exit_code in (ExitCode.DENIED, ExitCode.UNDECIDED)
