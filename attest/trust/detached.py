"""A signature in a file of its own, with what is needed beside it in other files: as one bundle.

`cosign sign-blob --output-signature … --output-certificate … --rfc3161-timestamp …` writes them (versions 1
and 2, and 3 with `--new-bundle-format=false`). Source: sigstore/cosign, cmd/cosign/cli/sign/sign_blob.go,
cmd/cosign/cli/verify/verify_blob.go and pkg/cosign/bundle/rfc3161timestamp.go. No file says which log has an
entry of it, so that none is proven.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final, NamedTuple

from attest.errors import FormatError, LimitError
from attest.model.envelope import read_envelope
from attest.model.place import Place
from attest.model.strict_json import Node, loads
from attest.trust.cosign_bundle import unarmored_certificates
from attest.trust.parts import Bundle, MessageSignature

if TYPE_CHECKING:
    from attest.model.limits import Limits
    from attest.model.statement import Envelope

_ARMOR: Final = b"-----BEGIN"


class Part(NamedTuple):
    """One of the files: its name for messages, and its bytes."""

    file: str
    data: bytes


def read_detached(
    signature: Part, *, certificate: Part | None, timestamp: Part | None, limits: Limits
) -> Bundle:
    """The bundle that the files make together; by a key where there is no certificate.

    Raises `attest.errors.FormatError` for what is none of the forms, `attest.errors.LimitError` for what is
    larger than such a file can be.
    """
    data = _unwrapped(signature, limits.bundle_bytes)
    if not data:
        raise FormatError(
            "the file is empty: nothing is signed", place=Place(file=signature.file), hint="sign it again"
        )
    certificates = _certificates(certificate, limits) if certificate else ()
    envelope = _envelope(data, signature.file, limits)
    return Bundle(
        file=signature.file,
        version="0.1",
        content=envelope or MessageSignature(sha256="", signature=data),
        key_hint=None if certificates else "",
        certificates=certificates,
        log_entries=(),
        timestamps=(_timestamp(timestamp, limits),) if timestamp else (),
        document=data if envelope else b"",  # cosign has all of it stamped
    )


def _unwrapped(part: Part, most: int) -> bytes:
    """The bytes, out of the base64 that cosign puts around them; as they are where they are in none."""
    if len(part.data) > most:
        raise LimitError(
            f"{len(part.data)} bytes, more than the {most} that are read of such a file",
            place=Place(file=part.file),
            hint="name the right file",
        )
    try:
        return base64.b64decode(b"".join(part.data.split()), validate=True)
    except (binascii.Error, ValueError):
        return part.data


def _envelope(data: bytes, file: str, limits: Limits) -> Envelope | None:
    """A DSSE envelope, which stands in the signature's place where a statement is signed."""
    if data.lstrip()[:1] != b"{":
        return None
    value = loads(data, file=file, max_bytes=limits.bundle_bytes, max_depth=limits.json_depth)
    return read_envelope(Node(value=value, file=file), limits)


def _certificates(part: Part, limits: Limits) -> tuple[bytes, ...]:
    """The certificate, and others that stand after it, which prove nothing: PEM, in base64 or not, or DER."""
    data = part.data if part.data.lstrip()[:10] == _ARMOR else _unwrapped(part, limits.bundle_bytes)
    if not data.lstrip().startswith(_ARMOR):
        return (data,)

    def fail(message: str) -> FormatError:
        hint = "give the certificate of who signed, or their public key with --key"
        return FormatError(message, place=Place(file=part.file), hint=hint)

    found = unarmored_certificates(data.lstrip(), part.file, fail, limits)
    if not found:
        raise fail("holds a public key and no certificate")
    return found


def _timestamp(part: Part, limits: Limits) -> bytes:
    """The response of the authority: as it came, or in the JSON that cosign writes."""
    if part.data.lstrip()[:1] != b"{":
        return _unwrapped(part, limits.bundle_bytes)
    value = loads(part.data, file=part.file, max_bytes=limits.bundle_bytes, max_depth=limits.json_depth)
    node = Node(value=value, file=part.file)
    node.only("SignedRFC3161Timestamp")
    return node.need("SignedRFC3161Timestamp").base64()
