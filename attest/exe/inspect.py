"""Everything that an executable says about itself, from its bytes; nothing is ever raised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from attest.errors import FormatError, LimitError
from attest.exe import elf, fat, macho, pe, wasm
from attest.exe.buildinfo import find_version, read_build_info
from attest.exe.facts import elf as elf_facts
from attest.exe.facts import pe as pe_facts
from attest.exe.identity import identify
from attest.exe.known import Known
from attest.exe.packages import linked_packages
from attest.exe.pclntab import read_functions
from attest.exe.reader import BoundsError
from attest.model.binary import BinaryReport, BinarySlice, Container, SectionSize
from attest.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attest.exe.image import Image
    from attest.exe.packages import Linked
    from attest.exe.pclntab import FunctionTable
    from attest.model.binary import BuildInfo, Depth
    from attest.model.fact import Fact
    from attest.model.limits import Limits

    FactReader = Callable[[Known], Iterable[Fact]]

T = TypeVar("T")

_NOTES_TOLD: Final = 50

#: Magics of systems that Go builds for and whose headers are not read.
_UNREAD: Final = {
    b"\x01\xdf": "an AIX XCOFF file; its headers are not read",
    b"\x01\xf7": "an AIX XCOFF file; its headers are not read",
    b"\x00\x00\x01\xeb": "a Plan 9 executable; its headers are not read",
    b"\x00\x00\x8a\x97": "a Plan 9 executable; its headers are not read",
    b"\x00\x00\x06\x47": "a Plan 9 executable; its headers are not read",
}


def looks_executable(prefix: bytes | memoryview) -> bool:
    """Whether a file that begins with `prefix` (its first 8 bytes, or all if fewer) is some executable."""
    start = bytes(prefix[:8])
    if start[:4] in (fat.MAGIC, fat.MAGIC_64):
        return not fat.is_java_class(start)
    return start.startswith((elf.MAGIC, pe.MAGIC, wasm.MAGIC, *_UNREAD)) or start[:4] in macho.MAGICS


def inspect(data: memoryview, *, depth: Depth = "full", limits: Limits = DEFAULT_LIMITS) -> BinaryReport:
    """What the bytes of a file say; for a universal file, what each of its slices says.

    `data` is one-dimensional, of bytes. What cannot be read is in the `notes` of the report, with offsets.
    """
    start = bytes(data[:8])
    if fat.is_java_class(start):
        return _unknown("a Java class file")
    if start[:4] in (fat.MAGIC, fat.MAGIC_64):
        return _universal(data, depth, limits)
    return _thin(data, depth, limits)


def _thin(data: memoryview, depth: Depth, limits: Limits) -> BinaryReport:
    start = bytes(data[:8])
    if start.startswith(elf.MAGIC):
        elf_image = elf.read_elf(data, limits)
        return _report(elf_image, lambda known: elf_facts.facts(elf_image, known), depth, limits)
    if start.startswith(pe.MAGIC):
        pe_image = pe.read_pe(data, limits)
        return _report(pe_image, lambda known: pe_facts.facts(pe_image, known), depth, limits)
    if start[:4] in macho.MAGICS:
        return _report(macho.read_macho(data, limits), _none, depth, limits)
    if start.startswith(wasm.MAGIC):
        return _report(wasm.read_wasm(data, limits), _none, depth, limits)
    for magic, note in _UNREAD.items():
        if start.startswith(magic):
            return _unknown(note)
    return _unknown("no executable of a known format" if start else "an empty file")


def _unknown(note: str) -> BinaryReport:
    return BinaryReport(container=Container(format="unknown"), notes=(note,))


def _none(known: Known) -> Iterable[Fact]:
    del known
    return ()


def _report(image: Image, own: FactReader, depth: Depth, limits: Limits) -> BinaryReport:
    """The report of one image; `own` reads the facts that only its container has."""
    found = read_build_info(image, limits)
    known = _known(image, found.info, depth, limits, notes := list[str]())
    facts = _collect((own,), known, notes)
    recovered = known.linked if found.info is None else None
    version = found.info.go_version if found.info is not None else image.go_version
    if not version and known.functions is not None:
        version = find_version(image, limits)
    return BinaryReport(
        container=image.container,
        toolchain="go" if known.go else "other",
        go_version=version,
        build_info=found.info,
        build_info_from=found.place,
        recovered_from=f"function table in {known.functions.place}" if recovered and known.functions else "",
        facts=facts,
        packages=known.linked.packages if known.linked else None,
        modules=recovered.modules if recovered else (),
        sections=tuple(
            SectionSize(name=each.name, file_size=len(each.data), memory_size=each.size)
            for each in image.sections
            if each.name or each.size
        ),
        notes=_few((*image.notes, *found.notes, *notes)),
    )


def _known(image: Image, info: BuildInfo | None, depth: Depth, limits: Limits, notes: list[str]) -> Known:
    """What the facts are read with: the build info and, if asked for, the functions of the program."""
    functions: FunctionTable | None = None
    linked: Linked | None = None
    if depth == "full":
        try:
            functions = read_functions(image, limits)
            linked = linked_packages(functions, info) if functions else None
        except (BoundsError, LimitError) as error:
            notes.append(error.message)
    go = image.marked or info is not None or functions is not None
    return Known(info=info, go=go, depth=depth, limits=limits, functions=functions, linked=linked)


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
    try:
        entries = fat.read_fat(data, limits)
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
        slices.append(BinarySlice(offset=entry.offset, identity=identify(inner), report=report))
    reports = [each.report for each in slices]
    return BinaryReport(
        container=Container(
            format="macho-fat",
            os=_common(each.container.os for each in reports),
            kind=_common(each.container.kind for each in reports) or "",
        ),
        toolchain=_common(each.toolchain for each in reports) or "other",
        go_version=_common(each.go_version for each in reports) or "",
        slices=tuple(slices),
        notes=tuple(notes),
    )


def _common(values: Iterable[T]) -> T | None:
    """The one value that all have, None where they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else None
