"""A policy as text: plain values written as YAML 1.2 with comments, so that no value leaves its place.

Source: YAML 1.2.2 (https://yaml.org/spec/1.2.2/), sections 5.7 (escapes) and 7.3.1 (quotes). Words
of harmless characters stand as they are; everything else is quoted, and what is not shown or is misleading is
escaped, in comments too.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attest.policy.document import Path, Value

_WIDTH: Final = 112
_COMMENT_CHARS: Final = 300  # of one line: names are chosen by whoever made the files
#: What needs no quotes anywhere: no indicator, no number, no word of another type, no ": " and no " #".
_PLAIN: Final = re.compile(
    r"[A-Za-z_][A-Za-z0-9_./@+-]*|https://[A-Za-z0-9_./@+-]+|[0-9]{4}-[0-9]{2}-[0-9]{2}"
)
_RESERVED: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_ASCII: Final = 0x80
_BYTE: Final = 0xFF
_SHORT: Final = 0xFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Commented:
    """A document with the comments that stand above its parts, by the path of the part; () is the top."""

    value: dict[str, Value]
    above: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)


def shown(text: str) -> str:
    """`text` in one line, with everything that is invisible, misleading or no letter written out."""
    return "".join(map(_shown, text))


def scalar(value: Value) -> str:
    """A value that is no list and no mapping, as YAML writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    return '"' + shown(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def write(document: Commented) -> bytes:
    """The document, UTF-8, with a newline at the end."""
    lines = [*_comment(document.above.get((), ()), 0), *_mapping(document, document.value, (), 0)]
    return ("\n".join(lines) + "\n").encode()


def _shown(character: str) -> str:
    if " " <= character <= "~":
        return character
    code = ord(character)
    if code >= _ASCII and character.isalnum() and unicodedata.bidirectional(character) == "L":
        return character
    if code <= _BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _SHORT else f"\\U{code:08x}"


def _comment(lines: tuple[str, ...], indent: int) -> Iterator[str]:
    for line in lines:
        text = shown(line)
        cut = text if len(text) <= _COMMENT_CHARS else text[:_COMMENT_CHARS] + "..."
        yield f"{' ' * indent}# {cut}".rstrip(" ")


def _flow(value: Value) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return scalar(value)


def _mapping(document: Commented, value: dict[str, Value], path: Path, indent: int) -> Iterator[str]:
    for key, each in value.items():
        below: Path = (*path, key)
        yield from _comment(document.above.get(below, ()), indent)
        head = f"{' ' * indent}{scalar(key)}:"
        if _fits(document, each, below, len(head) + 1):
            yield f"{head} {_flow(each)}"
        elif isinstance(each, dict):
            yield head
            yield from _mapping(document, each, below, indent + 2)
        elif isinstance(each, list):
            yield head
            yield from _list(document, each, below, indent + 2)
        else:
            yield f"{head} {scalar(each)}"


def _list(document: Commented, value: list[Value], path: Path, indent: int) -> Iterator[str]:
    for index, each in enumerate(value):
        below: Path = (*path, index)
        yield from _comment(document.above.get(below, ()), indent)
        if not isinstance(each, dict) or _fits(document, each, below, indent + 2):
            yield f"{' ' * indent}- {_flow(each)}"
            continue
        first, *others = _mapping(document, each, below, indent + 2)
        yield " " * indent + "- " + first.lstrip(" ")
        yield from others


def _fits(document: Commented, value: Value, path: Path, start: int) -> bool:
    """Whether a value stands in one line: short, no comment inside of it, and no section of its own."""
    if not isinstance(value, dict | list) or not value:
        return True
    nested = value.values() if isinstance(value, dict) else value
    if len(path) == 1 and (len(value) > 1 or any(isinstance(each, dict | list) for each in nested)):
        return False
    if any(len(each) > len(path) and each[: len(path)] == path for each in document.above):
        return False
    if isinstance(value, list) and any(isinstance(each, dict) for each in value) and len(path) > 1:
        return len(value) == 1 and path[0] == "identities" and start + len(_flow(value)) <= _WIDTH
    return start + len(_flow(value)) <= _WIDTH
