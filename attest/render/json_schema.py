"""JSON Schemas (draft 2020-12) of the documents that attest writes, from their typed dictionaries.

The dictionaries in `attest.model.documents*` are the one source: mypy holds the renderers to them, and what
is published is made from them, so that neither can drift. No property may be missing or added.
"""

from __future__ import annotations

import types
from typing import (
    TYPE_CHECKING,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

if TYPE_CHECKING:
    from attest.model.statement import Json

_SCALARS: dict[object, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


def json_schema(document: type, name: str) -> dict[str, Json]:
    """The schema of a typed dictionary; `name` is its last part, as in "attest/report/v1".

    Raises `TypeError` for a type that the documents do not use.
    """
    definitions: dict[str, Json] = {}
    body = _object(document, definitions)
    schema: dict[str, Json] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"attest/{name}/v1",
        **body,
    }
    if definitions:
        schema["$defs"] = dict(sorted(definitions.items()))
    return schema


def _object(document: type, definitions: dict[str, Json]) -> dict[str, Json]:
    hints = get_type_hints(document, include_extras=True)
    required = [key for key, hint in hints.items() if get_origin(hint) is not NotRequired]
    return {
        "type": "object",
        "description": " ".join((document.__doc__ or "").split()),
        "properties": {key: _type(hint, definitions) for key, hint in hints.items()},
        "required": list(required),
        "additionalProperties": False,
    }


def _type(hint: object, definitions: dict[str, Json]) -> Json:
    if isinstance(hint, type) and is_typeddict(hint):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}  # a document may hold itself: the name stands before the body
            definitions[hint.__name__] = _object(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    return _generic(hint, definitions)


def _generic(hint: object, definitions: dict[str, Json]) -> Json:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is NotRequired:
        return _type(arguments[0], definitions)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": _type(arguments[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _type(arguments[1], definitions)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_type(each, definitions) for each in arguments]}
    raise TypeError(f"no JSON Schema for {hint!r}")
