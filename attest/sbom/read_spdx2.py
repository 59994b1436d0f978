"""What an SPDX 2.2 or 2.3 JSON document says. Source: https://spdx.github.io/spdx-spec/v2.3/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import FormatError
from attest.sbom.findings import quote
from attest.sbom.statements import H1

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.bom_facts import SbomFacts
    from attest.model.statement import Json
    from attest.sbom.findings import Findings

VERSIONS: Final = ("SPDX-2.2", "SPDX-2.3")
_DOCUMENT: Final = "SPDXRef-DOCUMENT"
_NO_ELEMENT: Final = frozenset({"NOASSERTION", "NONE"})
_NO_LICENSE: Final = frozenset({"", "NOASSERTION", "NONE"})
#: Purposes of packages that may be a Go module where no package URL says what it is.
_MODULE_PURPOSES: Final = frozenset({"", "LIBRARY", "FRAMEWORK", "APPLICATION", "SOURCE"})
#: How the h1 hash of a module is told as what it is.
_H1: Final = f"{H1}="


def read_spdx2(document: Mapping[str, Json], findings: Findings) -> SbomFacts:
    """What `document` (whose spdxVersion is a string) says; raises as `attest.sbom.read.read` does."""
    version = known_version(document, findings)
    findings.define(findings.text(document, "SPDXID", "the document") or _DOCUMENT, "SPDXID")
    packages = findings.objects(document, "packages", "the document")
    files = findings.objects(document, "files", "the document")
    elements: dict[str, dict[str, Json]] = {}
    for each in (*packages, *files, *findings.objects(document, "snippets", "the document")):
        reference = findings.text(each, "SPDXID", "an element")
        if not reference:
            findings.fault("an element has no SPDXID")
            continue
        findings.define(reference, "SPDXID")
        elements.setdefault(reference, each)
    described, contained = _relationships(document, findings)
    described |= set(findings.texts(document, "documentDescribes", "the document"))
    findings.resolve(described, "what the document describes")
    for each in packages:
        # What is described may be called after a module and is none, unless its package URL says so.
        _package(each, findings, named=each.get("SPDXID") not in described)
    subjects, inside = findings.subjects(described, contained, elements)
    names = [_name(each, findings) for each in subjects]
    hashed = [each for each in subjects if each.get("checksums")] or [
        each for each in inside if _is_file(each)
    ]
    return findings.facts(
        "spdx",
        version.removeprefix("SPDX-"),
        names[0] if len(names) == 1 else "",
        [_sha256(each, findings) for each in hashed],
    )


def known_version(document: Mapping[str, Json], findings: Findings) -> str:
    """The version of the specification, as "SPDX-2.3"; `FormatError` where it is not known here."""
    version = findings.text(document, "spdxVersion", "the document")
    if version not in VERSIONS:
        raise FormatError(
            f"{quote(version)} is not known here",
            place=findings.place,
            hint=f"known are {', '.join(VERSIONS)}",
        )
    return version


def _name(element: Mapping[str, Json], findings: Findings) -> str:
    """The name of a file where the element has one, else the name that it gives itself."""
    keys = ("packageFileName", "fileName", "name")
    return next(filter(None, (findings.text(element, key, "an element") for key in keys)), "")


def _package(package: Mapping[str, Json], findings: Findings, *, named: bool) -> None:
    name = findings.text(package, "name", "a package")
    if not name:
        findings.fault("a package has no name")
    urls = [
        findings.text(each, "referenceLocator", "an external reference")
        for each in findings.objects(package, "externalRefs", "a package")
        if findings.text(each, "referenceType", "an external reference") == "purl"
    ]
    purpose = findings.text(package, "primaryPackagePurpose", "a package")
    findings.component(
        urls,
        name,
        findings.text(package, "versionInfo", "a package"),
        named=named and purpose in _MODULE_PURPOSES,
        licenses=[_license(package, findings)],
        h1=[
            comment.removeprefix(_H1)
            for each in findings.objects(package, "annotations", "a package")
            if (comment := findings.text(each, "comment", "an annotation")).startswith(_H1)
        ],
    )


def _license(package: Mapping[str, Json], findings: Findings) -> str:
    """What is concluded, else what is declared."""
    concluded = findings.text(package, "licenseConcluded", "a package")
    known = concluded if concluded not in _NO_LICENSE else ""
    return known or findings.text(package, "licenseDeclared", "a package")


def _is_file(element: Mapping[str, Json]) -> bool:
    return "fileName" in element or element.get("primaryPackagePurpose") == "FILE"


def _relationships(document: Mapping[str, Json], findings: Findings) -> tuple[set[str], dict[str, set[str]]]:
    """Check both ends of every relationship.

    Gives what the document is said to describe, and by element what it is said to contain.
    """
    described: set[str] = set()
    contained: dict[str, set[str]] = {}
    named: set[str] = set()
    where = "a relationship"
    for each in findings.objects(document, "relationships", "the document"):
        source = findings.text(each, "spdxElementId", where)
        target = findings.text(each, "relatedSpdxElement", where)
        kind = findings.text(each, "relationshipType", where)
        # DocumentRef-… points into another document, where nothing can be looked up.
        ends = {
            end for end in (source, target) if end not in _NO_ELEMENT and not end.startswith("DocumentRef-")
        }
        named |= ends
        if kind == "DESCRIBES" and source == _DOCUMENT and target in ends:
            described.add(target)
        elif kind == "DESCRIBED_BY" and target == _DOCUMENT and source in ends:
            described.add(source)
        elif kind == "CONTAINS":
            contained.setdefault(source, set()).add(target)
    findings.resolve(named - described, "a relationship")
    return described, contained


def _sha256(element: Mapping[str, Json], findings: Findings) -> str:
    where = "what the document describes"
    values = [
        findings.text(each, "checksumValue", where)
        for each in findings.objects(element, "checksums", where)
        if findings.text(each, "algorithm", where) == "SHA256"
    ]
    return findings.sha256(values, where)
