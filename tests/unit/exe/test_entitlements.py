from __future__ import annotations

import plistlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from attest.errors import LimitError
from attest.exe import entitlements
from attest.model.bounds import BoundsError
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.signed_macho import der


def xml(data: bytes) -> tuple[str, ...]:
    return entitlements.from_xml(data, DEFAULT_LIMITS)


def test_every_value_is_json() -> None:
    asked = {
        "com.apple.security.get-task-allow": True,
        "off": False,
        "groups": ["A.b", "é"],
        "nested": {"b": 1, "a": {}},
        "data": b"\0",
        "when": datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None),
    }
    assert xml(plistlib.dumps(asked)) == (
        "com.apple.security.get-task-allow=true",
        "data=\"b'\\\\x00'\"",
        'groups=["A.b","\\u00e9"]',
        'nested={"a":{},"b":1}',
        "off=false",
        'when="datetime.datetime(2026, 1, 1, 0, 0)"',
    )
    assert xml(plistlib.dumps({})) == ()


PLIST = b'<?xml version="1.0"?><plist version="1.0"><dict>%s</dict></plist>'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 16,
        b"bplist00",
        b"<plist>",
        b"<plist></plist>",
        b"<plist><dict><key>a</key></dict></plist>",
        b"<plist><dict><true/></dict></plist>",
        b"<plist><dict></array></plist>",
        b"</plist>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><plist><dict/></plist>',
        b"<plist><dict><key>a</key><date>then</date></dict></plist>",
        b"<plist><dict><key>a</key><integer></integer></dict></plist>",
    ],
)
def test_what_is_no_property_list(data: bytes) -> None:
    with pytest.raises(BoundsError, match=r"entitlements (that cannot be read as|with a key twice)"):
        xml(data)


@pytest.mark.parametrize(
    "inner",
    [
        b"<key>a</key><false/><key>a</key><true/>",
        b"<key>a</key><dict><key>b</key><false/><key>b</key><true/></dict>",
        b"<!-- <key>a</key><true/> --><key>b</key><true/>",
    ],
)
def test_two_readers_may_not_see_two_lists(inner: bytes) -> None:
    with pytest.raises(BoundsError, match="entitlements with a key twice, or without any dictionary"):
        xml(PLIST % inner)
    with pytest.raises(BoundsError, match="entitlements with a key twice, or without any dictionary"):
        xml(plistlib.dumps(["a"]))


@pytest.mark.parametrize(
    "inner",
    [
        b"<integer>18446744073709551616</integer>",
        b"<integer>-9223372036854775809</integer>",
        b"<integer>0x" + b"f" * 5000 + b"</integer>",
        b"<array><dict><key>b</key><integer>0x" + b"f" * 5000 + b"</integer></dict></array>",
        b"<real>nan</real>",
        b"<real>1e999</real>",
    ],
)
def test_numbers_that_no_property_list_holds(inner: bytes) -> None:
    with pytest.raises(BoundsError, match="a number that no property list can hold"):
        xml(PLIST % (b"<key>a</key>" + inner))


def test_numbers_that_a_property_list_holds() -> None:
    numbers = (
        b"<integer>18446744073709551615</integer><integer>-9223372036854775808</integer><real>1.5</real>"
    )
    told = ("a=[18446744073709551615,-9223372036854775808,1.5]",)
    assert xml(PLIST % (b"<key>a</key><array>" + numbers + b"</array>")) == told


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (b"\x7f" * 9, "a number that no property list can hold"),
        (b"\x80" * 9, "a number that no property list can hold"),
        (b"\x7f" * 2048, "a number that no property list can hold"),
        (b"\x7f" * 5000, "DER entitlements: a number of a wrong length, at 0x16"),
    ],
    ids=["large", "small", "long", "longer"],
)
def test_numbers_that_no_property_list_holds_in_der(number: bytes, why: str) -> None:
    with pytest.raises(BoundsError, match=why):
        entitlements.from_der(whole(pair("a", der(0x30, der(0x02, number)))), DEFAULT_LIMITS)


def test_limits() -> None:
    deep = b"<array>" * 40 + b"</array>" * 40
    with pytest.raises(LimitError, match="nested too deep"):
        xml(PLIST % (b"<key>a</key>" + deep))
    # Deep enough to end Python's own stack, if it were followed.
    endless = b"<dict><key>a</key>" * 50_000 + b"<true/>" + b"</dict>" * 50_000
    with pytest.raises(LimitError):
        xml(PLIST % (b"<key>a</key>" + endless))
    small = replace(DEFAULT_LIMITS, entitlements_bytes=10)
    with pytest.raises(LimitError, match="entitlements of 11 bytes, more than 10"):
        entitlements.from_xml(b"<" * 11, small)
    with pytest.raises(LimitError, match="entitlements of 11 bytes, more than 10"):
        entitlements.from_der(b"<" * 11, small)


def pair(key: str, value: bytes) -> bytes:
    return der(0x30, der(0x0C, key.encode()), value)


def whole(*pairs: bytes) -> bytes:
    return der(0x70, der(0x02, b"\x01"), der(0xB0, *pairs))


def test_the_der_form_says_the_same() -> None:
    data = whole(
        pair("groups", der(0x30, der(0x0C, b"A.b"))),
        pair("com.apple.security.get-task-allow", der(0x01, b"\xff")),
        pair("number", der(0x02, b"\xfe")),
        pair("nested", der(0xB0, pair("a", der(0x01, b"\x00")))),
    )
    told = {
        "com.apple.security.get-task-allow": True,
        "groups": ["A.b"],
        "number": -2,
        "nested": {"a": False},
    }
    assert entitlements.from_der(data, DEFAULT_LIMITS) == xml(plistlib.dumps(told))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (der(0x30, der(0xB0)), "DER entitlements: an element of tag 0x30 where 0x70 belongs"),
        (der(0x70, der(0x02, b"\x01")), "an element is missing, at 0x0"),
        (der(0x70, der(0xB0)), "an element of tag 0xb0 where 0x02 belongs"),
        (der(0x70, der(0x02, b"\x01"), der(0x30)), "an element of tag 0x30 where 0xb0 belongs"),
        (whole(pair("a", der(0x01, b"\0")), pair("a", der(0x01, b"\1"))), "name the key a twice"),
        (whole(der(0x30, der(0x0C, b"a"))), "name the key a twice, or without a value"),
        (whole(der(0x30)), "an element is missing, at 0x7"),
        (whole(der(0x30, der(0x02, b"\x01"))), "an element of tag 0x02 where 0x0c belongs"),
        (b"\x70\x05", "cut off"),
    ],
)
def test_damaged_der(data: bytes, reason: str) -> None:
    with pytest.raises(BoundsError, match=reason):
        entitlements.from_der(data, DEFAULT_LIMITS)


def test_code_hashes() -> None:
    def hashes(**value: object) -> frozenset[bytes]:
        return entitlements.code_hashes(plistlib.dumps(value), DEFAULT_LIMITS)

    assert hashes(cdhashes=[b"a", b"b", "c"]) == {b"a", b"b"}
    assert hashes(cdhashes="a") == hashes() == frozenset()
    with pytest.raises(BoundsError, match="a list of code hashes that cannot be read"):
        entitlements.code_hashes(b"x", DEFAULT_LIMITS)
