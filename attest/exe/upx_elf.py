"""ELF files that UPX packed.

Sources: src/p_unix.h, p_unix.cpp and p_lx_elf.cpp of UPX. Behind the program headers stand l_info (checksum,
magic, size of the loader, version, kind of file), p_info (program, size of the file, size of a block), and
blocks, each behind a b_info of 12 bytes: size unpacked, size packed, method, filter, its mark and a zero. The
first block is the ELF header of the program and its program headers, and at once the beginning of its first
segment; the others follow, segment by segment. A block that could not be made smaller is stored as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.exe import upx
from attest.exe.elf import read_elf
from attest.exe.packing import MAGIC, VERSIONS, Packing
from attest.exe.reader import find_all
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.elf import ElfHeader, ElfImage, ElfSegment
    from attest.model.limits import Limits

_L_INFO, _P_INFO, _B_INFO = 12, 12, 12
_PT_LOAD: Final = 1
_SEARCHED: Final = 4096
_PLACES: Final = 8
#: Sizes of ELF headers and of program headers, by the width of addresses.
_SIZES: Final = {32: (52, 32), 64: (64, 56)}
#: Where e_shoff is, and e_shnum with e_shstrndx.
_SECTION_FIELDS: Final = {32: ((32, 36), (48, 52)), 64: ((40, 48), (60, 64))}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class _Block:
    """A block; `packed` are its bytes, `end` is where the next one begins."""

    size: int
    packed: memoryview
    method: int
    filter: int
    mark: int
    end: int


def unpack(image: ElfImage, limits: Limits) -> Packing | None:
    """What UPX made of a program, None where it did nothing; nothing is raised."""
    header = image.header
    if header is None or header.phentsize != _SIZES[header.bits][1]:
        return None
    for at in _places(image, header):
        magic = bytes(image.reader.clip(at + 4, 4)) == MAGIC
        source = f"l_info at {at:#x}"
        notes = [] if magic else [f"packed by UPX: {upx.RENAMED}"]
        try:
            first = _block(image, at + _L_INFO + _P_INFO, limits)
            start = _headers(image, header, first, limits)
        except (BoundsError, FormatError, LimitError) as error:
            if not magic or not any(each in VERSIONS for each in image.reader.clip(at + 10, 1)):
                continue  # something else stands here
            return Packing(packer=upx.PACKER, source=source, notes=(_not_read(error),))
        try:
            inner = _program(image, start, at + _L_INFO + _P_INFO, limits, notes)
        except (BoundsError, FormatError, LimitError) as error:
            return Packing(packer=upx.PACKER, source=source, notes=(*notes, _not_read(error)))
        return Packing(packer=upx.PACKER, source=source, image=inner, notes=tuple(notes))
    return None


def _not_read(error: FormatError | LimitError) -> str:
    return f"packed by UPX, and what was packed could not be read: {error.message}"


def _places(image: ElfImage, header: ElfHeader) -> Iterator[int]:
    """Where l_info may be: behind the program headers, or where the magic is."""
    after = header.phoff + header.phnum * header.phentsize
    yield after
    start = bytes(image.reader.clip(0, _SEARCHED))
    found = (at - 4 for at in find_all(memoryview(start), MAGIC))
    yield from [at for at in found if at > 0 and at != after][:_PLACES]


def _block(image: ElfImage, at: int, limits: Limits) -> _Block:
    reader, what = image.reader, "packed block"
    size, packed = reader.u32(at, what), reader.u32(at + 4, what)
    method, kind, mark = reader.u8(at + 8, what), reader.u8(at + 9, what), reader.u8(at + 10, what)
    if not 0 < packed <= size or (packed < size and method not in upx.METHODS):
        raise BoundsError(f"{packed} bytes of the method {method} are no {what} of {size}, at {at:#x}")
    if size > limits.unpacked_bytes:
        raise LimitError(f"a {what} of {size} bytes: more than {limits.unpacked_bytes} are not unpacked")
    return _Block(
        size=size,
        packed=reader.take(at + _B_INFO, packed, what),
        method=method,
        filter=kind,
        mark=mark,
        end=at + _B_INFO + packed,
    )


def _content(block: _Block, limits: Limits, notes: list[str]) -> bytes | bytearray:
    if len(block.packed) == block.size:
        return bytes(block.packed)
    content = upx.decompress(block.method, block.packed, block.size, limits)
    if not block.filter:
        return content
    code = bytearray(content)
    upx.unfilter(code, block.filter, block.mark, 0, notes)
    return code


def _headers(image: ElfImage, header: ElfHeader, block: _Block, limits: Limits) -> ElfImage:
    """The headers of the program that was packed; `BoundsError` where the first block is something else."""
    own, each = _SIZES[header.bits]
    if not own <= block.size <= own + each * limits.mapped_segments:
        raise BoundsError(f"the first packed block has {block.size} bytes: it holds no ELF headers")
    start = read_elf(memoryview(bytes(_content(block, limits, []))), limits)
    if (
        start.header is None
        or bytes(start.whole[:6]) != bytes(image.whole[:6])
        or start.header.machine != header.machine
    ):
        raise BoundsError("the first packed block holds no ELF headers for this machine")
    if not start.whole_segments:
        raise BoundsError("the first packed block does not hold all program headers")
    return start


def _program(image: ElfImage, start: ElfImage, at: int, limits: Limits, notes: list[str]) -> ElfImage:
    """The program, as far as it is loaded: what only debuggers and linkers read is left out."""
    loaded = [each for each in start.segments if each.type == _PT_LOAD and each.size]
    size = max((each.offset + each.size for each in loaded), default=0)
    if max(size, sum(each.size for each in loaded)) > limits.unpacked_bytes:
        raise LimitError(f"{size} packed bytes: more than {limits.unpacked_bytes} are not unpacked")
    content = bytearray(size)
    for segment in loaded:
        at = _segment(image, segment, at, content, limits, notes)
    inner = read_elf(memoryview(content), limits)
    if start.header is not None and not any(each.name for each in inner.sections):
        # The table of sections, or their names, is in a part that is not loaded.
        for first, end in _SECTION_FIELDS[start.header.bits]:
            content[first:end] = bytes(len(content[first:end]))  # the program may end before
        inner = read_elf(memoryview(content), limits)
    return inner


def _segment(
    image: ElfImage, segment: ElfSegment, at: int, content: bytearray, limits: Limits, notes: list[str]
) -> int:
    """Fill in the blocks of a segment; where the block behind them begins."""
    place, end = segment.offset, segment.offset + segment.size
    while place < end:
        block = _block(image, at, limits)
        if place + block.size > end:
            raise BoundsError(f"a packed block is larger than what is left of its segment, at {at:#x}")
        content[place : place + block.size] = _content(block, limits, notes)
        place += block.size
        at = block.end
    return at
