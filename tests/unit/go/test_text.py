from __future__ import annotations

import pytest

from attest.go import text


def test_white_space_is_go_s() -> None:
    assert text.fields("\u00a0a\x85b\u2003\u3000c\x1cd\x1f \t\r\n\v\f") == ["a", "b", "c\x1cd\x1f"]
    assert text.fields(" \n") == []
    assert text.trim_space("\u2000\u200a\u1680 a b\x1c \u205f") == "a b\x1c"
    assert text.trim_space("a\u200b") == "a\u200b"  # a zero-width space is none


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ('""', ""),
        ('"a b"', "a b"),
        (r'"\a\b\f\n\r\t\v\\\""', "\a\b\f\n\r\t\v\\" + '"'),
        (r'"\x41\101\u00e9\U0001F600"', "AA\u00e9\U0001f600"),
        (r'"\xc3\xa9"', "\u00e9"),
        ('"\u00e9"', "\u00e9"),
        ("`a\\n\rb\n`", "a\\nb\n"),
        ("``", ""),
    ],
)
def test_unquote(literal: str, value: str) -> None:
    assert text.unquote(literal) == value


@pytest.mark.parametrize(
    "literal",
    [
        "",
        "a",
        '"',
        "`",
        '"a',
        "'a'",
        '"a`',
        '"a"b"',
        "`a`b`",
        '"a\nb"',
        r'"\'"',
        r'"\q"',
        r'"\x4"',
        r'"\400"',
        r'"\ud800"',
        r'"\U00110000"',
        r'"\xff"',
        '"\\"',
        r'"\u12"',
    ],
)
def test_what_is_no_literal(literal: str) -> None:
    assert text.unquote(literal) is None
