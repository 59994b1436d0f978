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
from attest.exe import cms
from attest.exe.pe import CERTIFICATES
from attest.model import asn1
from attest.model.asn1 import OCTET_STRING, OID, SEQUENCE, SET, context
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.cms import Judgement
    from attest.exe.pe import PeImage, WindowsHeader
    from attest.model.asn1 import Element
    from attest.model.limits import Limits

#: The digest algorithms that can be computed.
KNOWN: Final = frozenset(cms.DIGESTS.values())

_PKCS7: Final = 2
_INDIRECT_DATA: Final = "1.3.6.1.4.1.311.2.1.4"
_PE_IMAGE: Final = "1.3.6.1.4.1.311.2.1.15"
_NESTED: Final = "1.3.6.1.4.1.311.2.4.1"
_RULES: Final = cms.Rules(
    usage=cms.CODE_SIGNING,
    content_type=_INDIRECT_DATA,
    timestamps=(cms.MICROSOFT_TIMESTAMP, cms.TIMESTAMP, cms.COUNTERSIGNATURE),
)
_PAGE_HASHES: Final = {"1.3.6.1.4.1.311.2.3.1": "sha1", "1.3.6.1.4.1.311.2.3.2": "sha256"}
_PAGE_SIZES: Final = (0x200, 0x10000)
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature. `digest` is the one of the file that it is over, `algorithm` how that is computed.

    `pages` are the recorded page hashes, each an algorithm and the table.
    """

    algorithm: str
    digest: bytes
    judgement: Judgement
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
            entries.append(asn1.read(data, "signature", limits))
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
        data = cms.read(pending.pop(), limits)
        pending.extend(reversed(data.signer.unsigned.get(_NESTED, ())))
        yield _signature(data, limits)


def _signature(data: cms.SignedData, limits: Limits) -> Signature:
    if data.content_type != _INDIRECT_DATA or data.content is None:
        raise BoundsError("a signature is over something else than a program")
    fields = data.content.expect(SEQUENCE).fields()
    about = fields.take(SEQUENCE).fields()
    kind = about.take(OID).oid()
    if kind != _PE_IMAGE:
        raise BoundsError(f"a signature is over {kind}, which is no PE file")
    info = about.maybe(SEQUENCE)
    digest = fields.take(SEQUENCE).fields()
    return Signature(
        algorithm=cms.digest_name(digest.take(SEQUENCE)),
        digest=digest.take(OCTET_STRING).octets(),
        judgement=cms.judge(data, _RULES, limits),
        pages=tuple(_pages(info, limits)),
    )


def _pages(info: Element | None, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """The tables of page hashes in SpcPeImageData: file [0], moniker [1], serialized data."""
    if info is None:
        return
    link = next((each for each in info.children() if each.tag == context(0)), None)
    moniker = link.fields().maybe(context(1)) if link else None
    if moniker is None:
        return
    fields = moniker.fields()
    fields.take(OCTET_STRING)
    data = fields.take(OCTET_STRING).octets()
    for each in asn1.read(data, "page hashes", limits).expect(SET).children():
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
