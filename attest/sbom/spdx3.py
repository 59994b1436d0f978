"""SPDX 3.0.1 JSON-LD.

Source: https://spdx.github.io/spdx-spec/v3.0.1/. Written through spdx-python-model, the binding that is
generated from the model. Statements for which SPDX has no property of its own are the properties of its
extension profile (CdxPropertiesExtension), name and value as in the other formats.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from attest.errors import InputError
from attest.model.json_text import json_text
from attest.sbom.collect import canonical, fingerprint
from attest.sbom.contact import contact_of, is_email
from attest.sbom.spdx2 import REQUIRED, element_name, location_reason, on_platforms
from attest.sbom.statements import (
    BSI_ARCHIVE,
    BSI_EXECUTABLE,
    BSI_FILENAME,
    BSI_STRUCTURED,
    REF,
    SUPPLIER,
    statements,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attest.model.bom import Bom, BomComponent, ComponentKind, Context, RelationKind
    from attest.model.source import Platform
    from attest.model.stated import Stated
    from attest.sbom.statements import Statement

SPEC_VERSION: Final = "3.0.1"
_NAMESPACE: Final = "https://spdx.org/spdxdocs/attest"
#: What stands before the names of elements until the namespace, which is a hash of all, is known.
_UNNAMED: Final = "urn:attest:"
_PURPOSES: Final[dict[ComponentKind, str]] = {
    "release": "install",
    "file": "executable",
    "main": "application",
    "module": "library",
    "std": "library",
    "toolchain": "application",
    "package": "library",
    "library": "library",
    "tree": "source",
}
#: Relationship type, whether SPDX names the relation from its other end, and the life cycle scope.
RELATIONS: Final[dict[RelationKind, tuple[str, bool, str]]] = {
    "contains": ("contains", False, ""),
    "built-from": ("generates", True, ""),
    "links": ("hasStaticLink", False, ""),
    "loads": ("hasDynamicLink", False, ""),
    "depends-on": ("dependsOn", False, ""),
    "tested-with": ("dependsOn", False, "test"),
    "built-with": ("usesTool", False, "build"),
    "requires": ("other", False, ""),
    "variant-of": ("hasVariant", True, ""),
}
#: What BSI TR-03183-2 (8.2) has for the values of its properties; what is not named is not so.
_BSI_PURPOSES: Final = {
    (BSI_EXECUTABLE, "executable"): "executable",
    (BSI_ARCHIVE, "archive"): "archive",
    (BSI_STRUCTURED, "structured"): "container",
    (BSI_STRUCTURED, "unstructured"): "firmware",
}
_BSI_COMMENT: Final = "software_additionalPurpose tells the properties of BSI TR-03183-2"
#: Relations that list what is in a file or a release: with them stands how complete that is.
_HOLDING: Final = frozenset({"contains", "links"})
_SBOM_TYPES: Final[dict[Context, str]] = {"source": "source", "analyzed": "analyzed"}
#: The properties that hold names of elements, so that the namespace can be put before them.
_NAMING: Final = frozenset(
    {
        "spdxId",
        "createdBy",
        "createdUsing",
        "element",
        "from",
        "originatedBy",
        "rootElement",
        "suppliedBy",
        "to",
    }
)


def to_json(bom: Bom) -> bytes:
    """The document as UTF-8 JSON with a newline at the end; the same bytes for the same `bom`.

    The namespace is a hash of everything that the document says, the subject's digest among it. Raises
    `InputError` where `bom` names what is not in it, or holds text that the format cannot.
    """
    bom = canonical(bom)
    try:
        document = _Writer.of(bom).document()
        _name(document, f"{_NAMESPACE}/{fingerprint(bom, SPEC_VERSION)}#")
        return f"{json_text(document)}\n".encode()
    except (ValueError, TypeError) as error:  # both are what the binding raises
        raise InputError(
            f"the SBOM cannot be written as SPDX: {error}", hint="check names and package URLs"
        ) from error


def _name(document: dict[str, Any], namespace: str) -> None:
    for element in document["@graph"]:
        for key in _NAMING & element.keys():
            value = element[key]
            element[key] = (
                [_named(each, namespace) for each in value]
                if isinstance(value, list)
                else _named(value, namespace)
            )


def _named(name: str, namespace: str) -> str:
    return namespace + name.removeprefix(_UNNAMED) if name.startswith(_UNNAMED) else name


def _model() -> Any:  # noqa: ANN401 - a late import's module
    from spdx_python_model import v3_0_1

    return v3_0_1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    bom: Bom
    model: Any
    info: Any
    agents: dict[tuple[str, str], Any]
    licenses: dict[str, Any]
    ids: Mapping[str, str]
    elements: list[Any]

    @classmethod
    def of(cls, bom: Bom) -> _Writer:
        model = _model()
        contexts = ", ".join(each.capitalize() for each in bom.contexts)
        info = model.CreationInfo(_id="_:creationInfo")
        info.specVersion = SPEC_VERSION
        info.created = bom.created
        info.comment = f"Generation context: {contexts}"
        ids = {each.ref: _UNNAMED + element_name(each) for each in bom.components}
        return cls(bom=bom, model=model, info=info, agents={}, licenses={}, ids=ids, elements=[])

    def document(self) -> dict[str, Any]:
        model, bom = self.model, self.bom
        said = statements(bom)
        tool = self.add(model.Tool, "Tool", name=f"{bom.tool_name}-{bom.tool_version}")
        # Somebody has to have created the document; where nobody is named, the software did.
        self.info.createdBy = [
            self.organization(bom.author.value, bom.author_contact)
            if bom.author.value
            else self.add(model.SoftwareAgent, "SoftwareAgent", name=bom.tool_name)
        ]
        self.info.createdUsing = [tool]
        for each in bom.components:
            self.package(each, (*said.components[each.ref], (REF, each.ref)))
        self.relationships()
        subject = next(each for each in bom.components if each.ref == bom.subject)
        title = f"{subject.name} {subject.version.value}".strip()
        sbom = self.add(
            model.software_Sbom,
            "SBOM",
            name=title,
            rootElement=[self.ids[bom.subject]],
            element=[each._id for each in self.elements],  # noqa: SLF001 - the binding's name for it
            software_sbomType=[getattr(model.software_SbomType, _SBOM_TYPES[each]) for each in bom.contexts],
        )
        supplier = [(SUPPLIER, bom.supplier.value)] if bom.supplier.value else []
        # The extension profile is not named: the official context reads that word as the property.
        profiles = ["core", "software", "simpleLicensing"]
        self.add(
            model.SpdxDocument,
            "DOCUMENT",
            name=title,
            rootElement=[sbom],
            element=[each._id for each in self.elements],  # noqa: SLF001 - as above
            profileConformance=[getattr(model.ProfileIdentifierType, each) for each in profiles],
            extension=self.properties((*said.document, *supplier)),
        )
        # Filled when it is made, the set would index each element by every class, and nothing is looked up.
        objects = model.SHACLObjectSet()
        objects.objects.update([self.info, *self.elements])
        written: dict[str, Any] = model.JSONLDSerializer().serialize_data(objects, force_at_graph=True)
        # The binding keeps elements in a set; the creation info is the one that has no name of its own.
        written["@graph"].sort(key=lambda each: each.get("spdxId", ""))
        return written

    def add(self, kind: Any, called: str, /, **values: Any) -> str:  # noqa: ANN401 - generated classes
        """Make an element, and give its name."""
        identifier = called if called.startswith(_UNNAMED) else f"{_UNNAMED}SPDXRef-{called}"
        made = kind(_id=identifier)
        made.creationInfo = self.info
        for key, value in values.items():
            if value is not None:
                setattr(made, key, value)
        self.elements.append(made)
        return identifier

    def organization(self, name: str, contact: str) -> str:
        if (name, contact) not in self.agents:
            digest = hashlib.sha256("\0".join(filter(None, (name, contact))).encode()).hexdigest()[:16]
            identifiers = []
            if contact:
                kinds = self.model.ExternalIdentifierType
                reached = self.model.ExternalIdentifier()
                reached.externalIdentifierType = kinds.email if is_email(contact) else kinds.other
                reached.identifier = contact
                identifiers.append(reached)
            self.agents[name, contact] = self.add(
                self.model.Organization, f"Organization-{digest}", name=name, externalIdentifier=identifiers
            )
        found: str = self.agents[name, contact]
        return found

    def properties(self, said: Iterable[Statement]) -> list[Any]:
        entries = []
        for name, value in said:
            entry = self.model.extension_CdxPropertyEntry()
            entry.extension_cdxPropName = name
            entry.extension_cdxPropValue = value
            entries.append(entry)
        if not entries:
            return []
        extension = self.model.extension_CdxPropertiesExtension()
        extension.extension_cdxProperty = entries
        return [extension]

    def vex(self) -> list[Any] | None:
        found = []
        for each in self.bom.vex:
            reference = self.model.ExternalRef()
            kinds = self.model.ExternalRefType
            reference.externalRefType = kinds.vulnerabilityExploitabilityAssessment
            reference.locator = [each.url]
            found.append(reference)
        return found or None

    def package(self, component: BomComponent, said: Sequence[Statement]) -> None:
        model = self.model
        contact = contact_of(self.bom, component)
        supplier = self.organization(component.supplier.value, contact) if component.supplier.value else None
        identifiers = []
        if component.purl:
            url = model.ExternalIdentifier()
            url.externalIdentifierType = model.ExternalIdentifierType.packageUrl
            url.identifier = component.purl
            identifiers.append(url)
        copyrights = "\n".join(component.licenses.copyrights) if component.licenses else ""
        identifier = self.add(
            model.software_Package,
            self.ids[component.ref],
            name=component.name,
            software_packageVersion=component.version.value or None,
            software_packageUrl=component.purl or None,
            software_primaryPurpose=getattr(model.software_SoftwarePurpose, _PURPOSES[component.kind]),
            software_downloadLocation=component.origin or None,
            software_copyrightText=copyrights or None,
            comment=None if component.origin else location_reason(component),
            externalIdentifier=identifiers,
            suppliedBy=supplier,
            originatedBy=[supplier] if supplier and contact else None,
            verifiedUsing=self.hashes(component),
            extension=self.properties(said),
            externalRef=self.vex() if component.ref == self.bom.subject else None,
        )
        if component.licenses:
            self.license(identifier, "hasConcludedLicense", component.licenses.concluded)
            self.license(identifier, "hasDeclaredLicense", component.licenses.declared)
        told = dict(said)
        if BSI_FILENAME in told:
            file = self.add(
                model.software_File,
                f"File-{hashlib.sha256(component.ref.encode()).hexdigest()[:16]}",
                name=told[BSI_FILENAME],
                comment=_BSI_COMMENT,
                software_additionalPurpose=[
                    getattr(model.software_SoftwarePurpose, purpose)
                    for key, purpose in sorted(_BSI_PURPOSES.items())
                    if told.get(key[0]) == key[1]
                ],
                verifiedUsing=self.hashes(component),
            )
            self.relationship(identifier, "hasDistributionArtifact", [file], completeness="complete")

    def hashes(self, component: BomComponent) -> list[Any]:
        values = {"sha256": component.zip_sha256} if component.zip_sha256 else {}
        if component.identity:
            digests = component.identity
            values = {"sha256": digests.sha256, "sha512": digests.sha512}
        made = []
        for name, value in values.items():
            digest = self.model.Hash()
            digest.algorithm = getattr(self.model.HashAlgorithm, name)
            digest.hashValue = value
            made.append(digest)
        return made

    def license(self, owner: str, kind: str, stated: Stated) -> None:
        """An expression, or SPDX's own word for none that is known, with the reason."""
        nobody_knows = self.model.expandedlicensing_IndividualLicensingInfo.NAMED_INDIVIDUALS[
            "NoAssertionLicense"
        ]
        target = nobody_knows
        if stated.value:
            if stated.value not in self.licenses:
                digest = hashlib.sha256(stated.value.encode()).hexdigest()[:16]
                self.licenses[stated.value] = self.add(
                    self.model.simplelicensing_LicenseExpression,
                    f"License-{digest}",
                    simplelicensing_licenseExpression=stated.value,
                )
            target = self.licenses[stated.value]
        complete = "complete" if stated.value else ""
        self.relationship(owner, kind, [target], completeness=complete, comment=stated.unknown_because)

    def relationships(self) -> None:
        bom, model = self.bom, self.model
        groups: dict[tuple[str, RelationKind, tuple[Platform, ...]], list[str]] = {}
        for each in bom.relations:
            groups.setdefault((each.source, each.kind, each.platforms), []).append(each.target)
        platforms = {each.ref: each.platforms for each in bom.components}
        lists = {each.ref: each for each in bom.dependency_lists}
        holders = {each.ref for each in bom.components if each.kind in {"file", "release"}}
        for (source, kind, where), targets in groups.items():
            word, reversed_, scope = RELATIONS[kind]
            listing = kind == "depends-on" or (kind in _HOLDING and source in holders)
            stated = lists.get(source) if listing else None
            words = [REQUIRED] if kind == "requires" else []
            words += [on_platforms(where)] if where != platforms[source] else []
            words += [stated.reason] if stated and stated.reason else []
            for ends in [(each, [source]) for each in targets] if reversed_ else [(source, targets)]:
                self.relationship(
                    self.ids[ends[0]],
                    word,
                    [self.ids[each] for each in ends[1]],
                    scope=scope,
                    completeness=stated.state if stated else "",
                    comment="; ".join(words),
                )
        sources = {source for source, _, _ in groups}
        depending = {source for source, kind, _ in groups if kind == "depends-on"}
        for stated in bom.dependency_lists:
            # What is complete and related to something else only depends on no more than that.
            if stated.ref not in (sources if stated.state == "complete" else depending):
                nothing = "NoneElement" if stated.state == "complete" else "NoAssertionElement"
                self.relationship(
                    self.ids[stated.ref],
                    "dependsOn",
                    [model.IndividualElement.NAMED_INDIVIDUALS[nothing]],
                    completeness=stated.state,
                    comment=stated.reason,
                )

    def relationship(
        self,
        source: str,
        word: str,
        targets: list[str],
        *,
        scope: str = "",
        completeness: str = "",
        comment: str = "",
    ) -> None:
        model = self.model
        key = "\0".join((source, word, scope, completeness, comment, *targets))
        complete = {"complete": "complete", "incomplete": "incomplete", "unknown": "noAssertion"}
        made: dict[str, Any] = {
            "from_": source,
            "to": targets,
            "relationshipType": getattr(model.RelationshipType, word),
            "comment": comment or None,
        }
        if completeness:
            made["completeness"] = getattr(model.RelationshipCompleteness, complete[completeness])
        if scope:
            made["scope"] = getattr(model.LifecycleScopeType, scope)
        self.add(
            model.LifecycleScopedRelationship if scope else model.Relationship,
            f"Relationship-{hashlib.sha256(key.encode()).hexdigest()[:24]}",
            **made,
        )
