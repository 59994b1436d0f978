"""Bundles signed with keys: each forgery is refused for its own reason."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from attest.errors import VerificationError
from attest.intoto import dsse, statement
from attest.model.statement import IN_TOTO_PAYLOAD_TYPE, SPDX_PREDICATE, Envelope, Signer, Subject
from attest.signing.key import KeySigner
from attest.trust import keys
from attest.trust.bundle import Bundle, MessageSignature, parse
from attest.trust.bundle_writer import write_key_bundle
from attest.trust.verify import TrustedKey, TrustStore, verify

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FILE = b"an artifact"
SHA256 = hashlib.sha256(FILE).hexdigest()
OTHER = hashlib.sha256(b"another").hexdigest()
KEY, STRANGER = keys.generate(), keys.generate()
TRUST = TrustStore(keys=(TrustedKey(name="release-key", key=KEY.public),))
STATEMENT = statement.build([Subject(name="widget", sha256=SHA256)], SPDX_PREDICATE, {"a": 1})
BLOB = KeySigner(KEY).sign_blob(SHA256)
ATTESTATION = KeySigner(KEY).sign_statement(STATEMENT)


def message() -> Bundle:
    return parse(BLOB, "w.sigstore.json")


def attestation() -> Bundle:
    return parse(ATTESTATION, "w.spdx.intoto.sigstore.json")


def envelope(
    *, payload: bytes | None = None, payload_type: str = "", signature: bytes = b"", keyid: str = ""
) -> Bundle:
    """The attestation with what is given in place of its own."""
    found = attestation()
    assert isinstance(found.content, Envelope)
    content = Envelope(
        payload=found.content.payload if payload is None else payload,
        payload_type=payload_type or found.content.payload_type,
        signature=signature or found.content.signature,
        keyid=keyid,
    )
    return replace(found, content=content)


def reason(bundle: Bundle, trust: TrustStore = TRUST, digests: set[str] | None = None) -> str:
    with pytest.raises(VerificationError) as caught:
        verify(bundle, digests={SHA256} if digests is None else digests, trust=trust, now=NOW)
    assert str(caught.value).startswith(f"{bundle.file}: ")
    assert caught.value.hint
    return caught.value.message


def test_a_file_signed_with_a_trusted_key() -> None:
    found = verify(message(), digests={SHA256, OTHER}, trust=TRUST, now=NOW)
    assert found.signer == Signer(kind="key", key_sha256=KEY.public.sha256)
    assert (found.root, found.digests, found.statement) == ("release-key", (SHA256,), None)
    assert (found.times, found.log_entries, found.timestamps) == ((), 0, 0)
    assert verify(message(), digests=None, trust=TRUST, now=NOW) == found


def test_a_statement_signed_with_a_trusted_key() -> None:
    found = verify(attestation(), digests={SHA256}, trust=TRUST, now=NOW)
    assert found.digests == (SHA256,)
    assert found.statement == statement.parse(STATEMENT)
    assert verify(attestation(), digests=None, trust=TRUST, now=NOW) == found


def test_the_signature_is_an_ordinary_one_over_the_file() -> None:
    """Checked with cryptography alone, over the file's bytes."""
    public = load_pem_public_key(KEY.public.pem)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    document = json.loads(BLOB)
    public.verify(
        base64.b64decode(document["messageSignature"]["signature"]), FILE, ec.ECDSA(hashes.SHA256())
    )
    document = json.loads(ATTESTATION)["dsseEnvelope"]
    payload = base64.b64decode(document["payload"])
    kind = document["payloadType"]
    signed = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
    public.verify(base64.b64decode(document["signatures"][0]["sig"]), signed, ec.ECDSA(hashes.SHA256()))


def test_the_hint_is_only_a_hint() -> None:
    assert (
        verify(replace(message(), key_hint="nonsense"), digests={SHA256}, trust=TRUST, now=NOW).root
        == "release-key"
    )
    assert (
        verify(replace(message(), key_hint=""), digests={SHA256}, trust=TRUST, now=NOW).root == "release-key"
    )
    keyid = envelope(keyid="SHA256:whatever")
    assert verify(keyid, digests={SHA256}, trust=TRUST, now=NOW).root == "release-key"


def test_all_keys_are_tried() -> None:
    both = TrustStore(keys=(TrustedKey(name="a", key=STRANGER.public), TrustedKey(name="b", key=KEY.public)))
    assert verify(message(), digests={SHA256}, trust=both, now=NOW).root == "b"
    assert verify(attestation(), digests={SHA256}, trust=both, now=NOW).root == "b"


def test_a_bare_envelope_is_evidence_with_a_key() -> None:
    content = attestation().content
    assert isinstance(content, Envelope)
    bare = parse(dsse.serialise(content), "w.dsse.json")
    assert verify(bare, digests={SHA256}, trust=TRUST, now=NOW).root == "release-key"


def test_no_key_or_another_key() -> None:
    assert reason(message(), TrustStore()) == "it was signed with a key, and no key is trusted"
    other = TrustStore(keys=(TrustedKey(name="other", key=STRANGER.public),))
    expected = "the signature does not verify with any trusted key (other)"
    assert reason(message(), other) == expected
    assert reason(attestation(), other) == expected


def test_a_changed_signature() -> None:
    broken = bytes([*message().signature[:-1], message().signature[-1] ^ 1])
    expected = "the signature does not verify with any trusted key (release-key)"
    assert reason(replace(message(), content=MessageSignature(sha256=SHA256, signature=broken))) == expected
    assert reason(replace(message(), content=MessageSignature(sha256=SHA256, signature=b"junk"))) == expected
    assert reason(envelope(signature=broken)) == expected


def test_another_digest() -> None:
    assert reason(message(), digests={OTHER}) == (
        f"the signature is for a file with the digest sha256:{SHA256}, which is none of these"
    )
    assert "none of these" in reason(message(), digests=set())


def test_a_changed_digest_in_the_bundle() -> None:
    """The digest says what the file is; the signature must be over exactly that."""
    changed = replace(message(), content=MessageSignature(sha256=OTHER, signature=message().signature))
    assert (
        reason(changed, digests={OTHER}) == "the signature does not verify with any trusted key (release-key)"
    )


def test_a_bundle_that_names_no_digest_binds_one_known_file_alone() -> None:
    unnamed = replace(message(), content=MessageSignature(sha256="", signature=message().signature))
    assert verify(unnamed, digests={SHA256}, trust=TRUST, now=NOW).digests == (SHA256,)
    assert "does not verify with any trusted key" in reason(unnamed, digests={OTHER})
    assert "names no digest" in reason(unnamed, digests={SHA256, OTHER})
    with pytest.raises(VerificationError, match="names no digest"):
        verify(unnamed, digests=None, trust=TRUST, now=NOW)


def test_a_changed_payload_or_payload_type() -> None:
    expected = "the signature does not verify with any trusted key (release-key)"
    assert reason(envelope(payload=STATEMENT.replace(b"widget", b"gadget"))) == expected
    assert reason(envelope(payload_type="application/json")) == expected


def test_a_signature_over_the_payload_without_its_type() -> None:
    """GHSA-r2xv-vpr2-42m9: DSSE signs the encoding of type and payload, never the payload alone."""
    assert "does not verify" in reason(envelope(signature=KEY.sign_message(STATEMENT)))


def signed(payload: bytes, payload_type: str = IN_TOTO_PAYLOAD_TYPE) -> Bundle:
    signature = KEY.sign_message(dsse.pae(payload_type, payload))
    content = Envelope(payload=payload, payload_type=payload_type, signature=signature)
    return parse(write_key_bundle(content, KEY.public.sha256), "a.json")


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"not JSON", "the signed statement is malformed: is no JSON"),
        (b"{}", "the signed statement is malformed: $ has no '_type'"),
        (STATEMENT.replace(b'"predicate":', b'"_type":"x","predicate":'), "has the key '_type' twice"),
        (STATEMENT.replace(SHA256.encode(), b"beef"), "sha256 is no SHA-256"),
        (b"[" * 70 + b"]" * 70, "nested more than 64 levels deep"),
        (
            statement.build([Subject(name="w", sha256=OTHER)], SPDX_PREDICATE, {}),
            "the statement is about none of these files",
        ),
    ],
)
def test_a_well_signed_statement_that_says_nothing_about_the_file(payload: bytes, said: str) -> None:
    assert said in reason(signed(payload))


def test_a_well_signed_envelope_with_another_payload() -> None:
    assert (
        reason(signed(STATEMENT, "text/plain")) == "the envelope holds 'text/plain', not an in-toto statement"
    )


def test_a_statement_about_several_files_binds_all_of_them() -> None:
    subjects = [Subject(name="w", sha256=SHA256), Subject(name="v", sha256=OTHER)]
    found = verify(
        signed(statement.build(subjects, SPDX_PREDICATE, {})), digests={OTHER}, trust=TRUST, now=NOW
    )
    assert found.digests == tuple(sorted((SHA256, OTHER)))


def test_a_certificate_bundle_without_a_root() -> None:
    certified = replace(message(), key_hint=None, certificates=(b"leaf",))
    assert reason(certified) == "it was signed with a certificate, and no trusted root is given"


def test_ed25519_keys_sign_statements_but_no_digests() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    trust = TrustStore(keys=(TrustedKey(name="ed", key=keys.load_public(pem, "ed.pub")),))
    signature = key.sign(dsse.pae(IN_TOTO_PAYLOAD_TYPE, STATEMENT))
    assert verify(envelope(signature=signature), digests={SHA256}, trust=trust, now=NOW).root == "ed"
    assert reason(message(), trust) == (
        "an Ed25519 key (ed) signs whole files, which cannot be checked by their digest"
    )


def test_a_key_with_a_window_needs_a_proven_time() -> None:
    """CVE-2026-54787: a key's window counts, and what was not dated was not in it."""
    limited = replace(TRUST.keys[0], valid_until=NOW + timedelta(days=1))
    assert reason(message(), TrustStore(keys=(limited,))) == (
        "the key release-key counts for a limited time, and nothing proves when this was signed"
    )
    unlimited = TrustedKey(name="same-key", key=KEY.public)
    both = TrustStore(keys=(limited, unlimited))
    assert verify(message(), digests={SHA256}, trust=both, now=NOW).root == "same-key"
