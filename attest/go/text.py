"""How Go's own library splits, trims and quotes text.

Python's `str.split` and `str.strip` take other characters for white space than Go does (U+001C to U+001F),
and Go's quoted strings are not Python's, so each is written down here once.

Sources: unicode.IsSpace, strings.Fields, strconv.Unquote.
"""

from __future__ import annotations

import re
from typing import Final

#: unicode.IsSpace: the Latin-1 spaces and Unicode's White_Space property.
SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SPACE_CHARACTERS: Final = SPACE.replace("\u2000-\u200a", "".join(map(chr, range(0x2000, 0x200B))))
_FIELD: Final = re.compile(f"[^{SPACE}]+")
_PLAIN: Final = re.compile(r'[^"\n\\]+')
_ESCAPE: Final = re.compile(
    r"""\\(?: ([abfnrtv\\"]) | x([0-9A-Fa-f]{2}) | ([0-7]{3}) | u([0-9A-Fa-f]{4}) | U([0-9A-Fa-f]{8}) )""",
    re.VERBOSE,
)
_SIMPLE: Final = {
    "a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, '"': 34,
}  # fmt: skip
_MAX_RUNE: Final = 0x10FFFF
_MAX_BYTE: Final = 0xFF


def fields(text: str) -> list[str]:
    """The words of `text` between runs of white space (strings.Fields)."""
    return _FIELD.findall(text)


def trim_space(text: str) -> str:
    """`text` without white space at both ends (strings.TrimSpace)."""
    return text.strip(_SPACE_CHARACTERS)


def unquote(literal: str) -> str | None:
    r"""The value of a Go string literal, `"…"` or `` `…` ``; None where it is none or no UTF-8.

    `\x` and octal escapes stand for bytes, so the value is put together as bytes (strconv.Unquote).
    """
    if len(literal) < len('""') or literal[0] != literal[-1] or literal[0] not in '"`':
        return None
    body = literal[1:-1]
    if literal[0] == "`":
        return None if "`" in body else body.replace("\r", "")
    out = bytearray()
    position = 0
    while position < len(body):
        if plain := _PLAIN.match(body, position):
            out += plain[0].encode()
            position = plain.end()
            continue
        escape = _ESCAPE.match(body, position)
        value = _escaped(escape) if escape else None
        if escape is None or value is None:
            return None
        out += value
        position = escape.end()
    try:
        return out.decode()
    except UnicodeDecodeError:
        return None


def _escaped(escape: re.Match[str]) -> bytes | None:
    simple, hexadecimal, octal, short, long = escape.groups()
    if simple:
        return bytes([_SIMPLE[simple]])
    if hexadecimal or octal:
        byte = int(hexadecimal, 16) if hexadecimal else int(octal, 8)
        return bytes([byte]) if byte <= _MAX_BYTE else None
    rune = int(short or long, 16)
    surrogate = 0xD800 <= rune <= 0xDFFF  # noqa: PLR2004 - the bounds of Unicode's surrogates
    return None if rune > _MAX_RUNE or surrogate else chr(rune).encode()
