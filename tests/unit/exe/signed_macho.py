"""Code signatures made by hand, and Mach-O files that carry them."""

from __future__ import annotations

import hashlib
import plistlib
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import MD5, SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.unit.exe.builders import build_version, macho

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HASHES: dict[int, Callable[[bytes], bytes]] = {
    1: lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    2: lambda data: hashlib.sha256(data).digest(),
    3: lambda data: hashlib.sha256(data).digest()[:20],
    4: lambda data: hashlib.sha384(data).digest(),
    5: lambda data: hashlib.sha512(data).digest(),
}
ADHOC, RUNTIME = 0x2, 0x10000
REQUIREMENTS, ENTITLEMENTS, DER_ENTITLEMENTS, CMS = 2, 5, 7, 0x10000
MAGICS = {REQUIREMENTS: 0xFADE0C01, ENTITLEMENTS: 0xFADE7171, DER_ENTITLEMENTS: 0xFADE7172, CMS: 0xFADE0B01}
NO_REQUIREMENTS = struct.pack(">I", 0)


def blob(magic: int, content: bytes) -> bytes:
    return struct.pack(">II", magic, 8 + len(content)) + content


def super_blob(blobs: Mapping[int, bytes]) -> bytes:
    at, table, body = 12 + 8 * len(blobs), b"", b""
    for slot, each in blobs.items():
        table += struct.pack(">II", slot, at + len(body))
        body += each
    return struct.pack(">III", 0xFADE0CC0, at + len(body), len(blobs)) + table + body


def code_directory(
    code: bytes,
    *,
    kind: int = 2,
    page: int = 12,
    flags: int = ADHOC,
    identifier: str = "hello",
    team: str = "",
    special: Mapping[int, bytes] | None = None,
    version: int = 0x20400,
    wide: bool = False,
    scatter: int = 0,
) -> bytes:
    """A code directory over `code`; `special` are whole blobs by slot."""
    of, specials = HASHES.get(kind, HASHES[2]), special or {}
    size = len(of(b""))
    step = 1 << page if page else max(len(code), 1)
    pages = [of(code[at : at + step]) for at in range(0, len(code), step)]
    last = max(specials, default=0)
    slots = [of(specials[slot]) if slot in specials else bytes(size) for slot in range(last, 0, -1)]
    names = identifier.encode() + b"\0" + (team.encode() + b"\0" if team else b"")
    head = 88
    team_at = head + len(identifier) + 1 if team else 0
    hashes_at = head + len(names) + size * last
    body = struct.pack(
        ">7I4B4I4Q",
        version,
        flags,
        hashes_at,
        head,
        last,
        len(pages),
        0 if wide else len(code),
        size,
        kind,
        0,
        page,
        0,
        scatter,
        team_at,
        0,
        len(code) if wide else 0,
        0,
        0,
        1,
    )
    return blob(0xFADE0C02, body + names + b"".join(slots + pages))


@dataclass(frozen=True)
class Signing:
    """How a file is signed: the directories' kinds of hash, the blobs' contents by slot, and who signs."""

    kinds: tuple[int, ...] = (2,)
    page: int = 12
    flags: int = ADHOC
    identifier: str = "hello"
    team: str = ""
    version: int = 0x20400
    wide: bool = False
    scatter: int = 0
    contents: tuple[tuple[int, bytes], ...] = ()
    cms: Callable[[list[bytes]], bytes] | None = None

    def __call__(self, code: bytes) -> bytes:
        special = {slot: blob(MAGICS.get(slot, 0xFADE8181), content) for slot, content in self.contents}
        directories = [
            code_directory(
                code,
                kind=kind,
                page=self.page,
                flags=self.flags,
                identifier=self.identifier,
                team=self.team,
                special=special,
                version=self.version,
                wide=self.wide,
                scatter=self.scatter,
            )
            for kind in self.kinds
        ]
        slots = [0, *range(0x1000, 0x1000 + len(directories) - 1)]
        blobs = {**dict(zip(slots, directories, strict=True)), **special}
        if self.cms is not None:
            blobs[CMS] = blob(MAGICS[CMS], self.cms(directories))
        return super_blob(blobs)


def linked(
    data: bytes,
    commands: tuple[bytes, ...],
    signature: bytes,
    bits: Literal[32, 64] = 64,
    endian: Literal["little", "big"] = "little",
) -> bytes:
    order = "<" if endian == "little" else ">"
    command = struct.pack(f"{order}4I", 0x1D, 16, 0, len(signature))
    made = macho(
        ("__TEXT", "__text", data),
        ("__LINKEDIT", "", signature),
        commands=(*commands, command),
        bits=bits,
        endian=endian,
    )
    place = struct.pack(f"{order}2I", len(made) - len(signature), len(signature))
    return made.replace(command, command[:8] + place)


def signed(
    sign: Callable[[bytes], bytes],
    *,
    data: bytes = b"\x90" * 5000,
    commands: tuple[bytes, ...] = (build_version(1),),
    bits: Literal[32, 64] = 64,
    endian: Literal["little", "big"] = "little",
) -> bytes:
    """A program signed by `sign`, which gives the signature of the bytes before it."""
    size = len(sign(b"\0" * 8192)) + 512  # signatures of elliptic curves differ in size
    size += -size % 16
    draft = linked(data, commands, bytes(size), bits, endian)
    return draft[:-size] + sign(draft[:-size]).ljust(size, b"\0")


def entitlements(**values: object) -> bytes:
    return plistlib.dumps({name.replace("_", "."): value for name, value in values.items()})


# --- certificates and CMS ------------------------------------------------------------------------------
#
# Apple's own certificates and signatures were not at hand: the chain is made here, with the marks that
# Apple documents. What a real Developer ID signature looks like in every byte is not shown by it.

DEVELOPER_ID, DEVELOPER_ID_ISSUER = "1.2.840.113635.100.6.1.13", "1.2.840.113635.100.6.2.6"
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
TEAM = "A1B2C3D4E5"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Party:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


def party(
    name: str,
    issuer: Party | None = None,
    *,
    unit: str = "",
    mark: str = "",
    ca: bool | None = None,
    path_length: int | None = None,
    key: Key | None = None,
    issues: bool | None = None,
    purpose: x509.ObjectIdentifier | None = None,
) -> Party:
    own = key or ec.generate_private_key(ec.SECP256R1())
    names = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if unit:
        names.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    subject = x509.Name(names)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(NOW + timedelta(days=30))
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
    if issues is not None:
        usage = dict.fromkeys(
            (
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "crl_sign",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        builder = builder.add_extension(x509.KeyUsage(**usage, key_cert_sign=issues), critical=True)
    if mark:
        extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(mark), b"\x05\x00")
        builder = builder.add_extension(extension, critical=True)
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
    return Party(certificate=builder.sign(issuer.key if issuer else own, SHA256()), key=own)


def forgeable(one: Party, key: rsa.RSAPrivateKey, digest: Literal["md5", "sha1"]) -> Party:
    """The same certificate, signed by `key` over a digest that can be forged."""
    last, algorithm = {"md5": ("4", MD5), "sha1": ("5", SHA1)}[digest]
    now = oid(f"1.2.840.113549.1.1.{last}")
    body = one.certificate.tbs_certificate_bytes.replace(oid("1.2.840.113549.1.1.11"), now)
    made = der(
        0x30,
        body,
        der(0x30, now, b"\x05\x00"),
        der(0x03, b"\0" + key.sign(body, padding.PKCS1v15(), algorithm())),
    )
    return Party(certificate=x509.load_der_x509_certificate(made), key=one.key)


@cache
def developer() -> tuple[Party, Party, Party]:
    """The chain of a Developer ID, the signer first."""
    root = party("Test Root CA", ca=True, issues=True)
    authority = party(
        "Test Developer ID CA", root, mark=DEVELOPER_ID_ISSUER, ca=True, path_length=0, issues=True
    )
    leaf = party(f"Developer ID Application: Acme ({TEAM})", authority, unit=TEAM, mark=DEVELOPER_ID)
    return leaf, authority, root


def der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def endless(tag: int, *parts: bytes) -> bytes:
    """As Apple's tools write: until two zero bytes."""
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"


def oid(dotted: str) -> bytes:
    numbers = [int(each) for each in dotted.split(".")]
    body = b""
    for number in (40 * numbers[0] + numbers[1], *numbers[2:]):
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(number & 0x7F | 0x80)
        body += bytes(reversed(digits))
    return der(0x06, body)


RSA = "1.2.840.113549.1.1.1"
SHA256_OID, DATA, SIGNED_DATA = "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"


def attribute(name: str, value: bytes) -> bytes:
    return der(0x30, oid(name), der(0x31, value))


def sign_bytes(key: Key, data: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), SHA256())
    return key.sign(data, ec.ECDSA(SHA256()))


def cms(
    content: bytes,
    *parties: Party,
    attributes: tuple[bytes, ...] | None = None,
    extra: tuple[bytes, ...] = (),
    unsigned: tuple[bytes, ...] = (),
    seal: Callable[[bytes], bytes] | None = None,
    carried: bytes | None = None,
    carries: Sequence[Party] | None = None,
    content_type: str = DATA,
    digest: str = SHA256_OID,
    algorithm: str = "1.2.840.10045.4.3.2",
    signers: int = 1,
    form: Callable[..., bytes] = der,
    signed_form: Callable[..., bytes] = der,
    time: bytes | None = b"260115120000Z",
) -> bytes:
    """A CMS signature over `content` by the first of `parties`, with the certificates of all or of `carries`.

    `attributes` stand in the place of the usual ones, () for none at all; `seal` makes an unsigned one.
    """
    leaf = parties[0]
    if attributes is None:
        attributes = (
            attribute("1.2.840.113549.1.9.3", oid(DATA)),
            attribute("1.2.840.113549.1.9.4", der(0x04, hashlib.sha256(content).digest())),
            *((attribute("1.2.840.113549.1.9.5", der(0x17, time)),) if time else ()),
            *extra,
        )
    number = leaf.certificate.serial_number
    serial = der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))
    signature = sign_bytes(leaf.key, der(0x31, *attributes) if attributes else carried or content)
    if seal is not None:
        unsigned = (*unsigned, seal(signature))
    one = der(
        0x30,
        der(0x02, b"\x01"),
        der(0x30, leaf.certificate.issuer.public_bytes(), serial),
        der(0x30, oid(digest), b"\x05\x00"),
        signed_form(0xA0, *attributes) if attributes else b"",
        der(0x30, oid(RSA if isinstance(leaf.key, rsa.RSAPrivateKey) else algorithm)),
        der(0x04, signature),
        *((der(0xA1, *unsigned),) if unsigned else ()),
    )
    body = form(
        0x30,
        der(0x02, b"\x01"),
        der(0x31, der(0x30, oid(digest), b"\x05\x00")),
        form(0x30, oid(content_type), *((form(0xA0, der(0x04, carried)),) if carried is not None else ())),
        form(0xA0, *(each.der for each in (parties if carries is None else carries))),
        der(0x31, *([one] * signers)),
    )
    return form(0x30, oid(SIGNED_DATA), form(0xA0, body))


def code_hashes(directories: list[bytes]) -> bytes:
    """The attribute that names all code directories (each here over SHA-256)."""
    hashes = [hashlib.sha256(each).digest()[:20] for each in directories]
    return attribute("1.2.840.113635.100.9.1", der(0x04, plistlib.dumps({"cdhashes": hashes})))


def by_developer(directories: list[bytes]) -> bytes:
    return cms(directories[0], *developer(), form=endless)


def full_signing() -> Signing:
    """All that a signature can hold: two kinds of hash, requirements, entitlements, certificates."""
    entitlement = der(0x30, der(0x0C, b"com.acme.b"), der(0x01, b"\xff"))
    return Signing(
        kinds=(1, 2),
        flags=RUNTIME,
        team=TEAM,
        contents=(
            (REQUIREMENTS, NO_REQUIREMENTS),
            (ENTITLEMENTS, entitlements(com_acme_a=True)),
            (DER_ENTITLEMENTS, der(0x70, der(0x02, b"\1"), der(0xB0, entitlement))),
        ),
        cms=lambda all_: cms(all_[0], *developer(), extra=(code_hashes(all_),)),
    )


#: Signed files by what they are.
SIGNED_SAMPLES = {
    "macho-signed": signed(full_signing()),
    "macho-ad-hoc": signed(Signing()),
}
