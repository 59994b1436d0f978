"""A JSON value held against the typed dictionaries of `attest.model.documents*`: every member, no other.

What attest writes is published as JSON Schemas that are made from these dictionaries; what it reads of it
again is held against the same ones, so that the two cannot drift.
"""

from __future__ import annotations

import types
from dataclasses import replace
from functools import cache
from typing import Final, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from attest.model.strict_json import Node, kind_of

_SCALARS: Final[dict[object, str]] = {str: "a string", bool: "a boolean", int: "a number"}
#: Characters of a name that an error repeats.
_SHOWN: Final = 64


def conform(node: Node, hint: object, *, most: int, mend: str) -> None:
    """Raise `attest.errors.FormatError` where a value is not of the type `hint`, with its path.

    `attest.errors.LimitError` where a list has more than `most` elements. `mend` is the hint of all errors.
    Raises `TypeError` for a type that the documents do not use.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if isinstance(hint, type) and is_typeddict(hint):
        _members(node, hint, most=most, mend=mend)
    elif origin is list:
        for each in node.items(most):
            conform(each, arguments[0], most=most, mend=mend)
    elif origin is dict:
        for key, value in node.object().items():
            inner = replace(node, value=value, path=f"{node.path}.{key[:_SHOWN]}")
            conform(inner, arguments[1], most=most, mend=mend)
    elif origin in (Union, types.UnionType):
        if node.value is not None:
            (wanted,) = (each for each in arguments if each is not type(None))
            conform(node, wanted, most=most, mend=mend)
    else:
        _scalar(node, hint, mend)


def _scalar(node: Node, hint: object, mend: str) -> None:
    """One of some words or numbers, or any value of a type."""
    if get_origin(hint) is Literal:
        words = get_args(hint)
        if not any(type(each) is type(node.value) and each == node.value for each in words):
            raise node.fail(f"is none of {', '.join(map(str, words))}", hint=mend)
    elif hint not in _SCALARS:
        raise TypeError(f"no reader for {hint!r}")
    elif type(node.value) is not hint:
        raise node.fail(f"is {kind_of(node.value)}, not {_SCALARS[hint]}", hint=mend)


@cache
def _hints(document: type) -> dict[str, object]:
    return get_type_hints(document)


def _members(node: Node, document: type, *, most: int, mend: str) -> None:
    members, hints = node.object(), _hints(document)
    for key in members:
        if key not in hints:
            raise node.fail(f"has the unknown member {key[:_SHOWN]!r}", hint=mend)
    for key, hint in hints.items():
        if key not in members:
            raise node.fail(f"has no {key!r}", hint=mend)
        conform(replace(node, value=members[key], path=f"{node.path}.{key}"), hint, most=most, mend=mend)
