from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from asn1crypto import core
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import AttestError, LimitError
from attest.model import asn1
from attest.model.bounds import BoundsError
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.signed_macho import der, endless

if TYPE_CHECKING:
    from attest.model.asn1 import Element


def read(data: bytes) -> Element:
    return asn1.read(memoryview(data), "signature", DEFAULT_LIMITS)


def fault(data: bytes) -> str:
    with pytest.raises(BoundsError) as caught:
        walk(read(data))
    return caught.value.message


def walk(element: Element) -> int:
    return 1 + sum(walk(each) for each in element.inside)


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
    assert read(endless(0x24, der(0x24, der(0x04, b"o"), der(0x04, b"ne ")), der(0x04, b"two"))).octets() == (
        b"one two"
    )
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
        (b"\x30\x04\x04\x82\x01\x00", "signature is cut off, at 0x2"),
        (b"\x04\x82\x01", "signature is cut off, at 0x0"),
    ],
)
def test_what_is_damaged_says_where(data: bytes, why: str) -> None:
    assert why in fault(data)


@pytest.mark.parametrize("size", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x10000])
def test_lengths_of_every_form(size: int) -> None:
    content = b"x" * size
    value = read(der(0x04, content) + b"what follows")
    assert (value.tag, value.octets(), bytes(value.raw)) == (0x04, content, der(0x04, content))


def test_a_length_that_ends_with_a_mark_is_read_as_any_other() -> None:
    inner = (der(0x02, b"\x01"), endless(0x30, der(0x04, b"a")))
    value, other = read(endless(0x30, *inner) + b"\0\0"), read(der(0x30, *inner))
    assert [each.tag for each in value.children()] == [0x02, 0x30]
    assert bytes(value.content) == bytes(other.content)
    assert bytes(value.raw) == endless(0x30, *inner)


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\x06\x05\x00\x05\x00\x05\x00",
        b"\x30\x80" + b"\x05\x00" * 3 + b"\x00\x00",
        # No element has more than two, all of them together have more.
        b"\x30\x06\x30\x04\x30\x02\x05\x00",
    ],
)
def test_elements_are_counted_over_all_levels(data: bytes) -> None:
    assert walk(asn1.read(data, "signature", replace(DEFAULT_LIMITS, asn1_elements=4))) == 4
    with pytest.raises(LimitError, match="signature: more than 3 elements or 64 levels"):
        asn1.read(data, "signature", replace(DEFAULT_LIMITS, asn1_elements=3))


def test_levels_are_counted() -> None:
    deep = b""
    for _ in range(DEFAULT_LIMITS.asn1_depth + 1):
        deep = der(0x30, deep)
    assert read(deep).tag == 0x30
    for data in (der(0x30, deep), b"\x30\x80" * 100_000, b"\x30\x80" * 70 + b"\0\0" * 70):
        with pytest.raises(LimitError, match="or 64 levels, at 0x"):
            read(data)


@pytest.mark.parametrize(
    ("data", "ask", "why"),
    [
        (b"\x02\x00", asn1.Element.integer, "a number of a wrong length"),
        (b"\x04\x01a", asn1.Element.integer, "an element of tag 0x04 where 0x02 belongs"),
        (b"\x06\x00", asn1.Element.oid, "an object identifier of a wrong length"),
        (b"\x06\x01\x80", asn1.Element.oid, "an object identifier of a wrong length"),
        (b"\x06\x41" + b"\x01" * 65, asn1.Element.oid, "an object identifier of a wrong length"),
        (b"\x02\x01\x00", lambda each: list(each.children()), "holds no others"),
        (b"\x30\x00", lambda each: each.fields().take(), "an element is missing"),
        (b"\x30\x02\x05\x00", lambda each: each.fields().take(0x02), "where 0x02 belongs, at 0x2"),
        (b"\x06\x02\x2a\x86", asn1.Element.oid, "an object identifier of a wrong length"),
        (der(0x06, b"\xff" * 64 + b"\x01"), asn1.Element.oid, "an object identifier of a wrong length"),
        (der(0x06, b"\xff" * 65535 + b"\x01"), asn1.Element.oid, "an object identifier of a wrong length"),
        (der(0x24, der(0x02, b"a")), asn1.Element.octets, "an element of tag 0x02 where 0x04 belongs"),
        (der(0x30), asn1.Element.only, "0 elements where one belongs"),
        (b"\x30\x04\x05\x00\x05\x00", asn1.Element.only, "2 elements where one belongs"),
        (b"\x30\x02\x05\x00", lambda each: each.only(0x02), "an element of tag 0x05 where 0x02 belongs"),
    ],
)
def test_what_is_not_what_it_should_be(data: bytes, ask: object, why: str) -> None:
    assert callable(ask)
    with pytest.raises(BoundsError, match=why):
        ask(read(data))


def test_fields_may_be_absent() -> None:
    fields = read(b"\x30\x05\x02\x01\x07\x05\x00").fields()
    assert fields.maybe(asn1.SEQUENCE) is None
    assert fields.take(asn1.INTEGER).integer() == 7
    assert fields.maybe(0x05) is not None
    assert fields.maybe(0x05) is None


def test_the_longest_identifier() -> None:
    assert read(der(0x06, b"\x2a" * 64)).oid().endswith(".42")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(AttestError):
        value = read(data)
        assert bytes(value.raw) == data[: len(value.raw)]
        assert walk(value) <= max(1, len(data))


@given(st.binary(max_size=64))
def test_whatever_the_bytes_are_nothing_else_is_raised(data: bytes) -> None:
    message = "signature"
    try:
        read(data)
    except BoundsError as error:
        message = error.message
    assert message.startswith("signature")
