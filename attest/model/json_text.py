"""JSON for people and machines: two spaces a level, as the standard library writes it.

The standard library writes with indentation in Python, one piece of text after the other, which takes longer
than to find what is written.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring


def json_text(value: object) -> str:
    """What `json.dumps` gives with `indent=2` and `ensure_ascii=False`, for data with strings as keys."""
    return _text(value, "\n")


def _text(value: object, line: str) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    inner = f"{line}  "
    if isinstance(value, dict) and value:
        members = [f"{encode_basestring(key)}: {_text(each, inner)}" for key, each in value.items()]
        return f"{{{inner}{f',{inner}'.join(members)}{line}}}"
    if isinstance(value, list | tuple) and value:
        return f"[{inner}{f',{inner}'.join([_text(each, inner) for each in value])}{line}]"
    return json.dumps(value)
