"""cosign's older bundles: keys and certificates, files and statements; and everything that is none."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from attest.errors import FormatError, InputError, LimitError, VerificationError
from attest.model.limits import Limits
from attest.trust import keys, roots
from attest.trust.bundle import Bundle, MessageSignature, looks_like_bundle, parse
from attest.trust.sigstore_compat import embedded_root
from attest.trust.verify import TrustedKey, TrustStore, verify
from tests.conftest import REPOSITORY
from tests.sigstack.signers import connect
from tests.unit.trust.test_conformance import CASES

if TYPE_CHECKING:
    from attest.model.statement import VerifiedBundle
    from tests.sigstack.stack import Sigstack

FOLDER = REPOSITORY / "testdata" / "cosign"
BLOB, ATTESTATION = (FOLDER / "blob.json").read_bytes(), (FOLDER / "attestation.json").read_bytes()
SHA256 = hashlib.sha256((FOLDER / "artifact").read_bytes()).hexdigest()
KEY = TrustedKey(name="k", key=keys.load_public((FOLDER / "key.pub").read_bytes(), "key.pub"))
NOW = datetime(2030, 1, 1, tzinfo=UTC)


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def check(bundle: Bundle, trust: TrustStore, sha256: str = SHA256) -> VerifiedBundle:
    return verify(bundle, digests={sha256}, trust=trust, now=NOW)


def older(bundle: Bundle) -> dict[str, Any]:
    """A bundle with an entry of Rekor 1, in cosign's older form."""
    (entry,) = bundle.log_entries
    certificate = load_der_x509_certificate(bundle.certificates[0]).public_bytes(Encoding.PEM)
    assert isinstance(bundle.content, MessageSignature)
    return {
        "base64Signature": text(bundle.signature),
        "cert": text(certificate),
        "rekorBundle": {
            "SignedEntryTimestamp": text(entry.promise),
            "Payload": {
                "body": text(entry.body),
                "integratedTime": entry.integrated_time,
                "logIndex": entry.log_index,
                "logID": entry.log_id.hex(),
            },
        },
    }


def public() -> tuple[dict[str, Any], TrustStore, str]:
    """What somebody signed on the public instance, in the older form, and the file's digest."""
    data = (CASES / "happy-path-v0.1" / "bundle.sigstore.json").read_bytes()
    root = roots.parse(embedded_root("public-good"), "public", "root.json")
    sha256 = hashlib.sha256((CASES / "a.txt").read_bytes()).hexdigest()
    return older(parse(data, "w.json")), TrustStore(roots=root), sha256


def test_what_cosign_signed_with_a_key() -> None:
    trust = TrustStore(keys=(KEY,))
    for data in (BLOB, ATTESTATION):
        assert looks_like_bundle(data)
        assert check(parse(data, "w"), trust).root == "k"
    found = check(parse(ATTESTATION, "w"), trust).statement
    assert found is not None
    assert found.predicate_type == "https://example.com/x"
    with pytest.raises(VerificationError, match="does not verify with any trusted key"):
        check(parse(BLOB, "w"), trust, "0" * 64)
    with pytest.raises(VerificationError, match="the statement is about none of these files"):
        check(parse(ATTESTATION, "w"), trust, "0" * 64)


@pytest.mark.skipif(not CASES.is_dir(), reason="the conformance cases are not on this machine")
def test_a_certificate_and_the_promise_of_the_public_log() -> None:
    document, trust, sha256 = public()
    found = check(parse(json.dumps(document).encode(), "w"), trust, sha256)
    assert (found.log_entries, len(found.times), found.digests) == (1, 1, (sha256,))
    assert verify(parse(json.dumps(document).encode(), "w"), digests=None, trust=trust, now=NOW) == found


@pytest.mark.skipif(not CASES.is_dir(), reason="the conformance cases are not on this machine")
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("integratedTime", 1, "was valid at"),
        ("logIndex", 1, "promise"),
        ("logID", "00" * 32, "has no transparency log"),
        ("rekorBundle", None, "no transparency log entry proves when it was signed"),
        ("base64Signature", text(b"0"), "the log entry is about something else"),
    ],
)
def test_each_changed_field(field: str, value: Any, said: str) -> None:  # noqa: ANN401 - JSON
    document, trust, sha256 = public()
    within = document if field in document else document["rekorBundle"]["Payload"]
    within[field] = value
    with pytest.raises(VerificationError) as caught:
        check(parse(json.dumps(document).encode(), "w"), trust, sha256)
    assert said in caught.value.message


def test_a_log_of_our_own(sigstack: Sigstack) -> None:
    sigstack.version = 1
    made = parse(connect(sigstack).sign_blob(SHA256), "w")
    document = older(made)
    trust = TrustStore(roots=roots.parse(sigstack.trust_config(), "own", "trust.json"))
    found = check(parse(json.dumps(document).encode(), "w"), trust)
    assert (found.signer.san, found.log_entries) == ("alice@example.com", 1)


ENTRY = {
    "body": text(b'{"kind": "dsse", "apiVersion": "0.0.1"}'),
    "integratedTime": 1,
    "logIndex": 0,
    "logID": "00",
}
LOGGED = {"SignedEntryTimestamp": "AAAA", "Payload": ENTRY}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"base64Signature": ""}, "base64Signature is empty"),
        ({"base64Signature": "A"}, "base64"),
        ({"base64Signature": 1}, "is a number, not a string"),
        ({"base64Signature": text(b"{}")}, "has no 'payloadType'"),
        ({"more": 1}, "more"),
        ({"cert": "AAAA"}, "cert is no certificate and no public key"),
        ({"cert": text(b"-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n")}, "is no base64"),
        (
            {"cert": text(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END PUBLIC KEY-----\n")},
            "is no certificate",
        ),
        ({"rekorBundle": {}}, "has no 'Payload'"),
        ({"rekorBundle": {**LOGGED, "more": 1}}, "more"),
        ({"rekorBundle": {**LOGGED, "SignedEntryTimestamp": ""}}, "the log promises nothing"),
        ({"rekorBundle": {**LOGGED, "Payload": {**ENTRY, "logID": "0"}}}, "is no hexadecimal"),
        ({"rekorBundle": {**LOGGED, "Payload": {**ENTRY, "logIndex": -1}}}, "is negative"),
        ({"rekorBundle": {**LOGGED, "Payload": {**ENTRY, "body": text(b"x")}}}, "is no JSON"),
    ],
)
def test_what_is_none(change: dict[str, Any], said: str) -> None:
    document = {"base64Signature": text(b"s"), "rekorBundle": LOGGED, **change}
    assert looks_like_bundle(json.dumps(document).encode())
    with pytest.raises(FormatError) as caught:
        parse(json.dumps(document).encode(), "w.json")
    assert said in str(caught.value)
    assert str(caught.value).startswith("w.json")


def test_every_truncation_is_an_error_of_ours() -> None:
    for end in range(len(BLOB) - 2):
        with pytest.raises(InputError):
            parse(BLOB[:end], "w")


def test_certificates_have_an_end() -> None:
    """In their number, and in the time that it takes to see that there is none."""
    one = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    document = {"base64Signature": "AAAA", "cert": text(one * 17)}
    with pytest.raises(LimitError, match="more than 16 certificates"):
        parse(json.dumps(document).encode(), "w")
    endless = {"base64Signature": "AAAA", "cert": text(b"-----BEGIN CERTIFICATE-----\n" + b"\n" * 1_000_000)}
    with pytest.raises(FormatError, match="is no certificate"):
        parse(json.dumps(endless).encode(), "w")
    with pytest.raises(LimitError):
        parse(BLOB, "w", Limits(bundle_bytes=3))
