"""The elements of an SPDX 3.0 document. Source: https://spdx.github.io/spdx-spec/v3.0.1/."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.model.described import Described
from attest.model.stated import Stated
from attest.sbom import statements as said
from attest.sbom.describing import Told, by_name, component, contact, stated, time, value_of
from attest.sbom.read_spdx3 import known_context
from attest.sbom.restore_spdx3 import extended

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from attest.model.bom import Completeness
    from attest.model.statement import Json
    from attest.sbom.findings import Findings

_Element = dict[str, "Json"]

_PACKAGES: Final = frozenset({"software_Package", "ai_AIPackage", "dataset_DatasetPackage"})
_RELATIONSHIPS: Final = frozenset({"Relationship", "LifecycleScopedRelationship"})
_AGENTS: Final = frozenset({"Organization", "Person"})
#: Relationships that tell what one end is made of or needs.
_LISTS: Final = frozenset({"contains", "dependsOn", "hasDynamicLink", "hasStaticLink"})
_NOBODY: Final = frozenset({"NoAssertionElement", "NoneElement"})
_NO_LICENSE: Final = re.compile(r".*(?:NoAssertion|None)(?:License|Element)")
_COMPLETENESS: Final[dict[str, Completeness]] = {
    "complete": "complete",
    "incomplete": "incomplete",
    "noAssertion": "unknown",
}
_PURPOSES: Final = frozenset({"archive", "executable", "file"})
_TOOL: Final = re.compile(r"(?P<name>.+?)(?:[- ](?P<version>v?[0-9].*))?")


def describe_spdx3(document: Mapping[str, Json], findings: Findings) -> Described:
    """What `document` (which has an @context) says; raises as `attest.sbom.describe.describe` does."""
    version = known_context(document, findings)
    graph = findings.objects(document, "@graph", "the document")
    elements = {findings.text(each, "spdxId", "an element"): each for each in graph}
    kinds: dict[str, list[_Element]] = {}
    for each in graph:
        kinds.setdefault(findings.text(each, "type", "an element"), []).append(each)
    info = _creation(kinds, findings)
    own = by_name(each for whole in kinds.get("SpdxDocument", ()) for each in extended(whole, findings))
    makers = _named(findings.texts(info, "createdBy", "the creation info"), elements, _AGENTS)
    tools = _named(findings.texts(info, "createdUsing", "the creation info"), elements, {"Tool"})
    tool = _TOOL.fullmatch(findings.text(tools[0], "name", "a tool")) if tools else None
    types = [
        each
        for one in kinds.get("software_Sbom", ())
        for each in findings.texts(one, "software_sbomType", "an SBOM")
    ]
    names = [findings.text(each, "name", "an agent") for each in makers]
    return Described(
        format="SPDX",
        spec_version=version,
        author=stated(next(filter(value_of, names), ""), own.get(said.AUTHOR_UNKNOWN, "")),
        author_contact=contact(_contacts(makers, findings)),
        created=time(findings.text(info, "created", "the creation info")),
        context=Stated(value=", ".join(types)),
        tool_name=stated(tool["name"] if tool else ""),
        tool_version=stated((tool["version"] or "") if tool else ""),
        components=tuple(map(component, _components(kinds, elements, findings))),
    )


def _creation(kinds: Mapping[str, list[_Element]], findings: Findings) -> _Element:
    """The creation info of the document: its own, or that to which it refers."""
    infos = {findings.text(each, "@id", "a creation info"): each for each in kinds.get("CreationInfo", ())}
    for each in kinds.get("SpdxDocument", ()):
        named = each.get("creationInfo")
        if isinstance(named, dict):
            return named
        if isinstance(named, str) and named in infos:
            return infos[named]
    return {}


def _named(names: Iterable[str], elements: Mapping[str, _Element], types: Container[Json]) -> list[_Element]:
    """The elements of those names and of one of those types."""
    return [
        element
        for each in names
        if (element := elements.get(each)) is not None and element.get("type") in types
    ]


def _contacts(agents: Iterable[_Element], findings: Findings) -> list[str]:
    return [
        findings.text(each, "identifier", "an agent")
        for agent in agents
        for each in findings.objects(agent, "externalIdentifier", "an agent")
        if findings.text(each, "externalIdentifierType", "an agent") in {"email", "other", "urlScheme"}
    ]


def _components(
    kinds: Mapping[str, list[_Element]], elements: Mapping[str, _Element], findings: Findings
) -> list[Told]:
    """Every package, and every file that is no package's own and that a bundle describes."""
    told = {
        findings.text(each, "spdxId", "a package"): _package(each, elements, findings)
        for kind in sorted(_PACKAGES)
        for each in kinds.get(kind, ())
    }
    for bundle in (*kinds.get("software_Sbom", ()), *kinds.get("SpdxDocument", ())):
        for root in findings.texts(bundle, "rootElement", "a bundle"):
            if elements.get(root, {}).get("type") == "software_File":
                told.setdefault(root, _shipped_alone(elements[root], elements, findings))
    for kind in sorted(_RELATIONSHIPS):
        for each in kinds.get(kind, ()):
            _relate(each, told, elements, findings)
    return list(told.values())


def _package(package: _Element, elements: Mapping[str, _Element], findings: Findings) -> Told:
    where = "a package"
    suppliers = _named([findings.text(package, "suppliedBy", where)], elements, _AGENTS)
    creators = _named(findings.texts(package, "originatedBy", where), elements, _AGENTS)
    names = [findings.text(each, "name", "an agent") for each in (*suppliers, *creators)]
    identifiers = {
        findings.text(each, "externalIdentifierType", where): findings.text(each, "identifier", where)
        for each in findings.objects(package, "externalIdentifier", where)
    }
    hashes = findings.objects(package, "verifiedUsing", where)
    return Told(
        name=findings.text(package, "name", where),
        version=findings.text(package, "software_packageVersion", where),
        supplier=next(filter(value_of, names), ""),
        contacts=_contacts(creators, findings),
        purl=findings.text(package, "software_packageUrl", where) or identifiers.get("packageUrl", ""),
        identified=bool(identifiers.keys() & {"cpe22", "cpe23", "gitoid", "swhid", "swid"}),
        hashed=bool(hashes),
        other_sha512=bool(_sha512(hashes)),
        is_file=findings.text(package, "software_primaryPurpose", where) in _PURPOSES,
        said=by_name(extended(package, findings)),
    )


def _shipped_alone(file: _Element, elements: Mapping[str, _Element], findings: Findings) -> Told:
    """A file that is described itself: it is its own distribution artifact."""
    told = _package(file, elements, findings)
    told.is_file = True
    _ship(told, file, findings)
    return told


def _ship(told: Told, file: _Element, findings: Findings) -> None:
    """Note what a file is in which a component is shipped, as BSI TR-03183-2 (8.2) maps it."""
    purposes = set(findings.texts(file, "software_additionalPurpose", "a file"))
    hashes = findings.objects(file, "verifiedUsing", "a file")
    told.filename = told.filename or findings.text(file, "name", "a file")
    told.sha512 = told.sha512 or _sha512(hashes)
    told.hashed = told.hashed or bool(hashes)
    # What is not named is not so, by the mapping; of the structure both words have a name.
    told.executable = told.executable or ("executable" if "executable" in purposes else "non-executable")
    told.archive = told.archive or ("archive" if "archive" in purposes else "no archive")
    structure = {"container": "structured", "firmware": "unstructured"}
    told.structured = told.structured or next(
        (word for purpose, word in structure.items() if purpose in purposes), ""
    )


def _relate(
    relationship: _Element, told: Mapping[str, Told], elements: Mapping[str, _Element], findings: Findings
) -> None:
    where = "a relationship"
    word = findings.text(relationship, "relationshipType", where)
    source = told.get(findings.text(relationship, "from", where))
    ends = findings.texts(relationship, "to", where)
    if word == "hasDistributionArtifact" and source is not None:
        for file in _named(ends, elements, {"software_File"}):
            _ship(source, file, findings)
        return
    if word in {"hasConcludedLicense", "hasDeclaredLicense"} and source is not None:
        licenses = source.concluded if word == "hasConcludedLicense" else source.declared
        licenses += [_license(each, elements, findings) for each in ends if not _NO_LICENSE.fullmatch(each)]
        return
    targets = [target for each in ends if (target := told.get(each)) is not None]
    if source is not None and targets:
        source.related = True
    for target in targets if source is not None else ():
        target.related = True
        if word == "contains" and source is not None:
            target.nested = True
            target.in_file = target.in_file or source.is_file
    stated_as = _COMPLETENESS.get(findings.text(relationship, "completeness", where))
    if source is not None and word in _LISTS:
        comment = findings.text(relationship, "comment", where)
        if stated_as is not None:
            source.state(stated_as, comment if stated_as == "unknown" else "")
        elif set(ends) & _NOBODY:
            source.state("complete" if "NoneElement" in ends else "unknown", comment)


def _license(name: str, elements: Mapping[str, _Element], findings: Findings) -> str:
    """The expression, or the name under which a licence is known: one of SPDX's list has no element here."""
    element = elements.get(name)
    if element is None:
        return name
    if element.get("type") == "simplelicensing_LicenseExpression":
        return findings.text(element, "simplelicensing_licenseExpression", "a licence")
    return findings.text(element, "name", "a licence")


def _sha512(hashes: Iterable[Mapping[str, Json]]) -> str:
    return next((str(each.get("hashValue")) for each in hashes if each.get("algorithm") == "sha512"), "")
