"""An SPDX 2.3 document of attest back to the bill of materials."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attest.model.bom import Bom, BomComponent, BomRelation
from attest.model.stated import Stated
from attest.sbom import statements as said
from attest.sbom.findings import quote
from attest.sbom.read_spdx2 import known_version
from attest.sbom.restored import (
    Fields,
    Said,
    component,
    contexts,
    dependency_list,
    document_platform,
    is_inside,
    time,
    tool,
    vex,
)
from attest.sbom.spdx2 import DOCUMENT, ON_UNKNOWN, RELATIONS, REQUIRED, REVERSED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.model.bom import RelationKind
    from attest.model.source import Platform
    from attest.model.statement import Json
    from attest.sbom.findings import Findings
    from attest.sbom.statements import Statement

_KINDS: Final[dict[str, RelationKind]] = {word: kind for kind, word in RELATIONS.items()}
_ON: Final = re.compile(r"on (?P<platforms>[^ ;,/]+/[^ ;,]+(?:, [^ ;,/]+/[^ ;,]+)*)(?:; .*)?", re.DOTALL)
_ORGANIZATION: Final = "Organization:"
_TOOL: Final = "Tool:"
_NOTHING: Final = frozenset({"NOASSERTION", "NONE"})


def restore_spdx2(document: Mapping[str, Json], findings: Findings) -> Bom:
    """The bill of materials in `document`; raises as `attest.sbom.restore.restore` does."""
    known_version(document, findings)
    stated = Said.of("the document", annotated(document, findings), findings)
    names: dict[str, str] = {}
    components: dict[str, BomComponent] = {}
    statements: dict[str, Said] = {}
    for each in findings.objects(document, "packages", "the document"):
        made, own = _component(each, findings)
        identifier = findings.text(each, "SPDXID", "a package")
        if made.ref in components or identifier in names:
            raise own.refuse("is there twice")
        components[made.ref], statements[made.ref], names[identifier] = made, own, made.ref
    relations: list[BomRelation] = []
    described: list[str] = []
    for each in findings.objects(document, "relationships", "the document"):
        where = "a relationship"
        word = findings.text(each, "relationshipType", where)
        one, other = (findings.text(each, key, where) for key in ("spdxElementId", "relatedSpdxElement"))
        if word == "DESCRIBES" and one == DOCUMENT:
            described.append(other)
        elif other not in _NOTHING:
            comment = findings.text(each, "comment", where)
            relations.append(_relation(word, (one, other), comment, names, components, stated))
    if len(described) != 1 or described[0] not in names:
        raise stated.refuse("does not describe exactly one package")
    info = findings.object(document, "creationInfo", "the document")
    creators = findings.texts(info, "creators", "creationInfo")
    tools = [_actor(each, _TOOL) for each in creators if each.startswith(_TOOL)]
    if len(tools) != 1:
        raise stated.refuse("does not name exactly one tool that wrote it")
    authors = [_actor(each, _ORGANIZATION) for each in creators if each.startswith(_ORGANIZATION)]
    name, version = tool(tools[0])
    return Bom(
        subject=names[described[0]],
        contexts=contexts(stated),
        platform=document_platform(stated),
        components=with_parents(components, relations),
        relations=tuple(relations),
        dependency_lists=tuple(one for ref, own in statements.items() for one in dependency_list(ref, own)),
        created=time(findings.text(info, "created", "creationInfo"), stated),
        author=Stated(value="".join(authors[:1]), unknown_because=stated.one(said.AUTHOR_UNKNOWN)),
        supplier=Stated(value=stated.one(said.SUPPLIER), unknown_because=stated.one(said.SUPPLIER_UNKNOWN)),
        tool_name=name,
        tool_version=version,
        author_contact=stated.one(said.AUTHOR_CONTACT),
        supplier_contact=stated.one(said.SUPPLIER_CONTACT),
        vex=vex(stated),
    )


def _actor(text: str, kind: str) -> str:
    return text.removeprefix(kind).removeprefix(" ")


def annotated(element: Mapping[str, Json], findings: Findings) -> list[Statement]:
    """What attest says in annotations. A name ends at "=", which only the names of settings could hold."""
    found = []
    for each in findings.objects(element, "annotations", "an element"):
        name, _, value = findings.text(each, "comment", "an annotation").partition("=")
        found.append((name, value))
    return found


def _component(package: Mapping[str, Json], findings: Findings) -> tuple[BomComponent, Said]:
    where = "a package"
    checksums = {
        findings.text(each, "algorithm", where): findings.text(each, "checksumValue", where)
        for each in findings.objects(package, "checksums", where)
    }
    urls = [
        findings.text(each, "referenceLocator", where)
        for each in findings.objects(package, "externalRefs", where)
        if findings.text(each, "referenceType", where) == "purl"
    ]
    name = findings.text(package, "name", where)
    stated = Said.of(f"package {quote(name)}", annotated(package, findings), findings)
    fields = Fields(
        ref=stated.one(said.REF),
        name=name,
        version=findings.text(package, "versionInfo", where),
        purl="".join(urls[:1]),
        supplier=_actor(findings.text(package, "supplier", where), _ORGANIZATION),
        sha256=checksums.get("SHA256", ""),
        sha512=checksums.get("SHA512", ""),
    )
    return component(fields, stated), stated


def _relation(
    word: str,
    ends: tuple[str, str],
    comment: str,
    names: Mapping[str, str],
    components: Mapping[str, BomComponent],
    stated: Said,
) -> BomRelation:
    kind = _KINDS.get(word)
    if kind is None or not names.keys() >= set(ends):
        raise stated.refuse(
            f"has a relationship {word[:64]!r} of {ends[0][:80]!r} that attest does not write"
        )
    source, target = ends[::-1] if kind in REVERSED else ends
    platforms = platforms_of(comment, components[names[source]], stated)
    return BomRelation(source=names[source], kind=kind, target=names[target], platforms=platforms)


def platforms_of(comment: str, source: BomComponent, stated: Said) -> tuple[Platform, ...]:
    """Where a relation holds by its comment: wherever its source is, where that says nothing else."""
    comment = comment.removeprefix(REQUIRED).removeprefix("; ")
    if comment.partition("; ")[0] == ON_UNKNOWN:
        return ()
    told = _ON.fullmatch(comment)
    return stated.platforms(told["platforms"].split(", ")) if told else source.platforms


def with_parents(
    components: Mapping[str, BomComponent], relations: Iterable[BomRelation]
) -> tuple[BomComponent, ...]:
    """Files in what contains them, and packages too, which SPDX says by the relation alone."""
    holders = {
        each.target: each.source
        for each in relations
        if each.kind == "contains" and is_inside(components[each.target], components[each.source])
    }
    return tuple(
        replace(each, parent=holders[each.ref]) if each.ref in holders else each
        for each in components.values()
    )
