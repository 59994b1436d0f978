"""Documents of attest read back whole; of others, and changed ones, the reason why they are not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from attest.app.sbom import Format, write
from attest.errors import AttestError, FormatError, InputError
from attest.sbom import cyclonedx, spdx2, spdx3
from attest.sbom.collect import canonical
from attest.sbom.read import load
from attest.sbom.restore import restore
from tests.unit.sbom.test_formats import BOMS, every_bom, every_format

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.bom import Bom


@every_bom
@every_format
def test_what_was_written_is_read_back_whole(make: Callable[[], Bom], form: Format) -> None:
    bom = make()
    assert restore(load(write(bom, form))) == canonical(bom)


def cdx() -> Any:  # noqa: ANN401 - any JSON
    return json.loads(cyclonedx.to_json(BOMS["everything"]()))


def spdx() -> Any:  # noqa: ANN401 - any JSON
    return json.loads(spdx2.to_json(BOMS["everything"]()))


def element(document: Any, **wanted: str) -> Any:  # noqa: ANN401 - any JSON
    """The one element of an SPDX 3 document that has these values."""
    (found,) = [each for each in document["@graph"] if wanted.items() <= each.items()]
    return found


def state(owner: dict[str, Any], name: str, value: str | None) -> None:
    """Change, add or take out a property."""
    owner["properties"] = [each for each in owner["properties"] if each["name"] != name]
    if value is not None:
        owner["properties"].append({"name": name, "value": value})


CHANGES: dict[str, tuple[Callable[[Any], object], str]] = {
    "no kind": (
        lambda of: state(of["metadata"]["component"], "attest:kind", None),
        "component 'file:widget' has the attest:kind '', which is not known here",
    ),
    "another kind": (
        lambda of: state(of["metadata"]["component"], "attest:kind", "thing"),
        "has the attest:kind 'thing', which is not known here",
    ),
    "a statement twice": (
        lambda of: of["metadata"]["component"]["properties"].append({"name": "attest:kind", "value": "file"}),
        "component 'file:widget' states attest:kind twice",
    ),
    "a size in words": (
        lambda of: state(of["metadata"]["component"], "attest:file:size", "many"),
        "states attest:file:size as 'many', which is no number",
    ),
    "a size with too many digits": (
        lambda of: state(of["metadata"]["component"], "attest:file:size", "9" * 5000),
        "which is no number",
    ),
    "a file without digests": (
        lambda of: of["metadata"]["component"].pop("hashes"),
        "component 'file:widget' is a file without its digests",
    ),
    "no platform": (
        lambda of: state(of["metadata"]["component"], "attest:platform", "linux"),
        "names 'linux', which is no platform",
    ),
    "evidence of another kind": (
        lambda of: state(of["metadata"]["component"], "attest:evidence", "rumour"),
        "has the attest:evidence 'rumour'",
    ),
    "another context": (
        lambda of: of["metadata"].update(properties=[{"name": "attest:context", "value": "dreamt"}]),
        "the document has the attest:context 'dreamt'",
    ),
    "no lines": (
        lambda of: [
            each.update(value="MIT LICENSE")
            for one in of["components"]
            for each in one["properties"]
            if each["name"] == "attest:license:found" and each["value"].startswith("MIT")
        ],
        "states attest:license:found as 'MIT LICENSE', which names no lines of a file",
    ),
    "another state": (
        lambda of: state(of["metadata"]["component"], "attest:dependencies", "so-so: x"),
        "has the attest:dependencies 'so-so'",
    ),
    "another relation": (
        lambda of: state(of["metadata"]["component"], "attest:relation:likes", "std:1.27.3"),
        "has the relation 'likes'",
    ),
    "no time": (
        lambda of: of["metadata"].update(timestamp="yesterday"),
        "was made at 'yesterday', which is no time with a zone",
    ),
    "no zone": (
        lambda of: of["metadata"].update(timestamp="2026-01-01T00:00:00"),
        "which is no time with a zone",
    ),
    "a time before all time": (
        lambda of: of["metadata"].update(timestamp="0001-01-01T00:00:00+10:00"),
        "which is out of range",
    ),
    "no tool": (lambda of: of["metadata"].pop("tools"), "the document names no tool that wrote it"),
    "a component twice": (
        lambda of: of["components"].append(of["components"][0]),
        "is there twice",
    ),
    "a dependency on nothing": (
        lambda of: of["dependencies"].append({"ref": "file:widget", "dependsOn": ["nowhere"]}),
        "dependencies of 'nowhere' name what is not in the document",
    ),
    "another version": (lambda of: of.update(specVersion="9.9"), "CycloneDX '9.9' is not known here"),
    "neither": (lambda of: of.pop("bomFormat"), "is neither CycloneDX nor SPDX"),
}


@pytest.mark.parametrize(("change", "reason"), CHANGES.values(), ids=CHANGES)
def test_a_changed_cyclonedx_document_is_refused(change: Callable[[Any], object], reason: str) -> None:
    document = cdx()
    change(document)
    with pytest.raises(FormatError) as raised:
        restore(document, file="x")
    assert reason in str(raised.value)
    assert str(raised.value).startswith("x: ")


def test_a_relation_to_nothing_is_refused() -> None:
    document = cdx()
    state(document["metadata"]["component"], "attest:relation:variant-of", "nowhere")
    with pytest.raises(InputError, match="'nowhere' is named but is no component"):
        restore(document)
    document = cdx()
    state(document["components"][0], "attest:linked-into:linux/amd64", "nowhere")
    with pytest.raises(InputError, match="'nowhere' is named but is no component"):
        restore(document)


def test_components_nested_too_deep_are_refused() -> None:
    document = cdx()
    inner = document["metadata"]["component"]
    for index in range(100):
        inner["components"] = [{**inner, "bom-ref": f"x{index}", "components": []}]
        inner = inner["components"][0]
    with pytest.raises(AttestError, match="holds components nested too deep"):
        restore(document)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda of: of["packages"].append(of["packages"][0]), "is there twice"),
        (lambda of: of["relationships"].clear(), "the document does not describe exactly one package"),
        (lambda of: of["creationInfo"].update(creators=[]), "does not name exactly one tool"),
        (
            lambda of: of["relationships"].append(
                {"spdxElementId": "a", "relationshipType": "PATCH_FOR", "relatedSpdxElement": "b"}
            ),
            "has a relationship 'PATCH_FOR' of 'a' that attest does not write",
        ),
        (
            lambda of: of["relationships"].append(
                {"spdxElementId": "a", "relationshipType": "CONTAINS", "relatedSpdxElement": "b"}
            ),
            "has a relationship 'CONTAINS' of 'a' that attest does not write",
        ),
        (lambda of: of.update(spdxVersion="SPDX-9.9"), "'SPDX-9.9' is not known here"),
    ],
)
def test_a_changed_spdx_document_is_refused(change: Callable[[Any], object], reason: str) -> None:
    document = spdx()
    change(document)
    with pytest.raises(FormatError) as raised:
        restore(document)
    assert reason in str(raised.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda of: of["@graph"].append(element(of, name="toolchain")), "is there twice"),
        (
            lambda of: of["@graph"].remove(element(of, type="Tool")),
            "the document has 0 elements of type Tool, not one",
        ),
        (
            lambda of: element(of, type="software_Sbom").update(rootElement=["x"]),
            "does not describe exactly one package",
        ),
        (
            lambda of: of["@graph"].append(
                {"type": "Relationship", "relationshipType": "patchedBy", "to": ["b"]}
            ),
            "has a relationship 'patchedBy' of '' that attest does not write",
        ),
        (lambda of: of.update({"@context": "x"}), "@context is not that of SPDX 3.0"),
    ],
)
def test_a_changed_spdx_3_document_is_refused(change: Callable[[Any], object], reason: str) -> None:
    document = json.loads(spdx3.to_json(BOMS["everything"]()))
    change(document)
    with pytest.raises(FormatError) as raised:
        restore(document)
    assert reason in str(raised.value)
