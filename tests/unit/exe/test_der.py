from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from asn1crypto import core
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.exe import der
from attest.exe.reader import BoundsError
from attest.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from attest.exe.der import Element


def read(data: bytes) -> Element:
    return der.read(memoryview(data), "signature", DEFAULT_LIMITS)


def fault(data: bytes) -> str:
    with pytest.raises(BoundsError) as caught:
        walk(read(data))
    return caught.value.message


def walk(element: Element) -> int:
    if element.tag & der.CONSTRUCTED:
        return 1 + sum(walk(each) for each in element.children())
    return 1


@given(st.lists(st.integers(0, 1 << 40), max_size=6), st.integers(0, 2), st.integers(0, 39))
def test_object_identifiers_are_those_of_another_reader(rest: list[int], first: int, second: int) -> None:
    dotted = ".".join(map(str, (first, second, *rest)))
    assert read(core.ObjectIdentifier(dotted).dump()).oid() == dotted


@given(st.integers(-(1 << 200), 1 << 200))
def test_numbers_are_those_of_another_reader(value: int) -> None:
    assert read(core.Integer(value).dump()).integer() == value


@given(st.binary(max_size=70_000))
@settings(max_examples=20)
def test_octets_and_long_lengths(value: bytes) -> None:
    element = read(core.OctetString(value).dump() + b"behind")
    assert element.octets() == value
    assert bytes(element.raw) == core.OctetString(value).dump()


def test_indefinite_lengths_and_strings_in_pieces() -> None:
    inner = b"\x24\x80\x04\x02ab\x04\x01c\x00\x00"
    sequence = read(b"\x30\x80" + inner + b"\x30\x80\x30\x00\x00\x00\x02\x01\x05\x00\x00" + b"rest")
    text, empty, number = sequence.children()
    assert text.octets() == b"abc"
    assert [bytes(each.raw) for each in empty.children()] == [b"\x30\x00"]
    assert number.integer() == 5
    assert (text.at, empty.at, number.at) == (2, 13, 19)
    assert bytes(sequence.raw[-3:]) == b"\x05\x00\x00"


@pytest.mark.parametrize(
    ("data", "time"),
    [
        (b"\x17\x0d991231235959Z", datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (b"\x17\x0d491231235959Z", datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (b"\x18\x0f20261122123456Z", datetime(2026, 11, 22, 12, 34, 56, tzinfo=UTC)),
        (b"\x18\x1320261122123456.789Z", datetime(2026, 11, 22, 12, 34, 56, tzinfo=UTC)),
    ],
)
def test_times(data: bytes, time: datetime) -> None:
    assert read(data).time() == time


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x17\x0d991331235959Z", "a time that never was"),
        (b"\x17\x0b9912312359Z", "not written in UTC to the second"),
        (b"\x18\x0f202611221234560", "not written in UTC to the second"),
        (b"\x18\x1120261122123456..Z", "not written in UTC to the second"),
    ],
)
def test_times_that_are_none(data: bytes, why: str) -> None:
    with pytest.raises(BoundsError, match=why):
        read(data).time()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "signature is cut off, at 0x0"),
        (b"\x30", "signature is cut off, at 0x0"),
        (b"\x30\x05\x02\x01", "signature is cut off, at 0x0"),
        (b"\x30\x03\x02\x04\x00", "signature is cut off, at 0x2"),
        (b"\x1f\x81\x01\x00", "a tag of several bytes, at 0x0"),
        (b"\x30\x85\x01\x01\x01\x01\x01", "a length of 5 bytes, at 0x0"),
        (b"\x04\x80ab\x00\x00", "an element without a length, at 0x0"),
        (b"\x30\x80\x02\x01\x01", "signature is cut off, at 0x5"),
        (b"\x30\x80" * 40 + b"\x00\x00" * 40, "more than 32 levels, at 0x"),
    ],
)
def test_what_is_damaged_says_where(data: bytes, why: str) -> None:
    assert why in fault(data)


@pytest.mark.parametrize(
    "data", [b"\x30\x06\x05\x00\x05\x00\x05\x00", b"\x30\x80" + b"\x05\x00" * 4 + b"\x00\x00"]
)
def test_elements_are_counted(data: bytes) -> None:
    few = replace(DEFAULT_LIMITS, asn1_elements=2)
    with pytest.raises(BoundsError, match="more than 2 elements"):
        walk(der.read(memoryview(data), "signature", few))


@pytest.mark.parametrize(
    ("data", "ask", "why"),
    [
        (b"\x02\x00", der.Element.integer, "a number of a wrong length"),
        (b"\x04\x01a", der.Element.integer, "an element of tag 0x04 where 0x02 belongs"),
        (b"\x06\x00", der.Element.oid, "an object identifier of a wrong length"),
        (b"\x06\x01\x80", der.Element.oid, "an object identifier of a wrong length"),
        (b"\x06\x41" + b"\x01" * 65, der.Element.oid, "an object identifier of a wrong length"),
        (b"\x02\x01\x00", lambda each: list(each.children()), "holds no others"),
        (b"\x30\x00", lambda each: each.fields().take(), "an element is missing"),
        (b"\x30\x02\x05\x00", lambda each: each.fields().take(0x02), "where 0x02 belongs, at 0x2"),
    ],
)
def test_what_is_not_what_it_should_be(data: bytes, ask: object, why: str) -> None:
    assert callable(ask)
    with pytest.raises(BoundsError, match=why):
        ask(read(data))


def test_fields_may_be_absent() -> None:
    fields = read(b"\x30\x05\x02\x01\x07\x05\x00").fields()
    assert fields.maybe(der.SEQUENCE) is None
    assert fields.take(der.INTEGER).integer() == 7
    assert fields.maybe(0x05) is not None
    assert fields.maybe(0x05) is None


@given(st.binary(max_size=64))
def test_whatever_the_bytes_are_nothing_else_is_raised(data: bytes) -> None:
    message = "signature"
    try:
        walk(read(data))
    except BoundsError as error:
        message = error.message
    assert message.startswith("signature")
