"""The facts of eBPF objects."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pytest

from attest.exe.inspect import inspect
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.builders import Part, bpf_elf, btf_ext, elf, go_elf

if TYPE_CHECKING:
    from attest.model.binary import BinaryReport
    from attest.model.limits import Limits


def look(data: bytes, limits: Limits = DEFAULT_LIMITS) -> BinaryReport:
    return inspect(memoryview(data), limits=limits)


@pytest.mark.parametrize(("endian", "machine"), [("little", "bpfel"), ("big", "bpfeb")])
def test_an_object(endian: Literal["little", "big"], machine: str) -> None:
    version = Part(data=(0x050A02).to_bytes(4, endian), name="version")
    report = look(bpf_elf(version, endian=endian))
    assert report.notes == ()
    assert report.container.arch == machine
    assert report.fact("link") == "object"
    assert {fact.name: fact.value for fact in report.facts if fact.name.startswith("ebpf.")} == {
        "ebpf.machine": machine,
        "ebpf.license": "Dual MIT/GPL",
        "ebpf.kernel_version": "5.10.2",
        "ebpf.btf": True,
        "ebpf.btf_ext": True,
        "ebpf.programs": ("kprobe/sys_execve",),
        "ebpf.core_relocations": 2,
        "ebpf.maps": ("counts", "events"),
    }


def test_other_files_say_nothing_of_it() -> None:
    assert not [fact for fact in look(go_elf()).facts if fact.name.startswith("ebpf.")]


def test_a_bare_object() -> None:
    report = look(
        elf(Part(data=b"\0", name="license"), Part(data=b"\x9f\xeb", name=".BTF"), machine=247, kind=1)
    )
    assert report.fact("ebpf.license") is None
    assert (report.fact("ebpf.btf"), report.fact("ebpf.btf_ext")) == (False, False)
    assert (report.fact("ebpf.maps"), report.fact("ebpf.core_relocations")) == ((), 0)


def test_without_symbols_the_maps_are_unknown() -> None:
    assert look(elf(Part(data=b"x", name="maps"), machine=247, kind=1)).fact("ebpf.maps") is None


def test_section_headers_that_are_not_all_there_prove_nothing() -> None:
    data = bytearray(bpf_elf())
    data[40:48] = (1 << 40).to_bytes(8, "little")
    report = look(bytes(data))
    assert [fact.name for fact in report.facts if fact.name.startswith("ebpf.")] == ["ebpf.machine"]


@pytest.mark.parametrize(
    ("types", "count"),
    [
        (btf_ext(), 0),
        (btf_ext(3, 0, 4), 7),
        (struct.pack("<HBBI4I", 0xEB9F, 1, 0, 24, 0, 0, 0, 0), 0),
    ],
)
def test_relocations(types: bytes, count: int) -> None:
    assert look(bpf_elf(types=types)).fact("ebpf.core_relocations") == count


def test_damaged_relocations() -> None:
    cut = btf_ext(5)[:-1]
    report = look(bpf_elf(types=cut))
    assert report.fact("ebpf.core_relocations") is None
    assert report.notes == ("CO-RE relocations beyond the end of the section .BTF.ext, at 0x20",)
    lying = bytearray(btf_ext(1))
    lying[40:44] = (1 << 30).to_bytes(4, "little")
    assert look(bpf_elf(types=bytes(lying))).notes == (
        "CO-RE relocations beyond the end of the table of CO-RE relocations, at 0xc",
    )
    few = replace(DEFAULT_LIMITS, header_entries=20)
    assert look(bpf_elf(types=btf_ext(*[0] * 30)), few).notes == (
        "CO-RE relocations of more than 20 sections",
    )


def test_damaged_symbols() -> None:
    report = look(bpf_elf(symbols_link=99))
    assert report.fact("ebpf.maps") is None
    assert report.notes[0].startswith("symbol table beyond the end of the file, at 0x")
    few = replace(DEFAULT_LIMITS, header_entries=12)
    many = elf(
        Part(data=b"x", name=".maps"),
        Part(data=bytes(24 * 13), name=".symtab", section_type=2, link=3),
        Part(data=b"\0", name=".strtab", section_type=3),
        machine=247,
        kind=1,
    )
    assert look(many, few).notes == ("symbol table of 13 entries: more than 12",)


def test_a_version_that_is_cut_off() -> None:
    report = look(bpf_elf(Part(data=b"\1\2", name="version")))
    assert report.fact("ebpf.kernel_version") is None
    assert report.notes == ("version beyond the end of the section, at 0x0",)
