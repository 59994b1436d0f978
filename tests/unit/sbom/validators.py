"""The formats' own judges, each called as its makers meant it."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import pyshacl
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from cyclonedx.validation.xml import XmlValidator
from jsonschema import Draft7Validator, Draft202012Validator
from rdflib import Graph
from spdx_tools.spdx.model.document import Document
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.annotation_validator import validate_annotations
from spdx_tools.spdx.validation.creation_info_validator import validate_creation_info
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
from spdx_tools.spdx.validation.package_validator import validate_packages


def cyclonedx_errors(content: bytes, version: str = "1.6") -> list[str]:
    """Errors by the strict validator, which holds the official schema of that version."""
    judge = JsonStrictValidator(SchemaVersion.from_version(version))
    return [str(each) for each in judge.validate_str(content.decode(), all_errors=True) or ()]


def cyclonedx_xml_errors(content: bytes, version: str) -> list[str]:
    """Errors by the XML validator, which holds the official schema of that version."""
    judge = XmlValidator(SchemaVersion.from_version(version))
    return [str(each) for each in judge.validate_str(content.decode(), all_errors=True) or ()]


def parsed_spdx_form(content: bytes, form: str) -> Document:
    """The document by the parser of spdx-tools for that form, found valid by its whole validator."""
    suffixes = {
        "spdx-tag-value": ".spdx",
        "spdx-yaml": ".spdx.yaml",
        "spdx-xml": ".spdx.xml",
        "spdx-rdf": ".spdx.rdf",
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"sbom{suffixes[form]}"
        file.write_bytes(content)
        with warnings.catch_warnings():
            # A parser's first run writes its tables beside itself, and leaves the file to the collector.
            warnings.simplefilter("ignore", ResourceWarning)
            document: Document = parse_file(str(file))
    assert [each.validation_message for each in validate_full_spdx_document(document)] == []
    return document


def all_of(document: Document) -> Counter[str]:
    """Everything that a document says, whatever its order."""
    # RDF has no order, so it does not matter in any form.
    document.creation_info.creators.sort(key=repr)
    for package in document.packages:
        package.checksums.sort(key=repr)
    said = [*document.packages, *document.relationships, *document.annotations]
    return Counter([repr(document.creation_info), *defined_licenses(document), *map(repr, said)])


def defined_licenses(document: Document) -> list[str]:
    """The licences that the document defines; parsers differ in the fields that they fill with nothing."""
    return [f"{each.license_id}: {each.extracted_text}" for each in document.extracted_licensing_info]


def schema_2020_errors(content: bytes, schema: Any) -> list[str]:  # noqa: ANN401 - any JSON
    """Errors by a JSON Schema of draft 2020-12."""
    return [each.message for each in Draft202012Validator(schema).iter_errors(json.loads(content))]


def shacl_errors(content: bytes, context: Any, model: str) -> str:  # noqa: ANN401 - any JSON
    """What SPDX 3's own shapes have against a document; the context is given, so that none is fetched."""
    document = json.loads(content) | {"@context": context["@context"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of rdflib's own parser
        data = Graph().parse(data=json.dumps(document), format="json-ld")
    shapes = Graph().parse(data=model, format="turtle")
    conforms, _, text = pyshacl.validate(data, shacl_graph=shapes, ont_graph=shapes)
    return "" if conforms else str(text)


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
