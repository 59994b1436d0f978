from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

import jsonschema
import pytest

from attest.model.documents import ReportDocument
from attest.render.json_schema import json_schema
from attest.render.report_json import to_document
from tests.unit.render.test_report import verdict


class Leaf(TypedDict):
    """A leaf."""

    name: str
    size: NotRequired[int]


class Branch(TypedDict):
    """A branch with
    twigs."""

    kind: Literal["a", "b"]
    leaves: list[Leaf]
    twigs: list[Branch]
    facts: dict[str, bool | None]


class Wrong(TypedDict):
    value: complex


def test_the_schema_says_what_the_dictionary_says() -> None:
    schema = json_schema(Branch, "tree")
    assert schema["title"] == "attest/tree/v1"
    assert schema["description"] == "A branch with twigs."
    assert schema["required"] == ["kind", "leaves", "twigs", "facts"]
    good = {"kind": "a", "leaves": [{"name": "x"}], "twigs": [], "facts": {"f": None}}
    jsonschema.validate(good, schema)
    jsonschema.validate({**good, "twigs": [good]}, schema)
    changes: tuple[dict[str, object], ...] = (
        {"kind": "c"},
        {"leaves": [{"size": 1}]},
        {"leaves": [{"name": "x", "colour": "green"}]},
        {"facts": {"f": 1}},
        {"twigs": [{}]},
        {"more": 1},
    )
    for change in changes:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(good | change, schema)


def test_a_type_that_no_document_uses_is_refused() -> None:
    with pytest.raises(TypeError, match="no JSON Schema for"):
        json_schema(Wrong, "wrong")


def test_the_report_is_valid_against_its_schema() -> None:
    jsonschema.validate(to_document(verdict()), json_schema(ReportDocument, "report"))
    jsonschema.validate(to_document(verdict(policy=None)), json_schema(ReportDocument, "report"))
