"""A signer of PE files for tests: Authenticode written with the cryptography library, rightly or wrongly."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from tests.sigstack.timestamps import TimestampAuthority

if TYPE_CHECKING:
    from collections.abc import Iterable

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
HASHES: dict[str, tuple[str, type[hashes.HashAlgorithm]]] = {
    "md5": ("1.2.840.113549.2.5", hashes.MD5),
    "sha1": ("1.3.14.3.2.26", hashes.SHA1),
    "sha256": ("2.16.840.1.101.3.4.2.1", hashes.SHA256),
    "sha384": ("2.16.840.1.101.3.4.2.2", hashes.SHA384),
    "sha3": ("2.16.840.1.101.3.4.2.8", hashes.SHA256),
}
_START = datetime(2026, 1, 1, tzinfo=UTC)
_YEAR = timedelta(days=365)
NESTED, TIMESTAMP, COUNTER = "1.3.6.1.4.1.311.2.4.1", "1.3.6.1.4.1.311.3.3.1", "1.2.840.113549.1.9.6"


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = (len(content).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(content).to_bytes(size, "big") + content


def seq(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def octets(data: bytes) -> bytes:
    return tlv(0x04, data)


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    found = b""
    for number in (40 * first + second, *rest):
        piece = bytes([number & 0x7F])
        while number := number >> 7:
            piece = bytes([0x80 | number & 0x7F]) + piece
        found += piece
    return tlv(0x06, found)


def attribute(name: str, *values: bytes) -> bytes:
    return seq(oid(name), tlv(0x31, *values))


def name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def certificate(
    subject: str,
    key: Key,
    issuer: str,
    issuer_key: Key,
    *,
    ca: bool = False,
    path_length: int | None = None,
    serial: int = 0x1234,
    usage: ObjectIdentifier | None = ExtendedKeyUsageOID.CODE_SIGNING,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(_START)
        .not_valid_after(_START + 2 * _YEAR)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if usage is not None and not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


@dataclass(frozen=True)
class CodeSigner:
    """A key with its certificate, and the certificates that go into the file."""

    key: Key
    own: x509.Certificate
    others: tuple[x509.Certificate, ...] = ()
    by_key_id: bool = False
    pss: bool = False

    @property
    def certificates(self) -> tuple[bytes, ...]:
        return tuple(each.public_bytes(Encoding.DER) for each in (self.own, *self.others))

    def info(
        self,
        attributes: Iterable[bytes],
        digest: str,
        *,
        over: bytes | None = None,
        unsigned: Iterable[bytes] = (),
        seal: tuple[str, bytes] | None = None,
    ) -> bytes:
        """A SignerInfo over `attributes`, or over `over` itself; `seal` asks for a timestamp."""
        signed = tlv(0x31, *sorted(attributes)) if over is None else b""
        signature = self.sign(signed or over or b"", digest)
        extra = list(unsigned)
        if seal is not None:
            extra.append(stamp(seal[0], signature, seal[1]))
        if self.by_key_id:
            ski = self.own.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
            who = tlv(0x80, ski)
        else:
            who = seq(self.own.issuer.public_bytes(), integer(self.own.serial_number))
        kind = "1.2.840.113549.1.1.1" if isinstance(self.key, rsa.RSAPrivateKey) else "1.2.840.10045.2.1"
        if self.pss:
            kind = "1.2.840.113549.1.1.10"
        return seq(
            integer(1),
            who,
            seq(oid(HASHES[digest][0]), b"\x05\x00"),
            b"\xa0" + signed[1:] if signed else b"",
            seq(oid(kind)),
            octets(signature),
            tlv(0xA1, *extra) if extra else b"",
        )

    def sign(self, data: bytes, digest: str) -> bytes:
        algorithm = HASHES[digest][1]()
        if isinstance(self.key, rsa.RSAPrivateKey):
            if self.pss:
                return self.key.sign(data, padding.PSS(padding.MGF1(algorithm), 32), algorithm)
            return self.key.sign(data, padding.PKCS1v15(), algorithm)
        return self.key.sign(data, ec.ECDSA(algorithm))


def token(over: bytes, authority: TimestampAuthority, digest: str = "sha256") -> bytes:
    """A timestamp token over these bytes."""
    hashed = hashlib.new(digest, over).digest()
    imprint = {"hash_algorithm": {"algorithm": digest}, "hashed_message": hashed}
    query = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "cert_req": True}).dump()
    found: bytes = tsp.TimeStampResp.load(authority.answer(query))["time_stamp_token"].dump()
    return found


def stamp(kind: str, signature: bytes, over: bytes) -> bytes:
    """An unsigned attribute that says when: "rfc3161" or "counter"."""
    if kind == "rfc3161":
        return attribute(TIMESTAMP, token(over or signature, TSA))
    attributes = [
        attribute("1.2.840.113549.1.9.3", oid("1.2.840.113549.1.7.1")),
        attribute("1.2.840.113549.1.9.5", tlv(0x17, b"261122123456Z")),
        attribute("1.2.840.113549.1.9.4", octets(hashlib.sha256(over or signature).digest())),
    ]
    if kind == "counter-timeless":
        del attributes[1]
    who = STAMPER if kind != "counter-by-code-signer" else SIGNER
    return attribute(COUNTER, who.info(attributes, "sha256"))


ROOT_KEY, CA_KEY, KEY, STAMP_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(4))
ROOT = certificate("Root", ROOT_KEY, "Root", ROOT_KEY, ca=True)
CA = certificate("Code CA", CA_KEY, "Root", ROOT_KEY, ca=True, path_length=0)
LEAF = certificate("Widget, Signer", KEY, "Code CA", CA_KEY)
SIGNER = CodeSigner(KEY, LEAF, (CA, ROOT))
STAMPER = CodeSigner(
    STAMP_KEY,
    certificate("Stamper", STAMP_KEY, "Code CA", CA_KEY, serial=2, usage=ExtendedKeyUsageOID.TIME_STAMPING),
)
TSA = TimestampAuthority()


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How a file is signed; what is not said is done rightly."""

    by: CodeSigner = SIGNER
    digest: str = "sha256"
    pages: bool = False
    stamp: str = ""
    stamped: bytes = b""
    nested: tuple[bytes, ...] = ()
    content_type: str = "1.3.6.1.4.1.311.2.1.4"
    subject_type: str = "1.3.6.1.4.1.311.2.1.15"
    said_type: str | None = None
    file_digest: bytes | None = None
    message_digest: bytes | None = None
    signed: bool = True
    certificates: tuple[bytes, ...] | None = None
    signers: int = 1
    unsigned: tuple[bytes, ...] = field(default=())


def places(data: bytes) -> tuple[int, int]:
    """Where the checksum and the directory entry of certificates are."""
    optional = struct.unpack_from("<I", data, 0x3C)[0] + 24
    wide = data[optional : optional + 2] == b"\x0b\x02"
    return optional + 64, optional + (144 if wide else 128)


def file_digest(data: bytes, digest: str) -> bytes:
    checksum, entry = places(data)
    return hashlib.new(digest, data[:checksum] + data[checksum + 4 : entry] + data[entry + 8 :]).digest()


def page_hashes(data: bytes, digest: str) -> bytes:
    checksum, entry = places(data)
    optional = checksum - 64
    headers = struct.unpack_from("<I", data, optional + 60)[0]
    (count,), (size,) = (
        struct.unpack_from("<H", data, optional - 18),
        struct.unpack_from("<H", data, optional - 4),
    )
    first = (data[:checksum] + data[checksum + 4 : entry] + data[entry + 8 : headers]).ljust(
        0x1000 - 12, b"\0"
    )
    table = [(0, first)]
    end = 0
    for index in range(count):
        length, start = struct.unpack_from("<II", data, optional + size + 40 * index + 16)
        end = start + length
        table += [
            (at, data[at : min(at + 0x1000, end)].ljust(0x1000, b"\0")) for at in range(start, end, 0x1000)
        ]
    found = b"".join(struct.pack("<I", at) + hashlib.new(digest, part).digest() for at, part in table)
    return found + struct.pack("<I", end) + bytes(hashlib.new(digest).digest_size)


def pkcs7(data: bytes, wish: Wish) -> bytes:
    """The signature of a file that has none yet."""
    name_of = HASHES[wish.digest][0]
    known = "sha256" if wish.digest == "sha3" else wish.digest
    digest = wish.file_digest or file_digest(data, known)
    link = tlv(0xA0, tlv(0xA2, tlv(0x80, "<<<Obsolete>>>".encode("utf-16-be"))))
    if wish.pages:
        pages = tlv(0x31, octets(page_hashes(data, known)))
        kind = {"sha1": "1.3.6.1.4.1.311.2.3.1", "sha256": "1.3.6.1.4.1.311.2.3.2"}[known]
        moniker = tlv(0xA1, octets(bytes(16)), octets(tlv(0x31, seq(oid(kind), pages))))
        link = tlv(0xA0, moniker)
    content = seq(oid(wish.subject_type), seq(tlv(0x03, b"\0"), link)) + seq(
        seq(oid(name_of), b"\x05\x00"), octets(digest)
    )
    attributes = [
        attribute("1.2.840.113549.1.9.3", oid(wish.said_type or wish.content_type)),
        attribute(
            "1.2.840.113549.1.9.4", octets(wish.message_digest or hashlib.new(known, content).digest())
        ),
    ]
    unsigned = [*wish.unsigned]
    if wish.nested:
        unsigned.append(attribute(NESTED, *wish.nested))
    seal = (wish.stamp, wish.stamped) if wish.stamp else None
    info = wish.by.info(
        attributes, wish.digest, over=None if wish.signed else content, unsigned=unsigned, seal=seal
    )
    own = wish.by.certificates if wish.certificates is None else wish.certificates
    if wish.stamp.startswith("counter"):
        own = (*own, *STAMPER.certificates)
    signed = seq(
        integer(1),
        tlv(0x31, seq(oid(name_of), b"\x05\x00")),
        seq(oid(wish.content_type), tlv(0xA0, seq(content))),
        tlv(0xA0, *own),
        tlv(0x31, *[info] * wish.signers),
    )
    return seq(oid("1.2.840.113549.1.7.2"), tlv(0xA0, signed))


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 8)


def attach(data: bytes, *entries: bytes, kind: int = 2, extra: bytes = b"") -> bytes:
    """The file with a table of these certificates."""
    found = bytearray(padded(data))
    table = b"".join(
        padded(struct.pack("<IHH", 8 + len(each + extra), 0x200, kind) + each + extra) for each in entries
    )
    struct.pack_into("<II", found, places(data)[1], len(found), len(table))
    return bytes(found) + table


def sign(data: bytes, wish: Wish | None = None) -> bytes:
    """The signed file."""
    return attach(data, pkcs7(padded(data), wish or Wish()))
