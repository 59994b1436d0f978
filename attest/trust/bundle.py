"""Sigstore bundles 0.1 to 0.3, cosign's older ones, and bare DSSE envelopes, read; nothing is verified yet.

Source: sigstore/protobuf-specs, protos/sigstore_bundle.proto and sigstore_rekor.proto. As protojson wants
it, absent numbers are 0, absent bytes and lists empty, and 64-bit integers may be strings or numbers.
Stricter than protojson: unknown members, duplicate keys and odd spellings of base64 are refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.model.envelope import read_envelope
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.statement import BUNDLE_MEDIA_TYPE, Envelope
from attest.model.strict_json import Node, loads
from attest.trust.cosign_bundle import is_cosign_bundle, read_cosign_bundle
from attest.trust.parts import Bundle, InclusionProof, LogEntry, MessageSignature

if TYPE_CHECKING:
    from attest.model.statement import Json

__all__ = [
    "Bundle",
    "InclusionProof",
    "LogEntry",
    "MessageSignature",
    "looks_like_bundle",
    "parse",
    "read_log_entry",
]

_VERSIONS: Final = {
    "application/vnd.dev.sigstore.bundle+json;version=0.1": "0.1",
    "application/vnd.dev.sigstore.bundle+json;version=0.2": "0.2",
    "application/vnd.dev.sigstore.bundle+json;version=0.3": "0.3",
    BUNDLE_MEDIA_TYPE: "0.3",
}
_FAMILY: Final = "application/vnd.dev.sigstore.bundle"
_MARK: Final = re.compile(
    rb'"mediaType"\s*:\s*"application/vnd\.dev\.sigstore\.bundle'
    rb'|"(?:verificationMaterial|payloadType|base64Signature)"\s*:'
)
_BEGINNING: Final = re.compile(rb'\s*\{\s*"mediaType"\s*:\s*"application/vnd\.dev\.sigstore\.bundle')
_ANOTHER: Final = re.compile(rb"\}[ \t]*(?:\r\n|\r|\n)\s*\{")
_SHA256_BYTES: Final = 32


def looks_like_bundle(data: bytes) -> bool:
    """Tell by content whether `data` is meant as a bundle or a DSSE envelope, however broken.

    A JSON document that merely has one inside is none.
    """
    if _BEGINNING.match(data):  # as most do: no need to read it twice
        return True
    if data.lstrip()[:1] != b"{" or not _MARK.search(data):
        return False
    try:
        value = loads(data, file="", max_bytes=len(data), max_depth=DEFAULT_LIMITS.json_depth)
    except (FormatError, LimitError):
        return True
    return _is_bundle(value) or _is_envelope(value) or is_cosign_bundle(value)


def separate(data: bytes, file: str, limits: Limits = DEFAULT_LIMITS) -> list[tuple[str, bytes]]:
    """The bundles of a file, each with what errors call it: those of its lines (`file:3`), or the file whole.

    A file has several where each of its lines is a JSON object, as `gh attestation download` writes them.
    Raises `attest.errors.LimitError` for more lines than are read of one file.
    """
    if not _ANOTHER.search(data) or not _MARK.search(data):
        return [(file, data)]
    lines = [(f"{file}:{number}", line) for number, line in enumerate(data.splitlines(), start=1)]
    lines = [(name, line) for name, line in lines if line.strip()]
    if not all(each.lstrip()[:1] == b"{" and each.rstrip()[-1:] == b"}" for _, each in lines):
        return [(file, data)]
    if len(lines) > limits.bundle_lines:
        raise LimitError(
            f"{len(lines)} bundles, more than the {limits.bundle_lines} that are read of one file",
            place=Place(file=file),
            hint="take out those that are about this file",
        )
    return lines


def _is_bundle(value: Json) -> bool:
    if not isinstance(value, dict):
        return False
    return "verificationMaterial" in value or str(value.get("mediaType", "")).startswith(_FAMILY)


def _is_envelope(value: Json) -> bool:
    return isinstance(value, dict) and {"payloadType", "payload", "signatures"} <= value.keys()


def parse(data: bytes, file: str, limits: Limits = DEFAULT_LIMITS) -> Bundle:
    """The bundle, of whichever kind, or bare DSSE envelope that the JSON document `data` is.

    Raises `attest.errors.FormatError` for what breaks the format and `attest.errors.LimitError` for more
    of anything than `limits` allow.
    """
    value = loads(data, file=file, max_bytes=limits.bundle_bytes, max_depth=limits.json_depth)
    root = Node(value=value, file=file)
    if _is_envelope(value) and not _is_bundle(value):
        envelope = read_envelope(root, limits)
        return Bundle(
            file=file,
            version="",
            content=envelope,
            key_hint=envelope.keyid,
            certificates=(),
            log_entries=(),
            timestamps=(),
        )
    if is_cosign_bundle(value) and not _is_bundle(value):
        return read_cosign_bundle(root, limits)
    root.only("mediaType", "verificationMaterial", "messageSignature", "dsseEnvelope")
    media_type = root.need("mediaType")
    version = _VERSIONS.get(media_type.text())
    if version is None:
        raise media_type.fail(
            f"is {media_type.text()[:80]!r}, no bundle version that is known here",
            hint="bundles 0.1, 0.2 and 0.3 are read",
        )
    material = root.need("verificationMaterial")
    material.only(
        "publicKey", "certificate", "x509CertificateChain", "tlogEntries", "timestampVerificationData"
    )
    hint, certificates = _signer(material, version, limits)
    return Bundle(
        file=file,
        version=version,
        content=_content(root, limits),
        key_hint=hint,
        certificates=certificates,
        log_entries=tuple(
            read_log_entry(each, limits) for each in _list(material, "tlogEntries", limits.log_entries)
        ),
        timestamps=_timestamps(material, limits),
    )


def _list(node: Node, key: str, most: int) -> list[Node]:
    found = node.get(key)
    return found.items(most) if found else []


def _integer(node: Node, key: str) -> int:
    found = node.get(key)
    value = found.int64() if found else 0
    if found and value < 0:
        raise found.fail("is negative")
    return value


def _bytes(node: Node, key: str) -> bytes:
    found = node.get(key)
    return found.base64() if found else b""


def _content(root: Node, limits: Limits) -> MessageSignature | Envelope:
    message, envelope = root.get("messageSignature"), root.get("dsseEnvelope")
    if message and envelope:
        raise root.fail("has both a messageSignature and a dsseEnvelope: it cannot mean both")
    if envelope:
        return read_envelope(envelope, limits)
    if not message:
        raise root.fail("has neither a messageSignature nor a dsseEnvelope: nothing is signed")
    message.only("messageDigest", "signature")
    signature = message.need("signature").base64()
    if not signature:
        raise message.need("signature").fail("is empty")
    digest = message.get("messageDigest")
    named = digest is not None and digest.object()  # cosign writes an empty one beside Ed25519 signatures
    return MessageSignature(sha256=_sha256(digest) if digest and named else "", signature=signature)


def _sha256(digest: Node) -> str:
    digest.only("algorithm", "digest")
    algorithm = digest.need("algorithm")
    if algorithm.text() != "SHA2_256":
        raise algorithm.fail(
            f"is {algorithm.text()[:80]!r}; only SHA2_256 binds a signature to a file here",
            hint="sign the SHA-256 of the file",
        )
    value = digest.need("digest").base64()
    if len(value) != _SHA256_BYTES:
        raise digest.need("digest").fail(f"has {len(value)} bytes; a SHA-256 has {_SHA256_BYTES}")
    return value.hex()


def _signer(material: Node, version: str, limits: Limits) -> tuple[str | None, tuple[bytes, ...]]:
    key, single, chain = (material.get(name) for name in ("publicKey", "certificate", "x509CertificateChain"))
    if sum(each is not None for each in (key, single, chain)) != 1:
        raise material.fail("has not exactly one of publicKey, certificate and x509CertificateChain")
    if key:
        key.only("hint")
        hint = key.get("hint")
        return (hint.text() if hint else ""), ()
    if chain and version == "0.3":
        raise chain.fail("does not belong into a bundle 0.3, which has one certificate")
    if single and version != "0.3":
        raise single.fail(f"does not belong into a bundle {version}, which has an x509CertificateChain")
    if chain:
        chain.only("certificates")
        nodes = _list(chain, "certificates", limits.certificates)
        if not nodes:
            raise chain.fail("is empty: no certificate says who signed")
    else:
        nodes = [single] if single else []
    return None, tuple(_certificate(each) for each in nodes)


def _certificate(node: Node) -> bytes:
    node.only("rawBytes")
    data = node.need("rawBytes").base64()
    if not data:
        raise node.need("rawBytes").fail("is empty")
    return data


def _timestamps(material: Node, limits: Limits) -> tuple[bytes, ...]:
    data = material.get("timestampVerificationData")
    if not data:
        return ()
    data.only("rfc3161Timestamps")
    nodes = _list(data, "rfc3161Timestamps", limits.timestamps)
    for each in nodes:
        each.only("signedTimestamp")
    found = tuple(each.need("signedTimestamp").base64() for each in nodes)
    if len(set(found)) != len(found):
        raise data.fail("has the same timestamp twice")
    return found


def read_log_entry(node: Node, limits: Limits) -> LogEntry:
    """A log entry (TransparencyLogEntry in protojson), as bundles hold them and Rekor 2 answers."""
    node.only(
        "logIndex",
        "logId",
        "kindVersion",
        "integratedTime",
        "inclusionPromise",
        "inclusionProof",
        "canonicalizedBody",
    )
    kind, promise, proof = (node.get(key) for key in ("kindVersion", "inclusionPromise", "inclusionProof"))
    if not kind:
        raise node.fail("has no 'kindVersion'")
    kind.only("kind", "version")
    if promise:
        promise.only("signedEntryTimestamp")
    log_id = node.need("logId")
    log_id.only("keyId")
    return LogEntry(
        log_index=_integer(node, "logIndex"),
        log_id=_bytes(log_id, "keyId"),
        kind=kind.need("kind").text(),
        version=kind.need("version").text(),
        integrated_time=_integer(node, "integratedTime"),
        promise=_bytes(promise, "signedEntryTimestamp") if promise else b"",
        proof=_proof(proof, limits) if proof else None,
        body=_bytes(node, "canonicalizedBody"),
    )


def _proof(node: Node, limits: Limits) -> InclusionProof:
    node.only("logIndex", "rootHash", "treeSize", "hashes", "checkpoint")
    checkpoint = node.get("checkpoint")
    if checkpoint:
        checkpoint.only("envelope")
    note = checkpoint.get("envelope") if checkpoint else None
    index, size = _integer(node, "logIndex"), _integer(node, "treeSize")
    if index >= size:
        raise node.fail(f"places entry {index} in a tree of {size} entries")
    return InclusionProof(
        log_index=index,
        tree_size=size,
        root_hash=_bytes(node, "rootHash"),
        hashes=tuple(each.base64() for each in _list(node, "hashes", limits.inclusion_hashes)),
        checkpoint=note.text() if note else "",
    )
