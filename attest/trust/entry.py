"""What a transparency log says was signed, compared with a bundle that a key signed.

An entry proves nothing about a bundle unless its body names this digest, this signature and this key
(CVE-2022-36056 was that comparison, left out). Source: sigstore/rekor pkg/types/{hashedrekord,dsse} v0.0.1;
sigstore/rekor-tiles api/proto/rekor/v2/hashedrekord.proto.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from attest.errors import AttestError, VerificationError
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place
from attest.model.statement import Envelope
from attest.model.strict_json import Node, loads
from attest.trust.keys import load_public, load_spki

if TYPE_CHECKING:
    from attest.trust.bundle import Bundle, LogEntry
    from attest.trust.keys import PublicKey


def check_entry(bundle: Bundle, entry: LogEntry, sha256: str, key: PublicKey) -> None:
    """Compare the body of a log entry with the bundle; `sha256` is that of a signed file, in hexadecimal.

    Raises `attest.errors.VerificationError` where they differ or the body is of a kind that is not known.
    """
    place = Place(file=bundle.file)
    limits = DEFAULT_LIMITS
    try:
        value = loads(
            entry.body, file=bundle.file, max_bytes=limits.bundle_bytes, max_depth=limits.json_depth
        )
        body = Node(value=value, file=bundle.file, path="canonicalizedBody")
        logged = _read(body, bundle, f"{entry.kind} {entry.version}")
    except AttestError as error:
        raise VerificationError(f"the log entry cannot be read: {error.message}", place=place) from error
    digest, signature, logged_key = logged
    if digest not in _digests(bundle, sha256, entry.kind):
        raise VerificationError("the log entry is about something else: another digest", place=place)
    if signature != bundle.signature:
        raise VerificationError("the log entry is about something else: another signature", place=place)
    if logged_key.spki != key.spki:
        raise VerificationError("the log entry is about something else: another key", place=place)


def _digests(bundle: Bundle, sha256: str, kind: str) -> set[bytes]:
    """What an entry may give as digest: of the file, or of an envelope's payload (dsse) or signed bytes."""
    if not isinstance(bundle.content, Envelope):
        return {bytes.fromhex(sha256)}
    if kind == "dsse":
        return {hashlib.sha256(bundle.content.payload).digest()}
    signed = bundle.content.signed_bytes
    return {hashlib.new(name, signed).digest() for name in ("sha256", "sha384", "sha512")}


def _read(body: Node, bundle: Bundle, kind: str) -> tuple[bytes, bytes, PublicKey]:
    """The digest, the signature and the key that an entry names."""
    if f"{body.need('kind').text()} {body.need('apiVersion').text()}" != kind:
        raise body.fail("is of another kind than the entry says")
    spec = body.need("spec")
    enveloped = isinstance(bundle.content, Envelope)
    if kind == "hashedrekord 0.0.2":
        record = spec.need("hashedRekordV002")
        signature = record.need("signature")
        spki = signature.need("verifier").need("publicKey").need("rawBytes").base64()
        digest = record.need("data").need("digest").base64()
        return digest, signature.need("content").base64(), load_spki(spki, bundle.file)
    if kind == "hashedrekord 0.0.1" and not enveloped:
        signature = spec.need("signature")
        pem = signature.need("publicKey").need("content").base64()
        return (
            _hash(spec.need("data").need("hash")),
            signature.need("content").base64(),
            load_public(pem, bundle.file),
        )
    if kind == "dsse 0.0.1" and enveloped:
        signatures = spec.need("signatures").items(1)
        if not signatures:
            raise spec.fail("has no signature")
        signature = signatures[0]
        pem = signature.need("verifier").base64()
        return (
            _hash(spec.need("payloadHash")),
            signature.need("signature").base64(),
            load_public(pem, bundle.file),
        )
    what = "a statement" if enveloped else "a file"
    raise body.fail(f"is of the kind {kind[:80]!r}, which is not known for {what}")


def _hash(node: Node) -> bytes:
    if node.need("algorithm").text() != "sha256":
        raise node.fail("is no sha256")
    value = node.need("value")
    try:
        return bytes.fromhex(value.text())
    except ValueError as error:
        raise value.fail("is no hexadecimal") from error
