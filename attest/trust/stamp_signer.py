"""Whose timestamp it is, as the signed attributes of the token itself say it.

The signature alone does not bind the certificate: another certificate of the same key would verify it too. So
the token names the certificate's digest, and its signature covers that.
Sources: RFC 3161 section 2.4.2, RFC 2634 section 5.4, RFC 5035 section 5 and RFC 5816 section 2.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding

from attest.model import asn1
from attest.model.asn1 import INTEGER, OCTET_STRING, OID, SEQUENCE, SET, context
from attest.model.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.x509 import Certificate

    from attest.model.asn1 import Element

_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
_DIGESTS: Final = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_DIRECTORY_NAME: Final = context(4)


def signer_fault(token: bytes, certificate: Certificate, limits: Limits = DEFAULT_LIMITS) -> str:
    """Why the token (ContentInfo, DER) names another signer than this certificate; "" where it does not.

    A token that names none is left to the signature. Raises `attest.errors.FormatError` and
    `attest.errors.LimitError` for what cannot be read.
    """
    for attribute in _attributes(asn1.read(token, "a timestamp", limits)):
        fields = attribute.fields()
        kind = fields.take(OID).oid()
        if kind not in (_SIGNING_CERTIFICATE, _SIGNING_CERTIFICATE_V2):
            continue
        named = fields.take(SET).only(SEQUENCE).fields().take(SEQUENCE).children()
        if not named:
            return "it says that no certificate signed it (signing certificate)"
        # The first one is the signer's; those that follow are of the authorities above it.
        fault = _fault(named[0].expect(SEQUENCE), kind, certificate)
        if fault:
            return f"it names another certificate as its signer's ({fault})"
    return ""


def _attributes(token: Element) -> Iterator[Element]:
    """The signed attributes of the one signer."""
    content = token.expect(SEQUENCE).fields()
    kind = content.take(OID)
    if kind.oid() != _SIGNED_DATA:
        raise kind.fault("no signed data")
    signed = content.take(context(0)).only(SEQUENCE).fields()
    for tag in (INTEGER, SET, SEQUENCE):
        signed.take(tag)
    for tag in (context(0), context(1)):
        signed.maybe(tag)
    signer = signed.take(SET).only(SEQUENCE).fields()
    signer.take(INTEGER)
    signer.take()  # how the signer is named: the library compares it with the certificate
    signer.take(SEQUENCE)
    attributes = signer.maybe(context(0))
    yield from attributes.children() if attributes else ()


def _fault(named: Element, kind: str, certificate: Certificate) -> str:
    """In what a reference differs from the certificate."""
    fields, name = named.fields(), "sha1"
    if kind == _SIGNING_CERTIFICATE_V2:
        algorithm = fields.maybe(SEQUENCE)
        dotted = algorithm.fields().take(OID).oid() if algorithm else ""
        name = _DIGESTS.get(dotted, "") if algorithm else "sha256"
        if not name:
            return f"digest {dotted} is not known here"
    der = certificate.public_bytes(Encoding.DER)
    # SHA-1 is what the older attribute has; what binds is the signature by the certificate's key beside it.
    if fields.take(OCTET_STRING).octets() != hashlib.new(name, der, usedforsecurity=False).digest():
        return "digest"
    serial = fields.maybe(SEQUENCE)
    if serial is None:
        return ""
    both = serial.fields()
    issuer = both.take(SEQUENCE).only(_DIRECTORY_NAME).only(SEQUENCE)
    if bytes(issuer.raw) != certificate.issuer.public_bytes():
        return "issuer"
    return "" if both.take(INTEGER).integer() == certificate.serial_number else "serial number"
