"""JSON read strictly: what two readers could understand differently is refused.

RFC 8259 leaves open what duplicate keys, lone surrogates and huge numbers mean; readers that disagree
about signed bytes are how forgeries pass, so `loads` accepts none of them. `Node` walks the result and
says in every error where in the document it stands.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from attest.errors import FormatError, LimitError
from attest.model.place import Place

if TYPE_CHECKING:
    from attest.model.statement import Json

_SURROGATE_ESCAPE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,18})\Z")
_HINT: Final = "make the file again with the tool that wrote it"
_SHOWN: Final = 64  # characters of a hostile name or value that an error repeats


def loads(data: bytes, *, file: str, max_bytes: int, max_depth: int) -> Json:
    """The JSON value that `data` is, UTF-8 without a byte order mark.

    Raises `LimitError` for more than `max_bytes` bytes or `max_depth` levels of arrays and objects, and
    `FormatError` for what is no JSON, a key that stands twice in one object, NaN, infinities, numbers
    that no double holds, and text that is no Unicode.
    """
    place = Place(file=file)
    if len(data) > max_bytes:
        raise LimitError(
            f"{len(data)} bytes of JSON, more than the {max_bytes} that are read", place=place, hint=_HINT
        )
    try:
        value: Json = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=lambda pairs: _object(pairs, place),
            parse_float=lambda text: _number(text, place),
            parse_constant=lambda text: _refuse_constant(text, place),
        )
        if _SURROGATE_ESCAPE.search(data):  # the one way to escape what is no Unicode text
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise _too_deep(place, max_depth) from None
    except json.JSONDecodeError as error:
        raise FormatError(
            f"is no JSON: {error.msg[0].lower()}{error.msg[1:]} (column {error.colno})",
            place=Place(file=file, line=error.lineno),
            hint=_HINT,
        ) from error
    except UnicodeDecodeError as error:
        raise FormatError(
            "is no JSON: its bytes are no UTF-8", place=Place(file=file, offset=error.start), hint=_HINT
        ) from error
    except UnicodeEncodeError as error:
        raise FormatError("has a string that is no Unicode text", place=place, hint=_HINT) from error
    except ValueError as error:  # an integer with more digits than Python converts
        raise FormatError("has a number with too many digits", place=place, hint=_HINT) from error
    _check_depth(value, max_depth, place)
    return value


def dumps(value: Json) -> bytes:
    """The one text of a JSON value: UTF-8, keys sorted, no spaces; NaN and infinities are `ValueError`."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode("utf-8")


def _object(pairs: list[tuple[str, Json]], place: Place) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise FormatError(f"has the key {_show(twice)} twice in one object", place=place, hint=_HINT)
    return found


def _number(text: str, place: Place) -> float:
    value = float(text)
    if math.isinf(value):
        raise FormatError(f"has a number that is too large: {text[:_SHOWN]}", place=place, hint=_HINT)
    return value


def _refuse_constant(text: str, place: Place) -> NoReturn:
    raise FormatError(f"has {text}, which is no JSON", place=place, hint=_HINT)


def _too_deep(place: Place, max_depth: int) -> LimitError:
    return LimitError(
        f"arrays and objects are nested more than {max_depth} levels deep", place=place, hint=_HINT
    )


def _check_depth(value: Json, max_depth: int, place: Place) -> None:
    level: list[Json] = [value] if isinstance(value, dict | list) else []
    depth = 0
    while level:
        depth += 1
        if depth > max_depth:
            raise _too_deep(place, max_depth)
        level = [
            child
            for each in level
            for child in (each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
            if isinstance(child, dict | list)
        ]


def _show(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def kind_of(value: Json) -> str:
    """What a JSON value is, in words for a message."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case dict():
            return "an object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A value in a JSON document, and where it stands (`path`, as `$.subject[0].name`).

    Every getter raises `attest.errors.FormatError` where the value is of another kind.
    """

    value: Json
    file: str
    path: str = "$"

    def fail(self, message: str, *, hint: str = _HINT) -> FormatError:
        """An error about this value; the message begins with a verb: "is …", "has …"."""
        return FormatError(f"{self.path} {message}", place=Place(file=self.file), hint=hint)

    def _wrong(self, wanted: str) -> FormatError:
        return self.fail(f"is {kind_of(self.value)}, not {wanted}")

    def object(self) -> dict[str, Json]:
        """The members, where this is an object."""
        if not isinstance(self.value, dict):
            raise self._wrong("an object")
        return self.value

    def get(self, key: str) -> Node | None:
        """The member `key` of an object; None where it is absent or null."""
        value = self.object().get(key)
        return None if value is None else Node(value=value, file=self.file, path=f"{self.path}.{key}")

    def need(self, key: str) -> Node:
        """The member `key` of an object, which must be there and not null."""
        found = self.get(key)
        if found is None:
            raise self.fail(f"has no {key!r}")
        return found

    def only(self, *keys: str) -> None:
        """Refuse every other member of an object."""
        for key in self.object():
            if key not in keys:
                raise self.fail(f"has the unknown member {_show(key)}")

    def items(self, most: int) -> list[Node]:
        """The elements of an array; `attest.errors.LimitError` where there are more than `most`."""
        if not isinstance(self.value, list):
            raise self._wrong("an array")
        if len(self.value) > most:
            raise LimitError(
                f"{self.path} has {len(self.value)} elements, more than the {most} that are read",
                place=Place(file=self.file),
                hint=_HINT,
            )
        return [
            Node(value=value, file=self.file, path=f"{self.path}[{index}]")
            for index, value in enumerate(self.value)
        ]

    def text(self) -> str:
        """The string."""
        if not isinstance(self.value, str):
            raise self._wrong("a string")
        return self.value

    def int64(self) -> int:
        """A 64-bit integer as protojson writes it: a decimal string, or a number."""
        value = self.value
        if isinstance(value, str) and _NUMBER.match(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
            raise self.fail("is no 64-bit integer")
        return value

    def base64(self) -> bytes:
        """Bytes in padded base64; another spelling of the same bytes is refused."""
        text = self.text()
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise self.fail("is no base64") from error
        if base64.b64encode(data).decode() != text:
            raise self.fail("is base64 in a spelling that no encoder writes")
        return data
