"""CycloneDX 1.6 JSON.

Source: https://cyclonedx.org/docs/1.6/json/. Written through cyclonedx-python-lib's model and its
serialisation for version 1.6; its output class is passed by, because it registers every component by a
search through all dependencies (quadratic) and changes the model while it writes. `compositions`, which
the library does not know, are added to what it gives.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any, Final

from attest.errors import InputError
from attest.sbom.collect import canonical
from attest.sbom.purl import parse
from attest.sbom.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cyclonedx.model import Property
    from cyclonedx.model.component import Component
    from cyclonedx.model.dependency import Dependency

    from attest.model.bom import Bom, BomComponent, ComponentKind, Context
    from attest.sbom.statements import Statement, Statements

SPEC_VERSION: Final = "1.6"
_SCHEMA: Final = "http://cyclonedx.org/schema/bom-1.6.schema.json"
_PLACEHOLDER: Final = uuid.UUID(int=0)
#: The namespace of attest's serial numbers (UUIDv5): a constant, drawn once.
_SERIAL_NAMESPACE: Final = uuid.UUID("2f6f7d0e-6f5b-4f0e-9f0c-6d0c3c1b7a52")
_TYPES: Final[dict[ComponentKind, str]] = {
    "release": "application",
    "file": "file",
    "main": "application",
    "module": "library",
    "std": "library",
}
_PHASES: Final[dict[Context, str]] = {"source": "pre-build", "analyzed": "post-build"}
_DEPENDENCY_KINDS: Final = frozenset({"contains", "built-from", "depends-on"})


def to_json(bom: Bom) -> bytes:
    """The document as UTF-8 JSON with a newline at the end; the same bytes for the same `bom`.

    The serial number is a UUIDv5 of everything else in the document, the subject's digest among it.
    Raises `InputError` where `bom` names what is not in it, or holds text that the format cannot.
    """
    bom = canonical(bom)
    try:
        document = _document(bom)
        content = hashlib.sha256(json.dumps(document).encode()).hexdigest()
        document["serialNumber"] = uuid.uuid5(_SERIAL_NAMESPACE, content).urn
        return _dump(document)
    except ValueError as error:  # UnicodeError is one
        raise InputError(
            f"the SBOM cannot be written as CycloneDX: {error}", hint="check names and package URLs"
        ) from error


def _dump(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _document(bom: Bom) -> dict[str, Any]:
    from cyclonedx.model.bom import Bom as Document
    from cyclonedx.schema.schema import SchemaVersion1Dot6

    said = statements(bom)
    children: dict[str, list[BomComponent]] = {}
    for each in bom.components:
        if each.ref != bom.subject:
            children.setdefault(each.parent, []).append(each)
    subject = next(each for each in bom.components if each.ref == bom.subject)
    model = Document(
        serial_number=_PLACEHOLDER,
        metadata=_metadata(bom, said, _component(subject, said, children)),
        components=[_component(each, said, children) for each in children.get("", ())],
        dependencies=_dependencies(bom),
    )
    written: str = model.as_json(view_=SchemaVersion1Dot6)  # type: ignore[attr-defined] # added by the library's decorator
    document: dict[str, Any] = json.loads(written)
    first = {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": document.pop("serialNumber"),
        "version": document.pop("version"),
        "metadata": document.pop("metadata"),
    }
    return first | document | {"compositions": _compositions(bom)}


def _metadata(bom: Bom, said: Statements, subject: Component) -> Any:  # noqa: ANN401 - a late import's class
    from cyclonedx.model.bom import BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.contact import OrganizationalContact, OrganizationalEntity
    from cyclonedx.model.lifecycle import LifecyclePhase, PredefinedLifecycle
    from cyclonedx.model.tool import ToolRepository

    tool = Component(type=ComponentType.APPLICATION, name=bom.tool_name, version=bom.tool_version)
    return BomMetaData(
        timestamp=bom.created,
        tools=ToolRepository(components=[tool]),
        authors=[OrganizationalContact(name=bom.author.value)] if bom.author.value else None,
        supplier=OrganizationalEntity(name=bom.supplier.value) if bom.supplier.value else None,
        component=subject,
        lifecycles=[PredefinedLifecycle(phase=LifecyclePhase(_PHASES[each])) for each in bom.contexts],
        properties=_properties(said.document),
    )


def _properties(said: Iterable[Statement]) -> list[Property]:
    from cyclonedx.model import Property

    return [Property(name=name, value=value) for name, value in said]


def _component(
    component: BomComponent, said: Statements, children: dict[str, list[BomComponent]]
) -> Component:
    """The component with what lies in it, which `canonical` has found to be nested a few deep at most."""
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.component import Component, ComponentType

    digests = component.identity.digests if component.identity else None
    hashes = (
        [
            HashType(alg=HashAlgorithm.SHA_256, content=digests.sha256),
            HashType(alg=HashAlgorithm.SHA_512, content=digests.sha512),
        ]
        if digests
        else None
    )
    return Component(
        bom_ref=component.ref,
        type=ComponentType(_TYPES[component.kind]),
        name=component.name,
        version=component.version.value or None,
        hashes=hashes,
        purl=parse(component.purl) if component.purl else None,
        properties=_properties(said.components[component.ref]),
        components=[_component(each, said, children) for each in children.get(component.ref, ())],
    )


def _dependencies(bom: Bom) -> list[Dependency]:
    """Every component with a known list, also an empty one; what is left out is unknown by the format."""
    from cyclonedx.model.bom_ref import BomRef
    from cyclonedx.model.dependency import Dependency

    unknown = {each.ref for each in bom.dependency_lists if each.state == "unknown"}
    targets: dict[str, set[str]] = {each.ref: set() for each in bom.components if each.ref not in unknown}
    for each in bom.relations:
        if each.kind in _DEPENDENCY_KINDS:
            targets.setdefault(each.source, set()).add(each.target)
    leaves = {each.ref: Dependency(ref=BomRef(each.ref)) for each in bom.components}
    return [
        Dependency(ref=BomRef(source), dependencies=[leaves[each] for each in sorted(named)])
        for source, named in sorted(targets.items())
    ]


def _compositions(bom: Bom) -> list[dict[str, Any]]:
    groups: dict[str, list[str]] = {}
    for each in bom.dependency_lists:
        groups.setdefault(each.state, []).append(each.ref)
    return [{"aggregate": state, "dependencies": sorted(groups[state])} for state in sorted(groups)]
