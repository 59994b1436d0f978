"""Members of a trusted root as they are used: the keys of logs, and the certificates of authorities.

Source: sigstore/protobuf-specs, protos/sigstore_trustroot.proto (TransparencyLogInstance,
CertificateAuthority). What is read is remembered: many bundles are verified against the same few members.
"""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from attest.errors import FormatError
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place
from attest.model.strict_json import Node
from attest.trust.keys import PublicKey, load_spki

if TYPE_CHECKING:
    from attest.trust.roots import Member, Root

_REMEMBERED: Final = 256
_LOCK: Final = threading.Lock()
#: What cryptography raises at a certificate that it cannot read, now or when a part of it is asked for.
UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    InternalError,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKey:
    """The key of a log; `id` is what entries and signed certificate timestamps call the log by."""

    id: bytes
    key: PublicKey
    member: Member


@lru_cache(maxsize=_REMEMBERED)
def read_key(spki: bytes, file: str) -> PublicKey:
    """The public key of a SubjectPublicKeyInfo; raises `attest.errors.FormatError`."""
    return load_spki(spki, file)


@lru_cache(maxsize=_REMEMBERED)
def read_certificate(der: bytes, file: str) -> x509.Certificate:
    """The certificate, with extensions that can be read; raises `attest.errors.FormatError`.

    What the library only warns of, RFC 5280 forbids: such a certificate is refused.
    """
    try:
        with _LOCK, warnings.catch_warnings():  # the filters are those of all threads
            warnings.simplefilter("ignore")
            found = x509.load_der_x509_certificate(der)
            found.extensions  # noqa: B018 - read once: whoever asks for one later gets what was read here
            serial = found.serial_number
    except UNREADABLE as error:
        raise FormatError(f"a certificate cannot be read: {error}", place=Place(file=file)) from error
    if serial <= 0:
        raise FormatError("a certificate's serial number is not positive", place=Place(file=file))
    return found


def public_key_of(certificate: x509.Certificate, file: str) -> PublicKey:
    """The key in a certificate; raises `attest.errors.FormatError` where no such key is used here."""
    try:
        key = certificate.public_key()
    except UNREADABLE as error:
        message = f"its certificate has no key that can be read: {error}"
        raise FormatError(message, place=Place(file=file)) from error
    return read_key(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), file)


def logs_called(members: tuple[Member, ...], log_id: bytes, root: Root) -> tuple[LogKey, ...]:
    """The logs among `members` that are called `log_id`: the same log may be listed for several windows.

    Raises `attest.errors.FormatError` where a log has no such name or no key that is read here.
    """
    found: list[LogKey] = []
    for member in members:
        node = Node(value=member.value, file=root.file)
        if log_id_of(member, root) == log_id:
            spki = node.need("publicKey").need("rawBytes").base64()
            found.append(LogKey(id=log_id, key=read_key(spki, root.file), member=member))
    return tuple(found)


def log_id_of(member: Member, root: Root) -> bytes:
    """What entries call a log by; raises `attest.errors.FormatError` where it has no such name."""
    return Node(value=member.value, file=root.file).need("logId").need("keyId").base64()


def chain_of(member: Member, root: Root) -> tuple[x509.Certificate, ...]:
    """The certificates of an authority, the one nearest to what it signs first, its root last.

    Raises `attest.errors.FormatError`.
    """
    chain = Node(value=member.value, file=root.file).need("certChain").need("certificates")
    return tuple(
        read_certificate(each.need("rawBytes").base64(), root.file)
        for each in chain.items(DEFAULT_LIMITS.certificates)
    )
