"""What a transparency log says was signed, compared with a bundle.

An entry proves nothing about a bundle unless its body names this digest, this signature and this key or
certificate (CVE-2022-36056 was that comparison, left out). Source: sigstore/rekor pkg/types/hashedrekord and
dsse v0.0.1, intoto v0.0.2; sigstore/rekor-tiles api/proto/rekor/v2/hashedrekord.proto and dsse.proto.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from attest.errors import AttestError, VerificationError
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place
from attest.model.statement import Envelope
from attest.model.strict_json import Node, loads
from attest.trust.keys import load_public, load_spki

if TYPE_CHECKING:
    from attest.trust.bundle import Bundle, LogEntry

_DIGESTS: Final = {"SHA2_256": "sha256", "SHA2_384": "sha384", "SHA2_512": "sha512"}
_CERTIFICATE: Final = b"CERTIFICATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Logged:
    """What an entry names: digests that must be those of the bundle, the signature, and who signed (DER)."""

    digest: bytes
    expected: bytes
    signature: bytes
    signer: bytes
    payload_type: str = ""


def check_entry(bundle: Bundle, entry: LogEntry, sha256: str, signer: bytes) -> None:
    """Compare the body of a log entry with the bundle, field by field.

    `sha256` is that of a signed file, in hexadecimal; `signer` is the signer's certificate, or the
    SubjectPublicKeyInfo of a key, in DER. Raises `attest.errors.VerificationError` where they differ or the
    body is of a kind that is not known.
    """
    place = Place(file=bundle.file)
    limits = DEFAULT_LIMITS
    try:
        value = loads(
            entry.body, file=bundle.file, max_bytes=limits.bundle_bytes, max_depth=limits.json_depth
        )
        body = Node(value=value, file=bundle.file, path="canonicalizedBody")
        logged = _read(body, bundle, f"{entry.kind} {entry.version}", sha256)
    except AttestError as error:
        raise VerificationError(f"the log entry cannot be read: {error.message}", place=place) from error
    what = "certificate" if bundle.certificates else "key"
    if logged.digest != logged.expected:
        raise VerificationError("the log entry is about something else: another digest", place=place)
    if logged.signature != bundle.signature:
        raise VerificationError("the log entry is about something else: another signature", place=place)
    if logged.signer != signer:
        raise VerificationError(f"the log entry is about something else: another {what}", place=place)
    if isinstance(bundle.content, Envelope) and logged.payload_type not in ("", bundle.content.payload_type):
        raise VerificationError("the log entry is about something else: another payload type", place=place)


def _read(body: Node, bundle: Bundle, kind: str, sha256: str) -> _Logged:
    """What an entry of this kind names."""
    if f"{body.need('kind').text()} {body.need('apiVersion').text()}" != kind:
        raise body.fail("is of another kind than the entry says")
    spec, content = body.need("spec"), bundle.content
    if kind == "hashedrekord 0.0.2":
        return _hashed_2(spec.need("hashedRekordV002"), bundle, sha256)
    if kind == "hashedrekord 0.0.1" and not isinstance(content, Envelope):
        signature = spec.need("signature")
        return _Logged(
            digest=_hash(spec.need("data").need("hash")),
            expected=bytes.fromhex(sha256),
            signature=signature.need("content").base64(),
            signer=_from_pem(signature.need("publicKey").need("content"), bundle.file),
        )
    if isinstance(content, Envelope):
        expected = hashlib.sha256(content.payload).digest()
        if kind == "dsse 0.0.1":
            signature = _only(spec.need("signatures"))
            return _Logged(
                digest=_hash(spec.need("payloadHash")),
                expected=expected,
                signature=signature.need("signature").base64(),
                signer=_from_pem(signature.need("verifier"), bundle.file),
            )
        if kind == "dsse 0.0.2":
            return _dsse_2(spec.need("dsseV002"), bundle, expected)
        if kind == "intoto 0.0.2":
            return _intoto_2(spec.need("content"), bundle, expected)
    what = "a statement" if isinstance(content, Envelope) else "a file"
    raise body.fail(f"is of the kind {kind[:80]!r}, which is not known for {what}")


def _hashed_2(record: Node, bundle: Bundle, sha256: str) -> _Logged:
    """The digest is of the file, or of the bytes that an envelope's signature is over."""
    signature, data = record.need("signature"), record.need("data")
    name = _digest_name(data)
    if isinstance(bundle.content, Envelope):
        expected = hashlib.new(name, bundle.content.signed_bytes).digest()
    else:
        expected = bytes.fromhex(sha256)
    return _Logged(
        digest=data.need("digest").base64(),
        expected=expected,
        signature=signature.need("content").base64(),
        signer=_verifier(signature.need("verifier"), bundle.file),
    )


def _dsse_2(record: Node, bundle: Bundle, expected: bytes) -> _Logged:
    payload, signature = record.need("payloadHash"), _only(record.need("signatures"))
    if _digest_name(payload) != "sha256":
        raise payload.fail("is no SHA2_256")
    return _Logged(
        digest=payload.need("digest").base64(),
        expected=expected,
        signature=signature.need("content").base64(),
        signer=_verifier(signature.need("verifier"), bundle.file),
    )


def _intoto_2(content: Node, bundle: Bundle, expected: bytes) -> _Logged:
    """The envelope in the entry has its payload taken out, and its signatures are in base64 twice."""
    envelope = content.need("envelope")
    signature = _only(envelope.need("signatures"))
    inner = signature.need("sig")
    text = inner.base64().decode("ascii", "replace")
    return _Logged(
        digest=_hash(content.need("payloadHash")),
        expected=expected,
        signature=Node(value=text, file=bundle.file, path=inner.path).base64(),
        signer=_from_pem(signature.need("publicKey"), bundle.file),
        payload_type=envelope.need("payloadType").text(),
    )


def _only(signatures: Node) -> Node:
    found = signatures.items(1)
    if not found:
        raise signatures.fail("has no signature")
    return found[0]


def _digest_name(node: Node) -> str:
    algorithm = node.need("algorithm")
    name = _DIGESTS.get(algorithm.text())
    if name is None:
        raise algorithm.fail(f"is {algorithm.text()[:80]!r}, no digest that is known here")
    return name


def _verifier(node: Node, file: str) -> bytes:
    """Who signed, as Rekor 2 writes it: one of a key and a certificate."""
    key, certificate = node.get("publicKey"), node.get("x509Certificate")
    if certificate and not key:
        return certificate.need("rawBytes").base64()
    if key and not certificate:
        return load_spki(key.need("rawBytes").base64(), file).spki
    raise node.fail("has not exactly one of publicKey and x509Certificate")


def _from_pem(node: Node, file: str) -> bytes:
    """Who signed, as Rekor 1 writes it: the PEM of a key or of a certificate."""
    pem = node.base64()
    if _CERTIFICATE not in pem:
        return load_public(pem, file).spki
    try:
        return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    except ValueError as error:
        raise node.fail("is no certificate") from error


def _hash(node: Node) -> bytes:
    if node.need("algorithm").text() != "sha256":
        raise node.fail("is no sha256")
    value = node.need("value")
    try:
        return bytes.fromhex(value.text())
    except ValueError as error:
        raise value.fail("is no hexadecimal") from error
