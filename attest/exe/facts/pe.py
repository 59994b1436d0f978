"""The facts of PE files.

Sources: the PE format specification (learn.microsoft.com/windows/win32/debug/pe-format),
cmd/link/internal/ld/pe.go; what is said of signatures: `attest.exe.authenticode`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from attest.exe import authenticode, pe_resources, pe_tables
from attest.exe.facts.parts import in_parts
from attest.exe.pe import RELOCATIONS
from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.authenticode import CertificateTable, Signature
    from attest.exe.cms import Certificate
    from attest.exe.known import Known
    from attest.exe.pe import PeHeader, PeImage, WindowsHeader

_SUBSYSTEMS: Final = {
    1: "native",
    2: "gui",
    3: "console",
    5: "os2",
    7: "posix",
    8: "native-windows",
    9: "windows-ce",
    10: "efi-application",
    11: "efi-boot-service-driver",
    12: "efi-runtime-driver",
    13: "efi-rom",
    14: "xbox",
    16: "windows-boot-application",
}
_RELOCS_STRIPPED: Final = 0x1
_DYNAMIC_BASE, _GUARD_CF = 0x40, 0x4000
_FLAGS: Final = {
    "pe.dynamic_base": _DYNAMIC_BASE,
    "pe.high_entropy_va": 0x20,
    "pe.force_integrity": 0x80,
    "pe.nx": 0x100,
    "pe.no_seh": 0x400,
    "pe.app_container": 0x1000,
    "pe.guard_cf": _GUARD_CF,
    "pe.terminal_server_aware": 0x8000,
}
_CFG: Final = {"CF_INSTRUMENTED", "CF_FUNCTION_TABLE_PRESENT"}
_SYMBOL_SIZE: Final = 18
_SIGNED: Final = "certificate table"
_OPTIONAL: Final = "optional header"


def facts(image: PeImage, known: Known) -> Iterator[Fact]:
    """What a PE file says."""
    if image.header is None:
        return
    windows = image.windows
    parts: list[partial[Iterator[Fact]]] = [partial(_file, image, image.header)]
    if windows is not None:
        parts += [
            partial(_windows, image.header, windows),
            partial(_imports, image, known),
            partial(_delay_imports, image, known),
            partial(_link, image, image.header, windows, known),
            partial(_exports, image, known),
            partial(_guard, image, windows, known),
            partial(_version, image, known),
            partial(_manifest, image, known),
            partial(_overlay, image, image.header, windows, known),
            partial(_signatures, image, windows, known),
        ]
        if known.depth == "full":
            parts.append(partial(_checksum, image, windows))
    else:
        parts.append(partial(_object_link, image))
    yield from in_parts(parts)


def _file(image: PeImage, header: PeHeader) -> Iterator[Fact]:
    yield Fact(name="symbol_table", value=header.symbol_count > 0, source="file header")
    yield Fact(name="pe.timestamp", value=header.time, source="file header")
    names = [each.name for each in image.sections]
    dwarf = "none"
    if any(each.startswith(".zdebug_") for each in names):
        dwarf = "compressed"
    elif any(each.startswith(".debug_") and each != ".debug_gdb_scripts" for each in names):
        dwarf = "plain"
    yield Fact(name="dwarf", value=dwarf, source="section table")
    both = tuple(each.name for each in image.parts if each.writable and each.executable)
    yield Fact(name="pe.writable_code", value=both, source="section table")


def _windows(header: PeHeader, windows: WindowsHeader) -> Iterator[Fact]:
    name = _SUBSYSTEMS.get(windows.subsystem)
    if name is not None:
        yield Fact(name="pe.subsystem", value=name, source=_OPTIONAL)
    for version, fact in ((windows.os_version, "os"), (windows.subsystem_version, "subsystem")):
        yield Fact(name=f"pe.{fact}_version", value=f"{version[0]}.{version[1]}", source=_OPTIONAL)
    yield Fact(name="pe.image_base", value=f"{header.base:#x}", source=_OPTIONAL)
    for fact, bit in _FLAGS.items():
        yield Fact(name=fact, value=bool(windows.flags & bit), source=f"{_OPTIONAL}, DllCharacteristics")
    yield Fact(
        name="pe.relocations",
        value=_relocatable(header, windows),
        source="file header, data directory of base relocations",
    )
    yield Fact(
        name="pe.aslr",
        value=_random_base(header, windows),
        source="file header, DllCharacteristics, data directory of base relocations",
    )


def _relocatable(header: PeHeader, windows: WindowsHeader) -> bool:
    table = windows.directory(RELOCATIONS)
    return bool(not header.flags & _RELOCS_STRIPPED and table.address and table.size)


def _random_base(header: PeHeader, windows: WindowsHeader) -> bool:
    return bool(windows.flags & _DYNAMIC_BASE) and _relocatable(header, windows)


def _link(image: PeImage, header: PeHeader, windows: WindowsHeader, known: Known) -> Iterator[Fact]:
    if image.container.kind == "shared":
        value = "shared"
    else:
        dynamic = bool(pe_tables.imports(image, known.limits))
        pie = _random_base(header, windows)
        value = ("dynamic-pie" if pie else "dynamic") if dynamic else ("static-pie" if pie else "static")
    yield Fact(name="link", value=value, source="file header, import table, base relocations")


def _object_link(image: PeImage) -> Iterator[Fact]:
    if image.container.kind == "object":
        yield Fact(name="link", value="object", source="file header")


def _imports(image: PeImage, known: Known) -> Iterator[Fact]:
    dlls = pe_tables.imports(image, known.limits)
    yield Fact(name="libraries", value=tuple(each.dll for each in dlls), source="import table")
    names = tuple(pe_tables.imported_names(image, dlls, known.limits))
    yield Fact(name="pe.imports", value=names, source="import table")


def _delay_imports(image: PeImage, known: Known) -> Iterator[Fact]:
    dlls = pe_tables.delay_imports(image, known.limits)
    source = "delay import table"
    yield Fact(name="pe.delay_libraries", value=tuple(each.dll for each in dlls), source=source)
    names = tuple(pe_tables.imported_names(image, dlls, known.limits))
    yield Fact(name="pe.delay_imports", value=names, source=source)


def _exports(image: PeImage, known: Known) -> Iterator[Fact]:
    yield Fact(name="pe.exports", value=tuple(pe_tables.exports(image, known.limits)), source="export table")


def _guard(image: PeImage, windows: WindowsHeader, known: Known) -> Iterator[Fact]:
    flags = pe_tables.guard_flags(image, known.limits)
    if flags is not None:
        yield Fact(name="pe.guard_flags", value=flags, source="load configuration")
    really = bool(windows.flags & _GUARD_CF) and set(flags or ()) >= _CFG
    yield Fact(name="pe.cfg", value=really, source="DllCharacteristics, load configuration")


def _version(image: PeImage, known: Known) -> Iterator[Fact]:
    found = pe_resources.resources(image, known.limits)
    yield Fact(
        name="pe.icon",
        value=found is not None and pe_resources.ICON_GROUP in found.types(),
        source="resource directory",
    )
    data = found.first(pe_resources.VERSION) if found else None
    if data is None:
        return
    version = pe_resources.read_version(data, known.limits)
    source = "version resource"
    if version.file is not None and version.product is not None:
        yield Fact(name="pe.file_version", value=version.file, source=source)
        yield Fact(name="pe.product_version", value=version.product, source=source)
    yield Fact(name="pe.version_strings", value=version.strings, source=source)


def _manifest(image: PeImage, known: Known) -> Iterator[Fact]:
    found = pe_resources.resources(image, known.limits)
    data = found.first(pe_resources.MANIFEST) if found else None
    if data is None:
        return
    manifest = pe_resources.read_manifest(data, known.limits)
    if manifest.level:
        yield Fact(name="pe.execution_level", value=manifest.level, source="manifest resource")
    yield Fact(name="pe.manifest", value=manifest.settings, source="manifest resource")


def _overlay(image: PeImage, header: PeHeader, windows: WindowsHeader, known: Known) -> Iterator[Fact]:
    """The bytes behind all that the headers account for."""
    end = max([windows.headers_size, *(each.offset + len(each.data) for each in image.sections)])
    if header.symbols:
        strings = header.symbols + _SYMBOL_SIZE * header.symbol_count
        end = max(end, strings + image.reader.u32(strings, "string table"))
    table = authenticode.certificate_table(image, known.limits)
    signed = table.size if table is not None and table.at >= end else 0
    size = max(0, len(image.whole) - end - signed)
    yield Fact(name="pe.overlay", value=size, source="behind the last section")


def _checksum(image: PeImage, windows: WindowsHeader) -> Iterator[Fact]:
    yield Fact(name="pe.checksum", value=f"{windows.checksum:#010x}", source=_OPTIONAL)
    if windows.checksum:
        right = authenticode.checksum_of(image, windows) == windows.checksum
        yield Fact(name="pe.checksum_right", value=right, source=f"{_OPTIONAL}, whole file")


def _signatures(image: PeImage, windows: WindowsHeader, known: Known) -> Iterator[Fact]:
    table = authenticode.certificate_table(image, known.limits)
    yield Fact(name="pe.authenticode", value=table is not None and bool(table.entries), source=_SIGNED)
    if table is None or not table.entries:
        return
    yield Fact(name="pe.authenticode_extra", value=table.extra, source=_SIGNED)
    if known.depth != "full":
        return
    found = tuple(authenticode.signatures(table, known.limits))
    yield Fact(
        name="pe.authenticode_algorithms", value=tuple(each.algorithm for each in found), source=_SIGNED
    )
    yield from _digests(image, windows, table, found)
    judged = [each.judgement for each in found]
    yield Fact(name="pe.authenticode_signature", value=not any(each.fault for each in judged), source=_SIGNED)
    chains = [each.chain for each in judged if each.chain]
    yield Fact(
        name="pe.authenticode_signers", value=tuple(each[0].subject for each in chains), source=_SIGNED
    )
    yield Fact(
        name="pe.authenticode_certificates",
        value=tuple(" ".join(one.sha256 for one in each) for each in chains),
        source=_SIGNED,
    )
    yield Fact(
        name="pe.authenticode_chain",
        value=tuple(_described(one) for each in chains for one in each),
        source=_SIGNED,
    )
    yield Fact(
        name="pe.authenticode_faults",
        value=tuple(fault for each in judged for fault in each.faults),
        source=_SIGNED,
    )
    sha1 = ["file digest" for each in found if each.algorithm == "sha1"]
    sha1 += [name for each in judged for name in each.sha1]
    yield Fact(name="pe.authenticode_sha1", value=tuple(dict.fromkeys(sha1)), source=_SIGNED)
    stamps = [stamp for each in judged for stamp in each.timestamps]
    if stamps:
        yield Fact(
            name="pe.authenticode_timestamp", value=not any(each.fault for each in stamps), source=_SIGNED
        )
        yield Fact(
            name="pe.authenticode_times",
            value=tuple(f"{each.time:%Y-%m-%dT%H:%M:%SZ}" for each in stamps),
            source=_SIGNED,
        )
        yield Fact(
            name="pe.authenticode_timestampers",
            value=tuple(each.signer.subject for each in stamps if each.signer),
            source=_SIGNED,
        )


def _digests(
    image: PeImage, windows: WindowsHeader, table: CertificateTable, found: tuple[Signature, ...]
) -> Iterator[Fact]:
    """The digest of the file as each signature wants it; of an unknown algorithm nothing is said."""
    names = {each.algorithm for each in found}
    if not names <= set(authenticode.KNOWN):
        return
    computed = {name: authenticode.digest_of(image, windows, name, table) for name in sorted(names)}
    right = all(each.digest == computed[each.algorithm] for each in found)
    source = f"{_SIGNED}, whole file"
    yield Fact(name="pe.authenticode_digest", value=right, source=source)
    pages = [page for each in found for page in each.pages]
    if pages:
        hashes = {
            name: authenticode.page_hashes_of(image, windows, name)
            for name in sorted({each for each, _ in pages})
        }
        right = all(hashes[name] == data for name, data in pages)
        yield Fact(name="pe.authenticode_page_hashes", value=right, source=source)


def _described(certificate: Certificate) -> str:
    return (
        f"{certificate.subject}; issuer {certificate.issuer}; serial {certificate.serial}; "
        f"valid {certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}; "
        f"sha256 {certificate.sha256}"
    )
