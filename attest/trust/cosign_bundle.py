"""The bundles that cosign wrote before there were Sigstore's: a signature, who made it, and a log's promise.

`cosign sign-blob` and `attest-blob` of versions 1 and 2 write them, and version 3 with
`--new-bundle-format=false`. Source: sigstore/cosign, pkg/cosign/fetch.go (LocalSignedPayload) and
pkg/cosign/bundle/rekor.go (RekorBundle). They have no inclusion proof, as a bundle 0.1 need not have one.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.model.envelope import read_envelope
from attest.model.strict_json import Node, loads
from attest.trust.parts import Bundle, LogEntry, MessageSignature

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.limits import Limits
    from attest.model.statement import Envelope, Json

_ARMOR: Final = re.compile(
    rb"-----BEGIN (?P<what>CERTIFICATE|PUBLIC KEY)-----\r?\n"
    rb"(?P<data>[A-Za-z0-9+/=\r\n]+)-----END (?P=what)-----\s*"
)
_HEX: Final = re.compile(r"(?:[0-9a-f]{2}){1,64}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def is_cosign_bundle(value: Json) -> bool:
    """Tell such a bundle by what no other one has."""
    return isinstance(value, dict) and "base64Signature" in value


def read_cosign_bundle(root: Node, limits: Limits) -> Bundle:
    """The bundle, as one of version 0.1; raises as `attest.trust.bundle.parse` does."""
    root.only("base64Signature", "cert", "rekorBundle")
    signature, logged = root.need("base64Signature"), root.get("rekorBundle")
    data = signature.base64()
    if not data:
        raise signature.fail("is empty: nothing is signed")
    entries = () if logged is None or logged.value is None else (_entry(logged, limits),)
    certificates = _certificates(root.get("cert"), limits)
    content: MessageSignature | Envelope | None = _envelope(data, root, limits)
    if content is None:
        content = MessageSignature(sha256=_digest(entries, limits), signature=data)
    return Bundle(
        file=root.file,
        version="0.1",
        content=content,
        key_hint=None if certificates else "",
        certificates=certificates,
        log_entries=entries,
        timestamps=(),
    )


def _envelope(data: bytes, root: Node, limits: Limits) -> Envelope | None:
    """What is signed where it is a statement: then the envelope stands in the signature's place."""
    try:
        value = loads(data, file=root.file, max_bytes=limits.bundle_bytes, max_depth=limits.json_depth)
    except (FormatError, LimitError):
        return None
    if not isinstance(value, dict):
        return None
    return read_envelope(Node(value=value, file=root.file, path="$.base64Signature"), limits)


def _certificates(node: Node | None, limits: Limits) -> tuple[bytes, ...]:
    """The certificate, and those after it; none where a key signed, whose public half may stand here."""
    text = node.text() if node is not None else ""
    if node is None or not text:
        return ()
    pem = text.encode() if text.startswith("-----BEGIN") else node.base64()
    return unarmored_certificates(pem, node.file, node.fail, limits)


def unarmored_certificates(
    pem: bytes, file: str, fail: Callable[[str], FormatError], limits: Limits
) -> tuple[bytes, ...]:
    """The certificates (DER) of a text, in which public keys may stand too, and nothing else.

    `fail` makes the error of what it is not. Raises that, and `attest.errors.LimitError`.
    """
    found: list[bytes] = []
    at = 0
    while match := _ARMOR.match(pem, at):
        at = match.end()
        if match["what"] == b"CERTIFICATE":
            try:
                found.append(base64.b64decode(b"".join(match["data"].split()), validate=True))
            except (binascii.Error, ValueError) as error:
                raise fail("has a certificate that is no base64") from error
        if len(found) > limits.certificates:
            raise LimitError(f"{file}: more than {limits.certificates} certificates")
    if not at or at < len(pem):
        raise fail("is no certificate and no public key (PEM, in base64)")
    return tuple(found)


def _entry(node: Node, limits: Limits) -> LogEntry:
    node.only("SignedEntryTimestamp", "Payload")
    payload = node.need("Payload")
    payload.only("body", "integratedTime", "logIndex", "logID")
    name, promise = payload.need("logID"), node.need("SignedEntryTimestamp")
    if not _HEX.fullmatch(name.text()):
        raise name.fail("is no hexadecimal")
    if not promise.base64():
        raise promise.fail("is empty: the log promises nothing")
    body = payload.need("body").base64()
    kind = _body(body, node.file, limits)
    return LogEntry(
        log_index=_natural(payload.need("logIndex")),
        log_id=bytes.fromhex(name.text()),
        kind=kind.need("kind").text(),
        version=kind.need("apiVersion").text(),
        integrated_time=_natural(payload.need("integratedTime")),
        promise=promise.base64(),
        proof=None,
        body=body,
    )


def _natural(node: Node) -> int:
    value = node.int64()
    if value < 0:
        raise node.fail("is negative")
    return value


def _body(body: bytes, file: str, limits: Limits) -> Node:
    value = loads(body, file=file, max_bytes=limits.bundle_bytes, max_depth=limits.json_depth)
    return Node(value=value, file=file, path="$.rekorBundle.Payload.body")


def _digest(entries: tuple[LogEntry, ...], limits: Limits) -> str:
    """The digest that the log's entry is about, "" where it tells none: the bundle itself names no file.

    It counts for nothing before signature and entry are verified against it.
    """
    for each in entries:
        if each.kind != "hashedrekord":
            continue
        digest = _body(each.body, "", limits).need("spec").need("data").need("hash")
        value = digest.need("value").text()
        if digest.need("algorithm").text() == "sha256" and _SHA256.fullmatch(value):
            return value
    return ""
