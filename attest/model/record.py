"""Frozen data of the model as JSON and back: every field by its name, strictly.

A field that has its default is left out, so that what is written stays readable when a field is added.
Bytes are base64, tuples are arrays, and text that no UTF-8 holds (names of files may be such) is an object
with its bytes. Nothing is guessed when it is read: a member that no field has, a value of another type or a
field that is not there is `attest.errors.FormatError`.
"""

from __future__ import annotations

import base64
import types
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from attest.model.binary import BinaryReport, ContainerFormat
from attest.model.checkout import TreeVersion
from attest.model.digest import FileIdentity
from attest.model.fact import Fact, FactValue
from attest.model.module import GoSumLine, MainModules, ModulesTxt, ModuleVersion
from attest.model.place import Place
from attest.model.ports import EntryKind
from attest.model.previous import PreviousRelease
from attest.model.reconciliation import Reconciliation
from attest.model.source import SourceReport
from attest.model.stated import Stated
from attest.model.strict_json import Node
from attest.model.vulnerability import Scan

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.statement import Json

T = TypeVar("T")

#: What the modules of the model name in annotations and import for checkers alone.
_NAMES: Final = {
    "BinaryReport": BinaryReport,
    "ContainerFormat": ContainerFormat,
    "EntryKind": EntryKind,
    "Fact": Fact,
    "FactValue": FactValue,
    "FileIdentity": FileIdentity,
    "GoSumLine": GoSumLine,
    "MainModules": MainModules,
    "Mapping": Mapping,
    "ModuleVersion": ModuleVersion,
    "ModulesTxt": ModulesTxt,
    "Place": Place,
    "PreviousRelease": PreviousRelease,
    "Reconciliation": Reconciliation,
    "Scan": Scan,
    "SourceReport": SourceReport,
    "Stated": Stated,
    "TreeVersion": TreeVersion,
}
_MOST: Final = 2**127
#: The one member of an object that stands for text which is no Unicode: its bytes in base64.
BYTES: Final = "bytes"


class RecordField(NamedTuple):
    """A field of a record: its name, the type of its value, and whether it may be left out."""

    name: str
    hint: Hashable
    default: object

    @property
    def required(self) -> bool:
        """True where it has no default."""
        return self.default is MISSING


@cache
def record_fields(record: Hashable) -> tuple[RecordField, ...]:
    """The fields of a dataclass in their order, with resolved types."""
    kind: Any = record  # a class, which checkers do not take for hashable
    hints = get_type_hints(kind, localns=_NAMES)
    return tuple(RecordField(each.name, hints[each.name], each.default) for each in fields(kind))


def _fields(record: object) -> tuple[RecordField, ...]:
    kind: Any = type(record)
    return record_fields(kind)


def write_record(record: object) -> dict[str, Json]:
    """The JSON object of a dataclass."""
    return {
        each.name: _written(value)
        for each in _fields(record)
        if (value := getattr(record, each.name)) != each.default or type(value) is not type(each.default)
    }


def _written(value: object) -> Json:
    match value:
        case None | bool() | int():
            return value
        case str():
            return value if value.isascii() or _is_unicode(value) else {BYTES: _base64(_encoded(value))}
        case bytes():
            return _base64(value)
        case tuple():
            return [_written(each) for each in value]
        case Mapping():
            return {key: _written(each) for key, each in value.items()}
        case _:
            return write_record(value)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def read_record(node: Node, record: type[T]) -> T:
    """The dataclass `record` that a JSON object is; `FormatError` where it is none."""
    kind: Any = record  # as above
    found: T = _reader(kind)(node)
    return found


@cache
def _reader(hint: Hashable) -> Callable[[Node], Any]:
    """What reads a value of a type; a record's own fields are looked at when one is read."""
    if isinstance(hint, type) and is_dataclass(hint):
        return lambda node: _record(node, hint)
    return _SCALARS[hint] if hint in _SCALARS else _generic(hint)


def _generic(hint: Hashable) -> Callable[[Node], Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return lambda node: _literal(node, arguments)
    if origin is tuple and arguments[1:] == (...,):
        one = _reader(arguments[0])
        return lambda node: tuple(one(each) for each in _items(node))
    if origin is tuple:
        several = tuple(_reader(each) for each in arguments)
        return lambda node: _fixed(node, several)
    if origin is Mapping:
        value = _reader(arguments[1])
        return lambda node: {key: value(_member(node, key)) for key in node.object()}
    if origin not in (Union, types.UnionType):
        raise TypeError(f"no record holds {hint!r}")
    arms = tuple((_kinds(each), _reader(each)) for each in arguments)
    return lambda node: _union(node, arms)


def _record(node: Node, record: Any) -> object:  # noqa: ANN401 - a class, with fields of its own
    known = record_fields(record)
    members = node.object()
    if not members.keys() <= {each.name for each in known}:
        node.only(*(each.name for each in known))
    values: dict[str, object] = {}
    for each in known:
        if each.name in members:
            values[each.name] = _reader(each.hint)(_member(node, each.name))
        elif each.required:
            raise node.fail(f"has no {each.name!r}")
    return record(**values)


def _member(node: Node, key: str) -> Node:
    return Node(value=node.object()[key], file=node.file, path=f"{node.path}.{key}")


def _items(node: Node) -> list[Node]:
    return node.items(len(node.value) if isinstance(node.value, list) else 0)


def _text(node: Node) -> str:
    if not isinstance(node.value, dict):
        return node.text()
    node.only(BYTES)
    data = node.need(BYTES).base64()
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise node.fail("is no text") from error
    if _is_unicode(text):
        raise node.fail("is text that needs no bytes")
    return text


def _boolean(node: Node) -> bool:
    if not isinstance(node.value, bool):
        raise node.fail("is neither true nor false")
    return node.value


def _integer(node: Node) -> int:
    """A whole number; headers of files hold 64 bits without a sign, and what is made of two of them more."""
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int) or not -_MOST <= value <= _MOST:
        raise node.fail("is no whole number of a usual size")
    return value


def _nothing(node: Node) -> None:
    if node.value is not None:
        raise node.fail("is not null")


_SCALARS: Final[dict[object, Callable[[Node], Any]]] = {
    str: _text,
    bool: _boolean,
    int: _integer,
    bytes: Node.base64,
    type(None): _nothing,
}


def _literal(node: Node, choices: tuple[object, ...]) -> object:
    for each in choices:
        if node.value == each and type(node.value) is type(each):
            return each
    raise node.fail(f"is none of {', '.join(map(repr, choices))}")


def _fixed(node: Node, several: tuple[Callable[[Node], Any], ...]) -> tuple[object, ...]:
    found = _items(node)
    if len(found) != len(several):
        raise node.fail(f"has {len(found)} elements, not {len(several)}")
    return tuple(read(each) for read, each in zip(several, found, strict=True))


def _union(node: Node, arms: tuple[tuple[tuple[type, ...], Callable[[Node], Any]], ...]) -> object:
    for kinds, read in arms:
        if type(node.value) in kinds:
            return read(node)
    raise node.fail("has a value of another type")


def _kinds(hint: object) -> tuple[type, ...]:
    """The types of JSON values that may be one of a type; those of the arms of a union differ."""
    if hint is str:
        return (str, dict)
    if hint in (bool, int, type(None)) and isinstance(hint, type):
        return (hint,)
    if get_origin(hint) is tuple:
        return (list,)
    if get_origin(hint) is Literal:
        return tuple({type(each) for each in get_args(hint)})
    return (dict,)
