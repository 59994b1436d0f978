"""What a CycloneDX JSON document says. Source: https://cyclonedx.org/docs/1.6/json/."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.sbom.findings import quote
from attest.sbom.statements import H1

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.bom_facts import SbomFacts
    from attest.model.statement import Json
    from attest.sbom.findings import Findings

VERSIONS: Final = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
_NO_REF: Final = re.compile(r"[^0-9A-Za-z.-]+")
#: Component types that may be a Go module where no package URL says what it is.
_MODULE_TYPES: Final = frozenset({"library", "framework", "application"})
#: Under which names tools tell the h1 hash of a module as what it is.
H1_PROPERTIES: Final = frozenset({H1, "syft:metadata:h1Digest"})
#: A file that is described by its digest, in the place of its version.
DIGEST: Final = "sha256:"


def read_cyclonedx(document: Mapping[str, Json], findings: Findings) -> SbomFacts:
    """What `document` (whose bomFormat is CycloneDX) says; raises as `attest.sbom.read.read` does."""
    version = known_version(document, findings)
    metadata = findings.object(document, "metadata", "the document")
    subject = findings.object(metadata, "component", "metadata")
    if not subject:
        findings.fault("metadata.component is missing: the document does not say what it describes")
    name = findings.text(subject, "name", "metadata.component")
    sha256s = [_sha256(subject, findings)]
    if not any(sha256s) and not subject.get("hashes"):
        # A release is no file; the files that it consists of lie in it.
        inside = findings.objects(subject, "components", "metadata.component")
        sha256s = [_sha256(each, findings) for each in inside if each.get("type") == "file"]

    top = findings.objects(document, "components", "the document")
    pending = [(each, 1) for each in reversed(top)]
    if subject:
        pending.append((subject, 1))
    while pending:
        component, depth = pending.pop()
        # What is described may be called after a module and is none, unless its package URL says so.
        _component(component, findings, named=component is not subject)
        nested = findings.objects(component, "components", "a component")
        if nested and depth >= findings.limits.json_depth:
            raise LimitError(
                f"components nested more than {findings.limits.json_depth} deep",
                place=findings.place,
                hint="no SBOM needs that depth",
            )
        pending.extend((each, depth + 1) for each in reversed(nested))
    for each in findings.objects(document, "services", "the document"):
        if reference := findings.text(each, "bom-ref", "a service"):
            findings.define(reference, "bom-ref")
    _dependencies(document, findings)
    return findings.facts("cyclonedx", version, name, sha256s)


def known_version(document: Mapping[str, Json], findings: Findings) -> str:
    """The version of the specification; `FormatError` where it is not known here."""
    version = findings.text(document, "specVersion", "the document")
    if version not in VERSIONS:
        raise FormatError(
            f"CycloneDX {quote(version)} is not known here",
            place=findings.place,
            hint=f"known are {', '.join(VERSIONS)}",
        )
    return version


def _component(component: Mapping[str, Json], findings: Findings, *, named: bool) -> None:
    name = findings.text(component, "name", "a component")
    if not name:
        findings.fault("a component has no name")
    if reference := findings.text(component, "bom-ref", "a component"):
        findings.define(reference, "bom-ref")
    group = findings.text(component, "group", "a component")
    url = findings.text(component, "purl", "a component")
    kind = findings.text(component, "type", "a component")
    findings.component(
        [url] if url else [],
        f"{group}/{name}" if group else name,
        findings.text(component, "version", "a component"),
        named=named and kind in _MODULE_TYPES,
        licenses=_licenses(component, findings),
        h1=[
            findings.text(each, "value", "a property")
            for each in findings.objects(component, "properties", "a component")
            if findings.text(each, "name", "a property") in H1_PROPERTIES
        ],
    )


def _licenses(component: Mapping[str, Json], findings: Findings) -> list[str]:
    """What is said to be concluded, else everything; a name alone is the document's own."""
    choices = [
        (each, findings.object(each, "license", "licenses") or each)
        for each in findings.objects(component, "licenses", "a component")
    ]
    concluded = [
        (each, license_)
        for each, license_ in choices
        if findings.text(license_, "acknowledgement", "licenses") == "concluded"
    ]
    found = []
    for each, license_ in concluded or choices:
        name = findings.text(license_, "name", "licenses")
        expression = findings.text(each, "expression", "licenses") or findings.text(
            license_, "id", "licenses"
        )
        found.append(expression or (f"LicenseRef-{_NO_REF.sub('-', name)}" if name else ""))
    return found


def _sha256(component: Mapping[str, Json], findings: Findings) -> str:
    hashes = findings.objects(component, "hashes", "metadata.component")
    version = findings.text(component, "version", "metadata.component")
    if not hashes and component.get("type") == "file" and version.startswith(DIGEST):
        return findings.sha256([version.removeprefix(DIGEST)], "metadata.component")
    where = "metadata.component.hashes"
    values = [
        findings.text(each, "content", where)
        for each in hashes
        if findings.text(each, "alg", where) == "SHA-256"
    ]
    return findings.sha256(values, "metadata.component")


def _dependencies(document: Mapping[str, Json], findings: Findings) -> None:
    sources: set[str] = set()
    named: set[str] = set()
    for each in findings.objects(document, "dependencies", "the document"):
        source = findings.text(each, "ref", "a dependency")
        if source in sources:
            findings.fault(f"dependencies of {quote(source)} are listed twice")
        sources.add(source)
        named.update(findings.texts(each, "dependsOn", "a dependency"))
    findings.resolve(sources | named, "dependencies")
