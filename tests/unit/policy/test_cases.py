"""Files of policy tests: what they say, and each mistake alone, with its line and column."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

from attest.cli.schema import schema_bytes
from attest.errors import PolicyError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.policy.cases import Tests, load_tests
from attest.policy.document import read
from tests.conftest import REPOSITORY

HEAD = "apiVersion: attest/v1\nkind: ReleasePolicyTests\npolicy: release.yaml\n"
CASE = "cases:\n  - name: one\n    release: dist\n    now: 2026-11-24T12:00:00Z\n"
GOOD = f"{HEAD}{CASE}    expect: {{exit: 0}}\n"
EXAMPLE = REPOSITORY / "testdata" / "widget" / "release.tests.yaml"


def load(text: str) -> Tests:
    return load_tests(text.encode(), "release.tests.yaml")


def mistakes(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load(text)
    assert all(each.hint for each in caught.value.mistakes)
    return [str(each) for each in caught.value.mistakes]


def test_a_case_is_what_it_says_and_what_the_defaults_say() -> None:
    found = load(
        HEAD + "defaults: {release: dist, version: 1.0.0, now: 2026-11-24T12:00:00Z, warnings: ignored}\n"
        "cases:\n"
        "  - {name: one, tag: v2, revision: abc, platforms: linux/amd64, expect: {verdict: pass}}\n"
        "  - name: two\n"
        "    evidence: more\n"
        "    source: src\n"
        "    modcache: cache\n"
        "    change:\n"
        "      - {remove: [a*, b]}\n"
        "      - {rename: {from: a, to: b}}\n"
        "      - {replace: {path: a, with: other/a}}\n"
        "      - {add: {path: c, text: hello}}\n"
        "      - {append: {path: c, hex: 00ff}}\n"
        "      - {append: {path: c, text: more}}\n"
        "    expect:\n"
        "      exit: 1\n"
        "      exact: false\n"
        "      warnings: listed\n"
        "      findings: [{check: vendor-drift, platform: linux/*, subject: a, outcome: fail,\n"
        "                  severity: warn, waived_by: W-1, count: 2}]\n"
    )
    one, two = found.cases
    assert (found.policy, one.version, one.tag, two.tag) == ("release.yaml", "1.0.0", "v2", "v1.0.0")
    assert (one.now, one.platforms, one.revision) == (
        datetime(2026, 11, 24, 12, tzinfo=UTC),
        ("linux/amd64",),
        "abc",
    )
    assert (one.expected.verdict, one.expected.exit_code, one.expected.warnings) == ("pass", None, False)
    assert (two.evidence, two.source, two.modcache) == ("more", "src", "cache")
    assert [(each.kind, each.paths, each.to, each.file, each.data) for each in two.changes] == [
        ("remove", ("a*", "b"), "", "", b""),
        ("rename", ("a",), "b", "", b""),
        ("replace", ("a",), "", "other/a", b""),
        ("add", ("c",), "", "", b"hello"),
        ("append", ("c",), "", "", b"\x00\xff"),
        ("append", ("c",), "", "", b"more"),
    ]
    assert two.changes[0].place == Place(file="release.tests.yaml", line=12, column=10)
    (finding,) = two.expected.findings
    assert (finding.check, finding.waived_by, finding.count) == ("vendor-drift", "W-1", 2)
    assert (two.expected.exact, two.expected.warnings) == (False, True)


def test_a_version_is_made_of_a_tag() -> None:
    (case,) = load(GOOD + "    tag: v3.0.0\n").cases
    assert case.version == "3.0.0"
    (case,) = load(GOOD).cases
    assert (case.version, case.tag) == ("", "")


def expecting(text: str) -> str:
    return f"{HEAD}{CASE}    expect: {text}\n"


def changing(text: str) -> str:
    return f"{GOOD}    change: [{text}]\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a", ":1:1: policy tests are a mapping that begins with apiVersion: attest/v1, kind:"),
        ("a: [", ":1:5: this is not YAML: "),
        (f"{GOOD}    expcet: 1\n", ":9:5: unknown key 'expcet' in 'cases.0'"),
        (f"{GOOD}    now: 1\n", ":9: the key 'now' is there twice, first in line 7"),
        (f"{HEAD}cases: []\n", ":4:1: 'cases' is empty"),
        (
            f"{HEAD}cases: [{{name: one, now: 2026-11-24T12:00:00Z, expect: {{exit: 0}}}}]\n",
            ":4:9: the case 'one' has no 'release'",
        ),
        (
            f"{HEAD}cases: [{{name: one, release: d, expect: {{exit: 0}}}}]\n",
            ":4:9: the case 'one' has no 'now'",
        ),
        (GOOD.replace("-11-", "-13-"), ":7:5: '2026-13-24T12:00:00Z' is no time"),
        (
            GOOD.replace("T12:00:00Z", ""),
            ":7:5: 'cases.0.now' has the value '2026-11-24', which cannot be one",
        ),
        (
            (
                f"{HEAD}defaults: {{now: 2026-11-31T00:00:00Z, release: d}}\n"
                "cases: [{name: one, expect: {exit: 0}}]\n"
            ),
            ":4:12: '2026-11-31T00:00:00Z' is no time",
        ),
        (GOOD.replace("dist", "/dist"), ":6:5: '/dist' is no path relative to the tests"),
        (
            GOOD.replace("policy: release.yaml", "policy: 'c:\\release.yaml'"),
            ":3:1: 'c:\\release.yaml' is no path relative",
        ),
        (f"{GOOD}    modcache: cache\n", ":5:5: the case 'one' has a modcache and no source"),
        (
            GOOD + "  - {name: one, release: d, now: 2026-11-24T12:00:00Z, expect: {exit: 0}}\n",
            ":9:6: two cases are called 'one'",
        ),
        (expecting("{}"), ":8:5: neither exit nor verdict is expected"),
        (expecting("{exit: 5}"), ":8:14: 'cases.0.expect.exit' should be less than or equal to 4"),
        (expecting("{exit: 1, error: x}"), ":8:23: only exit: 4 comes with an error"),
        (expecting("{exit: 4, verdict: pass}"), ":8:5: where the exit code is 4, nothing is judged"),
        (
            expecting("{exit: 1, findings: [{chekc: x}]}"),
            ":8:35: unknown key 'chekc' in 'cases.0.expect.findings.0'",
        ),
        (changing("{}"), ":9:14: a change is one of remove, rename, replace, add, append; this has none"),
        (
            changing("{remove: a, append: {path: a, text: b}}"),
            ":9:14: a change is one of remove, rename, replace, add, append; this has remove and append",
        ),
        (
            changing("{rename: {from: a, to: ../b}}"),
            ":9:33: the path '../b' cannot be used: it has an empty part, '.' or '..'",
        ),
        (changing("{append: {path: a}}"), ":9:15: what is appended is text or hex, one of them"),
        (changing("{append: {path: a, hex: 0}}"), "'cases.0.change.0.append.hex' should be text"),
        (changing("{add: {path: a}}"), ":9:15: the content is with (a file) or text, one of them"),
        (
            changing("{add: {path: a, with: x, text: y}}"),
            ":9:15: the content is with (a file) or text, one of them",
        ),
        (changing("{replace: {path: a, with: ~/x}}"), ":9:34: '~/x' is no path relative to the tests"),
        (changing("{add: {path: /a, text: y}}"), ":9:21: the path '/a' cannot be used: it is absolute"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_column(text: str, says: str) -> None:
    told = mistakes(text)
    assert any(says in each for each in told), told


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    told = mistakes(f"{HEAD}{CASE}    expcet: {{}}\n    expect: {{exit: 0, warning: listed}}\n")
    assert told == [
        "release.tests.yaml:8:5: unknown key 'expcet' in 'cases.0'",
        "release.tests.yaml:9:23: unknown key 'warning' in 'cases.0.expect'",
    ]


def test_a_file_of_tests_is_limited() -> None:
    with pytest.raises(PolicyError, match="more than the 10 allowed"):
        load_tests(GOOD.encode(), "t", Limits(policy_bytes=10))


def test_the_schema_takes_the_example_and_refuses_other_keys() -> None:
    schema: Any = json.loads(schema_bytes("policy-tests"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    document: Any = read(EXAMPLE.read_bytes(), "release.tests.yaml", DEFAULT_LIMITS).value
    validator.validate(document)
    assert not validator.is_valid({**document, "defalts": {}})
