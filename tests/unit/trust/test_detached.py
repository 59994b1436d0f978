"""Signatures in files of their own: every form that cosign writes, and what is none."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from hypothesis import given
from hypothesis import strategies as st

from attest.errors import AttestError, FormatError, LimitError, VerificationError
from attest.intoto import statement
from attest.model.limits import DEFAULT_LIMITS
from attest.model.statement import SPDX_PREDICATE, Envelope, Subject
from attest.signing.key import KeySigner
from attest.trust import keys, roots
from attest.trust.bundle import parse
from attest.trust.detached import Part, read_detached
from attest.trust.verify import TrustedKey, TrustStore, verify
from tests.sigstack.signers import connect

if TYPE_CHECKING:
    from attest.trust.parts import Bundle
    from tests.sigstack.stack import Sigstack

SHA256 = hashlib.sha256(b"content").hexdigest()
KEY = keys.generate()
TRUST = TrustStore(keys=(TrustedKey(name="k", key=KEY.public),))
STATEMENT = statement.build([Subject(name="f", sha256=SHA256)], SPDX_PREDICATE, {"a": 1})


def detached(signature: bytes, certificate: bytes | None = None, timestamp: bytes | None = None) -> Bundle:
    return read_detached(
        Part("f.sig", signature),
        certificate=None if certificate is None else Part("f.pem", certificate),
        timestamp=None if timestamp is None else Part("f.tsr", timestamp),
        limits=DEFAULT_LIMITS,
    )


def text(data: bytes) -> bytes:
    return base64.b64encode(data)


@pytest.mark.parametrize("wrap", [bytes, text, lambda data: text(data) + b"\n"])
def test_a_signature_by_a_key(wrap: type[bytes]) -> None:
    bundle = detached(wrap(parse(KeySigner(KEY).sign_blob(SHA256), "b").signature))
    found = verify(bundle, digests={SHA256}, trust=TRUST, now=datetime.now(UTC))
    assert (found.signer.key_sha256, found.log_entries) == (KEY.public.sha256, 0)
    with pytest.raises(VerificationError, match="does not verify with any trusted key"):
        verify(bundle, digests={"00" * 32}, trust=TRUST, now=datetime.now(UTC))


@pytest.mark.parametrize("wrap", [bytes, text])
def test_an_envelope(wrap: type[bytes]) -> None:
    content = json.loads(KeySigner(KEY).sign_statement(STATEMENT))["dsseEnvelope"]
    bundle = detached(wrap(json.dumps(content).encode()))
    assert isinstance(bundle.content, Envelope)
    found = verify(bundle, digests={SHA256}, trust=TRUST, now=datetime.now(UTC))
    assert found.statement is not None
    with pytest.raises(VerificationError, match="the statement is about none of these files"):
        verify(bundle, digests={"00" * 32}, trust=TRUST, now=datetime.now(UTC))


@pytest.mark.parametrize("form", ["pem", "pem in base64", "der", "der in base64", "with its authority"])
def test_a_certificate_and_a_timestamp(sigstack: Sigstack, form: str) -> None:
    made = parse(connect(sigstack).sign_blob(SHA256), "b")
    der = made.certificates[0]
    pem = load_der_x509_certificate(der).public_bytes(Encoding.PEM)
    intermediate = sigstack.authority.certificate.public_bytes(Encoding.PEM)
    certificate = {
        "pem": pem,
        "pem in base64": text(pem) + b"\n",
        "der": der,
        "der in base64": text(der),
        "with its authority": pem + intermediate,
    }[form]
    stamp = {"SignedRFC3161Timestamp": text(made.timestamps[0]).decode()}
    bundle = detached(text(made.signature), certificate, json.dumps(stamp).encode())
    (root,) = roots.parse(sigstack.trust_config(), "own", "trust.json")
    trust = TrustStore(roots=(replace(root, logs=()),))
    if form == "with its authority" and (
        sigstack.authority.certificate.subject == sigstack.authority.certificate.issuer
    ):
        with pytest.raises(VerificationError, match="it carries a root certificate"):
            verify(bundle, digests={SHA256}, trust=trust, now=datetime.now(UTC))
        return
    found = verify(bundle, digests={SHA256}, trust=trust, now=datetime.now(UTC))
    assert (found.timestamps, found.log_entries) == (1, 0)
    for wrong, reason in (
        (TrustStore(roots=(root,)), "no transparency log entry proves when it was signed"),
        (TRUST, "it was signed with a certificate, and no trusted root is given"),
    ):
        with pytest.raises(VerificationError, match=reason):
            verify(bundle, digests={SHA256}, trust=wrong, now=datetime.now(UTC))
    unstamped = detached(made.signature, certificate)
    with pytest.raises(VerificationError, match="nothing proves when it was signed"):
        verify(unstamped, digests={SHA256}, trust=trust, now=datetime.now(UTC))
    assert detached(made.signature, certificate, made.timestamps[0]).timestamps == made.timestamps
    assert detached(made.signature, certificate, text(made.timestamps[0])).timestamps == made.timestamps


PUBLIC = KEY.public.pem


@pytest.mark.parametrize(
    ("signature", "certificate", "timestamp", "message"),
    [
        (b"", None, None, "f.sig: the file is empty: nothing is signed"),
        (b"\n", None, None, "f.sig: the file is empty"),
        (b"{", None, None, "f.sig"),
        (b'{"payload": "YQ=="}', None, None, "f.sig: "),
        (b"AAAA", PUBLIC, None, "f.pem: holds a public key and no certificate"),
        (b"AAAA", b"-----BEGIN CERTIFICATE-----", None, "f.pem: is no certificate and no public key"),
        (
            b"AAAA",
            b"-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n",
            None,
            "f.pem: has a certificate that is no base64",
        ),
        (b"AAAA", None, b'{"SignedRFC3161Timestamp": 1}', "f.tsr: "),
        (b"AAAA", None, b'{"Timestamp": "AAAA"}', "f.tsr: "),
        (b"AAAA", None, b"{", "f.tsr"),
    ],
)
def test_what_is_no_such_file(
    signature: bytes, certificate: bytes | None, timestamp: bytes | None, message: str
) -> None:
    with pytest.raises(FormatError) as caught:
        detached(signature, certificate, timestamp)
    assert str(caught.value).startswith(message)


def test_a_file_that_is_too_large() -> None:
    with pytest.raises(LimitError, match=r"f\.sig: 11 bytes, more than the 10 that are read"):
        read_detached(
            Part("f.sig", b"A" * 11),
            certificate=None,
            timestamp=None,
            limits=replace(DEFAULT_LIMITS, bundle_bytes=10),
        )


def test_too_many_certificates(sigstack: Sigstack) -> None:
    pem = sigstack.authority.certificate.public_bytes(Encoding.PEM)
    with pytest.raises(LimitError, match=r"f\.pem: more than \d+ certificates"):
        detached(b"AAAA", pem * (DEFAULT_LIMITS.certificates + 1))


@given(st.binary(max_size=200), st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(signature: bytes, certificate: bytes, timestamp: bytes) -> None:
    try:
        bundle = detached(signature, certificate, timestamp)
    except AttestError:
        return
    with pytest.raises(VerificationError):
        verify(bundle, digests={SHA256}, trust=TRUST, now=datetime.now(UTC))
