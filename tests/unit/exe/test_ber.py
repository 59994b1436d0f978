from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.errors import AttestError, LimitError
from attest.exe import ber
from attest.exe.reader import BoundsError
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.signed_macho import der, endless, oid


def read(data: bytes) -> ber.Value:
    return ber.parse(data, DEFAULT_LIMITS)


@pytest.mark.parametrize("size", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x10000])
def test_lengths_of_every_form(size: int) -> None:
    content = b"x" * size
    value = read(der(0x04, content) + b"what follows")
    assert (value.tag, value.octets(), bytes(value.raw)) == (0x04, content, der(0x04, content))
    assert ber.header(0x04, size) == der(0x04, content)[: len(value.raw) - size]


def test_a_length_that_ends_with_a_mark_is_read_as_any_other() -> None:
    inner = (der(0x02, b"\x01"), endless(0x30, der(0x04, b"a")))
    value, other = read(endless(0x30, *inner) + b"\0\0"), read(der(0x30, *inner))
    assert [each.tag for each in value.children] == [0x02, 0x30]
    assert bytes(value.content) == bytes(other.content)
    assert bytes(value.raw) == endless(0x30, *inner)


def test_an_octet_string_in_pieces() -> None:
    assert read(endless(0x24, der(0x04, b"one "), der(0x04, b"two"))).octets() == b"one two"


@pytest.mark.parametrize("name", ["1.2.840.113549.1.7.2", "2.16.840.1.101.3.4.2.1", "0.9.2342", "2.999.3"])
def test_object_identifiers(name: str) -> None:
    assert read(oid(name)).oid() == name


@pytest.mark.parametrize("data", [b"\x04\x01a", b"\x06\x00", b"\x06\x02\x2a\x86"])
def test_what_is_no_object_identifier(data: bytes) -> None:
    with pytest.raises(BoundsError, match="no object identifier"):
        read(data).oid()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cut off, at 0x0"),
        (b"\x04", "cut off, at 0x0"),
        (b"\x04\x02a", "cut off, at 0x0"),
        (b"\x30\x03\x04\x02a", "cut off, at 0x2"),
        (b"\x04\x80a\0\0", "no length, at 0x0"),
        (b"\x04\x85\0\0\0\0\0", "no length, at 0x0"),
        (b"\x04\x82\x01", "no length, at 0x0"),
        (b"\x30\x80\x04\x01a", "cut off, at 0x5"),
        (b"\x3f\x01\x00", "tag of several bytes, at 0x0"),
    ],
)
def test_what_is_no_value(data: bytes, reason: str) -> None:
    with pytest.raises(BoundsError, match=reason):
        read(data)


def test_an_identifier_of_endless_numbers() -> None:
    assert read(der(0x06, b"\x2a" * 64)).oid().endswith(".42")
    for size in (65, 1 << 16):
        with pytest.raises(BoundsError, match="no object identifier where one should be"):
            read(der(0x06, b"\xff" * (size - 1) + b"\x01")).oid()


def test_a_child_is_asked_for_by_its_tag() -> None:
    value = read(der(0x30, der(0x02, b"\x05")))
    assert bytes(value.child(0, ber.INTEGER).content) == b"\x05"
    with pytest.raises(BoundsError, match="value 0 of tag 0x30 is no value of tag 0x6"):
        value.child(0, ber.OID)
    with pytest.raises(BoundsError, match="value 1 of tag 0x30 is no value of tag 0x2"):
        value.child(1, ber.INTEGER)


def test_limits() -> None:
    deep = b""
    for _ in range(DEFAULT_LIMITS.asn1_depth + 1):
        deep = der(0x30, deep)
    assert read(deep).tag == 0x30
    with pytest.raises(LimitError, match="nested deeper than 32"):
        read(der(0x30, deep))
    with pytest.raises(LimitError, match="nested deeper than 32"):
        read(b"\x30\x80" * 100_000)
    many = der(0x30, b"\x05\x00" * 10)
    with pytest.raises(LimitError, match="more than 10 values"):
        ber.parse(many, replace(DEFAULT_LIMITS, asn1_values=10))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(AttestError):
        value = read(data)
        assert bytes(value.raw) == data[: len(value.raw)]
