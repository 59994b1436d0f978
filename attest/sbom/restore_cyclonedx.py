"""A CycloneDX document of attest back to the bill of materials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.bom import Bom, BomComponent, BomRelation
from attest.model.stated import Stated
from attest.sbom import statements as said
from attest.sbom.findings import quote
from attest.sbom.read_cyclonedx import known_version
from attest.sbom.restored import (
    Fields,
    Said,
    component,
    contexts,
    dependency_list,
    document_platform,
    properties,
    relation,
    time,
    vex,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.statement import Json
    from attest.sbom.findings import Findings


def restore_cyclonedx(document: Mapping[str, Json], findings: Findings) -> Bom:
    """The bill of materials in `document`; raises as `attest.sbom.restore.restore` does."""
    known_version(document, findings)
    metadata = findings.object(document, "metadata", "the document")
    subject = findings.object(metadata, "component", "metadata")
    stated = Said.of("the document", properties(metadata, findings, "metadata"), findings)
    components: dict[str, BomComponent] = {}
    statements: dict[str, Said] = {}
    pending = [("", each) for each in findings.objects(document, "components", "the document")]
    pending.append(("", subject))
    depth = {"": 0}
    while pending:
        parent, each = pending.pop()
        made, own = _component(each, parent, findings)
        if made.ref in components:
            raise own.refuse("is there twice")
        components[made.ref], statements[made.ref] = made, own
        depth[made.ref] = depth[parent] + 1
        inside = findings.objects(each, "components", "a component")
        if inside and depth[made.ref] > findings.limits.json_depth:
            raise own.refuse("holds components nested too deep")
        pending += [(made.ref, one) for one in inside]
    tools = findings.objects(findings.object(metadata, "tools", "metadata"), "components", "metadata.tools")
    authors = findings.objects(metadata, "authors", "metadata")
    supplier = findings.object(metadata, "supplier", "metadata")
    if not tools:
        raise stated.refuse("names no tool that wrote it")
    return Bom(
        subject=findings.text(subject, "bom-ref", "metadata.component"),
        contexts=contexts(stated),
        platform=document_platform(stated),
        components=tuple(components.values()),
        relations=_relations(document, components, statements, findings),
        dependency_lists=tuple(one for ref, own in statements.items() for one in dependency_list(ref, own)),
        created=time(findings.text(metadata, "timestamp", "metadata"), stated),
        author=Stated(
            value=findings.text(authors[0], "name", "an author") if authors else "",
            unknown_because=stated.one(said.AUTHOR_UNKNOWN),
        ),
        supplier=Stated(
            value=findings.text(supplier, "name", "metadata.supplier"),
            unknown_because=stated.one(said.SUPPLIER_UNKNOWN),
        ),
        tool_name=findings.text(tools[0], "name", "a tool"),
        tool_version=findings.text(tools[0], "version", "a tool"),
        author_contact=stated.one(said.AUTHOR_CONTACT),
        supplier_contact=stated.one(said.SUPPLIER_CONTACT),
        vex=vex(stated),
    )


def _component(found: Mapping[str, Json], parent: str, findings: Findings) -> tuple[BomComponent, Said]:
    where = "a component"
    hashes = {
        findings.text(each, "alg", where): findings.text(each, "content", where)
        for each in findings.objects(found, "hashes", where)
    }
    ref = findings.text(found, "bom-ref", where)
    stated = Said.of(f"component {quote(ref)}", properties(found, findings, where), findings)
    fields = Fields(
        ref=ref,
        name=findings.text(found, "name", where),
        version=findings.text(found, "version", where),
        purl=findings.text(found, "purl", where),
        supplier=findings.text(findings.object(found, "supplier", where), "name", where),
        sha256=hashes.get("SHA-256", ""),
        sha512=hashes.get("SHA-512", ""),
        parent=parent,
    )
    return component(fields, stated), stated


def _relations(
    document: Mapping[str, Json],
    components: Mapping[str, BomComponent],
    statements: Mapping[str, Said],
    findings: Findings,
) -> tuple[BomRelation, ...]:
    relations: list[BomRelation] = []
    stated: set[tuple[str, str]] = set()
    for ref, own in statements.items():
        for name, values in own.values.items():
            for value in values:
                found = _stated(name, ref, value, components, own)
                if found is not None:
                    relations.append(found)
                    if found.kind in said.DEPENDENCY_KINDS:
                        stated.add((found.source, found.target))
    for each in findings.objects(document, "dependencies", "the document"):
        source = components.get(findings.text(each, "ref", "a dependency"))
        for name in findings.texts(each, "dependsOn", "a dependency"):
            target = components.get(name)
            if source is None or target is None:
                raise findings.wrong("dependencies", f"of {quote(name)} name what is not in the document")
            if (source.ref, target.ref) not in stated:
                relations.append(
                    BomRelation(
                        source=source.ref,
                        kind=said.usual_kind(source, target),
                        target=target.ref,
                        platforms=source.platforms,
                    )
                )
    return tuple(relations)


def _stated(
    name: str, ref: str, value: str, components: Mapping[str, BomComponent], own: Said
) -> BomRelation | None:
    """The relation that a statement of the component `ref` is, None where it is about something else."""
    if name.startswith(said.RELATION):
        kind, colon, where = name.removeprefix(said.RELATION).partition(":")
        ends = ref, value
    elif name.startswith(said.LINKED_INTO):
        _, colon, where = name.removeprefix(said.LINKED_INTO).partition(":")
        kind, ends = "links", (value, ref)
    else:
        return None
    source = components.get(ends[0])
    platforms = source.platforms if source else ()
    if colon:
        platforms = own.platforms(where.split(",")) if where else ()
    return relation(ends[0], kind, ends[1], platforms, own)
