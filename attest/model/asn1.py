"""ASN.1 values in BER, of which DER is a part, read into a tree within limits: what signatures are made of.

Source: ITU-T X.690. Apple's tools write indefinite lengths and strings in pieces, so that a reader of DER
alone is not enough. Nothing is copied but what is asked for.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from attest.errors import LimitError
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from attest.model.limits import Limits

BOOLEAN, INTEGER, OCTET_STRING, OID, UTF8_STRING = 0x01, 0x02, 0x04, 0x06, 0x0C
SEQUENCE, SET = 0x30, 0x31
_CONSTRUCTED: Final = 0x20
#: In one piece, or in several.
OCTET_STRINGS: Final = (OCTET_STRING, OCTET_STRING | _CONSTRUCTED)
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_HIGH_TAG, _INDEFINITE, _LONG, _MORE = 0x1F, 0x80, 0x80, 0x80
_END: Final = b"\0\0"
_LENGTH_BYTES: Final = 4
#: The longest values that are numbers or identifiers; serial numbers have 20 bytes, moduli up to 2,048.
_NUMBER_BYTES, _OID_BYTES = 2048, 64


def context(number: int) -> int:
    """The tag of a constructed element that its context gives the meaning: `[number]`."""
    return 0xA0 | number


# A tuple, because of every signature hundreds are made, which takes a frozen data class three times as long.
class Element(NamedTuple):
    """One element: its identifier octet, its `content`, and `raw`, which is header and content.

    `at` is where it begins in what was read, `what` is what messages call that. All its methods raise
    `BoundsError` where it is not what they ask for.
    """

    tag: int
    at: int
    content: memoryview
    raw: memoryview
    inside: tuple[Element, ...]
    what: str

    def fault(self, message: str) -> BoundsError:
        """An error about this element."""
        return BoundsError(f"{self.what}: {message}, at {self.at:#x}")

    def children(self) -> tuple[Element, ...]:
        """The elements in it, in order."""
        if not self.tag & _CONSTRUCTED:
            raise self.fault(f"an element of tag {self.tag:#04x} holds no others")
        return self.inside

    def only(self, *tags: int) -> Element:
        """The one element in it, which must have one of these tags (any, if none is given)."""
        if len(self.children()) != 1:
            raise self.fault(f"{len(self.inside)} elements where one belongs")
        return self.inside[0].expect(*tags)

    def fields(self) -> Fields:
        """The elements in it, to be taken one by one."""
        return Fields(self)

    def expect(self, *tags: int) -> Element:
        """Itself, if it has one of these tags (any, if none is given)."""
        if tags and self.tag not in tags:
            raise self.fault(f"an element of tag {self.tag:#04x} where {tags[0]:#04x} belongs")
        return self

    def oid(self) -> str:
        """An object identifier in dotted form."""
        data = self.expect(OID).content
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
        self.expect(*OCTET_STRINGS)
        if self.tag == OCTET_STRING:
            return bytes(self.content)
        return b"".join(each.octets() for each in self.inside)

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

    __slots__ = ("_of", "_rest")

    def __init__(self, of: Element) -> None:
        self._of = of
        self._rest = list(reversed(of.children()))

    def take(self, *tags: int) -> Element:
        """The next element, which must have one of these tags (any, if none is given)."""
        if not self._rest:
            raise self._of.fault("an element is missing")
        return self._rest.pop().expect(*tags)

    def maybe(self, *tags: int) -> Element | None:
        """The next element if it has one of these tags, else None."""
        return self._rest.pop() if self._rest and self._rest[-1].tag in tags else None


def read(data: bytes | memoryview, what: str, limits: Limits) -> Element:
    """The element that `data` begins with, with all that is in it; what follows it is not looked at.

    Raises `BoundsError` where it is cut off or no BER, `LimitError` where it has more elements or is nested
    deeper than allowed.
    """
    return _Parser(memoryview(data), what, limits).element(0, len(data), 0)


class _Parser:
    """Counts the elements of one text."""

    def __init__(self, data: memoryview, what: str, limits: Limits) -> None:
        self._data = data
        self._what = what
        self._limits = limits
        self._count = 0

    def element(self, at: int, end: int, depth: int) -> Element:
        self._count += 1
        if self._count > self._limits.asn1_elements or depth > self._limits.asn1_depth:
            raise LimitError(
                f"{self._what}: more than {self._limits.asn1_elements} elements or "
                f"{self._limits.asn1_depth} levels, at {at:#x}"
            )
        tag, start, length = self._header(at, end)
        stop = after = start + (length or 0)
        inside: tuple[Element, ...] = ()
        if length is None:
            inside, stop = self._inside(start, end, depth, endless=True)
            after = stop + len(_END)
        elif tag & _CONSTRUCTED:
            inside, _ = self._inside(start, stop, depth)
        return Element(
            tag=tag,
            at=at,
            content=self._data[start:stop],
            raw=self._data[at:after],
            inside=inside,
            what=self._what,
        )

    def _inside(
        self, at: int, end: int, depth: int, *, endless: bool = False
    ) -> tuple[tuple[Element, ...], int]:
        """What is in an element, and where that ends: at `end`, or before the mark of an endless one."""
        found: list[Element] = []
        while at < end or endless:
            if endless and bytes(self._data[at : at + len(_END)]) == _END:
                break
            found.append(self.element(at, end, depth + 1))
            at += len(found[-1].raw)
        return tuple(found), at

    def _header(self, at: int, end: int) -> tuple[int, int, int | None]:
        """Tag, where the content begins and its length, None where an end mark ends it."""
        if at + 2 > end:
            raise BoundsError(f"{self._what} is cut off, at {at:#x}")
        tag, length, start = self._data[at], self._data[at + 1], at + 2
        if tag & _HIGH_TAG == _HIGH_TAG:
            raise BoundsError(f"{self._what}: a tag of several bytes, at {at:#x}")
        if length == _INDEFINITE:
            if not tag & _CONSTRUCTED:
                raise BoundsError(f"{self._what}: an element without a length, at {at:#x}")
            return tag, start, None
        if length & _LONG:
            count = length & ~_LONG
            if count > _LENGTH_BYTES:
                raise BoundsError(f"{self._what}: a length of {count} bytes, at {at:#x}")
            length, start = int.from_bytes(self._data[start : start + count], "big"), start + count
        if start + length > end:
            raise BoundsError(f"{self._what} is cut off, at {at:#x}")
        return tag, start, length
