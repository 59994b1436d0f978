from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from attest.app.verify_file import Document, Expected, verify_file
from attest.errors import FormatError, LimitError, NothingToVerifyError, UsageError
from attest.intoto import statement
from attest.model.exit_code import ExitCode
from attest.model.statement import SLSA_PREDICATE, SPDX_PREDICATE, Subject
from attest.render.report_json import to_document
from attest.signing.key import KeySigner
from attest.trust import keys
from tests.sigstack.signers import connect
from tests.sigstack.stack import GITHUB_CLAIMS, WORKFLOW

if TYPE_CHECKING:
    from attest.model.verdict import Verdict
    from tests.sigstack.stack import Sigstack

SHA256 = hashlib.sha256(b"an artifact").hexdigest()
STATEMENT = statement.build([Subject(name="w", sha256=SHA256)], SPDX_PREDICATE, {})
KEY, STRANGER = keys.generate(), keys.generate()
BY_KEY = Expected(key=Document(file="k.pub", data=KEY.public.pem))


def judge(data: bytes, expected: Expected, sha256: str = SHA256) -> Verdict:
    evidence = Document(file="w.sigstore.json", data=data)
    return verify_file("w", sha256, 11, evidence, expected=expected, now=datetime.now(UTC))


def denied(data: bytes, expected: Expected) -> str:
    verdict = judge(data, expected)
    assert (verdict.decision, verdict.exit_code) == ("deny", ExitCode.DENIED)
    (finding,) = verdict.findings
    (use,) = verdict.artifacts[0].evidence
    assert (use.status, use.reason) == ("rejected", finding.message)
    assert finding.hint
    return finding.message


def test_a_key_is_all_that_it_needs() -> None:
    verdict = judge(KeySigner(KEY).sign_blob(SHA256), BY_KEY)
    assert (verdict.decision, verdict.exit_code, verdict.findings) == ("pass", ExitCode.PASS, ())
    (artifact,) = verdict.artifacts
    assert (artifact.path, artifact.sha256, artifact.size, artifact.outcome) == ("w", SHA256, 11, "pass")
    (use,) = artifact.evidence
    assert (use.type, use.status) == ("signature", "accepted")
    assert KEY.public.sha256[:16] in use.identity
    assert to_document(verdict)["verdict"] == "pass"


def test_a_predicate_must_be_what_the_type_says_that_is_asked_for() -> None:
    data = KeySigner(KEY).sign_statement(
        statement.build([Subject(name="w", sha256=SHA256)], SLSA_PREDICATE, {})
    )
    assert judge(data, BY_KEY).decision == "pass", "nobody asked what it says"
    told = denied(data, replace(BY_KEY, type="slsaprovenance1"))
    assert told == "$.predicate has no 'buildDefinition'"


def test_a_statement_of_the_right_type() -> None:
    data = KeySigner(KEY).sign_statement(STATEMENT)
    for kind in ("", "spdx", "spdxjson", SPDX_PREDICATE):
        assert judge(data, replace(BY_KEY, type=kind)).decision == "pass"
    assert denied(data, replace(BY_KEY, type="cyclonedx")) == (
        f"it is a statement of the type {SPDX_PREDICATE}, not cyclonedx"
    )
    blob = KeySigner(KEY).sign_blob(SHA256)
    assert "not a statement of the type spdx" in denied(blob, replace(BY_KEY, type="spdx"))


def test_what_does_not_verify_is_denied_with_its_reason() -> None:
    assert denied(KeySigner(STRANGER).sign_blob(SHA256), BY_KEY) == (
        "the signature does not verify with any trusted key (k.pub)"
    )
    verdict = judge(KeySigner(KEY).sign_blob(SHA256), BY_KEY, sha256="0" * 64)
    assert "none of these" in verdict.findings[0].message


def test_thresholds() -> None:
    data = KeySigner(KEY).sign_blob(SHA256)
    assert denied(data, replace(BY_KEY, min_log_entries=1)) == "0 logs prove it, and 1 must"
    assert denied(data, replace(BY_KEY, min_timestamps=1)) == "0 authorities timestamped it, and 1 must"


def test_keyless_identities(sigstack: Sigstack) -> None:
    signer = connect(sigstack, GITHUB_CLAIMS)
    data = signer.sign_blob(SHA256)
    root = Document(file="trust.json", data=sigstack.trust_config())
    san = f"https://github.com/{WORKFLOW}"
    good = Expected(identity=san, issuer=sigstack.issuer, trusted_root=root)
    assert judge(data, good).decision == "pass"
    assert judge(data, replace(good, min_log_entries=1, min_timestamps=1)).decision == "pass"
    assert "not by someone" in denied(data, replace(good, identity="someone"))
    assert "and the issuer must be https://x" in denied(data, replace(good, issuer="https://x"))
    assert "and the issuer must be absent" in denied(data, replace(good, issuer=""))
    pattern = replace(good, identity="", identity_regexp=r"https://github\.com/acme/.*@refs/tags/v.*")
    assert judge(data, pattern).decision == "pass"
    part = replace(good, identity="", identity_regexp="github")
    assert "not by github" in denied(data, part), "a pattern must match wholly"
    with_key = replace(BY_KEY, trusted_root=root)
    assert "and a key was asked for" in denied(data, with_key)
    assert "and no key is trusted" in denied(KeySigner(KEY).sign_blob(SHA256), good)


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (Expected(), "it is not said who must have signed"),
        (Expected(identity="a"), "it is not said who must have signed"),
        (Expected(issuer="i"), "it is not said who must have signed"),
        (Expected(identity="a", identity_regexp="a", issuer="i"), "it is not said who must have signed"),
        (Expected(identity="a", issuer="i"), "a certificate identity needs a trusted root"),
        (replace(BY_KEY, identity="a"), "--key and a certificate identity exclude each other"),
        (replace(BY_KEY, issuer=""), "--key and a certificate identity exclude each other"),
    ],
)
def test_it_must_be_said_who_signs(expected: Expected, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        judge(b"{}", expected)


def test_patterns_that_are_none() -> None:
    root = Document(file="t", data=b"{}")
    for pattern, message in (
        ("(", "is no regular expression"),
        ("a" * 2000, "it is longer than 512 characters"),
    ):
        with pytest.raises(UsageError, match=message):
            judge(b"{}", Expected(identity_regexp=pattern, issuer="", trusted_root=root))


def test_no_evidence_and_broken_evidence() -> None:
    with pytest.raises(NothingToVerifyError):
        verify_file("w", SHA256, 11, None, expected=BY_KEY, now=datetime.now(UTC))
    with pytest.raises(FormatError, match=r"w\.sigstore\.json:1: is no JSON"):
        judge(b"{", BY_KEY)


def test_one_of_several_bundles_is_enough() -> None:
    """As JSON lines; where none counts, each reason is told."""
    good, bad = KeySigner(KEY).sign_blob(SHA256), KeySigner(STRANGER).sign_blob(SHA256)
    for lines in ([bad, good], [good, bad], [bad, good, bad]):
        verdict = judge(b"\n".join(each.strip() for each in lines) + b"\n", BY_KEY)
        assert verdict.decision == "pass"
        (use,) = verdict.artifacts[0].evidence
        assert use.path == f"w.sigstore.json:{lines.index(good) + 1}"
    no_key = "the signature does not verify with any trusted key (k.pub)"
    assert denied(bad.strip() + b"\n\n" + bad.strip(), BY_KEY) == (
        f"none of its 2 bundles counts: w.sigstore.json:1: {no_key}; w.sigstore.json:3: {no_key}"
    )
    with pytest.raises(FormatError, match=r"w\.sigstore\.json:2: "):
        judge(good.strip() + b"\n{}\n", BY_KEY)
    with pytest.raises(LimitError, match="1025 bundles, more than the 1024"):
        judge(b'{"mediaType": "application/vnd.dev.sigstore.bundle"}\n' * 1025, BY_KEY)
