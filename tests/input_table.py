"""docs/policy-input.md, from the typed dictionaries of the policy input: `python -m tests.input_table`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from attest.cli.schema import schema_bytes

FILE = Path(__file__).parent.parent / "docs" / "policy-input.md"

HEAD = """# The policy input

What rules see of a release ([rules.md](rules.md)): what was bound and accepted, nothing that was rejected.
`attest verify --policy FILE --print-input DIR` writes it, judges nothing and ends with 0;
`attest schema input` prints its JSON Schema. A key that is there "when known" is left out otherwise: it is
never null or "".
This page is made by `python -m tests.input_table`.
"""


def page() -> str:
    """The page: a table for each kind of object."""
    schema: Any = json.loads(schema_bytes("input"))
    parts = [HEAD, _table("The document", schema)]
    parts += [_table(_title(name), body) for name, body in schema["$defs"].items()]
    return "\n".join(parts)


def _title(name: str) -> str:
    return name.removeprefix("Input").removesuffix("Document")


def _table(title: str, body: Any) -> str:  # noqa: ANN401 - a JSON Schema
    rows = [
        f"| `{name}` | {_type(kind)} | {'always' if name in body['required'] else 'when known'} |"
        for name, kind in body["properties"].items()
    ]
    return "\n".join(
        [f"## {title}", "", body["description"], "", "| key | type | there |", "|---|---|---|", *rows, ""]
    )


def _type(kind: Any) -> str:  # noqa: ANN401 - a JSON Schema
    if "$ref" in kind:
        return _title(kind["$ref"].rpartition("/")[2])
    if "enum" in kind:
        return " or ".join(f'"{each}"' for each in kind["enum"])
    if "anyOf" in kind:
        return " or ".join(_type(each) for each in kind["anyOf"])
    if kind["type"] == "array":
        return f"list of {_type(kind['items'])}"
    if kind["type"] == "object":
        return f"mapping of strings to {_type(kind['additionalProperties'])}"
    return str(kind["type"])


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
