"""Regular expressions that cannot be made slow.

Python's `re` tries alternatives one after the other, so that a pattern and a hostile name together can take
for ever. This matcher walks all alternatives at once (K. Thompson, "Regular Expression Search Algorithm",
CACM 1968): its time is bounded by states times characters, both capped in `attest.model.limits`. It knows
what names of signers need and nothing else: literals, escapes, `.`, classes, groups, `|`, `*`, `+`, `?` and
counts; a match is always of the whole text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.model.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from collections.abc import Iterable

Ranges = tuple[tuple[str, str], ...]
_DIGIT: Final[Ranges] = (("0", "9"),)
_WORD: Final[Ranges] = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))
_CLOSE: Final = -1


@dataclass(frozen=True, slots=True)
class _Set:
    """Characters in `ranges`, or all others where `negated`."""

    ranges: Ranges
    negated: bool = False

    def holds(self, char: str) -> bool:
        return any(low <= char <= high for low, high in self.ranges) != self.negated


@dataclass(slots=True)
class _State:
    """Reads one character of `reads` and goes to `then`; without `reads` it goes there without reading."""

    reads: _Set | None
    then: list[int]


@dataclass(frozen=True, slots=True)
class _Node:
    """A parsed piece: "set", "cat", "alt", or "repeat" of its one child from `low` to `high` times."""

    kind: str
    children: tuple[_Node, ...] = ()
    reads: _Set | None = None
    low: int = 0
    high: int = _CLOSE


class Pattern:
    """A compiled pattern; raises `attest.errors.FormatError` or `LimitError` where it cannot be used."""

    def __init__(self, text: str, limits: Limits = DEFAULT_LIMITS) -> None:
        if len(text) > limits.pattern_chars:
            raise LimitError(f"it is longer than {limits.pattern_chars} characters")
        self._limits = limits
        self._states: list[_State] = []
        tree = _Parser(text, limits).parse()
        self._end = self._state(None)
        self._start = self._build(tree, self._end)

    def matches(self, text: str) -> bool:
        """Tell whether the whole of `text` matches; what is longer than the limit never does."""
        if len(text) > self._limits.identity_chars:
            return False
        current = self._closure((self._start,))
        for char in text:
            step = [
                state.then[0]
                for state in map(self._states.__getitem__, current)
                if state.reads is not None and state.reads.holds(char)
            ]
            current = self._closure(step)
        return self._end in current

    def _closure(self, starts: Iterable[int]) -> set[int]:
        """Every state that is reached without reading."""
        seen: set[int] = set()
        stack = list(starts)
        while stack:
            index = stack.pop()
            if index in seen:
                continue
            seen.add(index)
            if self._states[index].reads is None:
                stack.extend(self._states[index].then)
        return seen

    def _state(self, reads: _Set | None, *then: int) -> int:
        if len(self._states) >= self._limits.pattern_states:
            raise LimitError(f"it needs more than {self._limits.pattern_states} states")
        self._states.append(_State(reads, list(then)))
        return len(self._states) - 1

    def _build(self, node: _Node, then: int) -> int:
        """Put the states of `node` before the state `then` and return the first of them."""
        if node.kind == "set":
            return self._state(node.reads, then)
        if node.kind == "alt":
            return self._state(None, *(self._build(each, then) for each in node.children))
        if node.kind == "cat":
            for each in reversed(node.children):
                then = self._build(each, then)
            return then
        (child,) = node.children
        if node.high == _CLOSE:
            loop = self._state(None)
            self._states[loop].then = [self._build(child, loop), then]
            then = loop
        else:
            last = then
            for _ in range(node.high - node.low):
                then = self._state(None, self._build(child, then), last)
        for _ in range(node.low):
            then = self._build(child, then)
        return then


class _Parser:
    """Recursive descent over the pattern; the depth of groups is capped."""

    def __init__(self, text: str, limits: Limits) -> None:
        before = text[:-1]
        escaped = (len(before) - len(before.rstrip("\\"))) % 2 == 1
        anchored = text.endswith("$") and not escaped
        self._text = text[int(text.startswith("^")) : len(text) - int(anchored)]
        self._at = 0
        self._depth = 0
        self._limits = limits

    def parse(self) -> _Node:
        """The whole pattern."""
        node = self._alternatives()
        if self._at < len(self._text):
            raise self._error("a closing bracket has no opening one")
        return node

    def _alternatives(self) -> _Node:
        self._depth += 1
        if self._depth > self._limits.pattern_depth:
            raise LimitError(f"it has groups nested deeper than {self._limits.pattern_depth}")
        found = [self._sequence()]
        while self._take("|"):
            found.append(self._sequence())
        self._depth -= 1
        return found[0] if len(found) == 1 else _Node("alt", tuple(found))

    def _sequence(self) -> _Node:
        found = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            found.append(self._repeated())
        return _Node("cat", tuple(found))

    def _repeated(self) -> _Node:
        atom = self._atom()
        bounds = {"*": (0, _CLOSE), "+": (1, _CLOSE), "?": (0, 1)}
        mark = self._text[self._at : self._at + 1]
        if mark in bounds:
            self._at += 1
            low, high = bounds[mark]
        elif mark == "{":
            low, high = self._counts()
        else:
            return atom
        if self._text[self._at : self._at + 1] in {"*", "+", "?", "{"}:
            raise self._error("a repeat follows a repeat")
        return _Node("repeat", (atom,), low=low, high=high)

    def _counts(self) -> tuple[int, int]:
        """`{3}`, `{3,}` or `{3,5}`."""
        end = self._text.find("}", self._at)
        low, comma, high = self._text[self._at + 1 : max(end, 0)].partition(",")
        plain = low.isascii() and low.isdigit() and (not high or (high.isascii() and high.isdigit()))
        if not plain or len(low) > 2 or len(high) > 2:  # noqa: PLR2004 - counts up to 99
            raise self._error("a count is {3}, {3,} or {3,5}, up to 99; a brace itself is written \\{")
        self._at = end + 1
        most = int(high) if high else _CLOSE if comma else int(low)
        if most != _CLOSE and most < int(low):
            raise self._error("a count goes from the smaller to the larger number")
        return int(low), most

    def _atom(self) -> _Node:
        char = self._text[self._at]
        self._at += 1
        if char == "(":
            if self._text.startswith("?", self._at) and not self._text.startswith("?:", self._at):
                raise self._error("only (…) and (?:…) are allowed; no look-around, no flags")
            self._at += 2 if self._text.startswith("?:", self._at) else 0
            node = self._alternatives()
            if not self._take(")"):
                raise self._error("a group is not closed")
            return node
        if char == "[":
            return _Node("set", reads=self._class())
        if char == ".":
            return _Node("set", reads=_Set((("\n", "\n"),), negated=True))
        if char == "\\":
            return _Node("set", reads=_Set(*self._escape()))
        if char in "*+?{}^$]":
            raise self._error(f"'{char}' means nothing here; the character itself is written \\{char}")
        return _Node("set", reads=_Set(((char, char),)))

    def _escape(self) -> tuple[Ranges, bool]:
        char = self._text[self._at : self._at + 1]
        self._at += 1
        if char in {"d", "D"}:
            return _DIGIT, char == "D"
        if char in {"w", "W"}:
            return _WORD, char == "W"
        if not char or char.isalnum():
            raise self._error(f"the escape \\{char} is not known")
        return ((char, char),), False

    def _class(self) -> _Set:
        negated = self._take("^")
        ranges: list[tuple[str, str]] = []
        while not self._take("]"):
            if self._at >= len(self._text):
                raise self._error("a class is not closed")
            low = self._member(ranges)
            if low is None:
                continue
            high = low
            if self._text.startswith("-", self._at) and self._text[self._at + 1 : self._at + 2] not in {
                "",
                "]",
            }:
                self._at += 1
                high = self._member([]) or ""
            if high < low:
                raise self._error("a range goes from the lower to the higher character")
            ranges.append((low, high))
        if not ranges:
            raise self._error("a class is empty")
        return _Set(tuple(ranges), negated)

    def _member(self, ranges: list[tuple[str, str]]) -> str | None:
        """One character of a class, or None where an escape stood for several (added to `ranges`)."""
        char = self._text[self._at]
        self._at += 1
        if char == "[":
            raise self._error("'[' in a class is written \\[")
        if char != "\\":
            return char
        found, negated = self._escape()
        if len(found) == 1 and found[0][0] == found[0][1]:
            return found[0][0]
        if negated:
            raise self._error("\\D and \\W are not allowed in a class")
        ranges.extend(found)
        return None

    def _take(self, char: str) -> bool:
        taken = self._text.startswith(char, self._at)
        self._at += int(taken)
        return taken

    def _error(self, message: str) -> FormatError:
        return FormatError(message)
