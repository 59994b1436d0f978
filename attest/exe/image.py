"""What every container reader gives: the headers, the mapped memory, and where build info may lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.exe.reader import Endian
    from attest.model.binary import Container

#: How many times over a file may map itself; a program maps each byte once, or twice at a page boundary.
_MOST_TIMES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Region:
    """A range of the address space that begins at `address` and is filled with `data` from the file."""

    name: str
    address: int
    data: memoryview
    writable: bool = False

    @property
    def end(self) -> int:
        """The first address after it."""
        return self.address + len(self.data)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Section:
    """A named part of the file. `data` are its bytes that are there, `size` those that it has in memory.

    `offset` is where it begins in the file, `address` where it is loaded, 0 where it is not.
    """

    name: str
    address: int
    offset: int
    size: int
    data: memoryview


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Image:
    """An executable as those readers see it that are the same for all containers.

    `whole` is the file, `sections` are its named parts in the order of their table, `memory` is what is
    mapped from the file. `candidates` are the places where the linker writes the blob of build info, best
    first; `guesses` are where it may still be if those have none, and `marked` says that something else
    shows the Go linker's hand (a build ID, a section that only it makes). `go_version` is what the container
    itself says about the toolchain, "" where it does not.
    """

    container: Container
    endian: Endian
    whole: memoryview
    sections: tuple[Section, ...] = ()
    memory: tuple[Region, ...] = ()
    candidates: tuple[Region, ...] = ()
    guesses: tuple[Region, ...] = ()
    marked: bool = False
    go_version: str = ""
    notes: tuple[str, ...] = ()

    def read(self, address: int) -> memoryview | None:
        """The bytes from `address` to the end of the region that holds it, None where nothing does."""
        for region in self.memory:
            if region.address <= address < region.end:
                return region.data[address - region.address :]
        return None

    def section(self, *names: str) -> Section | None:
        """The first section that goes by one of the names, None where there is none."""
        return next((each for each in self.sections if each.name in names), None)


def mapped_once(regions: Iterable[Region], size: int, notes: list[str]) -> tuple[Region, ...]:
    """The regions that hold bytes, as long as they are not many times the `size` of the file.

    A few hundred headers that all map the whole file would make every search as many times as long.
    """
    kept: list[Region] = []
    total = 0
    for region in regions:
        total += len(region.data)
        if total > _MOST_TIMES * size:
            notes.append(f"{region.name} and those after it map the file over and over; they are not read")
            break
        if region.data:
            kept.append(region)
    return tuple(kept)
