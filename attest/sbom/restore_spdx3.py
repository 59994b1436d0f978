"""An SPDX 3.0.1 document of attest back to the bill of materials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.model.bom import Bom, BomComponent, BomRelation
from attest.model.stated import Stated
from attest.sbom import statements as said
from attest.sbom.findings import quote
from attest.sbom.read_spdx3 import known_context
from attest.sbom.restore_spdx2 import platforms_of, with_parents
from attest.sbom.restored import (
    Fields,
    Said,
    component,
    contexts,
    dependency_list,
    document_platform,
    time,
    tool,
    vex,
)
from attest.sbom.spdx3 import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.bom import RelationKind
    from attest.model.statement import Json
    from attest.sbom.findings import Findings
    from attest.sbom.statements import Statement

_KINDS: Final[dict[tuple[str, str], tuple[RelationKind, bool]]] = {
    (word, scope): (kind, reversed_) for kind, (word, reversed_, scope) in RELATIONS.items()
}
_RELATIONSHIPS: Final = frozenset({"Relationship", "LifecycleScopedRelationship"})
#: What is told of a package beside its relations to others; attest's statements hold it too.
_BESIDE: Final = frozenset({"hasConcludedLicense", "hasDeclaredLicense", "hasDistributionArtifact"})

_Element = dict[str, "Json"]


def restore_spdx3(document: Mapping[str, Json], findings: Findings) -> Bom:
    """The bill of materials in `document`; raises as `attest.sbom.restore.restore` does."""
    known_context(document, findings)
    kinds: dict[str, list[_Element]] = {}
    elements: dict[str, _Element] = {}
    for each in findings.objects(document, "@graph", "the document"):
        kinds.setdefault(findings.text(each, "type", "an element"), []).append(each)
        elements[findings.text(each, "spdxId", "an element")] = each
    whole = Said.of("the document", (), findings)

    def single(kind: str) -> _Element:
        found = kinds.get(kind, [])
        if len(found) != 1:
            raise whole.refuse(f"has {len(found)} elements of type {kind}, not one")
        return found[0]

    stated = Said.of("the document", extended(single("SpdxDocument"), findings), findings)
    info = single("CreationInfo")
    names: dict[str, str] = {}
    components: dict[str, BomComponent] = {}
    statements: dict[str, Said] = {}
    for each in kinds.get("software_Package", ()):
        made, own = _component(each, elements, findings)
        identifier = findings.text(each, "spdxId", "a package")
        if made.ref in components or identifier in names:
            raise own.refuse("is there twice")
        components[made.ref], statements[made.ref], names[identifier] = made, own, made.ref
    relations = [
        relation
        for kind in sorted(_RELATIONSHIPS)
        for each in kinds.get(kind, ())
        for relation in _relations(each, names, components, stated)
    ]
    roots = findings.texts(single("software_Sbom"), "rootElement", "the SBOM")
    if len(roots) != 1 or roots[0] not in names:
        raise stated.refuse("does not describe exactly one package")
    makers = [elements.get(each, {}) for each in findings.texts(info, "createdBy", "the creation info")]
    authors = [each for each in makers if each.get("type") == "Organization"]
    name, version = tool(findings.text(single("Tool"), "name", "the tool"))
    return Bom(
        subject=names[roots[0]],
        contexts=contexts(stated),
        platform=document_platform(stated),
        components=with_parents(components, relations),
        relations=tuple(relations),
        dependency_lists=tuple(one for ref, own in statements.items() for one in dependency_list(ref, own)),
        created=time(findings.text(info, "created", "the creation info"), stated),
        author=Stated(
            value=findings.text(authors[0], "name", "an organization") if authors else "",
            unknown_because=stated.one(said.AUTHOR_UNKNOWN),
        ),
        supplier=Stated(value=stated.one(said.SUPPLIER), unknown_because=stated.one(said.SUPPLIER_UNKNOWN)),
        tool_name=name,
        tool_version=version,
        author_contact=stated.one(said.AUTHOR_CONTACT),
        supplier_contact=stated.one(said.SUPPLIER_CONTACT),
        vex=vex(stated),
    )


def extended(element: _Element, findings: Findings) -> list[Statement]:
    """What is said in the properties of the extension profile."""
    return [
        (
            findings.text(each, "extension_cdxPropName", "a property"),
            findings.text(each, "extension_cdxPropValue", "a property"),
        )
        for one in findings.objects(element, "extension", "an element")
        for each in findings.objects(one, "extension_cdxProperty", "an extension")
    ]


def _component(
    package: _Element, elements: Mapping[str, _Element], findings: Findings
) -> tuple[BomComponent, Said]:
    where = "a package"
    hashes = {
        findings.text(each, "algorithm", where): findings.text(each, "hashValue", where)
        for each in findings.objects(package, "verifiedUsing", where)
    }
    name = findings.text(package, "name", where)
    stated = Said.of(f"package {quote(name)}", extended(package, findings), findings)
    supplier = elements.get(findings.text(package, "suppliedBy", where), {})
    fields = Fields(
        ref=stated.one(said.REF),
        name=name,
        version=findings.text(package, "software_packageVersion", where),
        purl=findings.text(package, "software_packageUrl", where),
        supplier=findings.text(supplier, "name", where) if supplier.get("type") == "Organization" else "",
        sha256=hashes.get("sha256", ""),
        sha512=hashes.get("sha512", ""),
    )
    return component(fields, stated), stated


def _relations(
    relationship: _Element, names: Mapping[str, str], components: Mapping[str, BomComponent], stated: Said
) -> list[BomRelation]:
    """A relation to each end; licences, files, and SPDX's words for none and unknown are said elsewhere."""
    findings = stated.findings
    where = "a relationship"
    word = findings.text(relationship, "relationshipType", where)
    ends = findings.texts(relationship, "to", where)
    if word in _BESIDE or (len(ends) == 1 and ends[0] in {"NoneElement", "NoAssertionElement"}):
        return []
    known = _KINDS.get((word, findings.text(relationship, "scope", where)))
    start = findings.text(relationship, "from", where)
    if known is None or not names.keys() >= {start, *ends}:
        raise stated.refuse(f"has a relationship {quote(word)} of {quote(start)} that attest does not write")
    kind, reversed_ = known
    comment = findings.text(relationship, "comment", where)
    found = []
    for each in ends:
        source, target = (each, start) if reversed_ else (start, each)
        platforms = platforms_of(comment, components[names[source]], stated)
        found.append(BomRelation(source=names[source], kind=kind, target=names[target], platforms=platforms))
    return found
