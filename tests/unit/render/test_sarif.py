from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from attest.render.finding import Roots
from attest.render.sarif import to_sarif
from tests.unit.render.verdicts import ABSENT, ALL, DRIFT, EVIL, INFORMATION, ROOTS, WAIVED, WARNING, verdict


def strict(required: dict[str, Any], **optional: Any) -> dict[str, Any]:  # noqa: ANN401 - schemas
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


TEXT = {"type": "string", "minLength": 1}
BAG = {"type": "object"}
INDEX = {"type": "integer", "minimum": 0}
MESSAGE = strict({"text": TEXT})

#: What SARIF 2.1.0 says of the properties that attest writes (section numbers are those of the standard),
#: and no others: a new property must be described here first.
SCHEMA = strict(
    {
        "version": {"const": "2.1.0"},  # 3.13.2
        "$schema": {"type": "string", "format": "uri"},  # 3.13.3
        "runs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": strict(
                {
                    "tool": strict(
                        {
                            "driver": strict(  # 3.19
                                {
                                    "name": TEXT,
                                    "version": TEXT,
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": strict({"id": TEXT, "name": TEXT, "help": MESSAGE}),  # 3.49
                                    },
                                }
                            )
                        }
                    ),
                    "invocations": {
                        "type": "array",
                        "items": strict(  # 3.20
                            {"executionSuccessful": {"type": "boolean"}, "exitCode": {"type": "integer"}}
                        ),
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},  # 3.14.17
                    "results": {
                        "type": "array",
                        "items": strict(  # 3.27
                            {
                                "ruleId": TEXT,
                                "ruleIndex": INDEX,
                                "kind": {"const": "fail"},  # 3.27.10: only this kind has a level
                                "level": {"enum": ["error", "warning", "note"]},
                                "message": MESSAGE,
                                "locations": {
                                    "type": "array",
                                    "minItems": 1,
                                    "maxItems": 1,
                                    "items": strict(
                                        {
                                            "physicalLocation": strict(
                                                {
                                                    "artifactLocation": strict(  # 3.4
                                                        {
                                                            "uri": {
                                                                "type": "string",
                                                                "format": "uri-reference",
                                                            }
                                                        },
                                                        uriBaseId=TEXT,
                                                    )
                                                },
                                                region=strict(
                                                    {"startLine": {"type": "integer", "minimum": 1}}
                                                ),
                                            )
                                        }
                                    ),
                                },
                                "partialFingerprints": {  # 3.27.17
                                    "type": "object",
                                    "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                                },
                                "properties": BAG,
                            },
                            suppressions={
                                "type": "array",
                                "items": strict(  # 3.35
                                    {
                                        "kind": {"enum": ["inSource", "external"]},
                                        "status": {"enum": ["accepted", "underReview", "rejected"]},
                                        "justification": TEXT,
                                    }
                                ),
                            },
                        ),
                    },
                    "properties": BAG,
                }
            ),
        },
    }
)


def read(*findings: Any, roots: Roots = ROOTS) -> Any:  # noqa: ANN401 - JSON
    document = json.loads(to_sarif(verdict(*findings), tool_version="1.2.3", roots=roots))
    Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(document)
    return document["runs"][0]


def test_every_result_has_a_rule_a_level_and_a_file() -> None:
    run = read(*ALL)
    rules = [each["id"] for each in run["tool"]["driver"]["rules"]]
    assert rules == sorted(set(rules))
    assert "artifact-empty" in rules  # a check that passed is a rule too
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    assert run["tool"]["driver"]["version"] == "1.2.3"
    assert run["properties"]["verdict"] == "deny"
    assert run["properties"]["counts"]["checks_pass"] == 1
    assert run["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]


def test_file_and_line_are_seen_from_the_root_of_the_sources() -> None:
    drift, absent, warning = read(DRIFT, ABSENT, WARNING)["results"]
    physical = drift["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "src/tool/vendor/modules.txt", "uriBaseId": "%SRCROOT%"}
    assert physical["region"] == {"startLine": 3}
    assert drift["message"]["text"].endswith("\nFix: run `go mod vendor`")
    physical = absent["locations"][0]["physicalLocation"]
    assert physical == {"artifactLocation": {"uri": "dist/tool_linux_amd64", "uriBaseId": "%SRCROOT%"}}
    assert warning["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "release.yaml"


@pytest.mark.parametrize(
    ("root", "uri"),
    [
        ("/src/a b", "file:///src/a%20b/vendor/modules.txt"),
        ("C:/src", "file:///C%3A/src/vendor/modules.txt"),
    ],
)
def test_a_file_that_lies_elsewhere_is_an_absolute_uri(root: str, uri: str) -> None:
    (result,) = read(DRIFT, roots=Roots(source=root))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}


def test_levels_and_suppressions_say_what_counts() -> None:
    levels = {each["message"]["text"]: each["level"] for each in read(WARNING, INFORMATION)["results"]}
    assert levels == {"a warning": "warning", "a fact": "note"}
    (waived,) = read(WAIVED)["results"]
    assert waived["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "W-1"}]


def test_hostile_text_is_written_out_and_is_no_placeholder() -> None:
    (result,) = read(EVIL)["results"]
    assert "{{0}}" in result["message"]["text"]
    assert "\x1b" not in result["message"]["text"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.startswith("dist/x%0A%3A%3Aset-env")


def test_a_good_verdict_has_no_results() -> None:
    assert read()["results"] == []
