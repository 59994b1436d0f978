"""Everything that an executable says about itself, from its bytes; nothing is ever raised.

Only the readers of the container and the depth at hand are imported: the others would take longer than most
files.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar, cast

from attest.errors import FormatError, LimitError
from attest.exe import magic
from attest.exe.buildinfo import find_version, read_build_info
from attest.exe.facts import go as go_facts
from attest.exe.identity import identify
from attest.exe.known import Known
from attest.exe.packing import find_packing, packing_facts
from attest.exe.toolchain import CRATES, recognise
from attest.model.binary import BinaryReport, BinarySlice, Container, SectionSize
from attest.model.bounds import BoundsError
from attest.model.fact import Fact
from attest.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from attest.exe.image import Image
    from attest.exe.packages import Linked
    from attest.exe.pclntab import FunctionTable
    from attest.model.binary import BuildInfo, Depth, Toolchain
    from attest.model.limits import Limits

    FactReader = Callable[[Known], Iterable[Fact]]
    ContainerReader = Callable[[memoryview, Depth, Limits], BinaryReport | None]

T = TypeVar("T")

_NOTES_TOLD: Final = 50
#: Stands behind the name of a place in what was unpacked.
_WITHIN: Final = " of the unpacked program"


def looks_executable(prefix: bytes | memoryview) -> bool:
    """Whether a file that begins with `prefix` (its first 8 bytes, or all if fewer) is some executable.

    Scripts, archives and bare object files are none: `inspect` tells what they are, where it is asked.
    """
    start = bytes(prefix[:8])
    if start[:4] in (magic.FAT, magic.FAT_64):
        return not magic.is_java_class(start)
    if start[:4] in magic.MACHO or start[:4] in magic.PLAN9:
        return True
    return start.startswith((magic.ELF, magic.PE, magic.WASM, *magic.XCOFF))


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


def read_image(data: memoryview, limits: Limits = DEFAULT_LIMITS) -> Image | None:
    """The image of an executable of one architecture; None where Go makes no such file."""
    from attest.exe.elf import read_elf
    from attest.exe.macho import read_macho
    from attest.exe.pe import read_pe
    from attest.exe.plan9 import read_plan9
    from attest.exe.wasm import read_wasm
    from attest.exe.xcoff import read_xcoff

    readers: dict[ContainerReader, Callable[[memoryview, Limits], Image]] = {
        _elf: read_elf,
        _pe: read_pe,
        _macho: read_macho,
        _wasm: read_wasm,
        _plan9: read_plan9,
        _xcoff: read_xcoff,
    }
    reader = readers.get(_reader(bytes(data[:8])) or _script)
    return reader(data, limits) if reader else None


def _thin(data: memoryview, depth: Depth, limits: Limits) -> BinaryReport:
    reader = _reader(bytes(data[:8]))
    found = reader(data, depth, limits) if reader else None
    return found or _unknown("no executable of a known format" if len(data) else "an empty file")


def _reader(start: bytes) -> ContainerReader | None:
    """What reads a file that begins so; it gives None where the file is something else after all."""
    tests: tuple[tuple[bool, ContainerReader], ...] = (
        (start.startswith(magic.ELF), _elf),
        (start.startswith(magic.PE), _pe),
        (start[:4] in magic.MACHO, _macho),
        (start.startswith(magic.WASM), _wasm),
        (start[:4] in magic.PLAN9, _plan9),
        (start[:2] in magic.XCOFF, _xcoff),
        (start in magic.ARCHIVES, _archive),
        (magic.is_script(start), _script),
        (start[:2] in magic.COFF, _coff),
    )
    return next((reader for holds, reader in tests if holds), None)


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
    if bytes(data[6:8]) == magic.COMPONENT_LAYER:
        return _component(data, depth, limits)
    return _module(data, depth, limits)


def _module(data: memoryview, depth: Depth, limits: Limits) -> BinaryReport:
    from attest.exe.facts import wasm
    from attest.exe.wasm import read_wasm

    image = read_wasm(data, limits)
    return _report(image, partial(wasm.facts, image), depth, limits)


def _plan9(data: memoryview, depth: Depth, limits: Limits) -> BinaryReport:
    from attest.exe.facts import plan9
    from attest.exe.plan9 import read_plan9

    image = read_plan9(data, limits)
    return _report(image, partial(plan9.facts, image), depth, limits)


def _component(data: memoryview, depth: Depth, limits: Limits) -> BinaryReport:
    from attest.exe.wasm_component import facts, read_component

    image = read_component(data, limits)
    report = _report(image, partial(facts, image), "headers", limits)
    modules: list[BinarySlice] = []
    for module in image.modules:
        inner = (
            _module(module.data, depth, limits)
            if bytes(module.data[:4]) == magic.WASM
            else _unknown("no WebAssembly module")
        )
        modules.append(BinarySlice(offset=module.offset, identity=identify(module.data), report=inner))
    carrying = [
        (f"core module {index}", each.report)
        for index, each in enumerate(modules)
        if each.report.build_info is not None
    ]
    return replace(_carried(report, carrying), core_modules=tuple(modules))


def _carried(report: BinaryReport, inside: Sequence[tuple[str, BinaryReport]]) -> BinaryReport:
    """The report of a file with what the one file inside that carries build info says."""
    if len(inside) > 1:
        note = f"{inside[0][0]} and {inside[1][0]} both carry build info, and neither is surely its own"
        return replace(report, notes=(*report.notes, note))
    for place, found in inside:
        source = f"{place}, {found.build_info_from}"
        return replace(
            report,
            container=replace(
                report.container,
                os=report.container.os or found.container.os,
                arch=report.container.arch or found.container.arch,
            ),
            toolchain=found.toolchain,
            go_version=found.go_version,
            build_info=found.build_info,
            build_info_from=source,
            facts=(Fact(name="toolchain", value=found.toolchain, source=source), *report.facts),
        )
    return report


def _xcoff(data: memoryview, depth: Depth, limits: Limits) -> BinaryReport:
    from attest.exe.facts import xcoff
    from attest.exe.xcoff import read_xcoff

    image = read_xcoff(data, limits)
    return _report(image, partial(xcoff.facts, image), depth, limits)


def _archive(data: memoryview, depth: Depth, limits: Limits) -> BinaryReport:
    """An archive; of its members only objects are looked into, and only for build info."""
    from attest.exe.archive import read_archive
    from attest.exe.facts import archive

    image = read_archive(data, limits)
    report = _report(image, partial(archive.facts, image), depth, limits)
    objects = [each for each in image.objects if magic.is_object(bytes(each.data[:8]))]
    carrying: list[tuple[str, BinaryReport]] = []
    for member in objects[: limits.archive_objects]:
        found = _thin(member.data, "headers", limits)
        if found.build_info is not None:
            carrying.append((f"member {member.name}", found))
    if len(objects) > limits.archive_objects:
        note = f"{len(objects)} objects: only {limits.archive_objects} are looked into"
        report = replace(report, notes=(*report.notes, note))
    return _carried(report, carrying)


def _script(data: memoryview, depth: Depth, limits: Limits) -> BinaryReport:
    from attest.exe.script import facts, read_script

    image = read_script(data)
    return _report(image, partial(facts, image), depth, limits)


def _coff(data: memoryview, depth: Depth, limits: Limits) -> BinaryReport | None:
    from attest.exe.coff import read_coff

    image = read_coff(data, limits)
    return None if image is None else _report(image, lambda _: (), depth, limits)


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
    shared = (partial(part, program) for part in _go_parts(depth))
    shared_facts = _collect(shared, known, notes)
    plain = packing is None and known.functions is not None
    facts = (
        *packing_facts(image, packing, plain=plain),
        *(_unpacked(each) if inner is not None else each for each in shared_facts),
        *_collect((own, *more, *_of_rust(image)), known, notes),
    )
    compiler = next((each for each in facts if each.name == "wasm.compiler"), None)
    toolchain = recognise(program, known, found.place, compiler)
    if toolchain is not None:
        facts = (_unpacked(toolchain) if inner is not None else toolchain, *facts)
    recovered = known.linked if found.info is None else None
    version = found.info.go_version if found.info is not None else program.go_version
    if not version and known.functions is not None:
        version = find_version(program, limits, known.functions.generation)
    within = _WITHIN if inner is not None else ""
    return BinaryReport(
        container=image.container,
        toolchain=cast("Toolchain", toolchain.value) if toolchain else "other",
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


def _go_parts(depth: Depth) -> tuple[Callable[[Image, Known], Iterable[Fact]], ...]:
    """The readers of what Go's toolchain leaves; the last ones read much of the file."""
    if depth != "full":
        return go_facts.PARTS
    from attest.exe.facts.go_fips140 import fips140
    from attest.exe.facts.go_functions import functions

    return (*go_facts.PARTS, fips140, functions)


def _unpacked(fact: Fact) -> Fact:
    return Fact(name=fact.name, value=fact.value, source=f"{fact.source}{_WITHIN}")


def _of_rust(image: Image) -> Iterable[FactReader]:
    if image.section(CRATES) is None:
        return ()
    from attest.exe import crates

    return (partial(crates.facts, image),)


def _known(
    image: Image, info: BuildInfo | None, depth: Depth, limits: Limits, notes: list[str], *, packed: bool
) -> Known:
    """What the facts are read with: the build info and, if asked for or needed, the program's functions."""
    functions: FunctionTable | None = None
    linked: Linked | None = None
    if depth == "full" or info is None:  # what a file without build info is, its functions alone tell
        from attest.exe.packages import linked_packages
        from attest.exe.pclntab import read_functions

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
