"""Universal Mach-O files: one file, a Mach-O for each of several architectures.

Source: Apple's <mach-o/fat.h>; the header is big-endian whatever the slices are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.exe.macho import arch_of
from attest.exe.magic import FAT_64
from attest.exe.reader import Reader
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from attest.model.limits import Limits

_LARGEST_ALIGNMENT: Final = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class FatSlice:
    """Where one architecture lies (bytes from the start of the file) and what the header calls it."""

    offset: int
    size: int
    arch: str | None


def read_fat(data: memoryview, limits: Limits) -> tuple[FatSlice, ...]:
    """The slices in the order of the header.

    Raises `BoundsError` or `LimitError` where any of them is not wholly in the file, is misaligned, overlaps
    the header or another, or where two are of one architecture: macOS loads no such file, and what would be
    judged is not what would run.
    """
    reader = Reader(data=data, endian="big")
    word = 8 if bytes(data[:4]) == FAT_64 else 4
    count = reader.u32(4, "universal header")
    if not count:
        raise BoundsError("a universal file without any architecture, at 0x4")
    if count > limits.fat_slices:
        raise LimitError(
            f"a universal file of {count} architectures, more than the {limits.fat_slices} allowed"
        )
    entry_size = 32 if word == 8 else 20  # noqa: PLR2004 - struct fat_arch_64, struct fat_arch
    taken = [(0, 8 + count * entry_size, "the universal header")]
    slices: list[FatSlice] = []
    kinds: set[tuple[int, int]] = set()
    for index in range(count):
        at = 8 + index * entry_size
        what = f"entry {index} of the universal header"
        cpu, subtype = reader.u32(at, what), reader.u32(at + 4, what)
        offset, size = reader.uint(at + 8, word, what), reader.uint(at + 8 + word, word, what)
        alignment = reader.u32(at + 8 + 2 * word, what)
        reader.take(offset, size, f"slice {index}")
        if alignment > _LARGEST_ALIGNMENT or offset % (1 << alignment):
            raise BoundsError(f"slice {index} is not aligned to 2^{alignment} bytes, at {offset:#x}")
        if (cpu, subtype) in kinds:
            raise BoundsError(f"slice {index} is of the same architecture as another, at {at:#x}")
        kinds.add((cpu, subtype))
        for start, end, whose in taken:
            if offset < end and start < offset + size:
                raise BoundsError(f"slice {index} overlaps {whose}, at {offset:#x}")
        taken.append((offset, offset + size, f"slice {index}"))
        slices.append(FatSlice(offset=offset, size=size, arch=arch_of(cpu)))
    return tuple(slices)
