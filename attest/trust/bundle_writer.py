"""Bundles 0.3 as bytes: the same for the same bundle, one line of JSON.

Source: sigstore/protobuf-specs, protos/sigstore_bundle.proto. As protojson wants it, 64-bit integers are
strings, and what is 0 or empty is left out; the indexes of log entries alone are written always, because
sigstore-python wants to see them.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from attest.model.envelope import envelope_json
from attest.model.statement import BUNDLE_MEDIA_TYPE, Envelope
from attest.model.strict_json import dumps
from attest.trust.bundle import Bundle

if TYPE_CHECKING:
    from attest.model.statement import Json
    from attest.trust.bundle import InclusionProof, LogEntry, MessageSignature


def key_hint(spki_sha256: str) -> str:
    """How a bundle names a key: the base64 of the SHA-256 (given in hexadecimal) of its SubjectPublicKeyInfo.

    cosign and sigstore-go write it so; an envelope's `keyid` stays away because cosign refuses it.
    """
    return base64.b64encode(bytes.fromhex(spki_sha256)).decode()


def write_key_bundle(content: MessageSignature | Envelope, spki_sha256: str) -> bytes:
    """A bundle for a signature by a key (fingerprint in hexadecimal), without log entry or timestamp."""
    return write_bundle(
        Bundle(
            file="",
            version="0.3",
            content=content,
            key_hint=key_hint(spki_sha256),
            certificates=(),
            log_entries=(),
            timestamps=(),
        )
    )


def write_bundle(bundle: Bundle) -> bytes:
    """The bundle as a bundle 0.3, which has one certificate: the signer's."""
    material: dict[str, Json] = (
        {"certificate": {"rawBytes": _text(bundle.certificates[0])}}
        if bundle.certificates
        else {"publicKey": {"hint": bundle.key_hint}}
    )
    if bundle.log_entries:
        material["tlogEntries"] = [_entry(each) for each in bundle.log_entries]
    if bundle.timestamps:
        material["timestampVerificationData"] = {
            "rfc3161Timestamps": [{"signedTimestamp": _text(each)} for each in bundle.timestamps]
        }
    document: dict[str, Json] = {"mediaType": BUNDLE_MEDIA_TYPE, "verificationMaterial": material}
    content = bundle.content
    if isinstance(content, Envelope):
        document["dsseEnvelope"] = envelope_json(content)
    else:
        document["messageSignature"] = {
            "messageDigest": {"algorithm": "SHA2_256", "digest": _text(bytes.fromhex(content.sha256))},
            "signature": _text(content.signature),
        }
    return dumps(document) + b"\n"


def _entry(entry: LogEntry) -> dict[str, Json]:
    document: dict[str, Json] = {
        "logIndex": str(entry.log_index),
        "logId": {"keyId": _text(entry.log_id)},
        "kindVersion": {"kind": entry.kind, "version": entry.version},
        "canonicalizedBody": _text(entry.body),
    }
    if entry.integrated_time:
        document["integratedTime"] = str(entry.integrated_time)
    if entry.promise:
        document["inclusionPromise"] = {"signedEntryTimestamp": _text(entry.promise)}
    if entry.proof:
        document["inclusionProof"] = _proof(entry.proof)
    return document


def _proof(proof: InclusionProof) -> dict[str, Json]:
    document: dict[str, Json] = {
        "logIndex": str(proof.log_index),
        "rootHash": _text(proof.root_hash),
        "treeSize": str(proof.tree_size),
        "hashes": [_text(each) for each in proof.hashes],
    }
    if proof.checkpoint:
        document["checkpoint"] = {"envelope": proof.checkpoint}
    return document


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
