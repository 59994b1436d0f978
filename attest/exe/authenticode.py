"""Authenticode: the signatures that a PE file carries, and the digest that they are over, computed again.

Sources: "Windows Authenticode Portable Executable Signature Format" (Microsoft, 2008), the PE format
specification (attribute certificate table), RFC 3161. Trust is not judged: that a certificate is one that
Windows trusts, was valid then and is not revoked is for others to say.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.exe import der, signed_data
from attest.exe.der import OCTET_STRING, OID, SEQUENCE, SET, context
from attest.exe.pe import CERTIFICATES
from attest.exe.reader import BoundsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.der import Element
    from attest.exe.pe import PeImage, WindowsHeader
    from attest.exe.signed_data import Certificate, SignerInfo, Timestamp
    from attest.model.limits import Limits

#: The digest algorithms that can be computed.
KNOWN: Final = frozenset(signed_data.DIGESTS.values())

_PKCS7: Final = 2
_INDIRECT_DATA: Final = "1.3.6.1.4.1.311.2.1.4"
_PE_IMAGE: Final = "1.3.6.1.4.1.311.2.1.15"
_NESTED: Final = "1.3.6.1.4.1.311.2.4.1"
_TIMESTAMPS: Final = ("1.3.6.1.4.1.311.3.3.1", "1.2.840.113549.1.9.16.2.14")
_PAGE_HASHES: Final = {"1.3.6.1.4.1.311.2.3.1": "sha1", "1.3.6.1.4.1.311.2.3.2": "sha256"}
_PAGE_SIZES: Final = (0x200, 0x10000)
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature. `digest` is the one of the file that it is over, `algorithm` how that is computed.

    `fault` is why it is no signature of its certificate over that, "" where it is one. `chain` begins with
    the signer's certificate, empty where that is not there. `pages` are the recorded page hashes, each an
    algorithm and the table.
    """

    algorithm: str
    digest: bytes
    fault: str
    chain: tuple[Certificate, ...]
    timestamps: tuple[Timestamp, ...]
    pages: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateTable:
    """Where the table of certificates is in the file, its PKCS #7 entries, and the bytes that are in none.

    `extra` counts the bytes behind a signature that are no padding: no signature covers them.
    """

    at: int
    size: int
    entries: tuple[Element, ...]
    extra: int


def certificate_table(image: PeImage, limits: Limits) -> CertificateTable | None:
    """The table, None where there is none. Raises `BoundsError` and `LimitError`."""
    windows = image.windows
    place = windows.directory(CERTIFICATES) if windows else None
    if place is None or not (place.address and place.size):
        return None
    if place.size > limits.code_signature_bytes:
        raise LimitError(f"the certificate table has more than {limits.code_signature_bytes} bytes")
    what = "certificate table"
    end = place.address + place.size
    image.reader.take(place.address, place.size, what)
    entries: list[Element] = []
    at, extra = place.address, 0
    while end - at >= 8:  # noqa: PLR2004 - the header of an entry
        length, kind = image.reader.u32(at, what), image.reader.u16(at + 6, what)
        if not 8 <= length <= end - at:  # noqa: PLR2004 - the header of an entry
            raise BoundsError(f"an entry of the {what} that has {length} bytes, at {at:#x}")
        data = image.whole[at + 8 : at + length]
        if kind == _PKCS7:
            if len(entries) == limits.code_signatures:
                raise LimitError(f"more than {limits.code_signatures} signatures")
            entries.append(der.read(data, "signature", limits))
            data = data[len(entries[-1].raw) :]
        extra += len(bytes(data).rstrip(b"\0"))
        at += length + -length % 8
    return CertificateTable(at=place.address, size=place.size, entries=tuple(entries), extra=extra)


def signatures(table: CertificateTable, limits: Limits) -> Iterator[Signature]:
    """Every signature, those inside of others too. Raises `BoundsError` and `LimitError`."""
    pending = list(reversed(table.entries))
    count = 0
    while pending:
        count += 1
        if count > limits.code_signatures:
            raise LimitError(f"more than {limits.code_signatures} signatures")
        entry = pending.pop()
        data = signed_data.read_signed_data(entry, entry.what, limits)
        if len(data.signers) != 1:
            raise entry.fault(f"{len(data.signers)} signers where one belongs")
        pending.extend(reversed(data.signers[0].unsigned.get(_NESTED, ())))
        yield _signature(data, data.signers[0], limits)


def _signature(data: signed_data.SignedData, signer: SignerInfo, limits: Limits) -> Signature:
    if data.content_type != _INDIRECT_DATA or data.content is None:
        raise BoundsError("a signature is over something else than a program")
    fields = data.content.expect(SEQUENCE).fields()
    about = fields.take(SEQUENCE).fields()
    kind = about.take(OID).oid()
    if kind != _PE_IMAGE:
        raise BoundsError(f"a signature is over {kind}, which is no PE file")
    info = about.maybe(SEQUENCE)
    digest = fields.take(SEQUENCE).fields()
    algorithm = signed_data.algorithm(digest.take(SEQUENCE))
    certificates = signed_data.read_certificates(data.certificates, limits)
    own = signed_data.certificate_of(signer, certificates)
    fault = signed_data.signature_fault(signer, own, data.message, _INDIRECT_DATA)
    if not fault and own is not None and not own.is_for(signed_data.CODE_SIGNING):
        fault = "its certificate is not for signing code"
    return Signature(
        algorithm=signed_data.DIGESTS.get(algorithm, algorithm),
        digest=digest.take(OCTET_STRING).octets(),
        fault=fault,
        chain=tuple(signed_data.chain_of(own, certificates, limits)) if own else (),
        timestamps=tuple(_timestamps(signer, certificates, limits)),
        pages=tuple(_pages(info)),
    )


def _timestamps(
    signer: SignerInfo, certificates: tuple[Certificate, ...], limits: Limits
) -> Iterator[Timestamp]:
    tokens = [token for name in _TIMESTAMPS for token in signer.unsigned.get(name, ())]
    if len(tokens) + len(signer.unsigned.get(signed_data.COUNTERSIGNATURE, ())) > limits.code_signatures:
        raise LimitError(f"more than {limits.code_signatures} timestamps")
    for token in tokens:
        yield signed_data.read_timestamp(token, signer.signature, limits)
    for each in signer.unsigned.get(signed_data.COUNTERSIGNATURE, ()):
        yield signed_data.read_countersignature(each, signer.signature, certificates)


def _pages(info: Element | None) -> Iterator[tuple[str, bytes]]:
    """The tables of page hashes in SpcPeImageData: file [0], moniker [1], serialized data."""
    if info is None:
        return
    link = next((each for each in info.children() if each.tag == context(0)), None)
    moniker = link.fields().maybe(context(1)) if link else None
    if moniker is None:
        return
    fields = moniker.fields()
    fields.take(OCTET_STRING)
    data = memoryview(fields.take(OCTET_STRING).octets())
    for each in der.read(data, "page hashes", moniker.limits).expect(SET).children():
        inner = each.expect(SEQUENCE).fields()
        name = _PAGE_HASHES.get(inner.take(OID).oid())
        if name is not None:
            yield name, inner.take(SET).fields().take(OCTET_STRING).octets()


def digest_of(image: PeImage, windows: WindowsHeader, algorithm: str, table: CertificateTable) -> bytes:
    """The digest of the file without its checksum, its directory entry of certificates and their table."""
    found = hashlib.new(algorithm, usedforsecurity=False)
    for part in (*_header_parts(windows), (_after(windows), table.at), (table.at + table.size, None)):
        found.update(image.whole[part[0] : part[1]])
    return found.digest()


def _header_parts(windows: WindowsHeader) -> tuple[tuple[int, int], ...]:
    """From the file's beginning to behind the directory entry of certificates, what is digested."""
    skipped = windows.certificates_at or 0
    return (0, windows.checksum_at), (windows.checksum_at + 4, skipped)


def _after(windows: WindowsHeader) -> int:
    return (windows.certificates_at or 0) + 8


def page_hashes_of(image: PeImage, windows: WindowsHeader, algorithm: str) -> bytes | None:
    """The table of offsets and hashes of pages, by section; None where no signer would make one."""
    page, size = windows.section_alignment, hashlib.new(algorithm, usedforsecurity=False).digest_size
    sections = [each for each in image.sections if len(each.data) and each.offset]
    if not _PAGE_SIZES[0] <= page <= _PAGE_SIZES[1] or windows.headers_size > page:
        return None
    if sum(len(each.data) for each in sections) > len(image.whole):
        return None  # sections that overlap: nobody signs that
    header = hashlib.new(algorithm, usedforsecurity=False)
    for start, end in (*_header_parts(windows), (_after(windows), windows.headers_size)):
        header.update(image.whole[start:end])
    header.update(bytes(page - windows.headers_size))
    expected = [bytes(4), header.digest()]
    end = 0
    for section in sections:
        for at in range(0, len(section.data), page):
            part = section.data[at : at + page]
            found = hashlib.new(algorithm, part, usedforsecurity=False)
            found.update(bytes(page - len(part)))
            expected += [(section.offset + at).to_bytes(4, "little"), found.digest()]
        end = section.offset + len(section.data)
    expected += [end.to_bytes(4, "little"), bytes(size)]
    return b"".join(expected)


def checksum_of(image: PeImage, windows: WindowsHeader) -> int:
    """The checksum of the file: the sum of its 16-bit words, folded, and its length."""
    data, total, filled = image.whole, 0, False
    for start in range(0, len(data), _CHUNK):
        chunk = bytearray(data[start : start + _CHUNK])
        low, high = (
            min(max(at - start, 0), len(chunk)) for at in (windows.checksum_at, windows.checksum_at + 4)
        )
        chunk[low:high] = bytes(high - low)
        value = int.from_bytes(chunk, "little")
        filled = filled or value > 0
        total += value % 0xFFFF  # each word counts its value: 2**16 is 1 modulo 2**16 - 1
    folded = total % 0xFFFF or (0xFFFF if filled else 0)
    return (folded + len(data)) & 0xFFFFFFFF
