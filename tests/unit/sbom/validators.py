"""The formats' own judges, each called as its makers meant it."""

from __future__ import annotations

import json
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from jsonschema import Draft7Validator
from spdx_tools.spdx.model.document import Document
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.annotation_validator import validate_annotations
from spdx_tools.spdx.validation.creation_info_validator import validate_creation_info
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
from spdx_tools.spdx.validation.package_validator import validate_packages


def cyclonedx_errors(content: bytes) -> list[str]:
    """Errors by the strict validator, which holds the official schema of version 1.6."""
    errors = JsonStrictValidator(SchemaVersion.V1_6).validate_str(content.decode(), all_errors=True)
    return [str(each) for each in errors or ()]


def parsed_spdx(content: bytes) -> Document:
    document: Document = JsonLikeDictParser().parse(json.loads(content))  # type: ignore[no-untyped-call] # its __init__ is
    return document


def spdx_errors(content: bytes) -> list[str]:
    """Errors by the whole-document validator (quadratic: for small documents)."""
    return [each.validation_message for each in validate_full_spdx_document(parsed_spdx(content))]


def spdx_element_errors(content: bytes) -> list[str]:
    """Errors of each element by itself; references are checked by attest's own reader."""
    document = parsed_spdx(content)
    alone = Document(document.creation_info)
    found = validate_creation_info(document.creation_info, "SPDX-2.3")
    found += validate_packages(document.packages, "SPDX-2.3")
    about_the_document = [each for each in document.annotations if each.spdx_id == "SPDXRef-DOCUMENT"]
    found += validate_annotations(about_the_document, alone)
    return [each.validation_message for each in found]


def schema_errors(content: bytes, schema: Any) -> list[str]:  # noqa: ANN401 - any JSON
    """Errors by a JSON Schema."""
    return [each.message for each in Draft7Validator(schema).iter_errors(json.loads(content))]
