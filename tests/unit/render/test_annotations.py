"""GitHub's workflow commands and GitLab's code quality report."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from attest.model.place import Place
from attest.render.github import to_github
from attest.render.gitlab_codequality import to_gitlab_codequality
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

if TYPE_CHECKING:
    from attest.model.verdict import Finding

#: The table of properties in GitLab's documentation; all are required.
CODE_QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "additionalProperties": False,
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./)."},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "additionalProperties": False,
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def commands(*findings: Finding) -> list[str]:
    return to_github(verdict(*findings), roots=ROOTS).decode().splitlines()


def test_each_finding_is_one_command_and_the_last_line_sums_up() -> None:
    assert commands(DRIFT, WARNING, INFORMATION, WAIVED) == [
        (
            "::error file=src/tool/vendor/modules.txt,line=3,title=attest vendor-drift::"
            "example.com/x@v1.0.0 is explicitly required in go.mod%0Afix: run `go mod vendor`"
        ),
        "::warning file=release.yaml,line=1,title=attest local-replace::a warning",
        "::notice file=release.yaml,line=1,title=attest vendor-ignored::a fact",
        (
            "::notice file=src/tool/vendor/modules.txt,line=3,title=attest vendor-drift::"
            "waived drift (waived by W-1)%0Afix: run `go mod vendor`"
        ),
        "attest: deny, 1 denying, 1 checks passed",
    ]
    assert commands() == ["attest: pass, 0 denying, 1 checks passed"]


def test_a_name_cannot_begin_a_command_a_property_or_a_line() -> None:
    line, last = commands(EVIL)
    match = re.fullmatch(r"::error file=([^,:\r\n]*),line=1,title=attest vendor-drift::(.*)", line)
    assert match
    assert "%250A" in match[2]
    assert match[1].startswith("dist/x\\x0a%3A%3Aset-env name=a%3A%3Ab\\x0d%250A\\x1b")
    assert last.startswith("attest: deny")


def violations(*findings: Finding) -> Any:  # noqa: ANN401 - JSON
    found = json.loads(to_gitlab_codequality(verdict(*findings), roots=ROOTS))
    Draft202012Validator(CODE_QUALITY).validate(found)
    return found


def test_each_finding_is_a_violation_at_file_and_line() -> None:
    (found,) = violations(DRIFT)
    assert found["location"] == {"path": "src/tool/vendor/modules.txt", "lines": {"begin": 3}}
    assert found["check_name"] == "vendor-drift"
    assert found["description"] == f"{DRIFT.message} Fix: {DRIFT.hint}"
    assert violations() == []


def test_severities_are_gitlabs() -> None:
    found = violations(CRASH, DRIFT, ABSENT, WARNING, INFORMATION, WAIVED)
    assert [each["severity"] for each in found] == [
        "blocker",
        "critical",
        "critical",
        "minor",
        "info",
        "info",
    ]


def test_fingerprints_are_unique() -> None:
    found = violations(*ALL, replace(DRIFT, place=Place(file="vendor/modules.txt", line=9)))
    assert len({each["fingerprint"] for each in found}) == len(ALL) + 1
