"""CMS signatures inside executables: what they say, and whether they hold.

Sources: RFC 5652 (SignedData, one signer, signed attributes), RFC 5280 sections 4.2.1.3 and 4.2.1.9 (who may
issue). Nobody is trusted here: `root` is the fingerprint of the certificate that a chain ends with, and
whether that is the right one is for a policy to say.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.exe import ber
from attest.exe.reader import BoundsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from attest.exe.ber import Value
    from attest.model.limits import Limits

_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
TIMESTAMP_TOKEN: Final = "1.2.840.113549.1.9.16.2.14"  # noqa: S105 - an object identifier
_DIGESTS: Final = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_CONTEXT_0, _CONTEXT_1 = 0xA0, 0xA1


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The one signature of a SignedData; attributes are by object identifier, each with its first value.

    `content` is what it carries and signs, None where that is elsewhere. `signed` are the bytes that the
    signature is over, `digest` the name of the hash.
    """

    certificates: tuple[bytes, ...]
    content: bytes | None
    digest: str
    issuer: bytes
    serial: int
    attributes: dict[str, Value]
    unsigned: dict[str, Value]
    signed: bytes
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What a certificate says of its owner; `extensions` are the object identifiers of its extensions."""

    subject: str
    unit: str
    extensions: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The signer's certificate and its issuers, as far as they are there and have signed one another.

    `root` is the SHA-256 of the last one where that issued itself, "" where the chain ends before. `holds`
    says that the signer's key made the signature, and that the signer's certificate was valid at the time
    that the signature names.
    """

    certificates: tuple[Certificate, ...]
    root: str
    holds: bool


def read(data: bytes | memoryview, limits: Limits) -> Signature:
    """The signature of a SignedData.

    Raises `BoundsError` where it is none, or has not exactly one signer with signed attributes;
    `attest.errors.LimitError` where it is larger than allowed.
    """
    outer = ber.parse(data, limits)
    if outer.tag != ber.SEQUENCE or outer.child(0, ber.OID).oid() != _SIGNED_DATA:
        raise BoundsError("a signature that is no CMS SignedData")
    body = outer.child(1, _CONTEXT_0).child(0, ber.SEQUENCE)
    carried = body.child(2, ber.SEQUENCE).children[1:]
    certificates = [
        bytes(one.raw)
        for part in body.children[3:-1]
        if part.tag == _CONTEXT_0
        for one in part.children
        if one.tag == ber.SEQUENCE
    ]
    if len(certificates) > limits.certificates:
        raise BoundsError(f"a signature with more than {limits.certificates} certificates")
    signers = body.child(len(body.children) - 1, ber.SET).children
    if len(signers) != 1:
        raise BoundsError(f"a signature by {len(signers)} signers, not exactly one")
    return _signature(signers[0], tuple(certificates), _content(carried))


def _content(carried: tuple[Value, ...]) -> bytes | None:
    return b"".join(each.octets() for each in carried[0].children) if carried else None


def _signature(signer: Value, certificates: tuple[bytes, ...], content: bytes | None) -> Signature:
    name = signer.child(1, ber.SEQUENCE)
    algorithm = signer.child(2, ber.SEQUENCE).child(0, ber.OID).oid()
    digest = _DIGESTS.get(algorithm)
    if digest is None:
        raise BoundsError(f"a signature over an unknown kind of digest, {algorithm}")
    attributes = signer.child(3, _CONTEXT_0)
    inner = b"".join(bytes(each.raw) for each in attributes.children)
    return Signature(
        certificates=certificates,
        content=content,
        digest=digest,
        issuer=bytes(name.child(0, ber.SEQUENCE).raw),
        serial=int.from_bytes(name.child(1, ber.INTEGER).content, "big", signed=True),
        attributes=_attributes(attributes),
        unsigned=_attributes(signer.children[6])
        if len(signer.children) > 6 and signer.children[6].tag == _CONTEXT_1  # noqa: PLR2004 - the seventh field
        else {},
        signed=ber.header(ber.SET, len(inner)) + inner,
        value=signer.child(5, ber.OCTET_STRING).octets(),
    )


def _attributes(group: Value) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for each in group.children:
        oid, values = each.child(0, ber.OID).oid(), each.child(1, ber.SET).children
        if oid in found or not values:
            raise BoundsError(f"a signature's attribute {oid} is there twice, or empty")
        found[oid] = values[0]
    return found


def signing_time(signature: Signature) -> datetime | None:
    """When the signer says to have signed; None where it does not. Nobody else vouches for it."""
    value = signature.attributes.get(SIGNING_TIME)
    if value is None:
        return None
    text = bytes(value.content).decode("ascii", "replace")
    if value.tag == ber.UTC_TIME:
        text = ("20" if text < "50" else "19") + text
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def is_about(signature: Signature, content: bytes | memoryview) -> bool:
    """Whether the signed attributes name the digest of `content`, and nothing else is carried."""
    said = signature.attributes.get(MESSAGE_DIGEST)
    if said is None or (signature.content is not None and signature.content != bytes(content)):
        return False
    return said.octets() == hashlib.new(signature.digest, content, usedforsecurity=False).digest()


def chain(signature: Signature, limits: Limits) -> Chain:
    """The signer and who vouches for it, among the certificates that the signature carries.

    Raises `BoundsError` where the signer's certificate is not among them, or one of them cannot be read.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.utils import CryptographyDeprecationWarning

    try:
        with warnings.catch_warnings():
            # What a later release of the library refuses is read as long as it can be.
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            return _chain(signature, limits)
    except (
        ValueError,
        UnsupportedAlgorithm,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise BoundsError(f"a signature's certificate cannot be read: {error}") from error


def _chain(signature: Signature, limits: Limits) -> Chain:
    from cryptography import x509

    pool = [x509.load_der_x509_certificate(each) for each in signature.certificates]
    leaf = next((each for each in pool if _is_signer(each, signature)), None)
    if leaf is None:
        raise BoundsError("a signature without the certificate of its signer")
    links = _links(leaf, pool, limits)
    return Chain(
        certificates=tuple(_certificate(each) for each in links),
        root=hashlib.sha256(_der(links[-1])).hexdigest() if links[-1].subject == links[-1].issuer else "",
        holds=_signed_by(leaf, signature) and _valid_then(leaf, signing_time(signature)),
    )


def _der(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.DER)


def _is_signer(one: x509.Certificate, signature: Signature) -> bool:
    return one.serial_number == signature.serial and one.issuer.public_bytes() == signature.issuer


def _links(
    leaf: x509.Certificate, pool: Sequence[x509.Certificate], limits: Limits
) -> list[x509.Certificate]:
    """The leaf and, one after the other, the certificate that issued the one before."""
    links = [leaf]
    while links[-1].subject != links[-1].issuer and len(links) <= limits.certificates:
        above = next((each for each in pool if _issued(each, links)), None)
        if above is None:
            break
        links.append(above)
    return links


def _issued(issuer: x509.Certificate, links: Sequence[x509.Certificate]) -> bool:
    """Whether `issuer` was allowed to issue the last of `links`, and did."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        issuer_is = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    below = len(links) - 1  # authorities between it and the signer
    if not issuer_is.ca or (issuer_is.path_length is not None and issuer_is.path_length < below):
        return False
    try:
        if not issuer.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign:
            return False
    except x509.ExtensionNotFound:
        pass
    try:
        links[-1].verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _certificate(certificate: x509.Certificate) -> Certificate:
    from cryptography.x509.oid import NameOID

    units = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return Certificate(
        subject=certificate.subject.rfc4514_string(),
        unit=str(units[0].value) if len(units) == 1 else "",
        extensions=frozenset(each.oid.dotted_string for each in certificate.extensions),
    )


def _valid_then(certificate: x509.Certificate, when: datetime | None) -> bool:
    return when is None or certificate.not_valid_before_utc <= when <= certificate.not_valid_after_utc


def _signed_by(certificate: x509.Certificate, signature: Signature) -> bool:
    """Whether the certificate's key made the signature over the signed attributes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    algorithms: dict[str, hashes.HashAlgorithm] = {
        "sha1": hashes.SHA1(),  # noqa: S303 - read, never made: old signatures are what they are
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }
    algorithm, key = algorithms[signature.digest], certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature.value, signature.signed, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature.value, signature.signed, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True
