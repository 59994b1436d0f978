"""Everything that an executable says about itself, from its bytes; nothing is ever raised.

Only the reader of the container at hand is imported: the others would take longer than most files.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from attest.errors import FormatError, LimitError
from attest.exe import magic
from attest.exe.buildinfo import find_version, read_build_info
from attest.exe.facts import go as go_facts
from attest.exe.identity import identify
from attest.exe.known import Known
from attest.exe.packages import linked_packages
from attest.exe.packing import find_packing, packing_facts
from attest.exe.pclntab import read_functions
from attest.exe.reader import BoundsError
from attest.model.binary import BinaryReport, BinarySlice, Container, SectionSize
from attest.model.fact import Fact
from attest.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attest.exe.image import Image
    from attest.exe.packages import Linked
    from attest.exe.pclntab import FunctionTable
    from attest.model.binary import BuildInfo, Depth
    from attest.model.limits import Limits

    FactReader = Callable[[Known], Iterable[Fact]]

T = TypeVar("T")

_NOTES_TOLD: Final = 50
#: Stands behind the name of a place in what was unpacked.
_WITHIN: Final = " of the unpacked program"

#: Magics of systems that Go builds for and whose headers are not read.
_UNREAD: Final = {
    b"\x01\xdf": "an AIX XCOFF file; its headers are not read",
    b"\x01\xf7": "an AIX XCOFF file; its headers are not read",
}


def looks_executable(prefix: bytes | memoryview) -> bool:
    """Whether a file that begins with `prefix` (its first 8 bytes, or all if fewer) is some executable."""
    start = bytes(prefix[:8])
    if start[:4] in (magic.FAT, magic.FAT_64):
        return not magic.is_java_class(start)
    if start[:4] in magic.MACHO or start[:4] in magic.PLAN9:
        return True
    return start.startswith((magic.ELF, magic.PE, magic.WASM, *_UNREAD))


def inspect(data: memoryview, *, depth: Depth = "full", limits: Limits = DEFAULT_LIMITS) -> BinaryReport:
    """What the bytes of a file say; for a universal file, what each of its slices says.

    `data` is one-dimensional, of bytes. What cannot be read is in the `notes` of the report, with offsets.
    """
    start = bytes(data[:8])
    if magic.is_java_class(start):
        return _unknown("a Java class file")
    if start[:4] in (magic.FAT, magic.FAT_64):
        return _universal(data, depth, limits)
    return _thin(data, depth, limits)


def _thin(data: memoryview, depth: Depth, limits: Limits) -> BinaryReport:
    start = bytes(data[:8])
    if start.startswith(magic.ELF):
        return _elf(data, depth, limits)
    if start.startswith(magic.PE):
        return _pe(data, depth, limits)
    if start[:4] in magic.MACHO:
        return _macho(data, depth, limits)
    if start.startswith(magic.WASM):
        return _wasm(data, depth, limits)
    if start[:4] in magic.PLAN9:
        return _plan9(data, depth, limits)
    unread = next((note for first, note in _UNREAD.items() if start.startswith(first)), "")
    return _unknown(unread or ("no executable of a known format" if start else "an empty file"))


def _elf(data: memoryview, depth: Depth, limits: Limits) -> BinaryReport:
    from attest.exe.elf import read_elf
    from attest.exe.facts import elf

    image = read_elf(data, limits)
    return _report(image, partial(elf.facts, image), depth, limits)


def _pe(data: memoryview, depth: Depth, limits: Limits) -> BinaryReport:
    from attest.exe.facts import pe
    from attest.exe.pe import read_pe

    image = read_pe(data, limits)
    return _report(image, partial(pe.facts, image), depth, limits)


def _macho(data: memoryview, depth: Depth, limits: Limits) -> BinaryReport:
    from attest.exe.facts import macho
    from attest.exe.macho import read_macho

    image = read_macho(data, limits)
    own, *more = (partial(part, image) for part in macho.PARTS)
    return _report(image, own, depth, limits, *more)


def _wasm(data: memoryview, depth: Depth, limits: Limits) -> BinaryReport:
    from attest.exe.facts import wasm
    from attest.exe.wasm import read_wasm

    image = read_wasm(data, limits)
    return _report(image, partial(wasm.facts, image), depth, limits)


def _plan9(data: memoryview, depth: Depth, limits: Limits) -> BinaryReport:
    from attest.exe.facts import plan9
    from attest.exe.plan9 import read_plan9

    image = read_plan9(data, limits)
    return _report(image, partial(plan9.facts, image), depth, limits)


def _unknown(note: str) -> BinaryReport:
    return BinaryReport(container=Container(format="unknown"), notes=(note,))


def _report(image: Image, own: FactReader, depth: Depth, limits: Limits, *more: FactReader) -> BinaryReport:
    """The report of one image; `own` and `more` each read facts that only its container has."""
    packing = find_packing(image, limits)
    inner = packing.image if packing is not None else None
    program = inner or image  # what Go left is read from what was packed, where that could be had
    found = read_build_info(program, limits)
    notes: list[str] = []
    known = _known(program, found.info, depth, limits, notes, packed=inner is not None)
    shared = (partial(part, program) for part in go_facts.PARTS)
    shared_facts = _collect(shared, known, notes)
    plain = packing is None and known.functions is not None
    facts = (
        *packing_facts(image, packing, plain=plain),
        *(_unpacked(each) if inner is not None else each for each in shared_facts),
        *_collect((own, *more), known, notes),
    )
    recovered = known.linked if found.info is None else None
    version = found.info.go_version if found.info is not None else program.go_version
    if not version and known.functions is not None:
        version = find_version(program, limits)
    within = _WITHIN if inner is not None else ""
    return BinaryReport(
        container=image.container,
        toolchain="go" if known.go else "other",
        go_version=version,
        build_info=found.info,
        build_info_from=f"{found.place}{within}" if found.place else "",
        recovered_from=(
            f"function table in {known.functions.place}{within}" if recovered and known.functions else ""
        ),
        facts=facts,
        packages=known.linked.packages if known.linked else None,
        modules=recovered.modules if recovered else (),
        sections=tuple(
            SectionSize(name=each.name, file_size=len(each.data), memory_size=each.size)
            for each in image.sections
            if each.name or each.size
        ),
        notes=_few((*(packing.notes if packing else ()), *image.notes, *found.notes, *notes)),
    )


def _unpacked(fact: Fact) -> Fact:
    return Fact(name=fact.name, value=fact.value, source=f"{fact.source}{_WITHIN}")


def _known(
    image: Image, info: BuildInfo | None, depth: Depth, limits: Limits, notes: list[str], *, packed: bool
) -> Known:
    """What the facts are read with: the build info and, if asked for or needed, the program's functions."""
    functions: FunctionTable | None = None
    linked: Linked | None = None
    if depth == "full" or info is None:  # what a file without build info is, its functions alone tell
        try:
            functions = read_functions(image, limits)
            linked = linked_packages(functions, info) if functions else None
        except (BoundsError, LimitError) as error:
            notes.append(error.message)
    go = image.marked or info is not None or functions is not None
    return Known(
        info=info, go=go, depth=depth, limits=limits, functions=functions, linked=linked, packed=packed
    )


def _collect(readers: Iterable[FactReader], known: Known, notes: list[str]) -> tuple[Fact, ...]:
    """The facts of all readers; where one finds a damaged place, the facts before it stand."""
    facts: list[Fact] = []
    for reader in readers:
        try:
            facts.extend(reader(known))
        except (BoundsError, LimitError) as error:
            notes.append(error.message)
    return tuple(facts)


def _few(notes: tuple[str, ...]) -> tuple[str, ...]:
    """The notes that a person will read, and how many there are beyond them."""
    more = len(notes) - _NOTES_TOLD
    return (*notes[:_NOTES_TOLD], f"{more} more notes") if more > 0 else notes


def _universal(data: memoryview, depth: Depth, limits: Limits) -> BinaryReport:
    from attest.exe.fat import read_fat
    from attest.exe.slices import differences

    try:
        entries = read_fat(data, limits)
    except (FormatError, LimitError) as error:
        return BinaryReport(container=Container(format="macho-fat"), notes=(error.message,))
    slices: list[BinarySlice] = []
    notes: list[str] = []
    for index, entry in enumerate(entries):
        inner = data[entry.offset : entry.offset + entry.size]
        report = _thin(inner, depth, limits)
        if report.container.format != "macho":
            notes.append(f"slice {index} is no Mach-O file, at {entry.offset:#x}")
        elif report.container.arch != entry.arch:
            notes.append(
                f"slice {index} is called {entry.arch or 'something else'} by the universal header, "
                f"and {report.container.arch or 'something else'} by its own"
            )
        slices.append(BinarySlice(offset=entry.offset, identity=identify(inner, depth=depth), report=report))
    reports = [each.report for each in slices]
    differing = differences(reports)
    facts = Fact(name="macho.slice_differences", value=differing or (), source="build info of the slices")
    return BinaryReport(
        container=Container(
            format="macho-fat",
            os=_common(each.container.os for each in reports),
            kind=_common(each.container.kind for each in reports) or "",
        ),
        toolchain=_common(each.toolchain for each in reports) or "other",
        go_version=_common(each.go_version for each in reports) or "",
        facts=(facts,) if differing is not None else (),
        slices=tuple(slices),
        notes=tuple(notes),
    )


def _common(values: Iterable[T]) -> T | None:
    """The one value that all have, None where they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else None
