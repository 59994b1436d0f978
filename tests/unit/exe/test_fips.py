"""The integrity check of Go's FIPS 140 module: programs of the go command, and records made by hand."""

from __future__ import annotations

import hashlib
import hmac
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.exe.inspect import inspect
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.builders import LOAD, RW_DATA, Part, elf, inline_blob, macho, pe
from tests.unit.exe.conftest import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.fact import FactValue
    from tests.unit.exe.conftest import Corpus

MAGIC = b"\xff Go fipsinfo \xff\0"
#: For which the linker writes no record (cmd/internal/obj/fips140.go, EnableFIPS).
WITHOUT = {"aix-ppc64", "aix-ppc64-s", "js-wasm", "wasip1-wasm", "windows-386"}
MODULE = b"the code of the module" * 3
AT = 0x30000
RECORD = 0x40000


def same(data: bytes) -> FactValue | None:
    return inspect(memoryview(data)).fact("go.fips140_matches")


def digest(*parts: bytes) -> bytes:
    content = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hmac.new(bytes(32), b"go fips object v1\n" + content, hashlib.sha256).digest()


def record(
    own: int = RECORD,
    code: int = AT,
    *,
    end: int | None = None,
    stored: bytes | None = None,
    encode: Callable[[int], int] = int,
) -> bytes:
    """A record of a module that is code alone; the three other parts are empty."""
    last = code + len(MODULE) if end is None else end
    places = (own, code, last, code, code, code, code, code, code)
    expected = digest(MODULE, b"", b"", b"") if stored is None else stored
    return MAGIC + expected + struct.pack("<9Q", *map(encode, places))


def program(content: bytes, *, name: str = ".go.fipsinfo") -> bytes:
    return elf(
        Part(data=inline_blob(), address=0x20000, name=".go.buildinfo", segment=LOAD, flags=6),
        Part(data=MODULE, address=AT, name=".text", segment=LOAD, flags=5),
        Part(data=content, address=RECORD, name=name, segment=LOAD, flags=6),
    )


@pytest.mark.parametrize("name", TARGETS)
def test_a_program_as_it_was_built_has_the_right_hash(corpus: Corpus, name: str) -> None:
    assert same(corpus.data(name)) is (None if name in WITHOUT else True)
    assert inspect(memoryview(corpus.data(name)), depth="headers").fact("go.fips140_matches") is None


@pytest.mark.parametrize(
    "name", ["linux-amd64", "linux-amd64-pie", "linux-s390x", "windows-amd64", "darwin-arm64"]
)
def test_a_changed_hash_is_seen(corpus: Corpus, name: str) -> None:
    data = bytearray(corpus.data(name))
    at = data.index(MAGIC)
    while not any(data[at + 16 : at + 48]) or data[at + 16 : at + 48].isascii():
        at = data.index(MAGIC, at + 1)
    data[at + 20] ^= 1
    assert same(bytes(data)) is False


@pytest.mark.parametrize("name", [".go.fipsinfo", ".data"])
def test_the_hash_of_a_small_module(name: str) -> None:
    assert same(program(record(), name=name)) is True
    assert same(program(record(), name=name).replace(MODULE, MODULE.swapcase())) is False
    assert same(program(record(stored=bytes([1] * 32)), name=name)) is False


@pytest.mark.parametrize(
    "content",
    [
        record(own=RECORD + 8),  # not the record's own address
        record(stored=bytes(32)),  # never filled in
        record()[:-1],
        MAGIC[:-1] + b"\1" + record()[16:],
        b"",
    ],
    ids=["elsewhere", "empty", "cut", "other", "nothing"],
)
def test_what_is_no_record_tells_nothing(content: bytes) -> None:
    report = inspect(memoryview(program(content)))
    assert report.fact("go.fips140_matches") is None
    assert not [note for note in report.notes if "FIPS" in note]


@pytest.mark.parametrize("end", [AT + len(MODULE) + 1, 1 << 63])
def test_a_module_beyond_the_file_is_a_note(end: int) -> None:
    report = inspect(memoryview(program(record(end=end))))
    assert report.fact("go.fips140_matches") is None
    assert f"the FIPS 140 module is not wholly in the file, at address {AT:#x}" in report.notes


def test_a_module_that_ends_before_it_begins_is_empty() -> None:
    assert same(program(record(end=0, stored=digest(b"", b"", b"", b"")))) is True


def test_a_record_of_windows_lies_somewhere_in_the_data() -> None:
    data = pe((".data", RW_DATA, inline_blob() + MAGIC + b"x" * 200))
    assert same(data) is None


def test_too_many_places_that_look_like_a_record() -> None:
    content = MAGIC * (DEFAULT_LIMITS.build_info_places + 1) + record()
    assert same(program(content, name=".data")) is None


@pytest.mark.parametrize("base", [0, 0x1000], ids=["address", "offset"])
def test_pointers_of_macho_may_be_links_of_a_chain(base: int) -> None:
    """Their upper bits say where the next one is; the rest counts from 0 or from where the file is loaded."""

    def encode(value: int) -> int:
        return (value - base) | 0x7 << 51

    content = record(own=0x3000, code=0x1000, encode=encode)
    data = macho(
        ("__TEXT", "__text", MODULE),
        ("__DATA", "__go_buildinfo", inline_blob()),
        ("__DATA", "__go_fipsinfo", content),
    )
    assert same(data) is True


@given(st.binary(max_size=160), st.integers(0, 160))
def test_any_record_is_read_or_left(noise: bytes, at: int) -> None:
    whole = record()
    report = inspect(memoryview(program(whole[:at] + noise + whole[at + len(noise) :])))
    assert report.fact("go.fips140_matches") in (None, True, False)


def test_a_program_cut_off_anywhere_is_never_right() -> None:
    data = program(record())
    end = data.index(MAGIC) + len(record())
    for size in range(end):
        assert same(data[:size]) is not True
