from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from attest.errors import FormatError, PolicyError, UsageError
from attest.model.exit_code import ExitCode
from attest.model.place import Place
from attest.policy.catalog import catalog
from attest.policy.check import (
    AnyCheck,
    ArtifactContext,
    Check,
    Fault,
    ImageContext,
    NoEvidence,
    ReleaseContext,
    Skip,
    SlotContext,
    SourceContext,
)
from attest.policy.engine import judge, judge_source
from attest.policy.model import CheckRule
from tests.unit.policy.world import CASES, NOW, World, world, yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

A, B, U = "tool_linux_amd64", "tool_linux_armv7", "tool_darwin_universal"


def check(run: Any, **more: Any) -> AnyCheck:  # noqa: ANN401 - fields of Check
    return Check(
        **{"id": "made-up", "title": "Made up", "sees": ArtifactContext, "kind": "fact", "run": run, **more}
    )


def wrong(context: Any) -> Iterator[Fault]:  # noqa: ANN401 - any context
    del context
    yield Fault(message="it should be right, and is wrong", hint="mend it", place=Place(file="x", line=1))


def crash(context: Any) -> Iterator[Fault]:  # noqa: ANN401 - any context
    yield from wrong(context)
    raise ZeroDivisionError("by zero")


def missing(context: Any) -> Iterator[Fault]:  # noqa: ANN401 - any context
    del context
    yield from ()
    raise NoEvidence("nothing is there")


def malformed(context: Any) -> Iterator[Fault]:  # noqa: ANN401 - any context
    del context
    yield from ()
    raise FormatError("it cannot be parsed", place=Place(file="f", line=2))


def not_asked(context: Any) -> Iterator[Fault]:  # noqa: ANN401 - any context
    del context
    yield from ()
    raise Skip("nobody asked")


def test_a_release_that_is_as_the_policy_says_passes() -> None:
    verdict = world({}).verdict()
    assert (verdict.decision, verdict.exit_code) == ("pass", ExitCode.PASS)
    assert verdict.findings == ()
    assert [(each.path, each.outcome, each.slot, each.platform) for each in verdict.artifacts] == [
        (U, "pass", "darwin/universal", "darwin/universal"),
        (A, "pass", "linux/amd64", "linux/amd64"),
        (B, "pass", "linux/arm/7", "linux/arm/7"),
    ]
    assert all(len(each.evidence) == 3 for each in verdict.artifacts)
    assert {(use.status, use.identity) for use in verdict.evidence} == {("accepted", "release")}
    assert verdict.time == NOW
    assert verdict.policy is not None
    assert verdict.policy.name == "cases"
    assert (verdict.version, verdict.tag, verdict.partial) == ("1.0.0", "v1.0.0", False)


def test_every_check_has_an_outcome_for_all_that_it_is_about() -> None:
    verdict = world({}).verdict()
    seen = {(each.check, each.subject, each.platform) for each in verdict.checks}
    assert len(seen) == len(verdict.checks)
    for each in catalog():
        subjects = {subject for id_, subject, _ in seen if id_ == each.id}
        assert subjects == ({""} if each.scope in {"release", "source", "verdict"} else {A, B, U})
    slices = {platform for id_, subject, platform in seen if id_ == "cgo-enabled" and subject == U}
    assert slices == {"darwin/amd64", "darwin/arm64"}


@pytest.mark.parametrize(
    ("run", "outcome", "code", "message"),
    [
        (wrong, "fail", ExitCode.DENIED, "it should be right, and is wrong"),
        (missing, "no-evidence", ExitCode.DENIED, "nothing is there"),
        (crash, "error", ExitCode.UNDECIDED, "the check failed with ZeroDivisionError: by zero"),
        (malformed, "error", ExitCode.UNDECIDED, "it cannot be parsed"),
    ],
)
def test_outcomes_that_deny(run: Any, outcome: str, code: ExitCode, message: str) -> None:  # noqa: ANN401 - a run
    verdict = world({}).verdict((check(run),))
    assert verdict.exit_code == code
    assert {(each.outcome, each.reason) for each in verdict.checks} == {(outcome, message)}
    last = [each for each in verdict.findings if each.outcome == outcome]
    assert {(each.message, each.severity) for each in last} == {(message, "deny")}
    assert all(each.hint for each in verdict.findings)
    assert {each.outcome for each in verdict.artifacts} == {"deny"}


def test_skip_neither_denies_nor_passes() -> None:
    verdict = world({}).verdict((check(not_asked),))
    assert verdict.exit_code == ExitCode.PASS
    assert {(each.outcome, each.reason) for each in verdict.checks} == {("skip", "nobody asked")}


@pytest.mark.parametrize("kind", ["fact", "integrity"])
@pytest.mark.parametrize("run", [wrong, missing, crash])
@pytest.mark.parametrize("sees", [ReleaseContext, SlotContext, ArtifactContext, ImageContext, SourceContext])
def test_severity_lowers_only_the_outcome_fail_of_a_fact(kind: str, run: Any, sees: Any) -> None:  # noqa: ANN401 - a run
    made = world({})
    made.policy = replace(
        made.policy, checks=(CheckRule(check="made-up", severity="warn", place=Place(file="p")),)
    )
    verdict = made.verdict((check(run, kind=kind, sees=sees),))
    for finding in verdict.findings:
        lowered = kind == "fact" and finding.outcome == "fail"
        assert finding.severity == ("warn" if lowered else "deny")
    assert (verdict.exit_code == ExitCode.PASS) is (kind == "fact" and run is wrong)


def test_a_slot_may_lower_facts_of_its_own_file_only() -> None:
    made = world({})
    slots = tuple(replace(slot, severity="warn") if slot.path == B else slot for slot in made.policy.slots)
    made.policy = replace(made.policy, slots=slots)
    verdict = made.verdict((check(wrong),))
    assert {each.subject: each.severity for each in verdict.findings} == {U: "deny", A: "deny", B: "warn"}
    assert {each.path: each.outcome for each in verdict.artifacts} == {U: "deny", A: "deny", B: "warn"}

    def about_b(context: ReleaseContext) -> Iterator[Fault]:
        del context
        yield Fault(message="wrong", hint="mend", subject=B)

    assert made.verdict((check(about_b, sees=ReleaseContext),)).exit_code == ExitCode.PASS
    assert made.verdict((check(about_b, sees=ReleaseContext, kind="integrity"),)).exit_code == ExitCode.DENIED


def test_nothing_comes_before_undecided_and_undecided_before_denied() -> None:
    made = world({})
    made.files.clear()
    made.bundles.clear()
    verdict = made.verdict((check(crash, sees=ReleaseContext),))
    assert (verdict.decision, verdict.exit_code) == ("nothing", ExitCode.NOTHING)
    both = (check(wrong), check(crash, id="other"))
    verdict = world({}).verdict(both)
    assert (verdict.decision, verdict.exit_code) == ("undecided", ExitCode.UNDECIDED)


def test_a_link_in_a_slot_is_nothing_to_verify() -> None:
    made = world({"tamper": [{"remove": A}, {"remove": B}, {"remove": U}, {"symlink": A}]})
    assert made.verdict().exit_code == ExitCode.NOTHING


def test_artifacts_without_evidence_are_denied_not_nothing() -> None:
    made = world({})
    for item in made.bundles:
        del made.files[item.path]
    made.bundles.clear()
    assert made.verdict().exit_code == ExitCode.DENIED


def test_an_unreadable_artifact_is_undecided() -> None:
    verdict = world({"tamper": [{"unreadable": A}]}).verdict()
    assert verdict.exit_code == ExitCode.UNDECIDED
    (artifact,) = [each for each in verdict.artifacts if each.path == A]
    assert (artifact.outcome, artifact.sha256, artifact.size, artifact.evidence) == ("deny", "", 0, ())
    skipped = {each.reason for each in verdict.checks if each.subject == A and each.outcome == "skip"}
    assert skipped == {"the file could not be read"}


def test_part_of_a_release_needs_the_word() -> None:
    made = world({"run": {"only": ["linux/amd64"]}})
    with pytest.raises(UsageError, match="a part of the release only"):
        made.verdict()
    with pytest.raises(UsageError, match="the policy has no platform 'linux/amd46'") as caught:
        world({"run": {"only": ["linux/amd46"], "partial": True}}).verdict()
    assert caught.value.hint == "did you mean 'linux/amd64'?"
    with pytest.raises(UsageError) as caught:
        world({"run": {"only": ["plan9/x"], "partial": True}}).verdict()
    assert caught.value.hint == "its platforms: darwin/universal, linux/amd64, linux/arm/7"


def test_part_of_a_release_restricts_rules_and_not_discovery() -> None:
    part = {"run": {"only": ["linux/amd64"], "partial": True}}
    verdict = world({**part, "build": {B: {"settings": {"-trimpath": None}}}}).verdict()
    assert verdict.exit_code == ExitCode.PASS
    assert verdict.partial
    assert [each.path for each in verdict.artifacts] == [A]
    verdict = world({**part, "tamper": [{"write": {"path": "x", "text": ""}}]}).verdict()
    assert [each.check for each in verdict.findings] == ["artifact-unexpected"]
    verdict = world({**part, "tamper": [{"remove": A}]}).verdict()
    assert verdict.exit_code == ExitCode.NOTHING


def test_an_expired_policy_judges_nothing() -> None:
    made = world({})
    made.run = replace(made.run, now=made.policy.expires + timedelta(seconds=1))
    with pytest.raises(PolicyError, match="the policy expired at"):
        made.verdict()


def judged(made: World) -> dict[str, tuple[str, str]]:
    return {use.path: (use.status, use.reason) for use in made.verdict().evidence}


def test_rejected_and_unused_evidence_is_listed_with_its_reason() -> None:
    found = judged(
        world(
            {
                "signed": {
                    f"{A}.sigstore.json": {"signer": "stranger"},
                    f"{B}.sigstore.json": {"rejected": "the bundle has no signature"},
                    f"{U}.sigstore.json": {"rejected": ""},
                    "a.json": {"digests": ["12" * 32]},
                    "b.json": {"about": [A], "type": "https://example.com/other"},
                    "c.json": {"about": [A], "signer": "tester"},
                }
            }
        )
    )
    assert found[f"{A}.sigstore.json"][0] == "rejected"
    assert found[f"{B}.sigstore.json"] == ("rejected", "the bundle has no signature")
    assert found[f"{U}.sigstore.json"] == ("rejected", "it does not verify")
    assert found["a.json"] == ("unused", "none of its subjects is a file of the release")
    assert found["b.json"] == ("unused", "the policy asks for no evidence of this type about its subjects")
    assert found["c.json"][1].endswith("known as 'testers', where the policy asks for 'release'")


def test_a_trusted_key_that_no_identity_has() -> None:
    found = judged(
        world(
            {
                "policy": {"identities": {"testers": [{"key": "release-key"}]}},
                "signed": {"c.json": {"about": [A], "signer": "tester"}},
            }
        )
    )
    assert found["c.json"][1].endswith("which no identity of the policy names")


@pytest.mark.parametrize(("asked", "outcome"), [({}, "skip"), ({"oldest": "12.0"}, "no-evidence")])
def test_of_a_file_that_was_not_looked_into_only_what_is_asked_lacks_evidence(
    asked: dict[str, str], outcome: str
) -> None:
    path = "tool_darwin_universal"
    case = {"policy": {"platforms": {"defaults": {"macos": asked}}}, "build": {path: {"report": False}}}
    results = [
        each for each in world(case).verdict().checks if (each.check, each.subject) == ("macos-too-new", path)
    ]
    assert [each.outcome for each in results] == [outcome]


def test_damaged_build_information_is_no_evidence_for_anything() -> None:
    made = world(
        {
            "policy": {"checks": {"build-info-missing": {"severity": "warn"}}},
            "build": {A: {"faults": ["the setting vcs.modified is there twice"]}},
        }
    )
    verdict = made.verdict()
    assert verdict.exit_code == ExitCode.DENIED
    assert {each.outcome for each in verdict.findings if each.check == "vcs-modified"} == {"no-evidence"}


def test_an_attestation_that_may_be_something_else_does_not_stand_for_an_sbom() -> None:
    either = {"predicate": ["https://cyclonedx.org/bom", "https://x.example"], "signer": "release"}
    absent = {
        f"{path}.{kind}.intoto.sigstore.json": {"absent": True}
        for path in (A, B, U)
        for kind in ("spdx", "cdx")
    }
    verdict = world(
        {
            "policy": {
                "platforms": {"defaults": {"attestations": ["either"]}},
                "attestations": {"either": either},
                "sbom": {"required_formats": None},
            },
            "signed": {**absent, "x.json": {"about": [A, B, U], "type": "https://x.example"}},
        }
    ).verdict()
    assert verdict.exit_code == ExitCode.DENIED
    assert {each.outcome for each in verdict.findings} == {"no-evidence"}


def test_a_crash_of_a_fact_check_denies_even_where_it_is_lowered() -> None:
    made = world({"policy": {"checks": {"cgo-enabled": {"severity": "warn"}}}})
    verdict = made.verdict((check(crash, id="cgo-enabled"),))
    assert verdict.exit_code == ExitCode.UNDECIDED


def test_source_without_a_policy() -> None:
    made = world({})
    assert made.source is not None
    verdict = judge_source(made.source, run=made.run)
    assert verdict.exit_code == ExitCode.PASS
    assert verdict.policy is None
    assert sorted(each.check for each in verdict.checks) == [
        "go-sum-incomplete",
        "go-sum-mismatch",
        "go-sum-untidy",
        "hashes-remembered",
        "import-unresolved",
        "local-replace",
        "modcache-modified",
        "module-deprecated",
        "module-excluded",
        "module-replaced",
        "module-retracted",
        "module-unshipped",
        "sumdb-mismatch",
        "sumdb-unproven",
        "tag-not-checked-out",
        "toolchain-redundant",
        "vendor-drift",
        "vendor-ignored",
        "workspace-unused",
    ]
    bad = world({"source": {"vendor_faults": ["drifted"], "sum_faults": ["line 3 is no line"]}})
    assert bad.source is not None
    verdict = judge_source(bad.source, run=made.run)
    assert [(each.check, str(each.place)) for each in verdict.findings] == [
        ("go-sum-incomplete", "go.sum:3"),
        ("vendor-drift", "vendor/modules.txt:3"),
    ]
    assert verdict.exit_code == ExitCode.DENIED


def test_information_never_denies_and_its_check_passes() -> None:
    replaced = {"example.com/greet": "example.com/fork@v1.0.0", "example.com/codec": "./codec"}
    made = world({"source": {"go": "1.13", "replace": replaced}})
    assert made.source is not None
    verdict = judge_source(made.source, run=made.run)
    assert (verdict.decision, verdict.exit_code) == ("pass", ExitCode.PASS)
    assert [(each.check, each.severity, str(each.place)) for each in verdict.findings] == [
        ("local-replace", "info", "go.mod:21"),
        ("module-replaced", "info", "go.mod:20"),
        ("vendor-ignored", "info", "go.mod:3"),
    ]
    outcomes = {each.check: (each.outcome, each.reason) for each in verdict.checks}
    assert outcomes["module-replaced"] == (
        "pass",
        "example.com/greet is replaced by example.com/fork@v1.0.0",
    )


def test_only_the_outcome_fail_is_ever_information() -> None:
    for run, outcome in ((missing, "no-evidence"), (crash, "error")):
        verdict = world({}).verdict((check(run, severity="info"),))
        assert {each.severity for each in verdict.findings if each.outcome == outcome} == {"deny"}
        assert verdict.exit_code != ExitCode.PASS
    verdict = world({}).verdict((check(wrong, severity="info", kind="integrity"),))
    assert {each.severity for each in verdict.findings} == {"deny"}


def test_an_artifact_is_as_bad_as_its_worst_finding() -> None:
    def mixed(context: Any) -> Iterator[Fault]:  # noqa: ANN401 - any context
        for severity in ("info", "warn", "info") if context.slot.path == A else ("info",):
            yield Fault(message=f"it is {severity}", hint="mend it", severity=severity)

    verdict = world({}).verdict((check(mixed, sees=ArtifactContext),))
    assert {each.path: each.outcome for each in verdict.artifacts} == {U: "pass", A: "warn", B: "pass"}
    assert verdict.exit_code == ExitCode.PASS
    assert {each.subject: each.outcome for each in verdict.checks} == {U: "pass", A: "fail", B: "pass"}


def test_source_without_any_check_is_nothing() -> None:
    made = world({})
    assert made.source is not None
    assert judge_source(made.source, run=made.run, checks=()).exit_code == ExitCode.NOTHING
    skipping = (check(not_asked, sees=SourceContext, default=True),)
    assert judge_source(made.source, run=made.run, checks=skipping).exit_code == ExitCode.NOTHING


def test_policy_without_any_ask_for_source_passes_without_source() -> None:
    made = world({"policy": {"modules": None}, "source": "none"})
    assert made.verdict().exit_code == ExitCode.PASS


def test_a_key_without_fingerprint_signs_nothing() -> None:
    made = world({})
    from attest.model.release import Inventory

    verdict = judge(
        made.policy,
        inventory=Inventory(label="dist", files=tuple(made.files.values())),
        bundles=made.bundles,
        source=made.source,
        run=made.run,
        keys={},
        expected=made.expected,
    )
    assert verdict.exit_code == ExitCode.DENIED
    assert {use.status for use in verdict.evidence} == {"rejected"}


@pytest.mark.parametrize(
    ("case", "level"), [("named", 2), ("certified", 2), ("low", None), ("another", None), ("not-asked", None)]
)
def test_a_level_is_told_where_provenance_proves_it(case: str, level: int | None) -> None:
    made = world(yaml((CASES / "provenance-builder" / case / "case.yaml").read_bytes())).verdict()
    assert [each.build_level for each in made.artifacts if each.platform == "linux/amd64"] == [level]
