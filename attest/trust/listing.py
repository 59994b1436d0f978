"""What is in a trusted root: every authority and log with its window and its fingerprints.

Source: sigstore/protobuf-specs, protos/sigstore_trustroot.proto.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.strict_json import Node
from attest.model.trust_listing import TrustedMember, TrustListing
from attest.trust.members import read_certificate
from attest.trust.roots import parse

if TYPE_CHECKING:
    from attest.model.trust_listing import TrustedKind
    from attest.trust.roots import Member, Root

_KINDS: Final[tuple[tuple[TrustedKind, str], ...]] = (
    ("certificate-authority", "authorities"),
    ("transparency-log", "logs"),
    ("certificate-transparency-log", "certificate_logs"),
    ("timestamp-authority", "timestamping"),
)


def listings(
    data: bytes, name: str, source: str, limits: Limits = DEFAULT_LIMITS
) -> tuple[TrustListing, ...]:
    """What each trusted root in `data` trusts; several in one file are called NAME, NAME#2 and so on.

    Raises `attest.errors.FormatError` and `attest.errors.LimitError` as `attest.trust.roots.parse`, and the
    former for a certificate that cannot be read.
    """
    digest = hashlib.sha256(data).hexdigest()
    return tuple(
        TrustListing(name=root.name, source=source, sha256=digest, members=tuple(_members(root, limits)))
        for root in parse(data, name, source, limits)
    )


def _members(root: Root, limits: Limits) -> list[TrustedMember]:
    return [
        _authority(kind, each, root.file, limits)
        if kind.endswith("authority")
        else _log(kind, each, root.file)
        for kind, field in _KINDS
        for each in getattr(root, field)
    ]


def _log(kind: TrustedKind, member: Member, file: str) -> TrustedMember:
    node = Node(value=member.value, file=file)
    key = node.need("publicKey").need("rawBytes").base64()
    uri = _text(node, "baseUrl")
    return TrustedMember(
        kind=kind,
        name=uri.partition("://")[2].partition("/")[0] or uri,
        uri=uri,
        start=member.start,
        end=member.end,
        sha256s=(hashlib.sha256(key).hexdigest(),),
    )


def _authority(kind: TrustedKind, member: Member, file: str, limits: Limits) -> TrustedMember:
    node = Node(value=member.value, file=file)
    chain = node.need("certChain").need("certificates").items(limits.certificates)
    certificates = [each.need("rawBytes").base64() for each in chain]
    ends = []
    for at, data in zip(chain, certificates, strict=True):
        try:
            ends.append(read_certificate(data, file).not_valid_after_utc)
        except FormatError as error:
            raise at.fail("is no certificate") from error
    subject = node.get("subject")
    words = [_text(subject, key) for key in ("organization", "commonName")] if subject else []
    return TrustedMember(
        kind=kind,
        name=", ".join(filter(None, words)),
        uri=_text(node, "uri"),
        start=member.start,
        end=member.end,
        sha256s=tuple(hashlib.sha256(each).hexdigest() for each in certificates),
        expires=min(ends, default=None),
    )


def _text(node: Node, key: str) -> str:
    found = node.get(key)
    return found.text() if found else ""
