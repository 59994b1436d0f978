"""Signatures in the cryptographic message syntax (CMS, PKCS #7), as code signatures and timestamps use it.

Sources: RFC 5652, RFC 3161 (timestamps). A signature that is right here says that the
holder of the certificate's key signed these bytes; whether the certificate is to be trusted is not judged.
The cryptography library is only imported where something is verified or a certificate is read.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.exe import der
from attest.exe.der import INTEGER, OCTET_STRING, OID, SEQUENCE, SET, context
from attest.exe.reader import BoundsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

    from attest.exe.der import Element
    from attest.model.limits import Limits

SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
COUNTERSIGNATURE: Final = "1.2.840.113549.1.9.6"
TIMESTAMP_INFO: Final = "1.2.840.113549.1.9.16.1.4"
CODE_SIGNING, TIME_STAMPING, ANY_USAGE = "1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.8", "2.5.29.37.0"

DIGESTS: Final = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_RSA_PSS: Final = "1.2.840.113549.1.1.10"
#: Signature algorithms that name their digest; others (rsaEncryption, RSASSA-PSS) take the signer's.
_WITH_DIGEST: Final = {
    "1.2.840.113549.1.1.4": "md5",
    "1.2.840.113549.1.1.5": "sha1",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
    "1.2.840.10045.4.1": "sha1",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """An X.509 certificate; names are written as RFC 4514 has them, `serial` and `sha256` in hexadecimal."""

    x509: x509.Certificate
    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    sha256: str
    subject_der: bytes
    issuer_der: bytes

    def is_for(self, usage: str) -> bool:
        """Whether it may be used so: `usage` is an extended key usage. Without any it may be used for all."""
        from cryptography import x509

        try:
            found = self.x509.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            return True
        except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
            return False
        return bool({usage, ANY_USAGE} & {each.dotted_string for each in found})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerInfo:
    """One signature. `digest` is the name of its algorithm, or the identifier where that has no name here.

    The signer's certificate is named by `issuer` and `serial`, or by `key_id`. `signed` are the signed
    attributes as they are signed, empty where there are none; attributes are values by identifier.
    """

    digest: str
    issuer: bytes
    serial: int
    key_id: bytes
    signed: bytes
    attributes: Mapping[str, tuple[Element, ...]]
    unsigned: Mapping[str, tuple[Element, ...]]
    algorithm: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedData:
    """`content` is what is signed, None where it is elsewhere; `certificates` are as they are in the file."""

    content_type: str
    content: Element | None
    certificates: tuple[bytes, ...]
    signers: tuple[SignerInfo, ...]

    @property
    def message(self) -> bytes:
        """The bytes of the content that are signed; b"" where they are elsewhere."""
        if self.content is None:
            return b""
        if self.content.tag & ~der.CONSTRUCTED == OCTET_STRING:
            return self.content.octets()
        return bytes(self.content.content)  # PKCS #7, section 7: the contents octets alone


def read_signed_data(data: memoryview | Element, what: str, limits: Limits) -> SignedData:
    """The signed data that a ContentInfo holds. Raises `BoundsError` where it is none."""
    outer = der.read(data, what, limits) if isinstance(data, memoryview) else data
    info = outer.expect(SEQUENCE).fields()
    kind = info.take(OID)
    if kind.oid() != SIGNED_DATA:
        raise kind.fault("this is no signed data")
    fields = info.take(context(0)).fields().take(SEQUENCE).fields()
    fields.take(INTEGER)
    fields.take(SET)
    inner = fields.take(SEQUENCE).fields()
    content_type = inner.take(OID).oid()
    wrapper = inner.maybe(context(0))
    certificates = fields.maybe(context(0))
    fields.maybe(context(1))
    signers = fields.take(SET)
    return SignedData(
        content_type=content_type,
        content=wrapper.fields().take() if wrapper else None,
        certificates=tuple(
            bytes(each.raw) for each in _few(certificates, limits.code_certificates) if each.tag == SEQUENCE
        ),
        signers=tuple(read_signer(each) for each in _few(signers, limits.code_signatures)),
    )


def _few(of: Element | None, most: int) -> list[Element]:
    found: list[Element] = []
    for each in of.children() if of else ():
        if len(found) == most:
            raise each.fault(f"more than {most} elements")
        found.append(each)
    return found


def read_signer(element: Element) -> SignerInfo:
    """A SignerInfo. Raises `BoundsError`."""
    fields = element.expect(SEQUENCE).fields()
    fields.take(INTEGER)
    issuer, serial, key_id = b"", 0, b""
    who = fields.take(SEQUENCE, 0x80)
    if who.tag == SEQUENCE:
        names = who.fields()
        issuer, serial = bytes(names.take(SEQUENCE).raw), names.take(INTEGER).integer()
    else:
        key_id = bytes(who.content)
    digest = algorithm(fields.take(SEQUENCE))
    signed = fields.maybe(context(0))
    kind = fields.take(SEQUENCE).fields().take(OID).oid()
    signature = fields.take(OCTET_STRING).octets()
    unsigned = fields.maybe(context(1))
    return SignerInfo(
        digest=DIGESTS.get(digest, digest),
        issuer=issuer,
        serial=serial,
        key_id=key_id,
        signed=b"\x31" + bytes(signed.raw[1:]) if signed else b"",
        attributes=_attributes(signed),
        unsigned=_attributes(unsigned),
        algorithm=kind,
        signature=signature,
    )


def algorithm(element: Element) -> str:
    """The identifier in an AlgorithmIdentifier."""
    return element.expect(SEQUENCE).fields().take(OID).oid()


def _attributes(element: Element | None) -> dict[str, tuple[Element, ...]]:
    found: dict[str, list[Element]] = {}
    count = 0
    for each in element.children() if element else ():
        fields = each.expect(SEQUENCE).fields()
        values = found.setdefault(fields.take(OID).oid(), [])
        for value in fields.take(SET).children():
            count += 1
            if count > value.limits.code_attributes:
                raise value.fault(f"more than {value.limits.code_attributes} attributes")
            values.append(value)
    return {name: tuple(values) for name, values in found.items()}


def read_certificate(data: bytes, limits: Limits) -> Certificate:
    """The certificate whose DER is `data`. Raises `BoundsError` where it is none."""
    from cryptography import x509

    what = "certificate"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about old certificates: not for whoever inspects a file
            found = x509.load_der_x509_certificate(data)
            subject, issuer = found.subject.rfc4514_string(), found.issuer.rfc4514_string()
            before, after = found.not_valid_before_utc, found.not_valid_after_utc
            serial = f"{found.serial_number:x}"
    except (ValueError, x509.InvalidVersion) as error:
        raise BoundsError(f"{what} cannot be read: {error}") from error
    fields = der.read(memoryview(data), what, limits).fields().take(SEQUENCE).fields()
    fields.maybe(context(0))
    fields.take(INTEGER)
    fields.take(SEQUENCE)
    issuer_der = bytes(fields.take(SEQUENCE).raw)
    fields.take(SEQUENCE)
    return Certificate(
        x509=found,
        subject=subject,
        issuer=issuer,
        serial=serial,
        not_before=before,
        not_after=after,
        sha256=hashlib.sha256(data).hexdigest(),
        subject_der=bytes(fields.take(SEQUENCE).raw),
        issuer_der=issuer_der,
    )


def read_certificates(data: Iterable[bytes], limits: Limits) -> tuple[Certificate, ...]:
    """All that can be read; one that cannot is as good as absent."""
    found: list[Certificate] = []
    for each in data:
        try:
            found.append(read_certificate(each, limits))
        except BoundsError:
            continue
    return tuple(found)


def certificate_of(signer: SignerInfo, certificates: Iterable[Certificate]) -> Certificate | None:
    """The certificate that the signature names, None where it is not among them."""
    from cryptography import x509

    for each in certificates:
        if signer.issuer:
            if each.issuer_der == signer.issuer and each.x509.serial_number == signer.serial:
                return each
            continue
        try:
            found = each.x509.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
            continue
        if found == signer.key_id:
            return each
    return None


def chain_of(leaf: Certificate, certificates: Sequence[Certificate], limits: Limits) -> list[Certificate]:
    """The certificate and those of `certificates` that issued it, each by the next one's signature.

    Only certificates of authorities count as issuers; validity in time and trust are not judged.
    """
    chain = [leaf]
    while len(chain) < limits.certificates and chain[-1].subject_der != chain[-1].issuer_der:
        below = sum(each.subject_der != each.issuer_der for each in chain[1:])
        issuer = next(
            (each for each in certificates if each not in chain and _issued(chain[-1], each, below)), None
        )
        if issuer is None:
            break
        chain.append(issuer)
    return chain


def _issued(certificate: Certificate, issuer: Certificate, below: int) -> bool:
    """Whether `issuer` is an authority that signed `certificate`, with `below` authorities between."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    if issuer.subject_der != certificate.issuer_der:
        return False
    try:
        extensions = issuer.x509.extensions
        basic = extensions.get_extension_for_class(x509.BasicConstraints).value
        if not basic.ca or (basic.path_length is not None and basic.path_length < below):
            return False
        usage = next((each.value for each in extensions if isinstance(each.value, x509.KeyUsage)), None)
        if usage is not None and not usage.key_cert_sign:
            return False
        certificate.x509.verify_directly_issued_by(issuer.x509)
    except (
        ValueError,
        TypeError,
        InvalidSignature,
        UnsupportedAlgorithm,
        x509.ExtensionNotFound,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ):
        return False
    return True


def signature_fault(
    signer: SignerInfo, certificate: Certificate | None, message: bytes, content_type: str = ""
) -> str:
    """Why this is no signature of the certificate's key over `message`; "" where it is.

    `content_type` is what the signed attributes must call the content, "" where they need not. (RFC 5652,
    sections 5.4 and 5.6.)
    """
    if signer.digest not in DIGESTS.values():
        return f"the digest algorithm {signer.digest} is not known"
    over = message
    if signer.signed:
        if signer.signed[1] == 0x80:  # noqa: PLR2004 - an indefinite length: not the DER that was signed
            return "the signed attributes are not in DER"
        types = [each.oid() for each in signer.attributes.get(CONTENT_TYPE, ())]
        if content_type and types != [content_type]:
            return "the signed attributes name another type of content"
        digests = [each.octets() for each in signer.attributes.get(MESSAGE_DIGEST, ())]
        if digests != [hashlib.new(signer.digest, message, usedforsecurity=False).digest()]:
            return "the signed digest is not that of the content"
        over = signer.signed
    if certificate is None:
        return "the certificate of the signer is not there"
    return "" if _verifies(signer, certificate, over) else "the signature is not one by its certificate's key"


def _verifies(signer: SignerInfo, certificate: Certificate, over: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    name = _WITH_DIGEST.get(signer.algorithm, signer.digest)
    try:
        algorithm = _hash(name)
        key = certificate.x509.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            how: padding.AsymmetricPadding = padding.PKCS1v15()
            if signer.algorithm == _RSA_PSS:
                how = padding.PSS(mgf=padding.MGF1(algorithm), salt_length=padding.PSS.AUTO)
            key.verify(signer.signature, over, how, algorithm)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signer.signature, over, ec.ECDSA(algorithm))
            return True
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        pass
    return False


def _hash(name: str) -> HashAlgorithm:
    from cryptography.hazmat.primitives import hashes

    kinds: dict[str, type[hashes.MD5 | hashes.SHA1 | hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
        "md5": hashes.MD5,
        "sha1": hashes.SHA1,
        "sha256": hashes.SHA256,
        "sha384": hashes.SHA384,
        "sha512": hashes.SHA512,
    }
    return kinds[name]()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """When something was signed, as another one says: `signer` is None where the certificate is not there.

    `fault` is why it does not hold for this signature, "" where it does; trust is not judged.
    """

    time: datetime
    signer: Certificate | None
    fault: str


def read_timestamp(token: Element, signature: bytes, limits: Limits) -> Timestamp:
    """A timestamp token of RFC 3161 over `signature`. Raises `BoundsError` where it is none."""
    data = read_signed_data(token, token.what, limits)
    if data.content_type != TIMESTAMP_INFO or len(data.signers) != 1:
        raise token.fault("this is no timestamp with one signer")
    message = data.message
    fields = der.read(memoryview(message), "timestamp", limits).expect(SEQUENCE).fields()
    fields.take(INTEGER)
    fields.take(OID)
    imprint = fields.take(SEQUENCE).fields()
    digest, stamped = algorithm(imprint.take(SEQUENCE)), imprint.take(OCTET_STRING).octets()
    fields.take(INTEGER)
    time = fields.take().time()
    signer = certificate_of(data.signers[0], read_certificates(data.certificates, limits))
    fault = signature_fault(data.signers[0], signer, message, TIMESTAMP_INFO)
    name = DIGESTS.get(digest)
    if name is None or stamped != hashlib.new(name, signature, usedforsecurity=False).digest():
        fault = "it is over another signature"
    elif signer is not None and not signer.is_for(TIME_STAMPING):
        fault = fault or "its certificate is not for timestamps"
    return Timestamp(time=time, signer=signer, fault=fault)


def read_countersignature(element: Element, signature: bytes, others: Sequence[Certificate]) -> Timestamp:
    """A countersignature with its time (PKCS #9, 6.6); `others` are the certificates of the signature."""
    signer = read_signer(element)
    times = signer.attributes.get(SIGNING_TIME, ())
    if len(times) != 1:
        raise element.fault("a countersignature without a time")
    certificate = certificate_of(signer, others)
    fault = signature_fault(signer, certificate, signature)
    if not fault and certificate is not None and not certificate.is_for(TIME_STAMPING):
        fault = "its certificate is not for timestamps"
    return Timestamp(time=times[0].time(), signer=certificate, fault=fault)
