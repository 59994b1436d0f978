"""A bounded reader of ASN.1, as DER and BER write it (X.690): of what signatures in executables need of it.

Indefinite lengths and strings in pieces are read too: Apple's signatures have them. Every fault is a
`BoundsError`. Nothing is copied but what is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.exe.reader import BoundsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.limits import Limits

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID = 0x01, 0x02, 0x03, 0x04, 0x06
SEQUENCE, SET = 0x30, 0x31
CONSTRUCTED: Final = 0x20
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_HIGH_TAG, _INDEFINITE, _LONG, _MORE = 0x1F, 0x80, 0x80, 0x80
_LENGTH_BYTES: Final = 4
#: The longest values that are numbers or identifiers; serial numbers have 20 bytes, moduli up to 2,048.
_NUMBER_BYTES, _OID_BYTES = 2048, 64


def context(number: int) -> int:
    """The tag of a constructed element that its context gives the meaning: `[number]`."""
    return 0xA0 | number


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element: its identifier octet, its `content`, and `raw`, which is header and content.

    `at` is where it begins in what was read first, `what` is what messages call that.
    """

    tag: int
    at: int
    header: int
    content: memoryview
    raw: memoryview
    what: str
    limits: Limits

    def fault(self, message: str) -> BoundsError:
        """An error about this element."""
        return BoundsError(f"{self.what}: {message}, at {self.at:#x}")

    def children(self) -> Iterator[Element]:
        """The elements in it, in order."""
        if not self.tag & CONSTRUCTED:
            raise self.fault(f"an element of tag {self.tag:#04x} holds no others")
        at, count = 0, 0
        while at < len(self.content):
            count += 1
            if count > self.limits.asn1_elements:
                raise self.fault(f"more than {self.limits.asn1_elements} elements")
            child = _element(self.content, at, self.at + self.header, self.what, self.limits)
            yield child
            at += len(child.raw)

    def fields(self) -> Fields:
        """The elements in it, to be taken one by one."""
        return Fields(self)

    def expect(self, *tags: int) -> Element:
        """Itself, if it has one of these tags."""
        if self.tag not in tags:
            raise self.fault(f"an element of tag {self.tag:#04x} where {tags[0]:#04x} belongs")
        return self

    def oid(self) -> str:
        """An object identifier in dotted form."""
        data = bytes(self.expect(OID).content[: _OID_BYTES + 1])
        if not 0 < len(data) <= _OID_BYTES or data[-1] & _MORE:
            raise self.fault("an object identifier of a wrong length")
        numbers, value = list[int](), 0
        for byte in data:
            value = value << 7 | byte & 0x7F
            if not byte & _MORE:
                numbers.append(value)
                value = 0
        first = min(numbers[0] // 40, 2)
        return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))

    def integer(self) -> int:
        """A whole number."""
        data = self.expect(INTEGER).content
        if not 0 < len(data) <= _NUMBER_BYTES:
            raise self.fault("a number of a wrong length")
        return int.from_bytes(data, "big", signed=True)

    def octets(self) -> bytes:
        """The bytes of an octet string, joined where it is in pieces."""
        self.expect(OCTET_STRING, OCTET_STRING | CONSTRUCTED)
        if not self.tag & CONSTRUCTED:
            return bytes(self.content)
        return b"".join(bytes(each.expect(OCTET_STRING).content) for each in self.children())

    def time(self) -> datetime:
        """A UTCTime or GeneralizedTime in UTC; what follows the seconds is left out."""
        self.expect(_UTC_TIME, _GENERALIZED_TIME)
        text = bytes(self.content[:32]).decode("ascii", "replace")
        if self.tag == _UTC_TIME:
            text = ("19" if text[:2] >= "50" else "20") + text
        digits, rest = text[:14], text[14:]
        fraction = rest[1:-1] if rest[:1] in (".", ",") else "0"
        if not (digits + fraction).isdecimal() or rest[-1:] != "Z" or (fraction == "0" and len(rest) > 1):
            raise self.fault("a time that is not written in UTC to the second")
        try:
            return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            raise self.fault("a time that never was") from None


class Fields:
    """The elements of a sequence, taken in order."""

    __slots__ = ("_next", "_of", "_rest")

    def __init__(self, of: Element) -> None:
        self._of = of
        self._rest = of.children()
        self._next = next(self._rest, None)

    def take(self, *tags: int) -> Element:
        """The next element, which must have one of these tags (any, if none is given)."""
        found = self._next
        if found is None:
            raise self._of.fault("an element is missing")
        if tags:
            found.expect(*tags)
        self._next = next(self._rest, None)
        return found

    def maybe(self, *tags: int) -> Element | None:
        """The next element if it has one of these tags, else None."""
        return self.take() if self._next is not None and self._next.tag in tags else None


def read(data: memoryview, what: str, limits: Limits) -> Element:
    """The element that `data` begins with; what follows it is not looked at.

    Raises `BoundsError`, as do all readers of the element.
    """
    return _element(data, 0, 0, what, limits)


def _element(data: memoryview, at: int, base: int, what: str, limits: Limits) -> Element:
    tag, header, length = _header(data, at, base, what)
    start, end_mark = at + header, 0
    if length is None:
        if not tag & CONSTRUCTED:
            raise BoundsError(f"{what}: an element without a length, at {base + at:#x}")
        length, end_mark = _until_end(data, start, base, what, limits) - start, 2
    return Element(
        tag=tag,
        at=base + at,
        header=header,
        content=data[start : start + length],
        raw=data[at : start + length + end_mark],
        what=what,
        limits=limits,
    )


def _header(data: memoryview, at: int, base: int, what: str) -> tuple[int, int, int | None]:
    """Tag, size of the header and length of the content, None where an end mark ends it."""
    head = bytes(data[at : at + 2 + _LENGTH_BYTES])
    if len(head) < 2:  # noqa: PLR2004 - a tag and a length
        raise BoundsError(f"{what} is cut off, at {base + at:#x}")
    tag, length, size = head[0], head[1], 2
    if tag & _HIGH_TAG == _HIGH_TAG:
        raise BoundsError(f"{what}: a tag of several bytes, at {base + at:#x}")
    if length == _INDEFINITE:
        return tag, size, None
    if length & _LONG:
        count = length & ~_LONG
        if count > _LENGTH_BYTES:
            raise BoundsError(f"{what}: a length of {count} bytes, at {base + at:#x}")
        length, size = int.from_bytes(head[2 : 2 + count], "big"), 2 + count
    if at + size + length > len(data):
        raise BoundsError(f"{what} is cut off, at {base + at:#x}")
    return tag, size, length


def _until_end(data: memoryview, at: int, base: int, what: str, limits: Limits) -> int:
    """Where the end mark is that closes what begins at `at`."""
    depth = 1
    for _ in range(limits.asn1_elements):
        tag, header, length = _header(data, at, base, what)
        if length is None:
            depth += 1
        elif tag == 0 and length == 0:
            depth -= 1
            if not depth:
                return at
        if depth > limits.asn1_depth:
            raise BoundsError(f"{what}: more than {limits.asn1_depth} levels, at {base + at:#x}")
        at += header + (length or 0)
    raise BoundsError(f"{what}: more than {limits.asn1_elements} elements, at {base + at:#x}")
