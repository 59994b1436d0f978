"""The facts of an executable in plain words: what is unusual, and a line for each thing that people ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.model.sizes import module_sizes, removable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attest.model.binary import BinaryReport
    from attest.model.fact import FactValue

#: Names that are written out before the rest is counted.
_SHOWN: Final = 8
_MODULES_SHOWN: Final = 6
_PAGE: Final = 65_536

#: A fact, the value that is unusual of it (True for anything that is there: a count, a name) and a sentence;
#: the most telling first. {} is the value.
_UNUSUAL: Final[tuple[tuple[str, bool, str], ...]] = (
    ("macho.cms_faults", True, "the code signature is broken: {}"),
    ("macho.page_hashes", False, "the code signature is broken: the code changed after signing"),
    ("macho.blob_hashes", False, "the code signature is broken: its requirements or entitlements changed"),
    ("macho.code_limit_covers", False, "the code signature leaves bytes before it uncovered"),
    ("pe.authenticode_digest", False, "the Authenticode signature is broken: the file changed after signing"),
    ("pe.authenticode_page_hashes", False, "the Authenticode signature is broken: pages of the file changed"),
    ("pe.authenticode_signature", False, "the Authenticode signature is broken: its own key did not make it"),
    ("pe.authenticode_timestamp", False, "a timestamp of the Authenticode signature is broken"),
    ("pe.authenticode_faults", True, "Authenticode: {}"),
    ("pe.authenticode_sha1", True, "the Authenticode signature rests on SHA-1, which can be forged: {}"),
    ("macho.cms_sha1", True, "the code signature rests on SHA-1, which can be forged: {}"),
    ("pe.authenticode_extra", True, "{} bytes in the certificate table that no signature covers"),
    ("go.build_id_matches", False, "changed after linking: the hash in the Go build ID is another file's"),
    ("go.host_build_id_matches", False, "the GNU build ID or UUID belongs to another Go build ID"),
    ("go.header_conflicts", True, "the headers contradict the build info: {}"),
    ("go.function_conflicts", True, "the functions contradict the build info: {}"),
    ("go.stamp_conflicts", True, "what is said about its version contradicts itself: {}"),
    ("macho.slice_differences", True, "the slices differ: {}"),
    ("packed", True, "a packer compressed it: what runs is not what lies in the file"),
    ("elf.nx_stack", False, "the stack is executable"),
    ("elf.wx_segments", True, "segments that are writable and executable: {}"),
    ("elf.textrel", True, "the loader must write into the code (text relocations)"),
    ("elf.rpath", True, "libraries are searched first in {} (DT_RPATH)"),
    ("elf.runpath", True, "libraries are searched first in {} (DT_RUNPATH)"),
    ("macho.write_execute_segments", True, "segments that are writable and executable: {}"),
    ("macho.rpaths", True, "libraries are searched in {} (LC_RPATH)"),
    ("pe.writable_code", True, "sections that are writable and executable: {}"),
    ("pe.aslr", False, "Windows cannot load it at a random address (no ASLR)"),
    ("pe.nx", False, "data may be executed (no DEP)"),
    ("pe.checksum_right", False, "the checksum in the header is not that of the file"),
    ("elf.overlay", True, "{} bytes behind everything that the headers tell of"),
    ("macho.overlay", True, "{} bytes behind everything that the headers tell of"),
    ("pe.overlay", True, "{} bytes behind everything that the headers tell of"),
    ("ebpf.btf", False, "no type information (BTF): it loads on the kernel alone that it was built for"),
)


def unusual(report: BinaryReport) -> Iterator[str]:
    """Sentences about facts that deserve a look, the most telling first."""
    values = {each.name: each.value for each in report.facts}
    for name, when, sentence in _UNUSUAL:
        value = values.get(name)
        if value is None or bool(value) is not when:
            continue
        yield sentence.format(_some(value) if isinstance(value, tuple) else value)
    container = report.container
    if values.get("macho.signature") == "none" and (container.os, container.arch) == ("darwin", "arm64"):
        yield "no code signature: Macs with Apple silicon do not run it"


def plain(report: BinaryReport) -> Iterator[tuple[str, str]]:
    """Labels and what there is to say under them, in the order of reading."""
    values = {each.name: each.value for each in report.facts}
    for label, words in _LINES:
        said = ", ".join(words(values))
        if said:
            yield label, said
    shares = sizes(report)
    if shares:
        yield "code by", shares
    spare = strippable(report)
    if spare:
        yield "strip", spare


def sizes(report: BinaryReport) -> str:
    """The bytes of code of each module, the largest first; "" where no function table was read."""
    ranked = [(each.size, each.path or "unknown") for each in module_sizes(report) or () if each.size]
    shown = [f"{name} {short_size(size)}" for size, name in ranked[:_MODULES_SHOWN]]
    rest = ranked[_MODULES_SHOWN:]
    if rest:
        shown.append(f"{len(rest)} more {short_size(sum(size for size, _ in rest))}")
    return ", ".join(shown)


def strippable(report: BinaryReport) -> str:
    """What the file has of symbols and DWARF, which no program needs; "" where there is none."""
    spare = removable(report)
    parts = ((spare.dwarf, "DWARF"), (spare.symbols, "symbols"))
    told = " and ".join(f"{short_size(size)} of {what}" for size, what in parts if size)
    return told and f"would remove {told}"


def short_size(size: int) -> str:
    """A size as people say it."""
    value, unit = float(size), "bytes"
    for larger in ("KiB", "MiB", "GiB"):
        if value < 1024:  # noqa: PLR2004 - the next unit's size
            break
        value, unit = value / 1024, larger
    return f"{size} bytes" if unit == "bytes" else f"{value:.1f} {unit}"


Values = dict[str, "FactValue"]


def _some(names: tuple[str, ...], most: int = _SHOWN) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _linked(values: Values) -> Iterator[str]:
    if "link" in values:
        yield str(values["link"])
    libraries = values.get("libraries")
    if isinstance(libraries, tuple) and libraries:
        yield f"needs {_some(libraries)}"
    if "elf.glibc" in values:
        yield f"glibc {values['elf.glibc']} or later"
    elif "elf.libc" in values:
        yield f"C library {values['elf.libc']}"
    if "elf.interpreter" in values:
        yield f"loaded by {values['elf.interpreter']}"


def _runs_on(values: Values) -> Iterator[str]:
    if "macho.minimum_os" in values:
        yield f"{values.get('macho.platform', 'macos')} {values['macho.minimum_os']} or later"
    if "macho.sdk" in values:
        yield f"SDK {values['macho.sdk']}"
    if "pe.subsystem_version" in values:
        yield f"Windows {values['pe.subsystem_version']} or later"
    if "pe.subsystem" in values:
        yield str(values["pe.subsystem"])
    if "pe.execution_level" in values:
        yield f"asks for the rights {values['pe.execution_level']}"
    if "elf.kernel" in values:
        yield f"Linux {values['elf.kernel']} or later"
    if "elf.x86_level" in values:
        yield f"x86-64-{values['elf.x86_level']}"


#: The protections that a fact is about, where it holds and where it does not ("" says nothing).
_PROTECTIONS: Final = (
    ("elf.nx_stack", "stack not executable", "stack executable"),
    ("elf.stack_protector", "stack protector", ""),
    ("elf.fortify", "fortified", ""),
    ("pe.aslr", "ASLR", "no ASLR"),
    ("pe.high_entropy_va", "high entropy", "no high entropy"),
    ("pe.nx", "DEP", "no DEP"),
    ("pe.cfg", "control flow guard", "no control flow guard"),
    ("macho.hardened_runtime", "hardened runtime", "no hardened runtime"),
    ("macho.library_validation", "library validation", ""),
)


def _protected(values: Values) -> Iterator[str]:
    relro = values.get("elf.relro")
    if relro is not None:
        yield "no RELRO" if relro == "none" else f"{relro} RELRO"
    for name, yes, no in _PROTECTIONS:
        said = {True: yes, False: no}.get(values.get(name) is True) if name in values else ""
        if said:
            yield said
    branches = values.get("elf.branch_protection")
    if isinstance(branches, tuple) and branches:
        yield _some(branches)


def _signed(values: Values) -> Iterator[str]:
    kind = values.get("macho.signature")
    if kind == "ad-hoc":
        yield "ad hoc, by the linker" if values.get("macho.linker_signed") is True else "ad hoc"
    elif kind == "cms":
        signers = values.get("macho.certificates")
        yield f"by {signers[0]}" if isinstance(signers, tuple) and signers else "with a certificate"
    elif kind is not None:
        yield str(kind)
    if values.get("macho.page_hashes") is True:
        yield "every page has its hash"
    if "macho.signature_team" in values:
        yield f"team {values['macho.signature_team']}"
    if values.get("pe.authenticode") is False:
        yield "none"
    signers = values.get("pe.authenticode_signers")
    if isinstance(signers, tuple) and signers:
        yield f"Authenticode by {_some(signers)}"
    if values.get("pe.authenticode_digest") is True:
        yield "the digest is that of the file"
    times = values.get("pe.authenticode_times")
    if isinstance(times, tuple) and times:
        yield f"timestamped {_some(times)}"


def _allowed(values: Values) -> Iterator[str]:
    for name, what in (("macho.entitlements", "entitlements"), ("wasm.capabilities", "")):
        found = values.get(name)
        if isinstance(found, tuple) and found:
            yield f"{what} {_some(found, 16)}".strip()
    found = values.get("wasm.host_imports")
    if isinstance(found, tuple) and found:
        yield f"functions of the host: {_some(found)}"


def _memory(values: Values) -> Iterator[str]:
    least, most = values.get("wasm.memory_min"), values.get("wasm.memory_max")
    if isinstance(least, int):
        yield f"at least {short_size(least * _PAGE)}"
    if isinstance(most, int):
        yield f"at most {short_size(most * _PAGE)}"
    elif values.get("wasm.memory_unbounded") is True:
        yield "no maximum"
    if values.get("wasm.memory_shared") is True:
        yield "shared between threads"


def _module(values: Values) -> Iterator[str]:
    if "wasm.compiler" in values:
        yield f"compiled by {values['wasm.compiler']}"
    if "wasm.entry" in values:
        yield f"run as {values['wasm.entry']}"
    exports = values.get("wasm.exports")
    if isinstance(exports, tuple) and exports:
        yield f"exports {_some(exports)}"


def _ebpf(values: Values) -> Iterator[str]:
    for name, what in (("ebpf.programs", "programs"), ("ebpf.maps", "maps")):
        found = values.get(name)
        if isinstance(found, tuple) and found:
            yield f"{what} {_some(found)}"
    if "ebpf.license" in values:
        yield f"licence {values['ebpf.license']}"


def _resources(values: Values) -> Iterator[str]:
    if "pe.product_version" in values:
        yield f"product {values['pe.product_version']}"
    if "pe.file_version" in values:
        yield f"file {values['pe.file_version']}"


def _debugging(values: Values) -> Iterator[str]:
    symbols, dwarf = values.get("symbol_table"), values.get("dwarf")
    if symbols is not None:
        yield "symbol table" if symbols else "no symbol table"
    if dwarf is not None:
        yield {"none": "no DWARF", "plain": "DWARF"}.get(str(dwarf), f"{dwarf} DWARF")
    if values.get("go.build_id_matches") is True:
        yield "not changed since it was linked"


def _archive(values: Values) -> Iterator[str]:
    if "archive.format" in values:
        compression = values.get("archive.compression")
        yield f"{values['archive.format']}{f' compressed with {compression}' if compression else ''}"
    if "archive.files" in values:
        yield f"{values['archive.files']} files"
        yield f"{values['archive.executables']} of them executables"


_LINES: Final[tuple[tuple[str, Callable[[Values], Iterator[str]]], ...]] = (
    ("archive", _archive),
    ("linked", _linked),
    ("runs on", _runs_on),
    ("may", _allowed),
    ("memory", _memory),
    ("wasm", _module),
    ("eBPF", _ebpf),
    ("protected", _protected),
    ("signed", _signed),
    ("resources", _resources),
    ("debugging", _debugging),
)
