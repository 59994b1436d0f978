"""Signatures in the cryptographic message syntax (CMS, PKCS #7), and whether they hold.

Sources: RFC 5652 (one signer, signed attributes), RFC 3161 (timestamps), RFC 2985 (countersignatures), RFC
5280 sections 4.2.1.3, 4.2.1.9 and 4.2.1.12 (who may issue, and what a key is for). A signature that holds
says that the holder of the certificate's key signed these bytes. Nobody is trusted here, neither the signer
nor who gave the time; that is for a policy to say. The cryptography library is imported where it is needed.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.model import asn1
from attest.model.asn1 import INTEGER, OCTET_STRING, OCTET_STRINGS, OID, SEQUENCE, SET, context
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import TypeVar

    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

    from attest.model.asn1 import Element
    from attest.model.limits import Limits

    Extension = TypeVar("Extension", bound=x509.ExtensionType)

_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
DATA: Final = "1.2.840.113549.1.7.1"
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
#: Attributes that hold timestamps: two names of RFC 3161 tokens, Microsoft's and the standard's, and PKCS #9.
MICROSOFT_TIMESTAMP: Final = "1.3.6.1.4.1.311.3.3.1"
TIMESTAMP: Final = "1.2.840.113549.1.9.16.2.14"
COUNTERSIGNATURE: Final = "1.2.840.113549.1.9.6"
_TIMESTAMP_INFO: Final = "1.2.840.113549.1.9.16.1.4"
CODE_SIGNING, _TIME_STAMPING, _ANY_USAGE = "1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.8", "2.5.29.37.0"
_PURPOSES: Final = {CODE_SIGNING: "signing code", _TIME_STAMPING: "timestamps"}

#: The digests that a signature may be over. Whoever takes one of SHA-1, as Windows and macOS do, tells of it.
DIGESTS: Final = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_MD5: Final = {"1.2.840.113549.2.5": "md5"}
_RSA_PSS: Final = "1.2.840.113549.1.1.10"
#: Signature algorithms, with the digest that they name; "" where they leave that to the signer.
_ALGORITHMS: Final = {
    "1.2.840.113549.1.1.1": "",
    _RSA_PSS: "",
    "1.2.840.113549.1.1.5": "sha1",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
    "1.2.840.10045.2.1": "",
    "1.2.840.10045.4.1": "sha1",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What kinds of signatures differ in; all else must be right for all of them.

    `usage` is the extended key usage of the signer's certificate, `content_type` what the content must be
    ("" where the signed attributes name none) and `timestamps` the attributes that say when it was signed.
    """

    usage: str
    content_type: str
    timestamps: tuple[str, ...] = ()


_TOKEN: Final = Rules(usage=_TIME_STAMPING, content_type=_TIMESTAMP_INFO)
_COUNTER: Final = Rules(usage=_TIME_STAMPING, content_type="")


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

    @property
    def issued_itself(self) -> bool:
        """Whether it names itself as its issuer."""
        return self.subject_der == self.issuer_der

    @property
    def unit(self) -> str:
        """Its one organizational unit, "" where it has none or several."""
        from cryptography.x509.oid import NameOID

        units = self.x509.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
        return str(units[0].value) if len(units) == 1 else ""

    def marked(self, oid: str) -> bool:
        """Whether it has this extension."""
        return any(each.oid.dotted_string == oid for each in self.x509.extensions)

    def extension(self, kind: type[Extension]) -> Extension | None:
        """What it says in an extension of this kind, None where it has none."""
        return next((each.value for each in self.x509.extensions if isinstance(each.value, kind)), None)

    def is_for(self, usage: str) -> bool:
        """Whether it may sign so: `usage` is an extended key usage.

        Without any, or with the one for any, it may be used for all but timestamps, whose certificates must
        name that usage (RFC 3161, 2.3).
        """
        from cryptography import x509

        key, extended = self.extension(x509.KeyUsage), self.extension(x509.ExtendedKeyUsage)
        if key is not None and not (key.digital_signature or key.content_commitment):
            return False
        named = {each.dotted_string for each in extended or ()}
        return usage in named or (usage != _TIME_STAMPING and (extended is None or _ANY_USAGE in named))

    @property
    def hash(self) -> str:
        """The name of the hash that its issuer signed, "" where it is unknown."""
        from cryptography.exceptions import UnsupportedAlgorithm

        try:
            algorithm = self.x509.signature_hash_algorithm
        except UnsupportedAlgorithm:
            return ""
        return algorithm.name if algorithm is not None else ""


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

    @property
    def time(self) -> datetime | None:
        """When it says to have been made, None where it does not; `BoundsError` where that is no one time."""
        values = self.attributes.get(_SIGNING_TIME, ())
        if len(values) > 1:
            raise values[1].fault("a second time of signing")
        return values[0].time() if values else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedData:
    """A signature with what is around it: `content` is what is signed, None where that is elsewhere."""

    content_type: str
    content: Element | None
    certificates: tuple[Element, ...]
    signer: SignerInfo

    @property
    def message(self) -> bytes | None:
        """The bytes of the content that are signed."""
        if self.content is None:
            return None
        if self.content.tag in OCTET_STRINGS:
            return self.content.octets()
        return bytes(self.content.content)  # PKCS #7, section 7: the contents octets alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """When something was signed, as another one says: `signer` is None where the certificate is not there.

    `fault` is why it does not hold for this signature, "" where it does; `sha1` says that it rests on SHA-1.
    """

    time: datetime
    signer: Certificate | None
    fault: str
    sha1: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What came of judging a signature; `fault` is why it does not hold, "" where it does.

    `chain` begins with the signer's certificate, each followed by the one that issued it, as far as they are
    there; it is empty where the signer's is not. `sha1` names what rests on SHA-1, which can be forged.
    """

    fault: str
    chain: tuple[Certificate, ...]
    timestamps: tuple[Timestamp, ...]
    sha1: tuple[str, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """Why the signature and its timestamps do not hold."""
        stamps = (f"timestamp: {each.fault}" for each in self.timestamps if each.fault)
        return (*((self.fault,) if self.fault else ()), *stamps)


def read(element: Element, limits: Limits) -> SignedData:
    """The signature in a ContentInfo.

    Raises `BoundsError` where it is none, or has not exactly one signer; `LimitError` where it has more
    certificates than allowed.
    """
    info = element.expect(SEQUENCE).fields()
    kind = info.take(OID)
    if kind.oid() != _SIGNED_DATA:
        raise kind.fault("this is no signed data")
    fields = info.take(context(0)).only(SEQUENCE).fields()
    fields.take(INTEGER)
    fields.take(SET)
    inner = fields.take(SEQUENCE).fields()
    content_type, wrapper = inner.take(OID).oid(), inner.maybe(context(0))
    group = fields.maybe(context(0))
    certificates = tuple(each for each in group.children() if each.tag == SEQUENCE) if group else ()
    if len(certificates) > limits.code_certificates:
        raise LimitError(f"{element.what}: more than {limits.code_certificates} certificates")
    fields.maybe(context(1))
    signers = fields.take(SET).children()
    if len(signers) != 1:
        raise element.fault(f"{len(signers)} signers where one belongs")
    return SignedData(
        content_type=content_type,
        content=wrapper.only() if wrapper else None,
        certificates=certificates,
        signer=_signer(signers[0]),
    )


def _signer(element: Element) -> SignerInfo:
    fields = element.expect(SEQUENCE).fields()
    fields.take(INTEGER)
    issuer, serial, key_id = b"", 0, b""
    who = fields.take(SEQUENCE, 0x80)
    if who.tag == SEQUENCE:
        names = who.fields()
        issuer, serial = bytes(names.take(SEQUENCE).raw), names.take(INTEGER).integer()
    else:
        key_id = bytes(who.content)
    digest = digest_name(fields.take(SEQUENCE))
    signed = fields.maybe(context(0))
    kind = fields.take(SEQUENCE).fields().take(OID).oid()
    signature = fields.take(*OCTET_STRINGS).octets()
    unsigned = fields.maybe(context(1))
    return SignerInfo(
        digest=digest,
        issuer=issuer,
        serial=serial,
        key_id=key_id,
        signed=b"\x31" + bytes(signed.raw[1:]) if signed else b"",
        attributes=_attributes(signed, once=True),
        unsigned=_attributes(unsigned, once=False),
        algorithm=kind,
        signature=signature,
    )


def digest_name(element: Element) -> str:
    """The name of the digest in an AlgorithmIdentifier, its identifier where that has no name here."""
    name = element.expect(SEQUENCE).fields().take(OID).oid()
    return DIGESTS.get(name) or _MD5.get(name, name)


def _attributes(group: Element | None, *, once: bool) -> dict[str, tuple[Element, ...]]:
    """The attributes by identifier; where each may be there `once`, another reader could take another."""
    found: dict[str, tuple[Element, ...]] = {}
    for each in group.children() if group else ():
        fields = each.expect(SEQUENCE).fields()
        name, values = fields.take(OID).oid(), fields.take(SET).children()
        if not values or (once and name in found):
            raise each.fault(f"the attribute {name} is there twice, or empty")
        found[name] = found.get(name, ()) + values
    return found


def judge(
    data: SignedData, rules: Rules, limits: Limits, *, over: bytes | memoryview | None = None
) -> Judgement:
    """Whether the signature holds, over its content, or over `over` where that is elsewhere.

    Raises `BoundsError` where a time or a timestamp cannot be read, `LimitError` where there are more
    timestamps than allowed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about old certificates: not for whoever inspects a file
        certificates = _certificates(data.certificates)
        own = _certificate_of(data.signer, certificates)
        stamps = tuple(_timestamps(data.signer, certificates, rules, limits))
        # A time that somebody else gave counts for more than the signer's own; the first proves the most.
        when = min((each.time for each in stamps if not each.fault), default=data.signer.time)
        message = data.message if over is None else bytes(over)
        if data.content_type != rules.content_type or message is None:
            fault = f"it is over content of the type {data.content_type}, or over none"
        elif over is not None and data.content is not None and data.message != message:
            fault = "it carries another content than the one that it is for"
        else:
            fault = _fault(data.signer, own, message, rules, when)
        chain = tuple(_chain(own, certificates)) if own else ()
        return Judgement(
            fault=fault, chain=chain, timestamps=stamps, sha1=tuple(_sha1(data.signer, chain, stamps))
        )


def _sha1(signer: SignerInfo, chain: Sequence[Certificate], stamps: Sequence[Timestamp]) -> Iterator[str]:
    if signer.digest == "sha1":
        yield "signature"
    for each in chain:
        if each.hash == "sha1" and not each.issued_itself:  # what a root says of itself proves nothing anyway
            yield f"certificate {each.subject}"
    if any(each.sha1 for each in stamps):
        yield "timestamp"


def _certificates(elements: Iterable[Element]) -> tuple[Certificate, ...]:
    """All that can be read; one that cannot is as good as absent."""
    found: list[Certificate] = []
    for each in elements:
        try:
            found.append(read_certificate(each))
        except BoundsError:
            continue
    return tuple(found)


def read_certificate(element: Element) -> Certificate:
    """The certificate in an element; `BoundsError` where it is none, or an extension cannot be read."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    data = bytes(element.raw)
    try:
        found = x509.load_der_x509_certificate(data)
        found.extensions  # noqa: B018 - read once: whoever asks for one later gets what was read here
        subject, issuer = found.subject.rfc4514_string(), found.issuer.rfc4514_string()
        before, after = found.not_valid_before_utc, found.not_valid_after_utc
        serial = f"{found.serial_number:x}"
    except (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise BoundsError(f"a certificate cannot be read: {error}") from error
    fields = element.fields().take(SEQUENCE).fields()
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


def _certificate_of(signer: SignerInfo, certificates: Iterable[Certificate]) -> Certificate | None:
    """The certificate that the signature names, None where it is not among them."""
    from cryptography import x509

    for each in certificates:
        if signer.issuer:
            if each.issuer_der == signer.issuer and each.x509.serial_number == signer.serial:
                return each
            continue
        key = each.extension(x509.SubjectKeyIdentifier)
        if key is not None and key.digest == signer.key_id:
            return each
    return None


def _chain(leaf: Certificate, certificates: Sequence[Certificate]) -> list[Certificate]:
    """The certificate and those that issued it, each by the next one's signature.

    Only certificates of authorities count as issuers, none twice; validity in time is not judged. Of what
    was issued over MD5 or SHA-1 the library names no issuer: the chain ends there.
    """
    chain = [leaf]
    while not chain[-1].issued_itself:
        below = sum(not each.issued_itself for each in chain[1:])
        above = (each for each in certificates if each not in chain and _issued(chain[-1], each, below))
        issuer = next(above, None)
        if issuer is None:
            break
        chain.append(issuer)
    return chain


def _issued(certificate: Certificate, issuer: Certificate, below: int) -> bool:
    """Whether `issuer` is an authority that signed `certificate`, with `below` authorities between."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    basic, usage = issuer.extension(x509.BasicConstraints), issuer.extension(x509.KeyUsage)
    if (
        issuer.subject_der != certificate.issuer_der
        or basic is None
        or not basic.ca
        or (basic.path_length is not None and basic.path_length < below)
        or (usage is not None and not usage.key_cert_sign)
    ):
        return False
    try:
        certificate.x509.verify_directly_issued_by(issuer.x509)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _fault(
    signer: SignerInfo, own: Certificate | None, message: bytes, rules: Rules, when: datetime | None
) -> str:
    """Why this is no signature of the certificate's key over `message`, made `when`; "" where it is."""
    return _fault_of_attributes(signer, message, rules) or _fault_of_key(signer, own, rules, when)


def _fault_of_attributes(signer: SignerInfo, message: bytes, rules: Rules) -> str:
    """RFC 5652, sections 5.3, 5.4, 11.1 and 11.2."""
    if signer.digest not in DIGESTS.values():
        why = "proves nothing" if signer.digest in _MD5.values() else "is not known"
        return f"the digest algorithm {signer.digest} {why}"
    if not signer.signed:
        return "it has no signed attributes"
    if signer.signed[1] == 0x80:  # noqa: PLR2004 - an indefinite length: not the DER that was signed
        return "the signed attributes are not in DER"
    types = [each.oid() for each in signer.attributes.get(_CONTENT_TYPE, ())]
    if rules.content_type and types != [rules.content_type]:
        return "the signed attributes name another type of content"
    digests = [each.octets() for each in signer.attributes.get(_MESSAGE_DIGEST, ())]
    if digests != [hashlib.new(signer.digest, message, usedforsecurity=False).digest()]:
        return "the signed digest is not that of the content"
    return ""


def _fault_of_key(signer: SignerInfo, own: Certificate | None, rules: Rules, when: datetime | None) -> str:
    """RFC 5652, section 5.6, and what the certificate says of itself."""
    if own is None:
        return "the certificate of the signer is not there"
    if _ALGORITHMS.get(signer.algorithm) not in ("", signer.digest):
        return f"the signature algorithm {signer.algorithm} is not known, or is for another digest"
    if not _verifies(signer, own):
        return "the signature is not one by its certificate's key"
    if not own.is_for(rules.usage):
        return f"its certificate is not for {_PURPOSES[rules.usage]}"
    if when is not None and not own.not_before <= when <= own.not_after:
        return f"its certificate was not valid at {when:%Y-%m-%dT%H:%M:%SZ}, when it was made"
    return ""


def _verifies(signer: SignerInfo, certificate: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    kinds: dict[str, type[HashAlgorithm]] = {
        "sha1": hashes.SHA1,
        "sha256": hashes.SHA256,
        "sha384": hashes.SHA384,
        "sha512": hashes.SHA512,
    }
    algorithm = kinds[signer.digest]()
    try:
        key = certificate.x509.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            how: padding.AsymmetricPadding = padding.PKCS1v15()
            if signer.algorithm == _RSA_PSS:
                how = padding.PSS(mgf=padding.MGF1(algorithm), salt_length=padding.PSS.AUTO)
            key.verify(signer.signature, signer.signed, how, algorithm)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signer.signature, signer.signed, ec.ECDSA(algorithm))
            return True
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        pass
    return False


def _timestamps(
    signer: SignerInfo, certificates: Sequence[Certificate], rules: Rules, limits: Limits
) -> Iterator[Timestamp]:
    values = [(name, each) for name in rules.timestamps for each in signer.unsigned.get(name, ())]
    if len(values) > limits.code_signatures:
        raise LimitError(f"more than {limits.code_signatures} timestamps")
    for name, each in values:
        if name == COUNTERSIGNATURE:
            yield _countersignature(each, signer.signature, certificates)
        else:
            yield _token(each, signer.signature, limits)


def _token(token: Element, signature: bytes, limits: Limits) -> Timestamp:
    """A timestamp token of RFC 3161 over `signature`. Raises `BoundsError` where it is none."""
    data = read(token, limits)
    message = data.message
    if data.content_type != _TIMESTAMP_INFO or message is None:
        raise token.fault("this is no timestamp")
    fields = asn1.read(message, "timestamp", limits).expect(SEQUENCE).fields()
    fields.take(INTEGER)
    fields.take(OID)
    imprint = fields.take(SEQUENCE).fields()
    digest, stamped = digest_name(imprint.take(SEQUENCE)), imprint.take(OCTET_STRING).octets()
    fields.take(INTEGER)
    time = fields.take().time()
    own = _certificate_of(data.signer, _certificates(data.certificates))
    fault = _fault(data.signer, own, message, _TOKEN, time)
    if (
        digest not in DIGESTS.values()
        or stamped != hashlib.new(digest, signature, usedforsecurity=False).digest()
    ):
        fault = "it is over another signature"
    return Timestamp(time=time, signer=own, fault=fault, sha1="sha1" in (digest, data.signer.digest))


def _countersignature(element: Element, signature: bytes, certificates: Sequence[Certificate]) -> Timestamp:
    """A countersignature with its time; its certificate is among those of the signature itself."""
    signer = _signer(element)
    time = signer.time
    if time is None:
        raise element.fault("a countersignature without a time")
    own = _certificate_of(signer, certificates)
    fault = _fault(signer, own, signature, _COUNTER, time)
    return Timestamp(time=time, signer=own, fault=fault, sha1=signer.digest == "sha1")
