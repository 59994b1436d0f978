"""What an SPDX 3.0 JSON-LD document says. Source: https://spdx.github.io/spdx-spec/v3.0.1/.

Read is the serialization that the specification's JSON Schema describes: the official context, by name, and
a flat `@graph`. Nothing is fetched, and a document with a context of its own is refused: its words could mean
anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError
from attest.sbom.findings import quote
from attest.sbom.statements import H1

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.model.bom_facts import SbomFacts
    from attest.model.statement import Json
    from attest.sbom.findings import Findings

_CONTEXT: Final = re.compile(r"https://spdx\.org/rdf/(?P<version>3\.0(?:\.[01])?)/spdx-context\.jsonld")
_SPDX_TERMS: Final = "https://spdx.org/rdf/"
_PACKAGES: Final = frozenset({"software_Package", "software_File"})
_RELATIONSHIPS: Final = frozenset({"Relationship", "LifecycleScopedRelationship"})
#: Purposes of packages that may be a Go module where no package URL says what it is.
_MODULE_PURPOSES: Final = frozenset({"", "library", "framework", "application", "module", "source"})
#: Relationships from an element to its licence, the one that counts more first.
_LICENSING: Final = ("hasConcludedLicense", "hasDeclaredLicense")
_FILE_PURPOSES: Final = frozenset({"executable", "file"})
_NO_ELEMENT: Final = frozenset({"NoAssertionElement", "NoneElement"})

Element = dict[str, "Json"]


def read_spdx3(document: Mapping[str, Json], findings: Findings) -> SbomFacts:
    """What `document` (which has an @context) says; raises as `attest.sbom.read.read` does."""
    version = known_context(document, findings)
    elements: dict[str, Element] = {}
    for each in findings.objects(document, "@graph", "the document"):
        kind = findings.text(each, "type", "an element")
        reference = findings.text(each, "spdxId", "an element")
        if reference:
            findings.define(reference, "spdxId")
            elements.setdefault(reference, each)
        elif kind in _PACKAGES | _RELATIONSHIPS | {"SpdxDocument"}:
            findings.fault(f"an element of type {quote(kind)} has no spdxId")
    described = _described(elements, findings)
    contained = _relationships(elements, findings)
    licenses = _licenses(elements, findings)
    for reference, each in elements.items():
        if each.get("type") in _PACKAGES:
            found = licenses.get(reference, ())
            _package(each, findings, named=reference not in described, licenses=found)
    subjects, inside = findings.subjects(described, contained, elements)
    names = [findings.text(each, "name", "an element") for each in subjects]
    hashed = [each for each in subjects if each.get("verifiedUsing")] or [
        each for each in inside if _is_file(each)
    ]
    return findings.facts(
        "spdx",
        version,
        names[0] if len(names) == 1 else "",
        [_sha256(each, findings) for each in hashed],
    )


def known_context(document: Mapping[str, Json], findings: Findings) -> str:
    """The version of the specification, by the name of its context; `FormatError` for any other."""
    context = document.get("@context")
    known = _CONTEXT.fullmatch(context) if isinstance(context, str) else None
    if known is None:
        raise FormatError(
            "@context is not that of SPDX 3.0",
            place=findings.place,
            hint="known is https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        )
    return known["version"]


def _described(elements: Mapping[str, Element], findings: Findings) -> set[str]:
    """What the documents describe: their roots, and the roots of those that are SBOMs (or other bundles)."""
    pending = [
        root
        for each in elements.values()
        if each.get("type") == "SpdxDocument"
        for root in findings.texts(each, "rootElement", "the document")
    ]
    found: set[str] = set()
    seen: set[str] = set()
    while pending:
        reference = pending.pop()
        if reference in seen:
            continue
        seen.add(reference)
        roots = findings.texts(elements.get(reference, {}), "rootElement", "an SBOM")
        pending += roots
        if not roots:
            found.add(reference)
    findings.resolve(found, "what the document describes")
    return found


def _relationships(elements: Mapping[str, Element], findings: Findings) -> dict[str, set[str]]:
    """Check both ends of every relationship; gives by element what it is said to contain."""
    contained: dict[str, set[str]] = {}
    named: set[str] = set()
    where = "a relationship"
    imported = {
        findings.text(each, "externalSpdxId", "an import")
        for document in elements.values()
        if document.get("type") == "SpdxDocument"
        for each in findings.objects(document, "import", "the document")
    }
    for each in elements.values():
        if each.get("type") not in _RELATIONSHIPS:
            continue
        source = findings.text(each, "from", where)
        targets = findings.texts(each, "to", where)
        named.update((source, *targets))
        if each.get("relationshipType") == "contains":
            contained.setdefault(source, set()).update(targets)
    individuals = {each for each in named if each in _NO_ELEMENT or each.startswith(_SPDX_TERMS)}
    individuals |= {each for each in named if each.startswith("expandedlicensing_")}
    findings.resolve(named - individuals - imported, where)
    return contained


def _licenses(elements: Mapping[str, Element], findings: Findings) -> dict[str, list[str]]:
    """By element the licence expressions that are concluded, else declared."""
    found: dict[str, dict[str, list[str]]] = {}
    for each in elements.values():
        kind = findings.text(each, "relationshipType", "a relationship")
        if each.get("type") not in _RELATIONSHIPS or kind not in _LICENSING:
            continue
        source = findings.text(each, "from", "a relationship")
        for target in findings.texts(each, "to", "a relationship"):
            key = "simplelicensing_licenseExpression"
            expression = findings.text(elements.get(target, {}), key, "a licence")
            if expression:
                found.setdefault(source, {}).setdefault(kind, []).append(expression)
    return {
        source: next(kinds[kind] for kind in _LICENSING if kind in kinds) for source, kinds in found.items()
    }


def _package(
    package: Mapping[str, Json], findings: Findings, *, named: bool, licenses: Iterable[str]
) -> None:
    name = findings.text(package, "name", "a package")
    if not name:
        findings.fault("a package has no name")
    url = findings.text(package, "software_packageUrl", "a package")
    urls = [url] if url else []
    urls += [
        findings.text(each, "identifier", "an external identifier")
        for each in findings.objects(package, "externalIdentifier", "a package")
        if findings.text(each, "externalIdentifierType", "an external identifier") == "packageUrl"
    ]
    purpose = findings.text(package, "software_primaryPurpose", "a package")
    is_package = package.get("type") == "software_Package"
    findings.component(
        urls,
        name,
        findings.text(package, "software_packageVersion", "a package"),
        named=named and is_package and purpose in _MODULE_PURPOSES,
        licenses=licenses,
        h1=[
            findings.text(each, "extension_cdxPropValue", "a property")
            for extension in findings.objects(package, "extension", "a package")
            for each in findings.objects(extension, "extension_cdxProperty", "an extension")
            if findings.text(each, "extension_cdxPropName", "a property") == H1
        ],
    )


def _is_file(element: Mapping[str, Json]) -> bool:
    return element.get("type") == "software_File" or element.get("software_primaryPurpose") in _FILE_PURPOSES


def _sha256(element: Mapping[str, Json], findings: Findings) -> str:
    where = "what the document describes"
    values = [
        findings.text(each, "hashValue", where)
        for each in findings.objects(element, "verifiedUsing", where)
        if findings.text(each, "algorithm", where) == "sha256"
    ]
    return findings.sha256(values, where)
