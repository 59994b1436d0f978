from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attest.model.binary import (
    BinaryReport,
    BuildInfo,
    Container,
    InspectedFile,
    LinkedPackage,
    Module,
    SectionSize,
    Toolchain,
)
from attest.model.digest import Digests, FileIdentity
from attest.model.fact import Fact, FactValue
from attest.model.facts import FACTS
from attest.render import inspect_facts
from attest.render.inspect_facts import plain, short_size, sizes, unusual
from attest.render.inspect_text import to_text

if TYPE_CHECKING:
    from attest.model.binary import ContainerFormat

IDENTITY = FileIdentity(digests=Digests(sha256="ab" * 32, sha512="cd" * 64), size=3 << 20)
ELF = Container(format="elf", os="linux", arch="amd64")


def report(container: Container = ELF, **facts: FactValue) -> BinaryReport:
    """A report of facts, their names with __ for the point."""
    named = {name.replace("__", "."): value for name, value in facts.items()}
    assert set(named) <= set(FACTS)
    return BinaryReport(
        container=container,
        build_info=BuildInfo(go_version="go1.27.3", main=Module(path="m", version="v1.0.0")),
        facts=tuple(Fact(name=name, value=value, source="here") for name, value in named.items()),
    )


def test_only_facts_of_the_catalogue_are_called_unusual() -> None:
    for name, _, sentence in inspect_facts._UNUSUAL:
        assert name in FACTS
        assert sentence.count("{}") <= 1


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            report(macho__page_hashes=False),
            "the code signature is broken: the code changed after signing",
        ),
        (
            report(macho__cms_faults=("timestamp: it is over another signature",), macho__cms_holds=False),
            "the code signature is broken: timestamp: it is over another signature",
        ),
        (
            report(macho__cms_sha1=("signature",)),
            "the code signature rests on SHA-1, which can be forged: signature",
        ),
        (
            report(pe__authenticode_sha1=("file digest", "signature")),
            "the Authenticode signature rests on SHA-1, which can be forged: file digest, signature",
        ),
        (
            report(pe__authenticode_digest=False),
            "the Authenticode signature is broken: the file changed after signing",
        ),
        (
            report(go__build_id_matches=False),
            "changed after linking: the hash in the Go build ID is another file's",
        ),
        (
            report(go__header_conflicts=("GOARCH=arm64",)),
            "the headers contradict the build info: GOARCH=arm64",
        ),
        (
            report(go__stamp_conflicts=("a", "b")),
            "what is said about its version contradicts itself: a, b",
        ),
        (report(elf__nx_stack=False), "the stack is executable"),
        (report(elf__runpath=("/a", "/b")), "libraries are searched first in /a, /b (DT_RUNPATH)"),
        (report(pe__overlay=12), "12 bytes behind everything that the headers tell of"),
        (
            report(Container(format="macho", os="darwin", arch="arm64"), macho__signature="none"),
            "no code signature: Macs with Apple silicon do not run it",
        ),
    ],
)
def test_facts_that_deserve_a_look(found: BinaryReport, said: str) -> None:
    assert list(unusual(found)) == [said]
    text = to_text([InspectedFile(path="f", identity=IDENTITY, report=found)], width=200)
    assert text.splitlines()[1] == f"  ! {said}"


def test_what_is_as_it_should_be_is_not_unusual() -> None:
    clean = report(
        macho__page_hashes=True, elf__nx_stack=True, pe__overlay=0, elf__rpath=(), macho__signature="none"
    )
    assert list(unusual(clean)) == []


@pytest.mark.parametrize(
    ("found", "label", "words"),
    [
        (
            report(
                link="dynamic-pie",
                libraries=("libc.so.6",),
                elf__glibc="2.34",
                elf__interpreter="/lib64/ld-linux-x86-64.so.2",
            ),
            "linked",
            "dynamic-pie, needs libc.so.6, glibc 2.34 or later, loaded by /lib64/ld-linux-x86-64.so.2",
        ),
        (report(link="static", libraries=()), "linked", "static"),
        (report(elf__libc="musl"), "linked", "C library musl"),
        (report(libraries=tuple("abcdefghij")), "linked", "needs a, b, c, d, e, f, g, h and 2 more"),
        (report(macho__minimum_os="13.0", macho__sdk="26.2"), "runs on", "macos 13.0 or later, SDK 26.2"),
        (
            report(
                pe__subsystem_version="10.0",
                pe__subsystem="gui",
                pe__execution_level="requireAdministrator",
            ),
            "runs on",
            "Windows 10.0 or later, gui, asks for the rights requireAdministrator",
        ),
        (report(elf__kernel="3.2.0", elf__x86_level="v3"), "runs on", "Linux 3.2.0 or later, x86-64-v3"),
        (
            report(
                elf__relro="full", elf__nx_stack=True, elf__fortify=False, elf__branch_protection=("ibt",)
            ),
            "protected",
            "full RELRO, stack not executable, ibt",
        ),
        (report(elf__relro="none", pe__aslr=False), "protected", "no RELRO, no ASLR"),
        (
            report(macho__signature="ad-hoc", macho__linker_signed=True, macho__page_hashes=True),
            "signed",
            "ad hoc, by the linker, every page has its hash",
        ),
        (report(macho__signature="ad-hoc"), "signed", "ad hoc"),
        (report(macho__signature="cms"), "signed", "with a certificate"),
        (
            report(macho__signature="cms", macho__certificates=("CN=a", "CN=b"), macho__signature_team="T"),
            "signed",
            "by CN=a, team T",
        ),
        (report(macho__signature="none"), "signed", "none"),
        (report(pe__authenticode=False), "signed", "none"),
        (
            report(
                pe__authenticode_signers=("CN=a",),
                pe__authenticode_digest=True,
                pe__authenticode_times=("2026-01-01T00:00:00Z",),
            ),
            "signed",
            "Authenticode by CN=a, the digest is that of the file, timestamped 2026-01-01T00:00:00Z",
        ),
        (report(macho__entitlements=("k=true",)), "may", "entitlements k=true"),
        (
            report(wasm__capabilities=("clock", "net"), wasm__host_imports=("env.f",)),
            "may",
            "clock, net, functions of the host: env.f",
        ),
        (report(wasm__memory_min=16, wasm__memory_max=32), "memory", "at least 1.0 MiB, at most 2.0 MiB"),
        (
            report(wasm__memory_unbounded=True, wasm__memory_shared=True),
            "memory",
            "no maximum, shared between threads",
        ),
        (
            report(wasm__compiler="go", wasm__entry="command", wasm__exports=("func _start",)),
            "wasm",
            "compiled by go, run as command, exports func _start",
        ),
        (
            report(ebpf__programs=("xdp",), ebpf__maps=("m",), ebpf__license="GPL"),
            "eBPF",
            "programs xdp, maps m, licence GPL",
        ),
        (
            report(pe__product_version="1.0.0.0", pe__file_version="1.0.0.1"),
            "resources",
            "product 1.0.0.0, file 1.0.0.1",
        ),
        (report(symbol_table=False, dwarf="none"), "debugging", "no symbol table, no DWARF"),
        (
            report(symbol_table=True, dwarf="compressed", go__build_id_matches=True),
            "debugging",
            "symbol table, compressed DWARF, not changed since it was linked",
        ),
        (
            report(
                archive__format="tar", archive__compression="xz", archive__files=3, archive__executables=1
            ),
            "archive",
            "tar compressed with xz, 3 files, 1 of them executables",
        ),
        (report(archive__format="zip"), "archive", "zip"),
    ],
)
def test_facts_in_plain_words(found: BinaryReport, label: str, words: str) -> None:
    assert list(plain(found)) == [(label, words)]


def test_the_largest_modules_are_told_with_their_sizes() -> None:
    packages = [LinkedPackage(path=f"p{each}", module=f"m{each}", size=1 << each) for each in range(8)]
    packages += [LinkedPackage(path="q", module="m7", size=4096), LinkedPackage(path="inlined", module="z")]
    found = BinaryReport(container=ELF, packages=(*packages, LinkedPackage(path="u", size=9)))
    assert sizes(found) == (
        "m7 4.1 KiB, m6 64 bytes, m5 32 bytes, m4 16 bytes, unknown 9 bytes, m3 8 bytes, 3 more 7 bytes"
    )
    assert dict(plain(found))["code by"] == sizes(found)
    assert sizes(BinaryReport(container=ELF)) == ""


@pytest.mark.parametrize(
    ("size", "said"), [(0, "0 bytes"), (1023, "1023 bytes"), (1 << 10, "1.0 KiB"), (3 << 40, "3072.0 GiB")]
)
def test_sizes_as_people_say_them(size: int, said: str) -> None:
    assert short_size(size) == said


def table(*files: tuple[str, BinaryReport], width: int = 80) -> list[str]:
    inspected = [InspectedFile(path=path, identity=IDENTITY, report=found) for path, found in files]
    return to_text(inspected, width=width).splitlines()


def test_verbose_tells_every_fact_with_its_place() -> None:
    found = report(elf__nx_stack=True, libraries=(), link="static", elf__overlay=0, elf__textrel=False)
    text = to_text([InspectedFile(path="f", identity=IDENTITY, report=found)], verbose=True)
    said = ("elf.nx_stack: yes", "libraries: none", "link: static", "elf.overlay: 0", "elf.textrel: no")
    assert [line for line in text.splitlines() if line.startswith("    ")] == [
        f"    {each} (here)" for each in said
    ]


def test_many_files_are_a_table_with_the_unusual_below_each() -> None:
    assert table(
        ("dist/v1/a", report()),
        ("dist/v1/longer.exe", report(Container(format="pe", os="windows", arch="arm64"), pe__aslr=False)),
        ("dist/v1/text", BinaryReport(container=Container(format="unknown"))),
    ) == [
        "below dist/v1/",
        "file        platform              go  version     size",
        "a           linux/amd64           -   v1.0.0   3.0 MiB",
        "longer.exe  windows/arm64         -   v1.0.0   3.0 MiB",
        "  ! Windows cannot load it at a random address (no ASLR)",
        "text        of an unknown format  -   -        3.0 MiB",
        "  ! no Go build information",
        "",
        "3 files, 2 with something unusual",
    ]


@pytest.mark.parametrize("width", [44, 60, 80, 132])
def test_no_line_of_a_table_is_wider_than_asked(width: int) -> None:
    lines = table(
        ("x" * 200, report()), ("a", report()), ("b" * 50, report(elf__nx_stack=False)), width=width
    )
    assert max(map(len, lines)) <= width
    assert "".join(lines).count("x" * 10) >= 4


def test_a_table_says_where_nothing_is_unusual() -> None:
    assert table(("a", report()), ("b", report()))[-1] == "2 files, none with something unusual"


@pytest.mark.parametrize(
    ("toolchain", "said"),
    [
        ("rust", "Rust"),
        ("tinygo", "TinyGo"),
        ("zig", "Zig"),
        ("c", "a C or C++ compiler"),
        ("gccgo", "gccgo"),
    ],
)
def test_another_toolchain_is_named(toolchain: Toolchain, said: str) -> None:
    found = BinaryReport(container=ELF, toolchain=toolchain)
    text = to_text([InspectedFile(path="f", identity=IDENTITY, report=found)], width=200)
    assert f"  built with  {said}" in text.splitlines()
    nobody = to_text(
        [InspectedFile(path="f", identity=IDENTITY, report=BinaryReport(container=ELF))], width=200
    )
    assert "built with" not in nobody


@pytest.mark.parametrize(
    ("kind", "sections", "said"),
    [
        (
            "elf",
            {".text": 9, ".symtab": 1024, ".strtab": 512, ".debug_info": 3072},
            "3.0 KiB of DWARF and 1.5 KiB of symbols",
        ),
        ("macho", {"__text": 1, "__zdebug_info": 2048}, "2.0 KiB of DWARF"),
        ("elf", {".text": 9}, ""),
        ("elf", {}, ""),
    ],
)
def test_what_stripping_would_save(kind: ContainerFormat, sections: dict[str, int], said: str) -> None:
    found = BinaryReport(
        container=Container(format=kind),
        sections=tuple(
            SectionSize(name=name, file_size=size, memory_size=0) for name, size in sections.items()
        ),
    )
    assert dict(plain(found)).get("strip", "") == (said and f"would remove {said}")
