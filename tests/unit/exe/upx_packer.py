"""A packer in the format of UPX, for ELF and PE files: streams, filters and headers, and no loader."""

from __future__ import annotations

import lzma
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Variant = Literal["2B", "2D", "2E"]
Word = Literal[1, 2, 4]

LZMA, DEFLATE = 14, 15
NRV: dict[int, tuple[Variant, Word]] = {
    2: ("2B", 4),
    3: ("2B", 1),
    4: ("2B", 2),
    5: ("2D", 4),
    6: ("2D", 1),
    7: ("2D", 2),
    8: ("2E", 4),
    9: ("2E", 1),
    10: ("2E", 2),
}
METHODS = (*NRV, LZMA, DEFLATE)


class _Stream:
    def __init__(self, word: Word) -> None:
        self.out = bytearray()
        self.word = word
        self.left = 0
        self.place = 0
        self.flags = 0

    def bit(self, bit: int) -> None:
        if not self.left:
            self.left, self.flags, self.place = 8 * self.word, 0, len(self.out)
            self.out += bytes(self.word)
        self.left -= 1
        self.flags |= bit << self.left
        self.out[self.place : self.place + self.word] = self.flags.to_bytes(self.word, "little")

    def bits(self, *bits: int) -> None:
        for each in bits:
            self.bit(each)

    def gamma(self, value: int) -> None:
        digits = bin(value)[3:]
        for index, digit in enumerate(digits):
            self.bits(int(digit), int(index == len(digits) - 1))


def _distance(stream: _Stream, value: int, variant: Variant) -> None:
    if variant == "2B":
        stream.gamma(value)
        return
    found = [1, value & 1]
    value >>= 1
    while value > 1:
        found += [value & 1, 0]
        value = (value >> 1) + 1
        found.append(value & 1)
        value >>= 1
    stream.bits(*reversed(found))


def _length(stream: _Stream, length: int, variant: Variant, *, first_told: bool) -> None:
    bits: list[int]
    rest = 0
    if variant in ("2B", "2D"):
        bits = [length >> 1, length & 1] if length < 4 else [0, 0]
        rest = length - 2 if length >= 4 else 0
    elif length < 3:
        bits = [1, length - 1]
    elif length < 5:
        bits = [0, 1, length - 3]
    else:
        bits, rest = [0, 0], length - 3
    stream.bits(*bits[1 if first_told else 0 :])
    if rest:
        stream.gamma(rest)


def _matches(data: bytes) -> Iterator[tuple[int, int]]:
    """(distance, length) of what was there before, (0, 1) for a byte that was not."""
    seen: dict[bytes, int] = {}
    at = 0
    while at < len(data):
        key = data[at : at + 4]
        before = seen.get(key) if len(key) == 4 else None
        seen[key] = at
        if before is None:
            yield 0, 1
            at += 1
            continue
        length = 4
        while at + length < len(data) and data[before + length] == data[at + length]:
            length += 1
        yield at - before, length
        at += length


def nrv(data: bytes, variant: Variant, word: Word = 4) -> bytes:
    stream = _Stream(word)
    at, last = 0, 1
    shared = variant != "2B"
    far = 0x500 if shared else 0xD00
    for distance, length in _matches(data):
        if not distance:
            stream.bit(1)
            stream.out.append(data[at])
            at += 1
            continue
        stream.bit(0)
        code = length - (2 if distance > far else 1)
        if distance == last:
            _distance(stream, 2, variant)
            _length(stream, code, variant, first_told=False)
        else:
            first = code >> 1 if variant == "2D" and code < 4 else int(variant == "2E" and code < 3)
            raw = (distance - 1) << 1 | first ^ 1 if shared else distance - 1
            _distance(stream, (raw >> 8) + 3, variant)
            stream.out.append(raw & 0xFF)
            _length(stream, code, variant, first_told=shared)
            last = distance
        at += length
    stream.bit(0)
    _distance(stream, 0x1000002, variant)
    stream.out.append(0xFF)
    return bytes(stream.out)


def compress(data: bytes, method: int) -> bytes:
    if method in NRV:
        return nrv(data, *NRV[method])
    if method == DEFLATE:
        deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        return deflate.compress(data) + deflate.flush()
    lc, lp, pb = 3, 0, 2
    parameters = {"id": lzma.FILTER_LZMA1, "lc": lc, "lp": lp, "pb": pb, "dict_size": 1 << 20}
    packed = lzma.compress(data, lzma.FORMAT_RAW, filters=[parameters])
    return bytes([(lc + lp) << 3 | pb, lp << 4 | lc]) + packed


def x86_filter(data: bytes, mark: int, base: int = 0) -> bytes:
    """The filters 0x26, 0x36 and 0x46: relative calls and jumps to places inside become absolute."""
    code, at = bytearray(data), 0
    while at < len(code) - 5:
        if code[at] in (0xE8, 0xE9):
            target = int.from_bytes(code[at + 1 : at + 5], "little", signed=True) + at + 1
            if 0 <= target < len(code):
                code[at + 1 : at + 5] = (target + base + (mark << 24)).to_bytes(4, "big")
                at += 4
            else:
                assert code[at + 1] != mark, "this is no mark for this code"
        at += 1
    return bytes(code)


@dataclass(frozen=True, kw_only=True)
class Packed:
    """How a file is packed; `mark` is used where there is a filter, `magic` in place of UPX's own."""

    method: int = 8
    filter: int = 0
    mark: int = 0
    magic: bytes = b"UPX!"
    version: int = 14


PLAIN = Packed()


def _block(data: bytes, how: Packed, *, order: str) -> bytes:
    code = x86_filter(data, how.mark) if how.filter in (0x26, 0x46) else data
    packed = compress(code, how.method)
    if len(packed) >= len(data):
        return struct.pack(f"{order}II4x", len(data), len(data)) + data
    mark = how.mark if how.filter else 0
    return struct.pack(f"{order}IIBBBx", len(data), len(packed), how.method, how.filter, mark) + packed


def loaded_headers(data: bytes) -> bytes:
    """The same little-endian ELF file with its headers in its first segment, as linkers lay it out."""
    wide = data[4] == 2
    at, fields = (64, "<QQQQQ") if wide else (52, "<IIIII")
    start = at + (8 if wide else 4)
    offset, address, physical, size, memory = struct.unpack_from(fields, data, start)
    changed = bytearray(data)
    struct.pack_into(
        fields, changed, start, 0, address - offset, physical - offset, size + offset, memory + offset
    )
    return bytes(changed)


def pack_elf(data: bytes, how: Packed = PLAIN, *, tail: bytes = b"") -> bytes:
    """An ELF file that holds another; its own segments hold all of it, as UPX's do."""
    order = "<" if data[5] == 1 else ">"
    wide = data[4] == 2
    own, each = (64, 56) if wide else (52, 32)
    phoff_at, count_at = (32, 56) if wide else (28, 44)
    phoff = int.from_bytes(
        data[phoff_at : phoff_at + (8 if wide else 4)], "little" if order == "<" else "big"
    )
    count = struct.unpack_from(f"{order}H", data, count_at)[0]
    assert phoff == own
    first = data[: own + count * each]
    blocks = b""
    for index in range(count):
        fields = struct.unpack_from(f"{order}IIQQQQQQ" if wide else f"{order}8I", data, own + index * each)
        kind, offset, size = fields[0], fields[2 if wide else 1], fields[5 if wide else 4]
        if kind != 1 or not size:
            continue
        content = data[offset : offset + size]
        if not blocks:
            assert not offset, "the first segment must hold the headers"
            blocks = _block(first, Packed(method=how.method), order=order)
            content = content[len(first) :]
        if content:
            runs = fields[1 if wide else 6] & 1
            blocks += _block(content, how if runs else Packed(method=how.method), order=order)
    header = bytearray(data[:own])
    struct.pack_into(f"{order}H", header, count_at, 2)
    section_fields = ((40, 48), (60, 64)) if wide else ((32, 36), (48, 52))
    for start, end in section_fields:
        header[start:end] = bytes(end - start)
    info = struct.pack(f"{order}I4sHBB", 0, how.magic, 100, how.version, 22 if wide else 12)
    info += struct.pack(f"{order}III", 0, len(data), len(data))
    size = own + 2 * each + len(info) + len(blocks)
    room = 0x400000 + -(-len(data) // 4096) * 4096
    if wide:
        rows = struct.pack(f"{order}IIQQQQQQ", 1, 5, 0, 0x400000, 0, size, size, 4096)
        rows += struct.pack(f"{order}IIQQQQQQ", 1, 6, 0, room, 0, 0, 8 * len(data), 4096)
    else:
        rows = struct.pack(f"{order}8I", 1, 0, 0x400000, 0, size, size, 5, 4096)
        rows += struct.pack(f"{order}8I", 1, 0, room, 0, 0, 8 * len(data), 6, 4096)
    return bytes(header) + rows + info + blocks + struct.pack(f"{order}I", 0) + how.magic + tail


def pack_pe(data: bytes, how: Packed = PLAIN) -> bytes:
    """A PE file of the sections UPX0 and UPX1 that holds another."""
    at = int.from_bytes(data[0x3C:0x40], "little")
    count, optional = struct.unpack_from("<H", data, at + 6)[0], struct.unpack_from("<H", data, at + 20)[0]
    wide = data[at + 24 : at + 26] == b"\x0b\x02"
    headers = data[at : at + 24 + optional].ljust(0x108 if wide else 0xF8, b"\0")
    table = data[at + 24 + optional : at + 24 + optional + 40 * count]
    rows = [struct.unpack_from("<8s4I", table, 40 * index) for index in range(count)]
    first = rows[0][2]
    memory = bytearray()
    for _, size, address, length, offset in rows:
        memory += bytes(address - first - len(memory))
        memory += data[offset : offset + max(length, size)][: max(length, 1)]
    if how.filter:
        code_size, code = struct.unpack_from("<I", headers, 28)[0], struct.unpack_from("<I", headers, 44)[0]
        start = code - first
        memory[start : start + code_size] = x86_filter(
            bytes(memory[start : start + code_size]), how.mark, start
        )
    memory += bytes(-len(memory) % 4)
    memory += headers + table + struct.pack("<I", len(memory))
    packed = compress(bytes(memory), how.method)
    header = bytes([how.version, 36 if wide else 9, how.method, 9])
    header += struct.pack("<6I", 0, zlib.adler32(packed), len(memory), len(packed), len(data), 0)[:20]
    header += bytes([how.filter, how.mark, 0])
    header = how.magic + header + bytes([sum(header) % 251])
    assert len(header) == 32
    content = header + packed
    content += bytes(-len(content) % 0x200)
    start = at + 24 + optional
    head = bytearray(data[:start])
    struct.pack_into("<H", head, at + 6, 2)
    struct.pack_into("<II", head, at + 12, 0, 0)
    head += struct.pack("<8s4I12xI", b"UPX0", -(-len(memory) // 4096) * 4096, 0x1000, 0, 0x400, 0xE0000080)
    head += struct.pack("<8s4I12xI", b"UPX1", len(content), 0x100000, len(content), 0x400, 0xE0000040)
    return bytes(head).ljust(0x400, b"\0") + content
