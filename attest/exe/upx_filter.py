"""Taking back what UPX does to machine code before it compresses it.

Relative calls and jumps become absolute ones, which repeat and so compress better; for x86 and PowerPC, one
byte or four bits that stand in no other place mark those that were changed. Source: src/filter of UPX.
"""

from __future__ import annotations

import re
import sys
from array import array
from typing import TYPE_CHECKING, Final, Literal

from attest.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Callable

_CALLS: Final = {1: rb"\xe8", 2: rb"\xe9", 0: rb"[\xe8\xe9]"}
_BRANCH_AHEAD: Final = rb"(?:[\xe8\xe9]|(?<=\x0f)[\x80-\x8f])"
_WORD: Final = 0xFFFFFFFF
_NEAR: Final = 0xFFFFFF
_FEWEST: Final = {0x10: 6, 0x20: 6, 0x30: 6, 0x40: 6, 0x50: 8, 0xD0: 8}


def undo(code: bytearray, kind: int, mark: int, base: int = 0) -> None:
    """Take a filter back in place; `mark` marks what it changed, `base` is where the code began for it.

    Raises `attest.errors.FormatError` for a filter that is not known.
    """
    inverse = _INVERSES.get(kind)
    if inverse is None:
        raise FormatError(f"the filter {kind:#04x} cannot be undone")
    if len(code) >= _FEWEST[kind & 0xF0]:
        inverse(code, mark, base)


def _marked(code: bytearray, branches: bytes, mark: int, base: int) -> None:
    """Branches of x86 whose operand begins with the mark: it is absolute and big-endian."""
    pattern = re.compile(branches + re.escape(bytes([mark])), re.DOTALL)
    last, end, at = 0, len(code) - 5, 0
    while (found := pattern.search(code, at)) is not None and (at := found.start()) < end:
        if at == last and code[at] < 0xE0:  # noqa: PLR2004 - 0x0f before it ends the operand of a call
            at += 1
            continue
        target = int.from_bytes(code[at + 1 : at + 5], "big") - (mark << 24)
        code[at + 1 : at + 5] = ((target - at - 1 - base) & _WORD).to_bytes(4, "little")
        at += 5
        last = at


def _naive(order: Literal["little", "big"], branches: bytes) -> Callable[[bytearray, int, int], None]:
    """Calls and jumps of x86, every one."""
    pattern = re.compile(branches)

    def inverse(code: bytearray, _: int, base: int) -> None:
        end, at = len(code) - 5, 0
        while (found := pattern.search(code, at)) is not None and found.start() < end:
            operand = found.start() + 1
            value = int.from_bytes(code[operand : operand + 4], order) - operand - base
            code[operand : operand + 4] = (value & _WORD).to_bytes(4, "little")
            at = operand + 4

    return inverse


def _chosen(branches: bytes) -> Callable[[bytearray, int, int], None]:
    def inverse(code: bytearray, mark: int, base: int) -> None:
        _marked(code, branches, mark, base)

    return inverse


def _words(code: bytearray, order: Literal["little", "big"]) -> array[int]:
    """All whole words of the code."""
    words = array("I", bytes(code[: len(code) & ~3]))
    if sys.byteorder != order:
        words.byteswap()
    return words


def _put(code: bytearray, words: array[int], order: Literal["little", "big"]) -> None:
    if sys.byteorder != order:
        words.byteswap()
    code[: 4 * len(words)] = words.tobytes()


def _fixed(
    order: Literal["little", "big"], mask: int, opcode: int, operand: int
) -> Callable[[bytearray, int, int], None]:
    """Branches of processors whose instructions are words: the operand counts words."""

    def inverse(code: bytearray, _: int, base: int) -> None:
        words = _words(code, order)
        end = (len(code) - 4 + 3) // 4  # the last word is left as it is
        for index in [each for each, word in enumerate(words) if word & mask == opcode]:
            if index < max(end, 1):
                word = words[index]
                words[index] = word & ~operand & _WORD | (word - index - base) & operand
        _put(code, words, order)

    return inverse


def _power(code: bytearray, mark: int, base: int) -> None:
    """Branches of PowerPC: the mark is the four highest bits of a distance of 26."""
    words = _words(code, "big")
    marked = 0x48000000 | (mark & 0xF) << 22
    for index in [each for each, word in enumerate(words) if word & 0xFFC00000 == marked]:
        word = words[index]
        distance = (word & 0x003FFFFC) - 4 * index - base
        words[index] = word & 0xFC000003 | distance & 0x03FFFFFC
    _put(code, words, "big")


_INVERSES: Final[dict[int, Callable[[bytearray, int, int], None]]] = {
    **{0x10 + each: _naive("little", _CALLS[each % 3]) for each in (1, 2, 3)},
    **{0x10 + each: _naive("big", _CALLS[each % 3]) for each in (4, 5, 6)},
    **{0x20 + each: _chosen(_CALLS[each % 3]) for each in (4, 5, 6)},
    0x36: _chosen(_CALLS[0]),
    0x46: _chosen(_CALLS[0]),
    0x49: _chosen(_BRANCH_AHEAD),
    0x50: _fixed("little", 0x0F000000, 0x0B000000, _NEAR),
    0x51: _fixed("big", 0x0F000000, 0x0B000000, _NEAR),
    0x52: _fixed("little", 0x7C000000, 0x14000000, 0x03FFFFFF),
    0xD0: _power,
}
