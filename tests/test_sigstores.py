"""What holds on every Sigstore: on the one in this process, and (`make integration`) on the real servers."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sigstore.models import Bundle, ClientTrustConfig
from sigstore.verify import Verifier, policy

from attest.app.verify_file import Document, Expected, verify_file
from attest.cli.main import run
from attest.edge.sigstore import SigstoreSigner
from attest.errors import ServiceError, VerificationError
from attest.intoto import statement
from attest.model.statement import SPDX_PREDICATE, Subject, VerifiedBundle
from attest.policy.identity import CLAIMS, matches
from attest.policy.model import Identity, SignerRule
from attest.trust import roots
from attest.trust.bundle import parse
from attest.trust.verify import TrustStore, verify
from tests.sigstack.instance import (
    EMAIL_CLAIMS,
    GITHUB_CLAIMS,
    GITLAB_CLAIMS,
    PIPELINE,
    SHA,
    USERNAME_CLAIMS,
    WORKFLOW,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.sigstack.instance import Instance

FILE = b"an artifact"
SHA256 = hashlib.sha256(FILE).hexdigest()
STATEMENT = statement.build([Subject(name="widget", sha256=SHA256)], SPDX_PREDICATE, {"a": 1})
ENDED = {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}
GITHUB_SAN = f"https://github.com/{WORKFLOW}"
GITLAB_SAN = f"https://{PIPELINE}"
#: Who signs: the claims of the token, the name in the certificate, and what the certificate says beside it.
PEOPLE = {
    "email": (EMAIL_CLAIMS, "alice@example.com", {"token_subject": "alice@example.com"}),
    "username": (USERNAME_CLAIMS, "bob!localhost", {"token_subject": "bob"}),
    "github": (
        GITHUB_CLAIMS,
        GITHUB_SAN,
        {
            "build_config_digest": SHA,
            "build_config_uri": GITHUB_SAN,
            "build_signer_digest": SHA,
            "build_signer_uri": GITHUB_SAN,
            "build_trigger": "push",
            "environment": "release",
            "github_workflow_name": "Release",
            "github_workflow_ref": "refs/tags/v1.2.3",
            "github_workflow_repository": "acme/widget",
            "github_workflow_sha": SHA,
            "github_workflow_trigger": "push",
            "run_invocation_uri": "https://github.com/acme/widget/actions/runs/1001/attempts/1",
            "runner_environment": "github-hosted",
            "source_digest": SHA,
            "source_ref": "refs/tags/v1.2.3",
            "source_repository_id": "42",
            "source_repository_owner_id": "7",
            "source_repository_owner_uri": "https://github.com/acme",
            "source_repository_uri": "https://github.com/acme/widget",
            "source_repository_visibility": "public",
            "token_subject": "repo:acme/widget:ref:refs/tags/v1.2.3",
        },
    ),
    "gitlab": (
        GITLAB_CLAIMS,
        GITLAB_SAN,
        {
            "build_config_digest": SHA,
            "build_config_uri": GITLAB_SAN,
            "build_signer_digest": SHA,
            "build_signer_uri": GITLAB_SAN,
            "build_trigger": "push",
            "environment": "release",
            "run_invocation_uri": "https://gitlab.com/acme/widget/-/jobs/1002",
            "runner_environment": "gitlab-hosted",
            "source_digest": SHA,
            "source_ref": "refs/tags/v1.2.3",
            "source_repository_id": "43",
            "source_repository_owner_id": "8",
            "source_repository_owner_uri": "https://gitlab.com/acme",
            "source_repository_uri": "https://gitlab.com/acme/widget",
            "source_repository_visibility": "private",
            "token_subject": "project_path:acme/widget:ref_type:tag:ref:v1.2.3",
        },
    ),
}


def connect(stack: Instance, claims: Mapping[str, str]) -> SigstoreSigner:
    return SigstoreSigner.connect(stack.trust_config(), stack.token(claims), file="trust.json")


def check(stack: Instance, data: bytes, **windows: dict[str, str]) -> VerifiedBundle:
    trust = TrustStore(roots=roots.parse(stack.trust_config(**windows), "own", "trust.json"))
    return verify(parse(data, "w.json"), digests={SHA256}, trust=trust, now=datetime.now(UTC))


@pytest.mark.parametrize("person", PEOPLE)
def test_a_file_and_a_statement_of_each_identity(stack: Instance, person: str) -> None:
    claims, san, said = PEOPLE[person]
    signer = connect(stack, claims)
    for data in (signer.sign_blob(SHA256), signer.sign_statement(STATEMENT)):
        found = check(stack, data)
        assert (found.signer.kind, found.signer.san) == ("certificate", san)
        assert found.signer.issuer == stack.issuer_of(claims)
        assert dict(found.signer.claims) == said
        assert (found.root, found.log_entries, found.timestamps) == ("own", 1, 1)
        assert abs(found.times[0] - datetime.now(UTC)) < timedelta(minutes=1)
    assert found.statement is not None
    assert found.statement.payload == STATEMENT


def test_every_claim_is_seen_in_the_certificate_of_a_workflow() -> None:
    assert sorted(PEOPLE["github"][2]) == sorted(CLAIMS)


def test_the_library_accepts_what_attest_signs(stack: Instance) -> None:
    """sigstore's own verifier is the oracle."""
    signer = connect(stack, GITHUB_CLAIMS)
    config = ClientTrustConfig.from_json(stack.trust_config().decode())
    verifier = Verifier(trusted_root=config.trusted_root)
    identity = policy.Identity(identity=GITHUB_SAN, issuer=stack.issuer_of(GITHUB_CLAIMS))
    verifier.verify_artifact(FILE, Bundle.from_json(signer.sign_blob(SHA256)), identity)
    kind, payload = verifier.verify_dsse(Bundle.from_json(signer.sign_statement(STATEMENT)), identity)
    assert (kind, payload) == ("application/vnd.in-toto+json", STATEMENT)


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ("authorities", "no certificate authority of the trusted root own was valid at"),
        ("tlogs", "no transparency log of the trusted root own was valid at"),
        ("ctlogs", "no certificate transparency log of the trusted root own was valid at"),
        ("timestamping", "by no timestamp authority that the trusted root own trusted then"),
    ],
)
def test_windows_of_a_root(stack: Instance, window: str, said: str) -> None:
    data = connect(stack, EMAIL_CLAIMS).sign_blob(SHA256)
    with pytest.raises(VerificationError) as caught:
        check(stack, data, **{window: ENDED})
    assert said in caught.value.message


def test_another_file_and_another_identity(stack: Instance) -> None:
    data = connect(stack, GITLAB_CLAIMS).sign_blob(SHA256)
    with pytest.raises(VerificationError, match="none of these"):
        verify(
            parse(data, "w.json"),
            digests={"0" * 64},
            trust=TrustStore(roots=roots.parse(stack.trust_config(), "own", "t")),
            now=datetime.now(UTC),
        )
    root = Document(file="trust.json", data=stack.trust_config())
    expected = Expected(identity=GITHUB_SAN, issuer=stack.issuer_of(GITLAB_CLAIMS), trusted_root=root)
    evidence = Document(file="w.json", data=data)
    verdict = verify_file("w", SHA256, 11, evidence, expected=expected, now=datetime.now(UTC))
    assert verdict.decision == "deny"
    assert f"not by {GITHUB_SAN}" in verdict.findings[0].message
    assert GITLAB_SAN in verdict.findings[0].message


def test_a_token_that_another_key_signed_is_refused(stack: Instance) -> None:
    claims = jwt.decode(stack.token(), options={"verify_signature": False})
    stranger = rsa.generate_private_key(65537, 2048)
    token = jwt.encode(claims, stranger, algorithm="RS256", headers={"kid": "1"})
    with pytest.raises(ServiceError, match=r"cannot get a signing certificate: localhost:\d+ answered 400"):
        SigstoreSigner.connect(stack.trust_config(), token, file="trust.json")


def test_the_report_shows_the_identity(
    stack: Instance, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w").write_bytes(FILE)
    (tmp_path / "trust.json").write_bytes(stack.trust_config())
    monkeypatch.setenv("SIGSTORE_ID_TOKEN", stack.token(GITLAB_CLAIMS))
    assert run(["sign", "w", "--trust-config", "trust.json"]) == 0
    words = ["verify", "w", "--bundle", "w.sigstore.json", "--trusted-root", "trust.json"]
    issuer = stack.issuer_of(GITLAB_CLAIMS)
    words += ["--certificate-identity", GITLAB_SAN, "--certificate-oidc-issuer", issuer]
    capsys.readouterr()
    assert run([*words, "-o", "json"]) == 0
    (artifact,) = json.loads(capsys.readouterr().out)["artifacts"]
    (use,) = artifact["evidence"]
    assert use["identity"] == use["signer"]
    assert GITLAB_SAN in use["signer"]
    assert issuer in use["signer"]
    assert use["claims"] == PEOPLE["gitlab"][2]
    assert run([*words, "--verbose"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert [
        f"{name}: {value}" for name, value in PEOPLE["gitlab"][2].items() if f"{name}: {value}" not in said
    ] == []


@pytest.mark.parametrize("person", ["github", "gitlab"])
def test_a_policy_asks_for_every_claim(stack: Instance, person: str) -> None:
    claims, san, said = PEOPLE[person]
    found = check(stack, connect(stack, claims).sign_blob(SHA256))

    def known(wanted: Mapping[str, str]) -> bool:
        asked = tuple((name, value, False) for name, value in wanted.items())
        rule = SignerRule(issuer=stack.issuer_of(claims), san=san, claims=asked)
        return matches(Identity(name="release", rules=(rule,)), found, {})

    assert known(said)
    assert [name for name in said if known({**said, name: "another"})] == []
