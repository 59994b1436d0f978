"""Function tables of every generation, whole and damaged, with and without sections that name them."""

from __future__ import annotations

import itertools
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import LimitError
from attest.exe.elf import read_elf
from attest.exe.packages import linked_packages
from attest.exe.pclntab import Function, FunctionTable, read_functions
from attest.exe.wasm import read_wasm
from attest.model.bounds import BoundsError
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.builders import LOAD, Part, elf, wasm_section
from tests.unit.exe.tables import FUNCS, INLINED, MAGICS, TEXT, Func, table

if TYPE_CHECKING:
    from attest.model.limits import Limits

SHAPES = list(itertools.product(MAGICS, (4, 8), "<>"))
Pointer = Literal[4, 8]
Order = Literal["<", ">"]


def program(data: bytes, name: str = ".gopclntab", before: bytes = b"\x90" * 7) -> bytes:
    """An ELF file that holds a table, in a section of that name or, without one, somewhere in memory."""
    if name:
        return elf(Part(data=data, address=0x400000, name=name, segment=LOAD))
    return elf(Part(data=before + data + b"\x90" * 64, address=0x400000, segment=LOAD))


def read(data: bytes, name: str = ".gopclntab", limits: Limits = DEFAULT_LIMITS) -> FunctionTable | None:
    return read_functions(read_elf(memoryview(program(data, name)), limits), limits)


def found(data: bytes, name: str = ".gopclntab", limits: Limits = DEFAULT_LIMITS) -> FunctionTable:
    functions = read(data, name, limits)
    assert functions is not None
    return functions


def expected(functions: tuple[Func, ...] = FUNCS) -> list[Function]:
    entry, listed = 0, []
    for each in functions:
        listed.append(Function(name=each.name, file=each.file, entry=entry, size=each.size))
        entry += each.size
    return listed


@pytest.mark.parametrize("name", [".gopclntab", ".data.rel.ro.gopclntab", ""])
@pytest.mark.parametrize(("generation", "pointer", "order"), SHAPES)
def test_every_generation_names_its_functions_and_files(
    generation: str, pointer: Pointer, order: Order, name: str
) -> None:
    functions = found(table(generation, pointer=pointer, order=order), name)
    assert (functions.generation, functions.pointer, functions.order) == (generation, pointer, order)
    assert functions.place == (f"section {name}" if name else "segment 0")
    assert list(functions.functions()) == expected()
    assert list(functions.records()) == [(each.name.encode(), each.file, each.size) for each in FUNCS]
    there = FUNCS if generation == "1.2" else (*FUNCS, *INLINED)
    assert set(functions.names()) == {each.name.encode() for each in there}
    assert functions.files() == tuple(sorted({each.file for each in there}))


@pytest.mark.parametrize("generation", MAGICS)
def test_a_function_without_a_file_has_none(generation: str) -> None:
    own = (Func(name="a.B", file=""), Func(name="a.C", file="a/c.go"))
    functions = found(table(generation, functions=own, inlined=()))
    assert [(each.name, each.file) for each in functions.functions()] == [("a.B", ""), ("a.C", "a/c.go")]


@pytest.mark.parametrize(("generation", "pointer"), [(each, size) for each in MAGICS for size in (4, 8)])
def test_a_table_cut_off_anywhere_gives_less_or_says_so(generation: str, pointer: Pointer) -> None:
    whole = table(generation, pointer=pointer)
    outcomes = set()
    for size in range(len(whole)):
        functions = read(whole[:size])
        if functions is None:
            outcomes.add("none")
            continue
        try:
            listed = list(functions.functions())
        except BoundsError as error:
            outcomes.add(error.message.partition("function table")[0].rpartition("outside")[2])
        else:
            assert [each.name for each in listed] == [each.name for each in FUNCS]
    assert outcomes == ({"none"} if generation == "1.2" else {"none", " of the "})


@pytest.mark.parametrize("generation", MAGICS)
@given(data=st.data())
@settings(max_examples=100)
def test_whatever_is_changed_nothing_but_the_two_errors_is_raised(
    generation: str, data: st.DataObject
) -> None:
    mutated = bytearray(table(generation, pointer=data.draw(st.sampled_from((4, 8)))))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(8, len(mutated) - 1))
        mutated[at : at + 4] = data.draw(st.binary(min_size=1, max_size=4) | st.just(b"\xff" * 4))
    try:
        functions = read(bytes(mutated), data.draw(st.sampled_from((".gopclntab", ""))))
        if functions is not None:
            functions.files()
            list(functions.functions())
            linked_packages(functions, None)
    except (BoundsError, LimitError):
        return


def patched(generation: str, field: int, value: int) -> bytes:
    """A table whose last function's record has one of its 32-bit fields after the entry changed."""
    data = bytearray(table(generation, inlined=()))
    word = 8 if generation == "1.16" else 4
    entry = sum(each.size for each in FUNCS[:-1]) + (TEXT if word == 8 else 0)
    at = data.rindex(struct.pack("<Q" if word == 8 else "<I", entry))
    struct.pack_into("<I", data, at + word + 4 * field, value)
    return bytes(data)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (0, 0x7FFFFFF0, "function 4 has its name outside of the function table"),
        (0, 0xFFFFFFFF, "function 4 has its name outside of the function table"),
        (7, 0x7FFFFFF0, "function 4 has its file outside of the function table"),
    ],
)
@pytest.mark.parametrize("generation", ["1.16", "1.18", "1.20"])
def test_a_record_that_points_outside_is_named(generation: str, field: int, value: int, message: str) -> None:
    functions = found(patched(generation, field, value))
    with pytest.raises(BoundsError, match=message):
        list(functions.functions())


def test_a_record_outside_of_the_table_is_named() -> None:
    data = bytearray(table("1.20"))
    rows = struct.unpack_from("<Q", data, 8 + 7 * 8)[0]
    struct.pack_into("<I", data, rows + 8 + 4, 0x7FFFFFF0)
    with pytest.raises(BoundsError, match="function 1 is described outside of the function table, at 0x80"):
        list(found(bytes(data)).functions())


def test_names_that_overlap_are_not_read_over_and_over() -> None:
    many = tuple(Func(name=f"a.F{index}", file="a/a.go") for index in range(200))
    long = Func(name="a." + "x" * 30_000, file="a/a.go")
    data = bytearray(table("1.20", functions=(long, *many), inlined=()))
    rows = struct.unpack_from("<Q", data, 8 + 7 * 8)[0]
    for index in range(201):
        (at,) = struct.unpack_from("<I", data, rows + 8 * index + 4)
        struct.pack_into("<I", data, rows + at + 4, index)
    with pytest.raises(BoundsError, match=r"the names up to function \d overlap in the function table"):
        list(found(bytes(data)).records())


def test_numbers_beyond_the_limits_are_told() -> None:
    few = replace(DEFAULT_LIMITS, functions=3)
    with pytest.raises(LimitError, match=r"5 functions in section \.gopclntab, more than the 3"):
        read(table("1.20"), limits=few)
    six = replace(DEFAULT_LIMITS, functions=5)
    with pytest.raises(LimitError, match=r"more or longer names in section \.gopclntab"):
        list(found(table("1.20"), limits=six).names())
    with pytest.raises(LimitError, match=r"6 files in section \.gopclntab, more than the 5"):
        read(table("1.2"), limits=six)
    with pytest.raises(LimitError, match=r"more or longer names in section \.gopclntab"):
        list(found(table("1.20"), limits=replace(DEFAULT_LIMITS, function_name_bytes=8)).names())
    short = replace(DEFAULT_LIMITS, source_names_bytes=40)
    for generation in MAGICS:
        functions = found(table(generation), limits=short)
        for listed in (functions.files, lambda each=functions: list(each.functions())):
            with pytest.raises(LimitError, match="more or longer names of files in section"):
                listed()
        with pytest.raises(LimitError, match="more or longer names of files in section"):
            list(functions.records())


@pytest.mark.parametrize("generation", MAGICS)
def test_what_only_looks_like_a_table_is_none(generation: str) -> None:
    data = bytearray(table(generation))
    word = {"1.16": 6}.get(generation, 7)
    rows = 16 if generation == "1.2" else struct.unpack_from("<Q", data, 8 + 8 * word)[0]
    data[rows] ^= 0x55  # the first entry, which its record repeats
    assert read(bytes(data), "") is None
    for size in (4, 8, 12):
        assert read(table(generation)[:size]) is None
    assert read(b"\xf0\xff\xff\xff\0\0\x03\x08" + bytes(200)) is None
    assert read(b"\xf0\xff\xff\xff\0\0\x01\x05" + bytes(200)) is None
    assert read(b"\x12\xff\xff\xff\0\0\x01\x08" + bytes(200)) is None
    assert read(table(generation)[:8] + bytes(400)) is None


def test_the_search_ends_after_so_many_places() -> None:
    fakes = (table("1.20")[:8] + bytes(80)) * 5
    limits = replace(DEFAULT_LIMITS, build_info_places=5)
    assert read(fakes + table("1.20"), "", limits) is None
    assert read(fakes + table("1.20"), "", replace(limits, build_info_places=6)) is not None


def module(data: bytes, bodies: tuple[int, ...]) -> FunctionTable | None:
    """A WebAssembly module with a table in its memory and functions of so many bytes."""
    content = bytes([len(bodies)]) + b"".join(bytes([each]) + bytes(each) for each in bodies)
    memory = wasm_section(5, b"\x01\0\x01")
    segment = b"\x01\0\x41\x80\x08\x0b" + _leb(len(data)) + data
    whole = b"\0asm\x01\0\0\0" + memory + wasm_section(10, content) + wasm_section(11, segment)
    return read_functions(read_wasm(memoryview(whole), DEFAULT_LIMITS), DEFAULT_LIMITS)


def _leb(value: int) -> bytes:
    return bytes([value & 0x7F | 0x80, value >> 7 & 0x7F | 0x80, value >> 14])


@pytest.mark.parametrize("size", [1, 1 << 16])
def test_sizes_in_webassembly_are_those_of_the_bodies(size: int) -> None:
    own = tuple(replace(each, size=size) for each in FUNCS)
    functions = module(table("1.20", functions=own), (10, 20, 30, 40))
    assert functions is not None
    assert [each.size for each in functions.functions()] == [10, 20, 30, 40, 0]
