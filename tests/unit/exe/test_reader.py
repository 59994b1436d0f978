from __future__ import annotations

import pytest

from attest.exe.reader import Reader, find, find_all, text, uvarint
from attest.model.bounds import BoundsError


def test_integers_of_both_byte_orders() -> None:
    data = memoryview(bytes(range(1, 9)))
    little, big = Reader(data=data), Reader(data=data, endian="big")
    assert (little.u8(0, "x"), little.u16(0, "x"), little.u32(0, "x")) == (1, 0x0201, 0x04030201)
    assert (big.u16(6, "x"), big.u64(0, "x")) == (0x0708, 0x0102030405060708)


@pytest.mark.parametrize(("offset", "size"), [(5, 4), (-1, 1), (0, 9), (1 << 64, 1), (0, -1)])
def test_an_access_outside_says_what_and_where(offset: int, size: int) -> None:
    with pytest.raises(BoundsError, match=f"the table beyond the end of the file, at {offset:#x}"):
        Reader(data=memoryview(bytes(8))).take(offset, size, "the table")


def test_clipping_gives_what_is_there() -> None:
    reader = Reader(data=memoryview(b"abcdef"))
    assert bytes(reader.clip(4, 10)) == b"ef"
    assert bytes(reader.clip(9, 10)) == b""
    assert bytes(reader.clip(-3, 2)) == b""


def test_strings_end_with_nul_the_limit_or_the_file() -> None:
    reader = Reader(data=memoryview(b"abc\0defgh"))
    assert reader.string(0, 100, "name") == "abc"
    assert reader.string(4, 2, "name") == "de"
    assert reader.string(4, 100, "name") == "defgh"
    assert reader.string(9, 100, "name") == ""
    with pytest.raises(BoundsError, match="name beyond the end of the file, at 0xa"):
        reader.string(10, 1, "name")


def test_bytes_that_are_no_utf8_become_one_replacement_each_as_in_go() -> None:
    assert text(b"plain") == "plain"
    assert text("grün".encode()) == "grün"
    assert text(b"\xff\xe2\x82x\xed\xa0\x80") == "\ufffd\ufffd\ufffdx\ufffd\ufffd\ufffd"


@pytest.mark.parametrize("size", [1, (1 << 20) - 3, (1 << 20) + 7, 3 << 20])
def test_a_needle_across_chunks_is_found_once(size: int) -> None:
    data = memoryview(bytes(size) + b"needle" + bytes(9))
    assert list(find_all(data, b"needle")) == [size]
    assert find(data, b"needle") == size
    assert find(data, b"noodle") is None


def test_numbers_of_variable_length() -> None:
    assert uvarint(memoryview(b"\x7f"), 0, 32, "n") == (127, 1)
    assert uvarint(memoryview(b"x\xff\xff\xff\xff\x0f"), 1, 32, "n") == ((1 << 32) - 1, 6)


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff\xff\xff\xff\x1f", b"\x80\x80\x80\x80\x80\x00"])
def test_numbers_cut_off_or_too_long_are_refused(data: bytes) -> None:
    with pytest.raises(BoundsError, match="n is no number of 32 bits, at 0x0"):
        uvarint(memoryview(data), 0, 32, "n")
