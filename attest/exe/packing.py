"""Whether a program was packed, so that what runs is not what lies in the file, and what was packed.

A packer compresses a program and puts a small one before it that unpacks it. UPX is known by its structures;
of other packers only signs can be seen: machine code that is as random as what was compressed, in a file that
has neither section headers nor function names, or that leaves room for much more than it holds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, Final, cast

from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attest.exe.elf import ElfImage
    from attest.exe.image import Image
    from attest.exe.pe import PeImage
    from attest.model.limits import Limits

#: What UPX writes, and the versions of its format.
MAGIC: Final = b"UPX!"
VERSIONS: Final = range(10, 20)

_SEARCHED: Final = 4096
#: In the structures behind the program headers, where the version stands, and a size that is never 0.
_VERSION, _FIRST_SIZE = 10, 24

#: Bits a byte. Machine code that Go and C compilers write has up to 6.6, what was compressed at least 7.8.
_RANDOM: Final = 7.5
_LEAST: Final = 4096
_SAMPLE, _SAMPLES = 1024, 16
_MUCH_MORE: Final = 2
_PT_LOAD, _PF_X = 1, 1
_CODE: Final = ("__text", "text", "code")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Packing:
    """A packed program: the name of the packer, "unknown" where only signs tell, and what tells it.

    `image` is the program that was packed, None where it could not be had; the `notes` say why.
    """

    packer: str
    source: str
    image: Image | None = None
    notes: tuple[str, ...] = ()


def find_packing(image: Image, limits: Limits) -> Packing | None:
    """How an image was packed by a packer that is known, None where it was not; nothing is raised."""
    kind = image.container.format
    if kind == "elf" and _may_be_upx(cast("ElfImage", image)):
        from attest.exe import upx_elf

        return upx_elf.unpack(cast("ElfImage", image), limits)
    if kind == "pe" and any(each.size and not len(each.data) for each in cast("PeImage", image).parts[:1]):
        from attest.exe import upx_pe

        return upx_pe.unpack(cast("PeImage", image), limits)
    if kind == "macho":
        from attest.exe import upx

        return upx.in_macho(image)
    return None


def _may_be_upx(image: ElfImage) -> bool:
    """Whether it is worth the time to import what looks closer."""
    if image.header is None:
        return False
    if MAGIC in bytes(image.reader.clip(0, _SEARCHED)):
        return True
    at = image.header.phoff + image.header.phnum * image.header.phentsize
    found = bytes(image.reader.clip(at, _FIRST_SIZE + 4))
    return len(found) == _FIRST_SIZE + 4 and found[_VERSION] in VERSIONS and any(found[_FIRST_SIZE:])


def packing_facts(image: Image, packing: Packing | None, *, plain: bool) -> Iterator[Fact]:
    """Whether the image is packed, and by what; `plain` says that its own functions can be read in it."""
    if packing is None:
        code = list(_code(image))
        if sum(len(data) for _, data, _ in code) < _LEAST and not plain:
            return  # too little to tell anything
        random = [(name, bits) for name, data, _ in code if (bits := _entropy(data)) > _RANDOM]
        if not random:
            where = ", ".join(name for name, *_ in code) or "the function table"
            yield Fact(name="packed", value=False, source=f"no packer's structures, and the bytes of {where}")
            return
        signs = [f"{name} is random ({bits:.1f} bits a byte)" for name, bits in random]
        if image.container.format == "elf" and not image.sections:
            signs.append("there are no sections")
        larger = _larger(image)
        if larger:
            signs.append(f"{larger} has far more room than the file fills")
        if plain or len(signs) == len(random):
            return  # one sign alone tells nothing
        packing = Packing(packer="unknown", source=f"signs: {'; '.join(signs)}")
    yield Fact(name="packed", value=True, source=packing.source)
    yield Fact(name="packer", value=packing.packer, source=packing.source)


def _code(image: Image) -> Iterator[tuple[str, memoryview, int]]:
    """The parts that the processor runs: name, bytes, and how many there are in memory."""
    if image.container.format == "elf":
        elf = cast("ElfImage", image)
        for index, each in enumerate(elf.segments):
            if each.type == _PT_LOAD and each.flags & _PF_X:
                yield f"segment {index}", elf.reader.clip(each.offset, each.size), each.memory_size
    elif image.container.format == "pe":
        for part in cast("PeImage", image).parts:
            if part.executable:
                yield f"section {part.name}", part.data, part.size
    else:
        for section in image.sections:
            if section.name in _CODE:
                yield f"section {section.name}", section.data, section.size


def _larger(image: Image) -> str:
    """A part of the program that is much larger in memory than in the file, and that may be run."""
    rooms: Iterable[tuple[str, memoryview, int]] = _code(image)
    if image.container.format == "elf":  # UPX and others unpack into a part that may not be run at first
        elf = cast("ElfImage", image)
        rooms = (
            (f"segment {index}", elf.reader.clip(each.offset, each.size), each.memory_size)
            for index, each in enumerate(elf.segments)
            if each.type == _PT_LOAD
        )
    for name, data, size in rooms:
        if size > _MUCH_MORE * max(len(data), _LEAST):
            return name
    return ""


def _entropy(data: memoryview) -> float:
    """Bits of information a byte, over samples from the whole of it, which are enough to a few hundredths."""
    step = max(_SAMPLE, len(data) // _SAMPLES)
    counts: Counter[int] = Counter()
    for at in range(0, len(data), step):
        counts.update(bytes(data[at : at + _SAMPLE]))
    total = counts.total()
    return -sum(count / total * log2(count / total) for count in counts.values()) if total else 0.0
