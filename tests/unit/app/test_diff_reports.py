"""What changed between two verdicts: each kind of change alone, and documents that are no reports."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from attest.app.diff_reports import compare_reports, compare_verdicts
from attest.app.report import is_report, read_report
from attest.cli.main import run
from attest.cli.schema import schema_bytes
from attest.errors import FormatError, LimitError
from attest.model.difference import ValueChange
from attest.model.exit_code import ExitCode
from attest.model.limits import Limits
from attest.model.place import Place
from attest.model.report_difference import ArtifactChange, OutcomeChange
from attest.model.strict_json import Node
from attest.model.typed_json import conform
from attest.model.verdict import (
    ArtifactVerdict,
    CheckResult,
    EvidenceUse,
    Finding,
    Override,
    PolicyName,
    UsedRoot,
    UsedWaiver,
    Verdict,
)
from attest.render import diff
from attest.render.report_json import to_document, to_json

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SignedRelease

USE = EvidenceUse(
    path="tool_1.0.0_linux.sigstore.json",
    type="signature",
    status="accepted",
    identity="release",
    signer="key sha256:aa",
    claims=(("source_ref", "refs/tags/v1.0.0"),),
    root="release-key",
    sha256="33" * 32,
)
LARGE = Finding(
    check="size-grown",
    severity="deny",
    outcome="fail",
    message="tool_1.0.0_linux has 10 bytes, more than 5",
    hint="make it smaller",
    platform="linux/amd64",
    subject="tool_1.0.0_linux",
    names=("example.com/codec@v0.3.1",),
)
DRIFT = Finding(
    check="vendor-drift",
    severity="deny",
    outcome="fail",
    message="a module of vendor/ is not that of go.mod",
    hint="run go mod vendor",
    place=Place(file="vendor/modules.txt", line=3),
)
WAIVER = UsedWaiver(
    id="W-1",
    check="size-grown",
    reason="known",
    ticket="",
    approved_by="",
    expires=datetime(2026, 12, 31, tzinfo=UTC),
    findings=1,
)
OLD = Verdict(
    decision="pass",
    exit_code=ExitCode.PASS,
    time=datetime(2026, 11, 22, 12, tzinfo=UTC),
    policy=PolicyName(name="tool", version=1, sha256="00" * 32),
    version="1.0.0",
    tag="v1.0.0",
    revision="",
    partial=False,
    artifacts=(
        ArtifactVerdict(
            path="tool_1.0.0_linux",
            slot="linux/amd64",
            platform="linux/amd64",
            sha256="11" * 32,
            size=10,
            outcome="pass",
            evidence=(USE,),
        ),
    ),
    findings=(),
    checks=(
        CheckResult(check="size-grown", outcome="pass", platform="linux/amd64", subject="tool_1.0.0_linux"),
        CheckResult(check="vendor-drift", outcome="skip"),
    ),
    evidence=(USE,),
    roots=(UsedRoot(name="own", source="own.json", sha256="44" * 32),),
)


def renamed(verdict: Verdict, version: str) -> Verdict:
    """The next release, with the same in it."""
    text = to_json(verdict).decode().replace(verdict.version, version)
    return read_report(text.encode(), "new.json")


def test_a_report_is_read_as_it_was_written() -> None:
    full = replace(
        OLD, findings=(LARGE, DRIFT, replace(DRIFT, place=Place(file="go.mod"))), waivers=(WAIVER,)
    )
    full = replace(full, overrides=(Override(key="platforms", reason="r", file="release.yaml"),))
    assert read_report(to_json(full), "report.json") == full
    bare = replace(OLD, policy=None, artifacts=(), checks=(), evidence=(), roots=())
    assert read_report(to_json(bare), "report.json") == bare
    assert is_report(to_json(full), "report.json")


def test_the_next_release_with_the_same_in_it_differs_in_its_names_alone() -> None:
    found = compare_verdicts(
        replace(OLD, findings=(LARGE,)), renamed(replace(OLD, findings=(LARGE,)), "1.1.0")
    )
    assert found.decision == (
        ValueChange(name="version", old="1.0.0", new="1.1.0"),
        ValueChange(name="tag", old="v1.0.0", new="v1.1.0"),
    )
    assert [(each.old_path, each.new_path) for each in found.artifacts] == [
        ("tool_1.0.0_linux", "tool_1.1.0_linux")
    ]
    assert (found.findings, found.checks, found.evidence) == ((), (), ())


def test_time_and_lines_are_no_difference() -> None:
    moved = replace(DRIFT, place=Place(file="vendor/modules.txt", line=9), hint="another hint")
    later = replace(OLD, findings=(moved,), time=datetime(2027, 1, 1, tzinfo=UTC))
    assert compare_verdicts(replace(OLD, findings=(DRIFT,)), later).same


def test_the_decision_and_the_policy() -> None:
    new = replace(
        OLD,
        decision="deny",
        exit_code=ExitCode.DENIED,
        partial=True,
        policy=PolicyName(name="tool", version=2, sha256="55" * 32),
    )
    found = compare_verdicts(OLD, new)
    assert [each.name for each in found.decision] == ["verdict", "exit code", "partial"]
    assert [each.name for each in found.policy] == ["version", "sha256"]
    assert [each.new for each in compare_verdicts(OLD, replace(OLD, policy=None)).policy] == [None] * 3


def test_artifacts_that_came_went_and_changed() -> None:
    (one,) = OLD.artifacts
    other = replace(one, path="tool_1.0.0_windows", slot="windows/amd64", platform="windows/amd64")
    changed = replace(OLD, artifacts=(replace(one, sha256="22" * 32, outcome="warn"), other))
    assert compare_verdicts(OLD, changed).artifacts == (
        ArtifactChange(
            slot="linux/amd64",
            platform="linux/amd64",
            old_path=one.path,
            new_path=one.path,
            old_sha256=one.sha256,
            new_sha256="22" * 32,
            old_outcome="pass",
            new_outcome="warn",
        ),
        ArtifactChange(
            slot="windows/amd64",
            platform="windows/amd64",
            old_path=None,
            new_path=other.path,
            old_sha256=None,
            new_sha256=other.sha256,
            old_outcome=None,
            new_outcome="pass",
        ),
    )
    gone = compare_verdicts(changed, replace(OLD, artifacts=()))
    assert [each.new_path for each in gone.artifacts] == [None, None]
    assert gone.checks == ()


def test_two_files_in_one_slot_are_told_apart_by_their_names() -> None:
    (one,) = OLD.artifacts
    both = replace(OLD, artifacts=(one, replace(one, path="tool_1.0.0_copy")))
    assert compare_verdicts(both, both).same
    assert len(compare_verdicts(both, OLD).artifacts) == 1


@pytest.mark.parametrize(
    ("new", "line"),
    [
        (replace(LARGE, severity="warn"), "~ deny -> warn size-grown"),
        (replace(LARGE, waived_by="W-1"), "~ deny -> waived by W-1 size-grown"),
        (replace(LARGE, outcome="no-evidence"), "~ deny -> deny, no-evidence size-grown"),
        (
            replace(LARGE, message="tool_1.0.0_linux has 11 bytes"),
            "(was: tool_1.0.0_linux has 10 bytes, more",
        ),
        (replace(LARGE, check="size-large"), "- deny size-grown tool_1.0.0_linux (linux/amd64): tool_1.0.0"),
        (replace(LARGE, check="size-large"), "+ deny size-large tool_1.0.0_linux (linux/amd64): tool_1.0.0"),
    ],
)
def test_a_finding_that_is_told_otherwise(new: Finding, line: str) -> None:
    found = compare_reports(
        (to_json(replace(OLD, findings=(LARGE, DRIFT))), "old.json"),
        (to_json(replace(OLD, findings=(new, DRIFT))), "new.json"),
    )
    assert found.report
    assert 1 <= len(found.report.findings) <= 2
    assert line in diff.to_text(found, width=1000)
    assert not found.same


def test_checks_that_came_out_otherwise_or_are_new() -> None:
    first, second = OLD.checks
    failed = replace(second, outcome="fail")
    new = CheckResult(check="tidy-missing", outcome="pass")
    skipped = CheckResult(check="retracted", outcome="skip")
    worst = replace(first, outcome="error")
    found = compare_verdicts(OLD, replace(OLD, checks=(worst, first, failed, new, skipped)))
    assert found.checks == (
        OutcomeChange(
            check="size-grown", platform="linux/amd64", subject="tool_1.0.0_linux", old="pass", new="error"
        ),
        OutcomeChange(check="tidy-missing", platform="", subject="", old=None, new="pass"),
        OutcomeChange(check="vendor-drift", platform="", subject="", old="skip", new="fail"),
    )


def test_what_was_used() -> None:
    new = replace(
        OLD,
        evidence=(replace(USE, status="rejected", identity="", reason="too old"),),
        artifacts=(replace(OLD.artifacts[0], evidence=()),),
        waivers=(WAIVER,),
        overrides=(Override(key="platforms.defaults.go.min", reason="old builder", file="release.yaml"),),
        roots=(),
    )
    found = compare_verdicts(OLD, new)
    assert found.evidence == (
        ValueChange(
            name="tool_${version}_linux.sigstore.json (signature)", old="accepted by release", new="rejected"
        ),
    )
    assert found.waivers == (ValueChange(name="W-1", old=None, new="size-grown until 2026-12-31, 1 waived"),)
    assert found.overrides == (ValueChange(name="platforms.defaults.go.min", old=None, new="old builder"),)
    assert found.roots == (ValueChange(name="own", old="44" * 32, new=None),)


def test_a_run_without_a_version_is_compared_as_it_is() -> None:
    nameless = replace(OLD, version="", tag="")
    assert compare_verdicts(nameless, nameless).same


def changed(path: tuple[str | int, ...], value: object) -> bytes:
    """A report with one value changed."""
    document: Any = to_document(replace(OLD, findings=(LARGE,), waivers=(WAIVER,)))
    node = document
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("schema",), "attest/inspect/v1", "is no attest/report/v1"),
        (("schema",), None, "has no 'schema'"),
        (("verdict",), "fine", r"\$.verdict is none of pass, deny, undecided, nothing"),
        (("exit_code",), 1, "says pass and exit code 1"),
        (("exit_code",), True, r"\$.exit_code is none of 0, 1, 2, 3, 4"),
        (("time",), "yesterday", "has a time that is none: 'yesterday'"),
        (("partial",), 0, r"\$.partial is a number, not a boolean"),
        (("policy",), [], r"\$.policy is an array, not an object"),
        (("policy", "version"), "1", r"\$.policy.version is a string, not a number"),
        (("extra",), 1, r"\$ has the unknown member 'extra'"),
        (("findings",), {}, r"\$.findings is an object, not an array"),
        (("findings", 0, "place"), {"file": "x"}, r"\$.findings\[0\].place has no 'line'"),
        (("evidence", 0, "claims"), {"a": 1}, r"\$.evidence\[0\].claims.a is a number, not a string"),
        (("waivers", 0, "expires"), "2026", "has a time that is none: '2026'"),
    ],
)
def test_what_is_no_report_is_refused_with_its_place(
    path: tuple[str | int, ...], value: object, says: str
) -> None:
    with pytest.raises(FormatError, match=says) as caught:
        read_report(changed(path, value), "report.json")
    assert caught.value.place == Place(file="report.json")
    assert caught.value.hint


def test_sizes_are_limited() -> None:
    with pytest.raises(LimitError):
        read_report(to_json(OLD), "report.json", Limits(report_bytes=100))
    with pytest.raises(LimitError, match="more than the 1 that are read"):
        read_report(to_json(OLD), "report.json", Limits(report_items=1))


def test_what_only_names_the_schema_is_no_report() -> None:
    assert not is_report(b'{"a": "attest/report/v1"}', "a")
    assert not is_report(b'["attest/report/v1"]', "a")
    assert not is_report(b"{}", "a")


def test_a_type_that_no_document_has_is_a_fault_of_the_code() -> None:
    with pytest.raises(TypeError):
        conform(Node(value=1, file="x"), bytes, most=1, mend="")


def test_the_command_tells_reports_by_their_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").write_bytes(to_json(OLD))
    (tmp_path / "new").write_bytes(to_json(replace(OLD, findings=(LARGE,))))
    assert run(["diff", "old", "old"]) == 0
    assert capsys.readouterr().out == "old (report)\nold (report)\n  they say the same\n"
    assert run(["diff", "old", "new", "-o", "json=diff.json", "-o", "text"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:4] == [
        "  findings",
        "    + deny size-grown tool_1.0.0_linux (linux/amd64): tool_1.0.0_linux has 10",
    ]
    assert max(map(len, lines)) <= 80
    document = json.loads((tmp_path / "diff.json").read_bytes())
    jsonschema.Draft202012Validator(json.loads(schema_bytes("diff"))).validate(document)
    assert document["old"]["kind"] == "report"
    assert document["report"]["findings"][0]["new"]["check"] == "size-grown"


def test_a_report_is_compared_with_reports_alone(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    signed_release: SignedRelease,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.json").write_bytes(to_json(OLD))
    program = str(signed_release.dist / "widget_1.0.0_linux_amd64")
    for words in (["report.json", program], [program, "report.json"], [str(tmp_path), "report.json"]):
        assert run(["diff", *words]) == 4
        assert "attest: error: report.json is a report, and " in capsys.readouterr().err
    assert run(["diff", "--modcache", ".", "report.json", "report.json"]) == 4
    assert "--modcache is about a source tree" in capsys.readouterr().err
    (tmp_path / "cut.json").write_bytes(to_json(OLD)[:-10])
    assert run(["diff", "cut.json", "report.json"]) == 2
    assert "cut.json:" in capsys.readouterr().err


def test_a_file_that_is_too_large_for_a_report_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("attest.cli.diff.DEFAULT_LIMITS", Limits(report_bytes=10))
    (tmp_path / "report.json").write_bytes(to_json(OLD))
    assert run(["diff", "report.json", "report.json"]) == 2
    assert "no SBOM known here" in capsys.readouterr().err
