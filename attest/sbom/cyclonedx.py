"""CycloneDX 1.6 and 1.7, JSON and XML.

Source: https://cyclonedx.org/docs/1.7/. Written through cyclonedx-python-lib's model and its
serialisation for that version; its output class is passed by, because it registers every component by a
search through all dependencies (quadratic) and changes the model while it writes. Components are written one
by one; dependencies, which are names alone, and `compositions`, which the library does not know, are added to
what it gives.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import quote
from xml.etree import ElementTree as ET

from attest.errors import InputError
from attest.model.json_text import json_text
from attest.sbom.collect import canonical, fingerprint
from attest.sbom.contact import contact_of, is_email
from attest.sbom.purl import parse
from attest.sbom.statements import (
    BSI_FILENAME,
    DEPENDENCY_KINDS,
    NO_XML,
    Statements,
    refuse,
    related,
    statements,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cyclonedx.model import ExternalReference, HashType, Property
    from cyclonedx.model.bom import Bom as Document
    from cyclonedx.model.component import Component
    from cyclonedx.model.component_evidence import ComponentEvidence
    from cyclonedx.model.contact import OrganizationalEntity
    from cyclonedx.model.license import License
    from cyclonedx.schema.schema import BaseSchemaVersion

    from attest.model.bom import Bom, BomComponent, ComponentKind, Context, VexReference
    from attest.model.stated import Stated
    from attest.sbom.statements import Statement

Version = Literal["1.6", "1.7"]

_SCHEMA: Final = "http://cyclonedx.org/schema/bom-{}.schema.json"
#: The namespace of attest's serial numbers (UUIDv5): a constant, drawn once.
_SERIAL_NAMESPACE: Final = uuid.UUID("2f6f7d0e-6f5b-4f0e-9f0c-6d0c3c1b7a52")
_TYPES: Final[dict[ComponentKind, str]] = {
    "release": "application",
    "file": "file",
    "main": "application",
    "module": "library",
    "std": "library",
    "toolchain": "application",
    "package": "library",
    "library": "library",
    "tree": "file",
}
_PHASES: Final[dict[Context, str]] = {"source": "pre-build", "analyzed": "post-build"}
#: Most modules are under one of these. They are on the format's list of licences, which loads slowly.
COMMON_LICENSES: Final = frozenset(
    {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0"}
)
#: Relations to what is not part of what is shipped: what nothing else leads to has the scope "excluded".
_OUTSIDE: Final = frozenset({"built-with", "requires", "tested-with"})


def to_json(bom: Bom, version: Version = "1.6") -> bytes:
    """The document as UTF-8 JSON with a newline at the end; the same bytes for the same `bom`.

    The serial number is a UUIDv5 of everything that the document says, the subject's digest among it.
    Raises `InputError` where `bom` names what is not in it, or holds text that the format cannot.
    """
    return _write(bom, lambda bom: _json(bom, version))


def to_xml(bom: Bom, version: Version = "1.6") -> bytes:
    """The document as XML, with the serial number that it has as JSON; else as `to_json`.

    `InputError` for characters that XML 1.0 has no room for.
    """
    return _write(bom, lambda bom: _xml(bom, version))


def _write(bom: Bom, writer: Callable[[Bom], bytes]) -> bytes:
    bom = canonical(bom)
    try:
        return writer(bom)
    except ValueError as error:  # UnicodeError is one
        raise InputError(
            f"the SBOM cannot be written as CycloneDX: {error}", hint="check names and package URLs"
        ) from error


def _json(bom: Bom, version: Version) -> bytes:
    frame, parts = _parts(bom, _said(bom), version)
    document: dict[str, Any] = json.loads(frame.as_json(view_=_view(version)))  # type: ignore[attr-defined] # added by the library's decorator
    metadata: dict[str, Any] = document.pop("metadata")
    metadata["component"] = parts.json(parts.subject)
    first = {
        "$schema": _SCHEMA.format(version),
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "serialNumber": document.pop("serialNumber"),
        "version": document.pop("version"),
        "metadata": dict(sorted(metadata.items())),
    }
    components = [parts.json(each) for each in parts.children("")]
    document = first | ({"components": components} if components else {}) | document
    if dependencies := _dependencies(bom):
        document["dependencies"] = [
            {"dependsOn": targets, "ref": source} if targets else {"ref": source}
            for source, targets in dependencies
        ]
    document["compositions"] = _compositions(bom)
    return f"{json_text(document)}\n".encode()


def _xml(bom: Bom, version: Version) -> bytes:
    said = _said(bom)
    refuse(bom, said, NO_XML, "XML")
    namespace, view = f"http://cyclonedx.org/schema/bom/{version}", _view(version)
    frame, parts = _parts(bom, said, version)
    frame.metadata.component = parts.model(parts.subject)
    root: ET.Element = frame.as_xml(view, as_string=False, xmlns=namespace)  # type: ignore[attr-defined] # as above
    components = parts.children("")
    if components:
        written = ET.Element(f"{{{namespace}}}components")
        root.insert(1, written)  # after the metadata
        written.extend(
            parts.model(each).as_xml(view, as_string=False, element_name="component", xmlns=namespace)  # type: ignore[attr-defined] # as above
            for each in components
        )
    _add_dependencies(root, bom, namespace)
    _add_compositions(root, bom, namespace)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode", default_namespace=namespace)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _said(bom: Bom) -> Statements:
    """Every statement, with those about relations for which the format has no words."""
    said = statements(bom)
    of_relations = related(bom)
    return Statements(
        document=said.document,
        components={
            ref: tuple(sorted((*each, *of_relations.get(ref, ())))) for ref, each in said.components.items()
        },
    )


def _view(version: Version) -> type[BaseSchemaVersion]:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.schema.schema import SCHEMA_VERSIONS

    return SCHEMA_VERSIONS[SchemaVersion.from_version(version)]


def _parts(bom: Bom, said: Statements, version: Version) -> tuple[Document, _Parts]:
    """The document without its components, and these.

    Given to the document they would be put into one of its sorted sets, which compares them whole, again and
    again: that takes longer than everything else.
    """
    from cyclonedx.model.bom import Bom as Document

    lying_in: dict[str, list[BomComponent]] = {}
    for each in bom.components:
        if each.ref != bom.subject:
            lying_in.setdefault(each.parent, []).append(each)
    for found in lying_in.values():
        found.sort(key=lambda each: (_TYPES[each.kind], each.name, each.version.value, each.ref))
    document = Document(
        serial_number=uuid.uuid5(_SERIAL_NAMESPACE, fingerprint(bom, version)),
        metadata=_metadata(bom, said),
        external_references=map(_vex, bom.vex),
    )
    return document, _Parts(bom=bom, said=said, version=version, lying_in=lying_in, outside=_outside(bom))


def _metadata(bom: Bom, said: Statements) -> Any:  # noqa: ANN401 - a late import's class
    from cyclonedx.model.bom import BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.contact import OrganizationalContact
    from cyclonedx.model.lifecycle import LifecyclePhase, PredefinedLifecycle
    from cyclonedx.model.tool import ToolRepository

    tool = Component(type=ComponentType.APPLICATION, name=bom.tool_name, version=bom.tool_version)
    return BomMetaData(
        timestamp=bom.created,
        tools=ToolRepository(components=[tool]),
        authors=[OrganizationalContact(name=bom.author.value)] if bom.author.value else None,
        manufacturer=_organization(bom.author, bom.author_contact) if bom.author_contact else None,
        supplier=_organization(bom.supplier, bom.supplier_contact),
        lifecycles=[PredefinedLifecycle(phase=LifecyclePhase(_PHASES[each])) for each in bom.contexts],
        properties=_properties(said.document),
    )


def _properties(said: Iterable[Statement]) -> list[Property]:
    from cyclonedx.model import Property

    return [Property(name=name, value=value) for name, value in said]


def _outside(bom: Bom) -> frozenset[str]:
    """What is only tested or built with, or only required, and what only that needs."""
    beyond = {each.target for each in bom.relations if each.kind in _OUTSIDE}
    every: dict[str, list[str]] = {}
    for each in bom.relations:
        if each.kind not in _OUTSIDE:
            every.setdefault(each.source, []).append(each.target)
    return frozenset(_reached(every, beyond) - _reached(every, {bom.subject}))


def _reached(targets: Mapping[str, Sequence[str]], start: set[str]) -> set[str]:
    reached, pending = set(start), list(start)
    while pending:
        new = set(targets.get(pending.pop(), ())) - reached
        reached |= new
        pending += new
    return reached


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """The components of a document; `lying_in` are those that lie in another (by its ref), in order."""

    bom: Bom
    said: Statements
    version: Version
    lying_in: Mapping[str, Sequence[BomComponent]]
    outside: frozenset[str]

    @property
    def subject(self) -> BomComponent:
        return next(each for each in self.bom.components if each.ref == self.bom.subject)

    def children(self, ref: str) -> Sequence[BomComponent]:
        return self.lying_in.get(ref, ())

    def model(self, component: BomComponent) -> Component:
        """The component with what lies in it, which `canonical` has found to be nested a few deep at most."""
        found = _component(self._alone(component))
        found.properties = _properties(self.said.components[component.ref])
        found.components = [self.model(each) for each in self.children(component.ref)]
        return found

    def json(self, component: BomComponent) -> dict[str, Any]:
        """The same as JSON; properties, which are names and values, are not sent through the library."""
        found = dict(_component_json(self._alone(component), self.version))
        inner = [self.json(each) for each in self.children(component.ref)]
        if inner:
            found["components"] = inner
        said = sorted(set(self.said.components[component.ref]))
        if said:
            found["properties"] = [{"name": name, "value": value} for name, value in said]
        return dict(sorted(found.items()))

    def _alone(self, component: BomComponent) -> _Alone:
        said = self.said.components[component.ref]
        return _Alone(
            component=replace(
                component,
                platforms=(),
                evidence=(),
                version_claims=(),
                settings=(),
                code_size=None,
                parent="",
            ),
            contact=contact_of(self.bom, component),
            outside=component.ref in self.outside,
            filename=dict(said).get(BSI_FILENAME),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alone:
    """What the library is told of a component: in the builds of one program, most of it is the same."""

    component: BomComponent
    contact: str
    outside: bool
    filename: str | None


@lru_cache(maxsize=4096)
def _component_json(alone: _Alone, version: Version) -> dict[str, Any]:
    """The component as JSON, which nobody may change: it is made once for all documents that have it."""
    text = _component(alone).as_json(view_=_view(version))  # type: ignore[attr-defined] # as above
    found: dict[str, Any] = json.loads(text)
    return found


def _component(alone: _Alone) -> Component:
    from cyclonedx.model.component import Component, ComponentScope, ComponentType

    component = alone.component
    supplier = _organization(component.supplier, alone.contact)
    return Component(
        bom_ref=component.ref,
        type=ComponentType(_TYPES[component.kind]),
        name=component.name,
        version=component.version.value or None,
        supplier=supplier,
        manufacturer=supplier if alone.contact else None,
        hashes=_hashes(component),
        scope=ComponentScope.EXCLUDED if alone.outside else None,
        licenses=_licenses(component),
        purl=parse(component.purl) if component.purl else None,
        external_references=[*_origin(component), *_distribution(component, alone.filename)],
        evidence=_evidence(component),
    )


def _organization(supplier: Stated, contact: str) -> OrganizationalEntity | None:
    from cyclonedx.model import XsUri
    from cyclonedx.model.contact import OrganizationalContact, OrganizationalEntity

    if not supplier.value:
        return None
    by_mail = is_email(contact)
    return OrganizationalEntity(
        name=supplier.value,
        urls=[XsUri(contact)] if contact and not by_mail else None,
        contacts=[OrganizationalContact(email=contact)] if by_mail else None,
    )


def _hashes(component: BomComponent) -> list[HashType]:
    """Of the file, or of the module's zip; the h1 of a module is a statement, because it is neither."""
    from cyclonedx.model import HashAlgorithm, HashType

    if component.identity:
        digests = component.identity
        return [
            HashType(alg=HashAlgorithm.SHA_256, content=digests.sha256),
            HashType(alg=HashAlgorithm.SHA_512, content=digests.sha512),
        ]
    if component.zip_sha256:
        return [HashType(alg=HashAlgorithm.SHA_256, content=component.zip_sha256)]
    return []


def _licenses(component: BomComponent) -> list[License]:
    """What is concluded, else what is declared: a component has room for one expression."""
    from cyclonedx.model.license import LicenseAcknowledgement, LicenseExpression

    found = component.licenses
    if found is None:
        return []
    if found.concluded.value:
        return [LicenseExpression(found.concluded.value, acknowledgement=LicenseAcknowledgement.CONCLUDED)]
    if found.declared.value:
        return [LicenseExpression(found.declared.value, acknowledgement=LicenseAcknowledgement.DECLARED)]
    return []


def _evidence(component: BomComponent) -> ComponentEvidence | None:
    from cyclonedx.model import Copyright
    from cyclonedx.model.component_evidence import ComponentEvidence
    from cyclonedx.model.license import DisjunctiveLicense

    found = component.licenses
    if found is None or not (found.matches or found.copyrights):
        return None
    identifiers = sorted({each.identifier for each in found.matches})
    return ComponentEvidence(
        licenses=[
            DisjunctiveLicense(id=each) if _is_listed(each) else DisjunctiveLicense(name=each)
            for each in identifiers
        ],
        copyright=[Copyright(text=each) for each in found.copyrights],
    )


def _is_listed(identifier: str) -> bool:
    """Tell whether the format knows a licence by that identifier."""
    if identifier in COMMON_LICENSES:
        return True
    from cyclonedx.spdx import is_supported_id

    return is_supported_id(identifier)


def _origin(component: BomComponent) -> list[ExternalReference]:
    from cyclonedx.model import ExternalReference, ExternalReferenceType, XsUri

    if not component.origin:
        return []
    # BSI TR-03183-2 (8.2) looks for it under the second name.
    kinds = (ExternalReferenceType.VCS, ExternalReferenceType.SOURCE_DISTRIBUTION)
    return [ExternalReference(type=each, url=XsUri(component.origin)) for each in kinds]


def _distribution(component: BomComponent, name: str | None) -> list[ExternalReference]:
    """A file as it is shipped, where BSI TR-03183-2 (8.2) looks for its SHA-512.

    From where it will be served is not known: the URL is relative, the file in whatever directory it is.
    """
    from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri

    if name is None or component.identity is None:
        return []
    return [
        ExternalReference(
            type=ExternalReferenceType.DISTRIBUTION,
            url=XsUri(f"./{quote(name)}"),
            hashes=[HashType(alg=HashAlgorithm.SHA_512, content=component.identity.sha512)],
        )
    ]


def _vex(reference: VexReference) -> ExternalReference:
    from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri

    return ExternalReference(
        type=ExternalReferenceType.EXPLOITABILITY_STATEMENT,
        url=XsUri(reference.url),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=reference.sha256)],
    )


def _dependencies(bom: Bom) -> list[tuple[str, list[str]]]:
    """Every component with a known list, also an empty one; what is left out is unknown by the format."""
    unknown = {each.ref for each in bom.dependency_lists if each.state == "unknown"}
    targets: dict[str, set[str]] = {each.ref: set() for each in bom.components if each.ref not in unknown}
    for each in bom.relations:
        if each.kind in DEPENDENCY_KINDS:
            targets.setdefault(each.source, set()).add(each.target)
    return [(source, sorted(named)) for source, named in sorted(targets.items())]


def _compositions(bom: Bom) -> list[dict[str, Any]]:
    groups: dict[str, list[str]] = {}
    for each in bom.dependency_lists:
        groups.setdefault(each.state, []).append(each.ref)
    return [{"aggregate": state, "dependencies": sorted(groups[state])} for state in sorted(groups)]


def _add_dependencies(root: ET.Element, bom: Bom, namespace: str) -> None:
    found = _dependencies(bom)
    if not found:
        return
    dependencies = ET.SubElement(root, f"{{{namespace}}}dependencies")
    name, ref = f"{{{namespace}}}dependency", f"{{{namespace}}}ref"
    for source, targets in found:
        dependency = ET.SubElement(dependencies, name, {ref: source})
        for each in targets:
            ET.SubElement(dependency, name, {ref: each})


def _add_compositions(root: ET.Element, bom: Bom, namespace: str) -> None:
    """After all else that is written here, as the order of the schema wants it."""
    found = _compositions(bom)
    if not found:
        return
    compositions = ET.SubElement(root, f"{{{namespace}}}compositions")
    for each in found:
        composition = ET.SubElement(compositions, f"{{{namespace}}}composition")
        ET.SubElement(composition, f"{{{namespace}}}aggregate").text = each["aggregate"]
        names = ET.SubElement(composition, f"{{{namespace}}}dependencies")
        for ref in each["dependencies"]:
            ET.SubElement(names, f"{{{namespace}}}dependency", {f"{{{namespace}}}ref": ref})
