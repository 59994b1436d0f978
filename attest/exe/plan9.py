"""Plan 9 executables.

Sources: Plan 9's manual a.out(6), debug/plan9obj, cmd/link/internal/ld (asmbPlan9), and what each
architecture of the linker rounds the text to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from attest.exe.image import Image, Region, Section
from attest.exe.reader import Reader, find
from attest.model.binary import Container
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from attest.model.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class _Machine:
    """What follows from a magic: `load` is where the file's first byte is loaded, data begins at a `page`."""

    arch: str
    bits: Literal[32, 64]
    header: int
    load: int
    page: int


_MACHINES: Final = {
    b"\x00\x00\x01\xeb": _Machine(arch="386", bits=32, header=32, load=0x1000, page=0x1000),
    b"\x00\x00\x8a\x97": _Machine(arch="amd64", bits=64, header=40, load=0x200000, page=0x200000),
    b"\x00\x00\x06\x47": _Machine(arch="arm", bits=32, header=32, load=0x1000, page=0x1000),
}
#: The parts in the order of the file, and where the header says how long they are.
_PARTS: Final = (("text", 4), ("data", 8), ("symbols", 16), ("pc/sp table", 24), ("pc/line table", 28))
_BSS: Final = 12
_BUILD_ID_WITHIN: Final = 64
_GO_BUILD_ID: Final = b"\xff Go build ID: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan9Image(Image):
    """A Plan 9 executable; `symbols` is the length of its symbol table, None where the header is cut off."""

    symbols: int | None = None


def read_plan9(data: memoryview, limits: Limits) -> Plan9Image:
    """The image of a file that begins as `attest.exe.magic.PLAN9` says; what is damaged becomes a note."""
    del limits
    machine = _MACHINES[bytes(data[:4])]
    reader = Reader(data=data, endian="big")
    notes: list[str] = []
    sections: list[Section] = []
    regions: dict[str, Region] = {}
    symbols: int | None = None
    try:
        reader.take(0, machine.header, "the header")
        offset = machine.header
        bss = reader.u32(_BSS, "the header")
        for name, at in _PARTS:
            size = reader.u32(at, "the header")
            address = _address(machine, name, reader.u32(4, "the header"))
            content = reader.clip(offset, size)
            if len(content) < size:
                notes.append(f"{name} beyond the end of the file, at {offset:#x}")
            memory = size + bss if name == "data" else size
            sections.append(Section(name=name, address=address, offset=offset, size=memory, data=content))
            if address and len(content):
                writable = name == "data"
                regions[name] = Region(
                    name=f"{name} segment", address=address, data=content, writable=writable
                )
            offset += size
        symbols = reader.u32(16, "the header")
    except BoundsError as error:
        notes.append(error.message)
    text = regions.get("text")
    return Plan9Image(
        container=Container(
            format="plan9",
            os="plan9",
            arch=machine.arch,
            bits=machine.bits,
            endian="little",
            kind="executable",
        ),
        endian="little",
        whole=data,
        sections=tuple(sections),
        memory=tuple(regions.values()),
        candidates=tuple(region for name, region in regions.items() if name == "data"),
        marked=text is not None and find(text.data[:_BUILD_ID_WITHIN], _GO_BUILD_ID) is not None,
        notes=tuple(notes),
        symbols=symbols,
    )


def _address(machine: _Machine, name: str, text_size: int) -> int:
    """Where a part is loaded, 0 for those that are not: the data begins a page after the text."""
    text = machine.load + machine.header
    if name == "text":
        return text
    return -(-(text + text_size) // machine.page) * machine.page if name == "data" else 0
