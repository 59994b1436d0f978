from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from attest.app.summary import summaries
from attest.model.exit_code import ExitCode
from attest.model.verdict import ArtifactVerdict, EvidenceUse, PolicyName, Verdict

USE = EvidenceUse(path="a.sigstore.json", type="signature", status="accepted", sha256="1" * 64)
ARTIFACT = ArtifactVerdict(
    path="sub/a b",
    slot="linux/amd64",
    platform="linux/amd64",
    sha256="0" * 64,
    size=1,
    outcome="pass",
    evidence=(USE, replace(USE, status="rejected", sha256="2" * 64), replace(USE, sha256="")),
    build_level=3,
)
VERDICT = Verdict(
    decision="pass",
    exit_code=ExitCode.PASS,
    time=datetime(2026, 11, 22, 12, tzinfo=UTC),
    policy=PolicyName(name="p", version=2, sha256="3" * 64),
    version="1.0.0",
    tag="v1.0.0",
    revision="",
    partial=False,
    artifacts=(ARTIFACT,),
    findings=(),
    checks=(),
    evidence=(),
)


def made(verdict: Verdict) -> dict[str, bytes]:
    return summaries(
        verdict, verifier="https://v.example", resource="https://d.example/{artifact}", version="1"
    )


def test_the_level_is_the_one_that_provenance_proves() -> None:
    predicate = json.loads(made(VERDICT)["sub/a b"])["predicate"]
    assert predicate["verifiedLevels"] == ["SLSA_BUILD_LEVEL_3"]
    assert predicate["resourceUri"] == "https://d.example/sub/a%20b"
    assert predicate["timeVerified"] == "2026-11-22T12:00:00Z"
    assert predicate["inputAttestations"] == [{"name": "a.sigstore.json", "digest": {"sha256": "1" * 64}}]


def test_nothing_has_a_level_that_did_not_pass() -> None:
    predicate = json.loads(made(replace(VERDICT, decision="deny"))["sub/a b"])["predicate"]
    assert (predicate["verificationResult"], predicate["verifiedLevels"]) == ("FAILED", ["FAILED"])


@pytest.mark.parametrize(
    "verdict",
    [
        replace(VERDICT, decision="undecided"),
        replace(VERDICT, decision="nothing"),
        replace(VERDICT, partial=True),
        replace(VERDICT, policy=None),
        replace(VERDICT, artifacts=(replace(ARTIFACT, sha256=""),)),
    ],
)
def test_what_says_nothing(verdict: Verdict) -> None:
    assert made(verdict) == {}
