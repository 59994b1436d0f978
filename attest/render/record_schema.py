"""JSON Schemas (draft 2020-12) of records: documents that are the model's own data (`attest.model.record`).

Text that no UTF-8 holds is an object with its bytes, so that every string may be one.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Final, Literal, Union, get_args, get_origin

from attest.model.record import BYTES, record_fields

if TYPE_CHECKING:
    from collections.abc import Hashable

    from attest.model.statement import Json

_BASE64: Final[dict[str, Json]] = {"type": "string", "contentEncoding": "base64"}
_TEXT: Final = "Text"
_SCALARS: Final[dict[object, dict[str, Json]]] = {
    str: {"$ref": f"#/$defs/{_TEXT}"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    bytes: _BASE64,
    type(None): {"type": "null"},
}


def record_schema(record: type, name: str) -> dict[str, Json]:
    """The schema of a record; `name` is the last part of its own, as in "attest/evidence/v1".

    Raises `TypeError` for a type that no record holds.
    """
    definitions: dict[str, Json] = {
        _TEXT: {
            "description": "Text; where no UTF-8 holds it, an object with its bytes.",
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {BYTES: _BASE64},
                    "required": [BYTES],
                    "additionalProperties": False,
                },
            ],
        }
    }
    body = _object(record, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"attest/{name}/v1",
        **body,
        "$defs": dict(sorted(definitions.items())),
    }


def _object(record: type, definitions: dict[str, Json]) -> dict[str, Json]:
    known = record_fields(record)
    return {
        "type": "object",
        "description": " ".join((record.__doc__ or "").split()),
        "properties": {each.name: _type(each.hint, definitions) for each in known},
        "required": [each.name for each in known if each.required],
        "additionalProperties": False,
    }


def _type(hint: Hashable, definitions: dict[str, Json]) -> dict[str, Json]:
    if isinstance(hint, type) and is_dataclass(hint):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}  # a record may hold itself: the name stands before the body
            definitions[hint.__name__] = _object(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    return _SCALARS[hint] if hint in _SCALARS else _generic(hint, definitions)


def _generic(hint: Hashable, definitions: dict[str, Json]) -> dict[str, Json]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple and arguments[1:] == (...,):
        return {"type": "array", "items": _type(arguments[0], definitions)}
    if origin is tuple:
        several: list[Json] = [_type(each, definitions) for each in arguments]
        return {"type": "array", "prefixItems": several, "items": False, "minItems": len(several)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _type(arguments[1], definitions)}
    if origin not in (Union, types.UnionType):
        raise TypeError(f"no JSON Schema for {hint!r}")
    return {"anyOf": [_type(each, definitions) for each in arguments]}
