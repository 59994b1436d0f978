"""The elements of a CycloneDX document. Source: https://cyclonedx.org/docs/1.7/json/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.model.described import Described
from attest.model.stated import Stated
from attest.sbom import statements as said
from attest.sbom.describing import Told, by_name, component, contact, stated, time, value_of
from attest.sbom.read_cyclonedx import DIGEST, H1_PROPERTIES, known_version
from attest.sbom.restored import properties

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.model.bom import Completeness
    from attest.model.statement import Json
    from attest.sbom.findings import Findings

_Object = dict[str, "Json"]

#: What `compositions` say of how complete a list is, in the words of the model; all else is not known.
_AGGREGATES: Final[dict[str, Completeness]] = {
    "complete": "complete",
    "incomplete": "incomplete",
    "incomplete_first_party_only": "incomplete",
    "incomplete_first_party_proprietary_only": "incomplete",
    "incomplete_first_party_opensource_only": "incomplete",
    "incomplete_third_party_only": "incomplete",
    "incomplete_third_party_proprietary_only": "incomplete",
    "incomplete_third_party_opensource_only": "incomplete",
}


def describe_cyclonedx(document: Mapping[str, Json], findings: Findings) -> Described:
    """What `document` (whose bomFormat is CycloneDX) says; raises as `attest.sbom.describe.describe` does."""
    version = known_version(document, findings)
    metadata = findings.object(document, "metadata", "the document")
    told, by_ref = _components(document, metadata, findings)
    _relations(document, by_ref, findings)
    own = by_name(properties(metadata, findings, "metadata"))
    authors = findings.objects(metadata, "authors", "metadata")
    # `manufacture` is what 1.2 to 1.5 have for the organization that made what is described.
    makers = [findings.object(metadata, key, "metadata") for key in ("manufacturer", "manufacture")]
    names = [findings.text(each, "name", "an author") for each in (*authors, *makers)]
    tool_name, tool_version = _tool(metadata, findings)
    phases = [
        findings.text(each, "phase", "a lifecycle") or findings.text(each, "name", "a lifecycle")
        for each in findings.objects(metadata, "lifecycles", "metadata")
    ]
    return Described(
        format="CycloneDX",
        spec_version=version,
        author=stated(next(filter(value_of, names), ""), own.get(said.AUTHOR_UNKNOWN, "")),
        author_contact=contact(_contacts(makers[0], findings)),
        created=time(findings.text(metadata, "timestamp", "metadata")),
        context=Stated(value=", ".join(filter(None, phases))),
        tool_name=tool_name,
        tool_version=tool_version,
        components=tuple(map(component, told)),
    )


def _components(
    document: Mapping[str, Json], metadata: Mapping[str, Json], findings: Findings
) -> tuple[list[Told], dict[str, Told]]:
    """Every component, what is described first, and those that have a reference by it."""
    subject = findings.object(metadata, "component", "metadata")
    top = findings.objects(document, "components", "the document")
    pending: list[tuple[_Object, Told | None, int]] = [(each, None, 1) for each in reversed(top)]
    if subject:
        pending.append((subject, None, 1))
    told: list[Told] = []
    by_ref: dict[str, Told] = {}
    while pending:
        each, holder, depth = pending.pop()
        made = _component(each, findings)
        told.append(made)
        by_ref.setdefault(findings.text(each, "bom-ref", "a component"), made)
        inside = findings.objects(each, "components", "a component")
        if holder is not None:
            made.nested = made.related = True
            made.in_file = holder.is_file
        made.related = made.related or bool(inside)
        if inside and depth >= findings.limits.json_depth:
            raise LimitError(
                f"components nested more than {findings.limits.json_depth} deep",
                place=findings.place,
                hint="no SBOM needs that depth",
            )
        pending.extend((one, made, depth + 1) for one in reversed(inside))
    by_ref.pop("", None)
    return told, by_ref


def _component(found: Mapping[str, Json], findings: Findings) -> Told:
    where = "a component"
    own = by_name(properties(found, findings, where))
    hashes = findings.objects(found, "hashes", where)
    shipped = [
        each
        for one in findings.objects(found, "externalReferences", where)
        if findings.text(one, "type", where) == "distribution"
        for each in findings.objects(one, "hashes", where)
    ]
    manufacturer = findings.object(found, "manufacturer", where)
    names = [
        findings.text(findings.object(found, "supplier", where), "name", where),
        findings.text(manufacturer, "name", where),
        findings.text(found, "publisher", where),
    ]
    concluded, declared = _licenses(found, findings)
    is_file = findings.text(found, "type", where) == "file"
    version = findings.text(found, "version", where)
    group = findings.text(found, "group", where)
    name = findings.text(found, "name", where)
    return Told(
        name=f"{group}/{name}" if group and name else name,
        version=version,
        supplier=next(filter(value_of, names), ""),
        contacts=_contacts(manufacturer, findings),
        purl=findings.text(found, "purl", where),
        identified=bool(findings.text(found, "cpe", where) or findings.object(found, "swid", where)),
        concluded=concluded,
        declared=declared,
        hashed=any(map(_content, (*hashes, *shipped)))
        or bool(H1_PROPERTIES & own.keys())
        or (is_file and version.startswith(DIGEST)),
        sha512=_sha512(shipped),
        other_sha512=bool(_sha512(hashes)),
        is_file=is_file,
        said=own,
    )


def _content(found: Mapping[str, Json]) -> bool:
    return bool(found.get("content"))


def _sha512(hashes: Iterable[Mapping[str, Json]]) -> str:
    return next((str(each.get("content")) for each in hashes if each.get("alg") == "SHA-512"), "")


def _contacts(organization: Mapping[str, Json], findings: Findings) -> list[str]:
    """E-mail addresses, then URLs."""
    where = "an organization"
    mails = [findings.text(each, "email", where) for each in findings.objects(organization, "contact", where)]
    return [*mails, *findings.texts(organization, "url", where)]


def _licenses(found: Mapping[str, Json], findings: Findings) -> tuple[list[str], list[str]]:
    """Identifiers and expressions that are concluded, and all else; a name alone identifies no licence."""
    told: dict[bool, list[str]] = {True: [], False: []}
    for each in findings.objects(found, "licenses", "a component"):
        license_ = findings.object(each, "license", "licenses")
        text = findings.text(each, "expression", "licenses") or findings.text(license_, "id", "licenses")
        acknowledged = findings.text(license_ or each, "acknowledgement", "licenses")
        concluded = bool(text) and acknowledged == "concluded"
        told[concluded].append(text or findings.text(license_, "name", "licenses"))
    return told[True], told[False]


def _tool(metadata: Mapping[str, Json], findings: Findings) -> tuple[Stated, Stated]:
    """Name and version of the first tool; before 1.5, tools are a list."""
    where = "metadata.tools"
    tools = metadata.get("tools")
    listed = (
        findings.objects(metadata, "tools", "metadata")
        if isinstance(tools, list)
        else [
            each
            for key in ("components", "services")
            for each in findings.objects(findings.object(metadata, "tools", "metadata"), key, where)
        ]
    )
    first = listed[0] if listed else {}
    return stated(findings.text(first, "name", where)), stated(findings.text(first, "version", where))


def _relations(document: Mapping[str, Json], told: Mapping[str, Told], findings: Findings) -> None:
    """Note who is related, and how complete the lists are told."""
    for each in findings.objects(document, "dependencies", "the document"):
        ref = findings.text(each, "ref", "a dependency")
        for name in (ref, *findings.texts(each, "dependsOn", "a dependency")):
            if name in told:
                told[name].related = True
    for each in findings.objects(document, "compositions", "the document"):
        aggregate = findings.text(each, "aggregate", "a composition")
        for key in ("assemblies", "dependencies"):
            for ref in findings.texts(each, key, "a composition"):
                if ref in told:
                    told[ref].state(_AGGREGATES.get(aggregate, "unknown"))
