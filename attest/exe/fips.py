"""The integrity check of Go's FIPS 140 module, computed again from the file.

Source: cmd/link/internal/ld/fips.go, crypto/internal/fips140/check. The linker leaves a record: a magic, the
HMAC-SHA256 of the module with a key of zeros, and nine pointers: the record's own, then start and end of the
module's code, constants and two kinds of data. The program computes the same when it starts in FIPS mode.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from attest.exe.reader import Reader, find_all
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attest.exe.image import Image, Region
    from attest.model.limits import Limits

_MAGIC: Final = b"\xff Go fipsinfo \xff\0"
_SECTIONS: Final = (".go.fipsinfo", "__go_fipsinfo")
_SUM: Final = 32
_POINTERS: Final = 9
_KEY: Final = bytes(32)
_HEAD: Final = b"go fips object v1\n"
#: The address in a pointer of Mach-O that is a link of a chain: relative to the file, or from 0 on.
_CHAINED: Final = (1 << 36) - 1


def fips_matches(image: Image, limits: Limits) -> tuple[bool, str] | None:
    """Whether the module is what the record says, and where that is; None where there is no filled record.

    Raises `BoundsError` where the record points outside of the file.
    """
    for place, address, data in _records(image, limits):
        pointers = _pointers(image, address, data)
        expected = bytes(data[len(_MAGIC) : len(_MAGIC) + _SUM])
        if pointers is None or not any(expected):
            continue
        computed = hmac.new(_KEY, _HEAD, "sha256")
        for start, end in zip(pointers[::2], pointers[1::2], strict=True):
            computed.update(max(end - start, 0).to_bytes(8, "big"))
            computed.update(_between(image, start, end))
        return hmac.compare_digest(computed.digest(), expected), place
    return None


def _records(image: Image, limits: Limits) -> Iterator[tuple[str, int, memoryview]]:
    """Everywhere in memory where a record may begin: its place, its address, and the bytes from there on."""
    section = image.section(*_SECTIONS)
    if section is not None:
        if bytes(section.data[: len(_MAGIC)]) == _MAGIC:
            yield f"section {section.name}", section.address, section.data
        return
    left = limits.build_info_places
    for region in image.memory:
        for at in find_all(region.data, _MAGIC) if region.writable else ():
            left -= 1
            if left < 0:
                return
            yield region.name, region.address + at, region.data[at:]


def _pointers(image: Image, address: int, data: memoryview) -> tuple[int, ...] | None:
    """The eight pointers to the module, None where the record does not point to itself."""
    size = (image.container.bits or 64) // 8
    reader = Reader(data=data, endian=image.endian, whole="FIPS 140 record")
    start = len(_MAGIC) + _SUM
    if reader.size < start + _POINTERS * size:
        return None
    own, *others = (
        reader.uint(start + size * index, size, "a pointer of the FIPS 140 record")
        for index in range(_POINTERS)
    )
    for meaning in _meanings(image):
        if meaning(own) == address:
            return tuple(meaning(each) for each in others)
    return None


def _meanings(image: Image) -> Iterator[Callable[[int], int]]:
    """What a pointer in the file may mean before the loader has seen it."""
    yield int
    if image.container.format == "macho":
        base = min((each.address for each in image.memory), default=0)
        yield lambda value: value & _CHAINED
        yield lambda value: (value & _CHAINED) + base


def _between(image: Image, start: int, end: int) -> memoryview:
    if end <= start:
        return memoryview(b"")
    region: Region | None = next(
        (each for each in image.memory if each.address <= start and end <= each.end), None
    )
    if region is None:
        raise BoundsError(f"the FIPS 140 module is not wholly in the file, at address {start:#x}")
    return region.data[start - region.address : end - region.address]
