from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from attest.model.exit_code import ExitCode
from attest.model.place import Place
from attest.model.verdict import (
    ArtifactVerdict,
    CheckResult,
    EvidenceUse,
    Finding,
    Override,
    PolicyName,
    UsedWaiver,
    Verdict,
)
from attest.render.finding import Roots
from attest.render.html import to_html
from attest.render.markdown import to_markdown
from attest.render.report_json import to_document, to_json
from attest.render.report_text import to_text

USE = EvidenceUse(path="a.sigstore.json", type="signature", status="accepted", identity="release")
BAD = EvidenceUse(
    path="b.sigstore.json", type="signature", status="rejected", reason="the signature is wrong"
)
FINDING = Finding(
    check="vendor-drift",
    severity="deny",
    outcome="fail",
    message="example.com/x@v1.0.0 is explicitly required in go.mod, but not explicit in modules.txt",
    hint="run `go mod vendor` and commit what it changes",
    place=Place(file="vendor/modules.txt", line=3),
)


def verdict(**changes: object) -> Verdict:
    values: dict[str, object] = {
        "decision": "deny",
        "exit_code": ExitCode.DENIED,
        "time": datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
        "policy": PolicyName(name="widget-release", version=3, sha256="00" * 32),
        "version": "1.0.0",
        "tag": "v1.0.0",
        "revision": "",
        "partial": False,
        "artifacts": (
            ArtifactVerdict(
                path="widget_1.0.0_linux_amd64",
                slot="widget linux/amd64",
                platform="linux/amd64",
                sha256="11" * 32,
                size=12,
                outcome="pass",
                evidence=(USE,),
            ),
        ),
        "findings": (FINDING,),
        "checks": (
            CheckResult(check="vendor-drift", outcome="fail", reason="one fault"),
            CheckResult(check="vcs-modified", outcome="skip", platform="linux/amd64", reason="not asked for"),
        ),
        "evidence": (BAD,),
    }
    return Verdict(**(values | changes))  # type: ignore[arg-type]  # the keys above are the fields


def test_the_json_report_has_every_field_of_the_contract() -> None:
    document = json.loads(to_json(verdict()))
    assert list(document) == [
        "schema",
        "verdict",
        "exit_code",
        "time",
        "policy",
        "roots",
        "version",
        "tag",
        "revision",
        "partial",
        "artifacts",
        "evidence",
        "findings",
        "waivers",
        "overrides",
        "checks",
        "counts",
    ]
    assert document["schema"] == "attest/report/v1"
    assert document["time"] == "2026-11-22T12:00:00Z"
    assert document["findings"][0]["place"] == {"file": "vendor/modules.txt", "line": 3}
    assert document["counts"]["evidence_accepted"] == 1
    assert document["counts"]["evidence_rejected"] == 1
    assert to_json(verdict()).endswith(b"}\n")


def test_without_a_policy_and_place_the_fields_are_null() -> None:
    bare = Finding(check="go-sum-mismatch", severity="warn", outcome="no-evidence", message="m", hint="")
    document = to_document(verdict(policy=None, findings=(bare,)))
    assert document["policy"] is None
    assert document["findings"][0]["place"] is None


def test_a_name_that_is_no_text_does_not_break_the_json() -> None:
    bad = EvidenceUse(path="a\udcff", type="signature", status="unused")
    assert json.loads(to_json(verdict(evidence=(bad,))))["evidence"][0]["path"] == "a\udcff"


def test_the_text_says_the_decision_first_and_how_to_mend_each_fault() -> None:
    text = to_text(verdict())
    lines = text.splitlines()
    assert lines[0] == "DENY  policy widget-release version 3, release 1.0.0, 1 finding denies"
    assert "  pass  linux/amd64  widget_1.0.0_linux_amd64" in text
    start = lines.index("vendor/modules.txt")
    assert lines[start + 1 : start + 5] == [
        "  deny vendor-drift",
        "      vendor/modules.txt:3: example.com/x@v1.0.0 is explicitly required in",
        "      go.mod, but not explicit in modules.txt",
        "      fix: run `go mod vendor` and commit what it changes",
    ]
    assert "  b.sigstore.json: the signature is wrong" in lines
    assert lines[-2:] == [
        "  Checks: 1 failed, 1 not asked for.",
        "  Read more: attest policy explain vendor-drift",
    ]


@pytest.mark.parametrize("width", [44, 50, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    long = ArtifactVerdict(
        path="a-very-long-name-of-a-file-that-nobody-would-type_1.0.0_linux_amd64.tar.gz",
        slot="s",
        platform="linux/amd64/v3",
        sha256="",
        size=0,
        outcome="deny",
        evidence=(),
    )
    where = Finding(
        check="artifact-unexpected",
        severity="warn",
        outcome="error",
        message="word " * 30,
        hint="word " * 30,
        platform="linux/amd64/v3",
        subject=long.path,
        waived_by="W-12",
    )
    text = to_text(verdict(artifacts=(long,), findings=(where,)), width=width, verbose=True)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "  waived by W-12 artifact-unexpected (error)" in text


def test_verbose_lists_every_check_and_every_piece_of_evidence() -> None:
    text = to_text(verdict(), verbose=True)
    assert "  fail vendor-drift: one fault" in text
    assert "  skip vcs-modified linux/amd64: not asked for" in text
    assert "  accepted a.sigstore.json (signature) by release" in text


def test_verbose_tells_what_a_certificate_says() -> None:
    use = replace(USE, signer="https://a/b (https://issuer)", claims=(("source_ref", "refs/tags/v1"),))
    (artifact,) = verdict().artifacts
    text = to_text(verdict(artifacts=(replace(artifact, evidence=(use,)),)), verbose=True)
    assert text.partition("(signature) by release\n")[2].splitlines()[:2] == [
        "      signed by https://a/b (https://issuer)",
        "      source_ref: refs/tags/v1",
    ]
    same = replace(use, identity=use.signer)
    text = to_text(verdict(artifacts=(replace(artifact, evidence=(same,)),)), verbose=True)
    assert "signed by" not in text
    (document,) = to_document(verdict(artifacts=(replace(artifact, evidence=(use,)),)))["artifacts"]
    assert document["evidence"][0]["claims"] == {"source_ref": "refs/tags/v1"}


def test_colour_marks_words_and_changes_nothing_else() -> None:
    plain, colored = to_text(verdict()), to_text(verdict(), color=True)
    assert "\x1b[1;31mDENY\x1b[0m" in colored
    for code in ("1;31", "31", "32", "33", "0"):
        colored = colored.replace(f"\x1b[{code}m", "")
    assert colored == plain


def test_what_is_said_of_several_files_in_the_same_words_is_said_once() -> None:
    alike = tuple(
        Finding(
            check="artifact-unexpected",
            severity="deny",
            outcome="fail",
            message=f"{name} is named by nothing in the policy",
            hint="remove it",
            subject=name,
        )
        for name in ("c.txt", "a.txt", "b.txt")
    )
    text = to_text(verdict(findings=(*alike, FINDING), evidence=()))
    assert text.count("named by nothing") == 1
    assert text.index("vendor/modules.txt\n") < text.index(
        "a.txt and 2 more\n"
        "  deny artifact-unexpected\n"
        "      a.txt is named by nothing in the policy\n"
        "      likewise b.txt\n"
        "      likewise c.txt\n"
        "      fix: remove it\n"
    )


def test_a_hostile_name_cannot_forge_a_line_or_a_workflow_command() -> None:
    evil = Finding(
        check="artifact-unexpected",
        severity="deny",
        outcome="fail",
        message="not declared",
        hint="",
        subject="x\n::set-output name=a::b\x1b[2K\u202egnp.exe",
    )
    text = to_text(verdict(findings=(evil,), evidence=()))
    assert "\n::" not in text
    assert "\x1b" not in text
    assert "\\x0a::set-output name=a::b\\x1b[2K\\u202egnp.exe" in text


def test_nothing_to_verify_and_a_pass_say_so() -> None:
    empty = verdict(
        decision="nothing", policy=None, version="", artifacts=(), findings=(), checks=(), evidence=()
    )
    assert to_text(empty) == "NOTHING TO VERIFY\n\n  Checks: none ran.\n"
    partial = verdict(decision="pass", findings=(), evidence=(), partial=True)
    assert to_text(partial).splitlines()[0].endswith("release 1.0.0, part of the release only")


def test_a_wrapped_line_cannot_begin_a_workflow_command() -> None:
    evil = Finding(
        check="artifact-unexpected",
        severity="deny",
        outcome="fail",
        message=f"{'word ' * 14}::add-mask::x and {'y' * 70}::error::z",
        hint="::notice::mended",
    )
    for width in range(44, 90):
        lines = to_text(verdict(findings=(evil,)), width=width).splitlines()
        assert not [line for line in lines if line.strip().startswith("::")]
    assert "      \\x3a:add-mask::x" in to_text(verdict(findings=(evil,)), width=80)


def missing(number: int, **changes: str) -> Finding:
    words = {
        "check": "vendor-drift",
        "severity": "deny",
        "outcome": "no-evidence",
        "message": f"example.com/m{number}@v1.0.0 is not proven",
        "hint": "run `go mod download`",
    }
    return Finding(**(words | changes), place=Place(file="vendor/modules.txt"))  # type: ignore[arg-type]


def test_missing_evidence_that_is_mended_in_one_way_is_told_once_and_counted() -> None:
    many = verdict(findings=tuple(map(missing, range(60))), evidence=(), artifacts=())
    assert to_text(many).splitlines() == [
        "DENY  policy widget-release version 3, release 1.0.0, 60 findings deny",
        "",
        "vendor/modules.txt",
        "  deny vendor-drift (no evidence)",
        "      example.com/m0@v1.0.0 is not proven",
        "      example.com/m1@v1.0.0 is not proven",
        "      example.com/m2@v1.0.0 is not proven",
        "      and 57 more, which --verbose lists",
        "      fix: run `go mod download`",
        "",
        "  Checks: 1 failed, 1 not asked for.",
        "  Evidence is missing: run `go mod download`.",
        "  Read more: attest policy explain vendor-drift",
    ]
    verbose = to_text(many, verbose=True)
    assert verbose.count("is not proven") == 60
    assert "more, which" not in verbose


def test_faults_are_all_told() -> None:
    text = to_text(verdict(findings=tuple(missing(each, outcome="fail") for each in range(9))))
    assert text.count("is not proven") == text.count("fix: run `go mod download`") == 9
    assert "Evidence is missing" not in text


@pytest.mark.parametrize(
    "other",
    [
        missing(2, hint="name the policy"),
        missing(2, check="go-sum-mismatch", hint=""),
    ],
)
def test_the_summary_names_what_mends_all_of_it_or_nothing(other: Finding) -> None:
    text = to_text(verdict(findings=(missing(1), other)))
    assert "m1@v1.0.0 is not proven" in text
    assert "m2@v1.0.0 is not proven" in text
    assert "Evidence is missing" not in text


@pytest.mark.parametrize(
    "other", [missing(2, severity="warn", hint="wait"), missing(2, waived_by="W-1", hint="wait")]
)
def test_the_summary_is_about_what_denies(other: Finding) -> None:
    text = to_text(verdict(findings=(missing(1), other)))
    assert text.count("Evidence is missing: run `go mod download`.") == 1
    assert "Evidence is missing" not in to_text(verdict(findings=(other,)))


WAIVER = UsedWaiver(
    id="W-12",
    check="vendor-drift",
    reason="upstream mends it",
    ticket="SEC-881",
    approved_by="security@example.com",
    expires=datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
    findings=2,
)


def test_who_answers_for_what_is_told() -> None:
    waived = replace(FINDING, waived_by="W-12")
    made = verdict(findings=(waived,), waivers=(WAIVER, replace(WAIVER, id="W-13", ticket="", findings=1)))
    text = to_text(made, width=200)
    assert (
        "  Waived: 2 findings of vendor-drift by W-12 until 2026-12-31, security@example.com, SEC-881: "
        "upstream mends it\n"
    ) in text
    assert "  Waived: a finding of vendor-drift by W-13 until 2026-12-31, security@example.com: ups" in text
    document = to_document(made)
    assert document["counts"]["findings_deny"] == 0
    assert document["counts"]["findings_waived"] == 1
    assert document["waivers"][0] == {
        "id": "W-12",
        "check": "vendor-drift",
        "reason": "upstream mends it",
        "ticket": "SEC-881",
        "approved_by": "security@example.com",
        "expires": "2026-12-31T23:59:59Z",
        "findings": 2,
    }


def test_what_is_looser_than_in_the_base_is_told_everywhere() -> None:
    override = Override(key="go.`min`", reason="an old <builder>", file="release.yaml")
    made = verdict(overrides=(override,))
    assert json.loads(to_json(made))["overrides"] == [
        {"key": "go.`min`", "reason": "an old <builder>", "file": "release.yaml"}
    ]
    said = "Looser than what the policy extends: go."
    assert f"{said}`min`: an old <builder>" in to_text(made)
    assert said in to_markdown(made, roots=Roots()).decode()
    page = to_html(made, roots=Roots()).decode()
    assert '<h2 id="overrides">' in page
    assert "an old &lt;builder&gt;" in page


def test_what_is_waived_comes_last() -> None:
    other = replace(FINDING, check="trimpath-missing", severity="info", message="another")
    text = to_text(verdict(findings=(replace(FINDING, waived_by="W-12"), other)))
    assert text.index("trimpath-missing") < text.index("vendor-drift")
