"""Decompression of NRV2B, NRV2D and NRV2E, the methods of the UCL library that UPX uses.

A stream mixes bytes with words of flag bits: a word (8, 16 or 32 bits, little-endian) stands where its first
bit is needed, and its highest bit comes first. A flag 1 is followed by a byte that is copied. A flag 0 begins
a match: a code for the high part of its distance, a byte for the low part, and a code for its length; a short
code repeats the last distance. Far matches are one byte longer than they say, and the greatest distance of
all ends the stream. Source: the sources of UCL and UPX; their samples.

Python is slow bit by bit. So runs of flags 1 are copied in one slice, and codes are looked up by their first
bits in a table; only long codes are read bit by bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    #: A code, fed bit by bit until it returns its value.
    Code = Callable[[], Generator[None, int, int]]
    #: By the first bits: how many of them the code takes (0: more than these) and its value.
    Table = tuple[tuple[int, int], ...]

Variant = Literal["2B", "2D", "2E"]

_INDEX_BITS: Final = 12
_LONGEST_CODE: Final = 96
_END: Final = 0xFFFFFFFF
_MASKS: Final = tuple((1 << bits) - 1 for bits in range(_INDEX_BITS + 33))


def _gamma(start: int) -> Generator[None, int, int]:
    """A number of bits, each followed by one that says whether it was the last; 1 stands before them."""
    value = 1
    while True:
        value = 2 * value + (yield)
        if (yield):
            return value + start


def _distance_b() -> Generator[None, int, int]:
    return (yield from _gamma(0))


def _distance_de() -> Generator[None, int, int]:
    value = 1
    while True:
        value = 2 * value + (yield)
        if (yield):
            return value
        value = 2 * (value - 1) + (yield)


def _length_b() -> Generator[None, int, int]:
    value = 2 * (yield)
    value += yield
    return value or (yield from _gamma(2))


def _length_d(first: int) -> Generator[None, int, int]:
    value = 2 * first + (yield)
    return value or (yield from _gamma(2))


def _length_e(first: int) -> Generator[None, int, int]:
    if first:
        return 1 + (yield)
    if (yield):
        return 3 + (yield)
    return (yield from _gamma(3))


def _repeated_d() -> Generator[None, int, int]:
    return (yield from _length_d((yield)))


def _repeated_e() -> Generator[None, int, int]:
    return (yield from _length_e((yield)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class _Method:
    """The codes of a variant: of the distance, and of the length after a distance that was repeated.

    `even` and `odd` are the codes of the length after a new distance, by its lowest bit where that is one of
    the length; else both are the same. `far` is the distance from which matches are longer.
    """

    distance: Code
    repeated: Code
    even: Code
    odd: Code
    far: int
    shared_bit: bool


_METHODS: Final[dict[Variant, _Method]] = {
    "2B": _Method(
        distance=_distance_b,
        repeated=_length_b,
        even=_length_b,
        odd=_length_b,
        far=0xD00,
        shared_bit=False,
    ),
    "2D": _Method(
        distance=_distance_de,
        repeated=_repeated_d,
        even=lambda: _length_d(1),
        odd=lambda: _length_d(0),
        far=0x500,
        shared_bit=True,
    ),
    "2E": _Method(
        distance=_distance_de,
        repeated=_repeated_e,
        even=lambda: _length_e(1),
        odd=lambda: _length_e(0),
        far=0x500,
        shared_bit=True,
    ),
}


@lru_cache(maxsize=16)
def _table(code: Code) -> Table:
    """The values of a code by its first bits."""
    return tuple(_looked_up(code, index) for index in range(1 << _INDEX_BITS))


def _looked_up(code: Code, index: int) -> tuple[int, int]:
    automaton = code()
    next(automaton)
    for taken in range(1, _INDEX_BITS + 1):
        try:
            automaton.send(index >> (_INDEX_BITS - taken) & 1)
        except StopIteration as end:
            return taken, int(end.value)
    return 0, 0


def decompress(source: bytes, size: int, variant: Variant, word: Literal[1, 2, 4] = 4) -> bytearray:
    """The `size` bytes that `source` was made from; `word` is how many bytes of flags stand together.

    Raises `attest.exe.reader.BoundsError` where it does not hold exactly that many.
    """
    return _Decoder(source, size, _METHODS[variant], word).run()


class _Decoder:
    """One stream: what is left of its last words is the lowest `have` bits of `bits`."""

    def __init__(self, source: bytes, size: int, method: _Method, word: int) -> None:
        self.source = source
        self.size = size
        self.method = method
        self.word = word
        self.at = 0
        self.bits = 0
        self.have = 0

    def run(self) -> bytearray:  # noqa: C901, PLR0912, PLR0915 - calls would double its time
        """All of it. The loop keeps its state in local variables: they are what is fast in Python."""
        method, source, size, word = self.method, self.source, self.size, self.word
        distances, repeated = _table(method.distance), _table(method.repeated)
        even, odd = _table(method.even), _table(method.odd)
        far, shared, masks, end, flags = method.far, method.shared_bit, _MASKS, len(source), 8 * word
        out = bytearray()
        at = bits = have = 0
        last = 1
        while True:
            while True:
                if not have:
                    if at + word > end:
                        raise self.cut()
                    bits, have = int.from_bytes(source[at : at + word], "little"), flags
                    at += word
                run = have - (bits ^ masks[have]).bit_length()  # of flags 1
                if run:
                    out += source[at : at + run]
                    at += run
                    have -= run
                    bits &= masks[have]
                if have:
                    have -= 1
                    break
            table, code = distances, method.distance
            distance = length = 0
            for _ in (0, 1):  # a distance, and a length
                while True:
                    shift = have - _INDEX_BITS
                    taken, value = table[bits >> shift if shift >= 0 else bits << -shift]
                    if 0 < taken <= have:
                        have -= taken
                        bits &= masks[have]
                        break
                    if shift >= 0:
                        self.at, self.bits, self.have = at, bits, have
                        value = self.slowly(code)
                        at, bits, have = self.at, self.bits, self.have
                        break
                    if at + word > end:
                        raise self.cut()
                    # The code is not complete without the next word, and no byte is read before it is.
                    bits = bits << flags | int.from_bytes(source[at : at + word], "little")
                    have += flags
                    at += word
                if distance:
                    length = value
                elif value == 2:  # noqa: PLR2004 - the code for the last distance again
                    distance, table, code = last, repeated, method.repeated
                else:
                    if at >= end:
                        raise self.cut()
                    distance = (value - 3) * 256 + source[at]
                    at += 1
                    if distance == _END:
                        return self.whole(out, at)
                    table, code = (odd, method.odd) if distance & 1 or not shared else (even, method.even)
                    last = distance = (distance >> 1 if shared else distance) + 1
            length += 2 if distance > far else 1
            room = len(out)
            if room + length > size:
                raise BoundsError(f"compressed data that is larger than the {size} bytes it says")
            start = room - distance
            if start < 0:
                raise BoundsError(f"compressed data points before its beginning, at {room:#x}")
            if distance >= length:
                out += out[start : start + length]
            else:
                out += (out[start:] * (length // distance + 1))[:length]

    def slowly(self, code: Code) -> int:
        """The value of a code that is longer than the table knows."""
        automaton = code()
        next(automaton)
        for _ in range(_LONGEST_CODE):
            if not self.have:
                if self.at + self.word > len(self.source):
                    raise self.cut()
                self.bits = int.from_bytes(self.source[self.at : self.at + self.word], "little")
                self.at += self.word
                self.have = 8 * self.word
            self.have -= 1
            bit = self.bits >> self.have
            self.bits &= _MASKS[self.have]
            try:
                automaton.send(bit)
            except StopIteration as end:
                return int(end.value)
        raise BoundsError(f"compressed data with a number that never ends, before {self.at:#x} of it")

    def cut(self) -> BoundsError:
        """The error of a stream that ends before its end marker."""
        return BoundsError(f"compressed data is cut off after {len(self.source)} bytes")

    def whole(self, out: bytearray, at: int) -> bytearray:
        if len(out) != self.size or at > len(self.source):
            raise BoundsError(f"compressed data of {len(out)} bytes instead of the {self.size} it says")
        return out
