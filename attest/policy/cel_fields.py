"""The names of fields that a compiled expression selects, and what it writes out.

Source: cel-spec, proto/cel/expr/checked.proto and syntax.proto, in the wire format of protocol buffers
(https://protobuf.dev/programming-guides/encoding). Only what the runtime itself serialized is read here, and
no more of it than the tree of the expression.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKED: Final = 2  # google.protobuf.Any: value
_TREE: Final = 4  # CheckedExpr: expr
_SELECT: Final = 5  # Expr: select_expr, of an operand (1) and a field (2)
#: By the field of Expr that holds others: the fields of that which are expressions.
_INNER: Final = {6: (1, 3), 9: (2, 4, 5, 6, 7)}
_CONSTANT: Final = 3  # Expr: const_expr
_LIST: Final = 7  # create_list: elements (1)
_STRUCT: Final = 8  # create_struct: entries (2), of a key (3) and a value (4)
_BYTES: Final = 2  # the wire type of everything that has a length


def selected(serialized: bytes) -> Iterator[tuple[str, ...]]:
    """Every chain of fields, from the outermost operand inwards: `a[0].b.c` gives ("b",) and ("b", "c")."""
    for packed in _of(serialized, _PACKED):
        queue = list(_of(packed, _TREE))
        while queue:
            node = queue.pop()
            if chain := _chain(node):
                yield chain
            queue += _inner(node)


def composed(serialized: bytes) -> bool:
    """Tell whether a list or mapping that is written out holds more than constants.

    One of `[v, v]` in nested loops is a value of exponential size.
    """
    for packed in _of(serialized, _PACKED):
        queue = list(_of(packed, _TREE))
        while queue:
            node = queue.pop()
            made = [each for one in _of(node, _LIST) for each in _of(one, 1)]
            entries = [entry for struct in _of(node, _STRUCT) for entry in _of(struct, 2)]
            made += [each for entry in entries for number in (3, 4) for each in _of(entry, number)]
            if any(next(_of(each, _CONSTANT), None) is None for each in made):
                return True
            queue += _inner(node)
    return False


def _inner(node: bytes) -> Iterator[bytes]:
    """The expressions that an expression is made of, but for the parts of lists and mappings."""
    for select in _of(node, _SELECT):
        yield from _of(select, 1)
    for field, inner in _INNER.items():
        for one in _of(node, field):
            for number in inner:
                yield from _of(one, number)


def _chain(node: bytes) -> tuple[str, ...]:
    found: list[str] = []
    while selects := list(_of(node, _SELECT)):
        found += [name.decode() for name in _of(selects[0], 2)]
        node = next(_of(selects[0], 1), b"")
    return tuple(reversed(found))


def _of(message: bytes, wanted: int) -> Iterator[bytes]:
    """The values of a field that have a length; numbers are passed over."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value, at = _varint(message, at)
        if tag & 7 == _BYTES:
            if tag >> 3 == wanted:
                yield message[at : at + value]
            at += value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a number has no high bit
            return value, at
