"""ASN.1 values in BER, as signatures in executables hold them, read into a tree within limits.

Source: ITU-T X.690. Apple's tools write indefinite lengths, so that a reader of DER alone is not enough; an
octet string in pieces is read as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.exe.reader import BoundsError

if TYPE_CHECKING:
    from attest.model.limits import Limits

INTEGER, OCTET_STRING, OID, UTF8_STRING, BOOLEAN = 0x02, 0x04, 0x06, 0x0C, 0x01
UTC_TIME, GENERALIZED_TIME, SEQUENCE, SET = 0x17, 0x18, 0x30, 0x31
_CONSTRUCTED: Final = 0x20
_NUMBER: Final = 0x1F
_LONG: Final = 0x80
_INDEFINITE: Final = 0x80
_LENGTH_BYTES: Final = 4
_OID_BYTES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value: the octet of its tag, its own bytes without header, and the values inside a constructed one.

    `raw` are all its bytes as they stand in the file, the header too.
    """

    tag: int
    raw: memoryview
    content: memoryview
    children: tuple[Value, ...] = ()

    def child(self, index: int, tag: int) -> Value:
        """The value at `index` inside; `BoundsError` where there is none or it has another tag."""
        if index >= len(self.children) or self.children[index].tag != tag:
            raise BoundsError(f"a signature's value {index} of tag {self.tag:#x} is no value of tag {tag:#x}")
        return self.children[index]

    def octets(self) -> bytes:
        """The bytes of an octet string, put together where it is in pieces."""
        if self.tag & _CONSTRUCTED:
            return b"".join(each.octets() for each in self.children)
        return bytes(self.content)

    def oid(self) -> str:
        """The dotted words of an object identifier; `BoundsError` where it is none."""
        if self.tag != OID or not 0 < len(self.content) <= _OID_BYTES or self.content[-1] & _LONG:
            raise BoundsError("a signature has no object identifier where one should be")
        numbers, value = list[int](), 0
        for byte in self.content:
            value = value << 7 | byte & 0x7F
            if not byte & _LONG:
                numbers.append(value)
                value = 0
        first = min(numbers[0] // 40, 2)
        return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def parse(data: bytes | memoryview, limits: Limits) -> Value:
    """The first value of `data`; what follows it is not looked at.

    Raises `BoundsError` where it is cut off or no BER, `LimitError` where it is nested deeper or has more
    values than allowed.
    """
    return _Parser(memoryview(data), limits).value(0, len(data), 0)[0]


def header(tag: int, size: int) -> bytes:
    """The bytes before `size` bytes of content, in DER."""
    if size < _LONG:
        return bytes([tag, size])
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, _LONG | len(length)]) + length


class _Parser:
    """Counts the values of one text."""

    def __init__(self, data: memoryview, limits: Limits) -> None:
        self._data = data
        self._limits = limits
        self._left = limits.asn1_values

    def value(self, at: int, end: int, depth: int) -> tuple[Value, int]:
        """The value at `at`, and where it ends."""
        self._left -= 1
        if self._left < 0 or depth > self._limits.asn1_depth:
            raise LimitError(
                f"a signature of more than {self._limits.asn1_values} values, or nested deeper than "
                f"{self._limits.asn1_depth}"
            )
        tag, size, start = self._header(at, end)
        if size is None:
            children, after = self._until_end(start, end, depth)
            stop = after - 2
        else:
            stop = after = start + size
            children = self._within(start, stop, depth) if tag & _CONSTRUCTED else ()
        found = Value(tag=tag, raw=self._data[at:after], content=self._data[start:stop], children=children)
        return found, after

    def _header(self, at: int, end: int) -> tuple[int, int | None, int]:
        """Tag, size (None: until an end is marked) and where the content begins."""
        if at + 2 > end:
            raise BoundsError(f"a signature's value is cut off, at {at:#x}")
        tag, length, start = self._data[at], self._data[at + 1], at + 2
        if tag & _NUMBER == _NUMBER:
            raise BoundsError(f"a signature's value has a tag of several bytes, at {at:#x}")
        if length == _INDEFINITE and tag & _CONSTRUCTED:
            return tag, None, start
        if length & _LONG:
            count = length & 0x7F
            if not 0 < count <= _LENGTH_BYTES or start + count > end:
                raise BoundsError(f"a signature's value has no length, at {at:#x}")
            length, start = int.from_bytes(self._data[start : start + count], "big"), start + count
        if start + length > end:
            raise BoundsError(f"a signature's value is cut off, at {at:#x}")
        return tag, length, start

    def _within(self, at: int, end: int, depth: int) -> tuple[Value, ...]:
        found: list[Value] = []
        while at < end:
            one, at = self.value(at, end, depth + 1)
            found.append(one)
        return tuple(found)

    def _until_end(self, at: int, end: int, depth: int) -> tuple[tuple[Value, ...], int]:
        found: list[Value] = []
        while bytes(self._data[at : min(at + 2, end)]) != b"\0\0":
            one, at = self.value(at, end, depth + 1)
            found.append(one)
        return tuple(found), at + 2
