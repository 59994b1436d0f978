"""Notes about policies: each rule with a policy that breaks it alone, and the ready ones without any."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from attest.cli.main import run
from attest.cli.schema import schema_bytes
from attest.model.limits import DEFAULT_LIMITS
from attest.policy.lint import RULES, lint
from tests.conftest import REPOSITORY
from tests.unit.policy.world import base_policy, merged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from attest.model.lint import LintNote

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROOT = {"name": "r", "trusted_root": "r.json", "sha256": "0" * 64}
GITHUB = "https://token.actions.githubusercontent.com"
WORKFLOW = "https://github.com/acme/tool/.github/workflows/release.yml@refs/tags/v*"
WAIVER = {
    "id": "W-1",
    "check": "vcs-modified",
    "match": {"platform": "linux/amd64"},
    "reason": "a test",
    "created": "2026-11-01",
    "expires": "2026-12-31",
}


def notes(document: Any) -> Sequence[LintNote]:  # noqa: ANN401 - YAML
    data = json.dumps(document, default=str).encode()
    variables = {"version": "1.0.0", "tag": "v1.0.0"}
    return lint(data, "release.yaml", variables=variables, now=NOW, read_beside=None, limits=DEFAULT_LIMITS)[
        1
    ]


def clean() -> Any:  # noqa: ANN401 - YAML
    """The policy of the cases, without the identity that it has for them alone."""
    change = {"trust": {"keys": base_policy()["trust"]["keys"][:1]}, "identities": {"testers": None}}
    return merged(base_policy(), change)


def test_who_speaks_for_vulnerabilities_is_asked_for() -> None:
    known = {"database": {"path": "v.zip"}, "max_age": "7d", "vex": {"signer": "other"}}
    named = merged(clean(), {"identities": {"other": [{"key": "release-key"}]}})
    assert "identity-unused" in {each.rule for each in notes(named)}
    assert "identity-unused" not in {each.rule for each in notes(merged(named, {"vulnerabilities": known}))}


def identity(**entry: Any) -> dict[str, Any]:  # noqa: ANN401 - YAML
    """A change that makes the signer a certificate."""
    return {"trust": {"keys": [], "roots": [ROOT]}, "identities": {"release": [entry]}}


def test_a_policy_without_notes() -> None:
    assert notes(clean()) == ()
    good = identity(issuer=GITHUB, san_glob=WORKFLOW, claims={"source_repository_id": "1"})
    assert notes(merged(clean(), good)) == ()
    assert notes(merged(clean(), {"waivers": [WAIVER]})) == ()
    assert notes(merged(clean(), {"checks": {"vcs-modified": {"effective": "2026-12-01"}}})) == ()


CASES: list[tuple[str, Any, str]] = [
    ("expiry-late", {"metadata": {"expires": "2050-01-01"}}, "the policy holds until 2050"),
    ("release-incomplete", {"artifacts": {"complete": False}}, "whatever else lies in the release"),
    (
        "key-unused",
        {"trust": {"keys": base_policy()["trust"]["keys"]}},
        "no identity names the key 'test-key'",
    ),
    ("root-unused", {"trust": {"roots": [ROOT]}}, "no identity needs the root 'r'"),
    ("identity-unused", {"identities": {"other": [{"key": "release-key"}]}}, "nothing asks for 'other'"),
    (
        "issuer-insecure",
        identity(issuer="http://issuer.example", san="a@example.com"),
        "'http://issuer.example' is not reached by https",
    ),
    (
        "identity-wide",
        identity(issuer="https://issuer.example", san_regex="https://git\\.example/acme/.*"),
        "'release' is a regular expression",
    ),
    (
        "identity-wide",
        identity(issuer="https://issuer.example", san_glob="https://github.com/acme/*/x@refs/tags/v1"),
        "'https://github.com/acme/*/x@refs/tags/v1' leaves open more than the end of a ref",
    ),
    (
        "repository-unpinned",
        identity(issuer=GITHUB, san_glob=WORKFLOW),
        "'release' is whoever has a repository",
    ),
    (
        "attestation-unused",
        {"attestations": {"scan": {"predicate": ["https://x.example"], "signer": "release"}}},
        "no platform asks for 'scan'",
    ),
    (
        "builder-unused",
        {"builders": [{"identity": "release", "builder_id": "https://b.example", "level": 2}]},
        "no attestation by 'release' asks for a level",
    ),
    ("check-lowered", {"checks": {"vcs-modified": {"severity": "warn"}}}, "'vcs-modified' never denies"),
    (
        "slot-lowered",
        {"platforms": {"matrix": [{"goos": "linux", "goarch": "amd64", "severity": "warn"}]}},
        "what is found in these files never denies",
    ),
    (
        "setting-weak",
        {"platforms": {"defaults": {"go": {"vcs_modified": "any"}}}},
        "platforms.defaults.go.vcs_modified: any takes anything",
    ),
    ("setting-weak", {"modules": {"retracted": "allow"}}, "modules.retracted: allow takes anything"),
    (
        "setting-weak",
        {"platforms": {"matrix": [{"goos": "linux", "goarch": "amd64", "go": {"cgo": "any"}}]}},
        "platforms.matrix.go.cgo: any takes anything",
    ),
    ("waiver-ended", {"waivers": [{**WAIVER, "expires": "2026-11-10"}]}, "W-1 ended on 2026-11-10"),
    ("waiver-long", {"waivers": [{**WAIVER, "expires": "2027-11-01"}]}, "W-1 holds for 365 days"),
    ("waiver-wide", {"waivers": [{**WAIVER, "match": {}}]}, "W-1 waives every finding of vcs-modified"),
]


@pytest.mark.parametrize(("rule", "change", "message"), CASES)
def test_a_rule(rule: str, change: Any, message: str) -> None:  # noqa: ANN401 - YAML
    (note,) = notes(merged(clean(), change))
    assert note.rule == rule
    assert message in note.message
    assert note.hint


def test_every_rule_has_a_case() -> None:
    assert {rule for rule, _, _ in CASES} == RULES.keys()


def test_notes_tell_their_lines() -> None:
    text = (REPOSITORY / "policies" / "minimal.yaml").read_text("utf-8")
    text += "artifacts:\n  complete: false\nchecks:\n  trimpath-missing:\n    severity: warn\n"
    lines = text.splitlines()
    variables = {"version": "1.0.0"}
    _, found = lint(text.encode(), "p", variables=variables, now=NOW, read_beside=None, limits=DEFAULT_LIMITS)
    assert [(each.rule, lines[each.line - 1].strip()) for each in found] == [
        ("release-incomplete", "complete: false"),
        ("check-lowered", "trimpath-missing:"),
    ]


@pytest.mark.parametrize(
    "file",
    [*sorted((REPOSITORY / "policies").glob("*.yaml")), REPOSITORY / "testdata" / "widget" / "release.yaml"],
)
def test_ready_policies_have_no_notes(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "lint", str(file), "--fail-on", "warn"]) == 0
    assert capsys.readouterr().out == f"{file}: nothing to remark\n"


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(json.dumps(merged(clean(), {"artifacts": {"complete": False}}), default=str))
    assert run(["policy", "lint", str(file)]) == 0
    told = capsys.readouterr().out
    assert ":1: release-incomplete: whatever else lies in the" in " ".join(told.split())
    assert max(map(len, told.splitlines())) <= max(80, len(str(file)) + 30)
    assert run(["policy", "lint", str(file), "--fail-on", "warn", "-o", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(json.loads(schema_bytes("lint"))).validate(document)
    assert [each["rule"] for each in document["notes"]] == ["release-incomplete"]
    assert run(["policy", "lint", str(file), "--fail-on", "deny"]) == 4
    assert "--fail-on: 'deny' is no level" in capsys.readouterr().err
    file.write_text("apiVersion: attest/v2")
    assert run(["policy", "lint", str(file)]) == 4
    assert "apiVersion" in capsys.readouterr().err


def test_the_page_has_every_rule() -> None:
    page = (REPOSITORY / "docs" / "policy.md").read_text("utf-8")
    assert [f"| `{rule}` | {said} |" for rule, said in RULES.items()] == [
        line for line in page.splitlines() if line.startswith("| `")
    ]
