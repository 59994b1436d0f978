"""A CycloneDX XML document as the JSON document that says the same.

Source: https://cyclonedx.org/docs/1.6/xml/. Both forms are made of the same words: XML wraps lists in an
element of their own, and holds some values as attributes or as text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError
from attest.model.place import Place

if TYPE_CHECKING:
    from attest.model.statement import Json
    from attest.sbom.xml_tree import XmlElement

NAMESPACE: Final = re.compile(r"http://cyclonedx\.org/schema/bom/(?P<version>[0-9.]+)")
#: Elements that are lists in JSON, and the elements in them that are their items.
_LISTS: Final = {
    "authors": "author",
    "components": "component",
    "compositions": "composition",
    "externalReferences": "reference",
    "hashes": "hash",
    "lifecycles": "lifecycle",
    "properties": "property",
    "services": "service",
}
#: Elements that stand several times in these, where JSON has a list.
_REPEATED: Final = {
    each: {"contact", "url"} for each in ("manufacture", "manufacturer", "organization", "supplier")
}
#: What the text of an element is called in JSON, where the element has attributes beside it.
_TEXTS: Final = {"hash": "content", "property": "value", "expression": "expression"}


def load_cyclonedx_xml(root: XmlElement, file: str) -> dict[str, Json]:
    """The document whose root element is `root` ("bom" in a namespace of CycloneDX).

    Raises `FormatError` where an element that holds one value is there twice.
    """
    known = NAMESPACE.fullmatch(root.namespace)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": known["version"] if known else root.namespace,
        **_object(root, file),
    }


def _object(element: XmlElement, file: str) -> dict[str, Json]:
    found: dict[str, Json] = {name: value for name, value in element.attributes.items() if " " not in name}
    repeated = _REPEATED.get(element.name, ())
    for name in sorted({each.name for each in element.children if each.name in repeated}):
        found[name] = [_value(element, each, file) for each in element.children if each.name == name]
    for each in element.children:
        if each.name in repeated:
            continue
        if each.name in found:
            raise FormatError(
                f"{element.name} holds {each.name[:64]!r} twice",
                place=Place(file=file, line=each.line),
                hint="write the SBOM again with its tool",
            )
        found[each.name] = _value(element, each, file)
    if element.name in _TEXTS and _TEXTS[element.name] not in found:
        found[_TEXTS[element.name]] = element.text
    return found


def _value(owner: XmlElement, element: XmlElement, file: str) -> Json:
    name = element.name
    if name == "dependencies":
        listed = [each for each in element.children if each.name == "dependency"]
        return [_reference(each) if owner.name == "composition" else _dependency(each) for each in listed]
    if name == "licenses":
        return [_license(each, file) for each in element.children]
    if name == "copyright" and element.children:
        return [{"text": each.text} for each in element.children]
    item = "tool" if name == "tools" and element.first("tool") else _LISTS.get(name)
    if item is not None:
        return [_object(each, file) for each in element.children if each.name == item]
    return _object(element, file) if element.children or element.attributes else element.text


def _reference(element: XmlElement) -> str:
    return element.attributes.get("ref", "")


def _dependency(element: XmlElement) -> dict[str, Json]:
    return {
        "ref": _reference(element),
        "dependsOn": [_reference(each) for each in element.children if each.name == "dependency"],
    }


def _license(element: XmlElement, file: str) -> dict[str, Json]:
    """An expression stands in the list itself, a licence one level below."""
    return _object(element, file) if element.name == "expression" else {element.name: _object(element, file)}
