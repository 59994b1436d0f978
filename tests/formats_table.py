"""What a format of SBOMs cannot say: `python -m tests.formats_table` writes it into docs/sbom-formats.md.

Each loss is data: the formats, the field, the reason, and what is left of a bill of materials. The property
test holds that nothing else is lost, the test of the documentation that the page says the same.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from attest.app.sbom import EXTENSIONS, Format
from attest.sbom.collect import canonical

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.bom import Bom

PAGE: Final = Path(__file__).parent.parent / "docs" / "sbom-formats.md"
MARK: Final = "<!-- written by `python -m tests.formats_table` from here -->\n"
SPDX: Final = tuple(each for each in EXTENSIONS if each.startswith("spdx"))


XML: Final = tuple(each for each in EXTENSIONS if each.startswith("cyclonedx-xml"))
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What of `field` is lost in `formats`, why, and what is left of a whole."""

    formats: tuple[Format, ...]
    field: str
    lost: str
    because: str
    left: Callable[[Bom], Bom]


def _tool(bom: Bom) -> Bom:
    name, _, version = f"{bom.tool_name}-{bom.tool_version}".partition("-")
    return replace(bom, tool_name=name, tool_version=version)


def _stripped(bom: Bom) -> Bom:
    return replace(
        bom,
        author=replace(bom.author, value=bom.author.value.rstrip(" \t")),
        components=tuple(
            replace(
                each,
                name=each.name.strip(" \t"),
                version=replace(each.version, value=each.version.value.strip(" \t")),
                supplier=replace(each.supplier, value=each.supplier.value.rstrip(" \t")),
            )
            for each in bom.components
        ),
    )


def _spaces(value: T) -> T:
    """The same value with spaces for tabs and line feeds in every text."""
    made: Any = value
    if isinstance(value, str):
        made = value.replace("\t", " ").replace("\n", " ")
    elif isinstance(value, tuple):
        made = tuple(map(_spaces, value))
    elif is_dataclass(value) and not isinstance(value, type):
        made = replace(value, **{each.name: _spaces(getattr(value, each.name)) for each in fields(value)})
    return cast("T", made)


LOSSES: Final = (
    Loss(
        formats=XML,
        field="every text",
        lost="tabs and line feeds, which become spaces",
        because="the schema has normalized strings (xs:normalizedString) where JSON has any",
        left=_spaces,
    ),
    Loss(
        formats=("spdx-tag-value",),
        field="names and versions of components, `supplier`, `Bom.author`",
        lost="spaces at the ends",
        because="spaces around a value are no part of it; attest gives none to a supplier or an author",
        left=_stripped,
    ),
    Loss(
        formats=SPDX,
        field="`Bom.created`",
        lost="fractions of a second",
        because="times are written to the second; attest makes no others",
        left=lambda bom: replace(bom, created=bom.created.replace(microsecond=0)),
    ),
    Loss(
        formats=SPDX,
        field="`Bom.tool_name`, `Bom.tool_version`",
        lost="where one ends and the other begins, if the name has a hyphen",
        because="a tool is one text, `name-version`; it is divided at the first hyphen",
        left=_tool,
    ),
)


#: Where each field of the model stands in CycloneDX, SPDX 2.3 and SPDX 3.0.1. What begins with "attest:" is a
#: statement of attest: a property, an annotation `name=value`, an entry of the extension profile.
WHERE: Final[dict[str, tuple[str, str, str]]] = {
    "Bom.subject": ("metadata.component", "DESCRIBES of the document", "rootElement of the SBOM"),
    "Bom.contexts": ("lifecycles, attest:context", "attest:context", "software_sbomType, attest:context"),
    "Bom.platform": ("attest:platform", "attest:platform", "attest:platform"),
    "Bom.components": ("components", "packages", "software_Package"),
    "Bom.relations": (
        "dependencies, attest:relation:*, attest:linked-into",
        "relationships; platforms in their comments",
        "Relationship; platforms in their comments",
    ),
    "Bom.dependency_lists": (
        "compositions, attest:dependencies",
        "DEPENDS_ON NONE or NOASSERTION, attest:dependencies",
        "completeness, attest:dependencies",
    ),
    "Bom.created": ("metadata.timestamp", "created", "created"),
    "Bom.author": (
        "metadata.authors, attest:author:unknown-because",
        "creators, attest:author:unknown-because",
        "createdBy, attest:author:unknown-because",
    ),
    "Bom.supplier": (
        "metadata.supplier, attest:supplier:unknown-because",
        "attest:supplier, attest:supplier:unknown-because",
        "attest:supplier, attest:supplier:unknown-because",
    ),
    "Bom.tool_version": ("metadata.tools", "creators", "createdUsing"),
    "Bom.tool_name": ("metadata.tools", "creators", "createdUsing"),
    "Bom.author_contact": (
        "metadata.manufacturer, attest:author:contact",
        "attest:author:contact",
        "createdBy (externalIdentifier), attest:author:contact",
    ),
    "Bom.supplier_contact": (
        "metadata.supplier, supplier and manufacturer of components, attest:supplier:contact",
        "attest:contact of packages, attest:supplier:contact",
        "originatedBy (externalIdentifier), attest:supplier:contact",
    ),
    "Bom.vex": (
        "externalReferences (exploitability-statement), attest:vex",
        "externalRefs (advisory) of the subject, for an absolute URL; attest:vex",
        "externalRef (vulnerabilityExploitabilityAssessment) of the subject, attest:vex",
    ),
    "BomComponent.ref": ("bom-ref", "attest:ref", "attest:ref"),
    "BomComponent.kind": (
        "type, attest:kind",
        "primaryPackagePurpose, attest:kind",
        "software_primaryPurpose, attest:kind",
    ),
    "BomComponent.name": ("name", "name", "name"),
    "BomComponent.version": (
        "version, attest:version:unknown-because",
        "versionInfo, attest:version:unknown-because",
        "software_packageVersion, attest:version:unknown-because",
    ),
    "BomComponent.purl": ("purl", "externalRefs", "software_packageUrl"),
    "BomComponent.package": ("attest:go:package", "attest:go:package", "attest:go:package"),
    "BomComponent.supplier": (
        "supplier, attest:supplier:unknown-because",
        "supplier, attest:supplier:unknown-because",
        "suppliedBy, attest:supplier:unknown-because",
    ),
    "BomComponent.licenses": (
        "licenses, evidence, attest:license:*, attest:copyright",
        "licenseConcluded, licenseDeclared, copyrightText, attest:license:*, attest:copyright",
        "hasConcludedLicense, hasDeclaredLicense, software_copyrightText, attest:license:*, attest:copyright",
    ),
    "BomComponent.sum": ("attest:go:h1", "attest:go:h1", "attest:go:h1"),
    "BomComponent.zip_sha256": (
        "hashes, attest:hash-of",
        "checksums, attest:hash-of",
        "verifiedUsing, attest:hash-of",
    ),
    "BomComponent.replaces": ("attest:go:replaces", "attest:go:replaces", "attest:go:replaces"),
    "BomComponent.directory": (
        "attest:go:replaced-by-directory",
        "attest:go:replaced-by-directory",
        "attest:go:replaced-by-directory",
    ),
    "BomComponent.origin": (
        "externalReferences, attest:origin",
        "downloadLocation, attest:origin",
        "software_downloadLocation, attest:origin",
    ),
    "BomComponent.identity": (
        "hashes, externalReferences (distribution), attest:file:size",
        "checksums, attest:file:size",
        "verifiedUsing, software_File (hasDistributionArtifact), attest:file:size",
    ),
    "BomComponent.parent": ("components in components", "CONTAINS", "contains"),
    "BomComponent.go_version": ("attest:go:version", "attest:go:version", "attest:go:version"),
    "BomComponent.settings": ("attest:go:build:*", "attest:go:build:*", "attest:go:build:*"),
    "BomComponent.code_size": ("attest:code-size", "attest:code-size", "attest:code-size"),
    "BomComponent.platforms": ("attest:platform", "attest:platform", "attest:platform"),
    "BomComponent.evidence": ("attest:evidence", "attest:evidence", "attest:evidence"),
    "BomComponent.version_claims": ("attest:version:stated-by",) * 3,
}


def table() -> str:
    """Both tables, as they stand in the page."""
    lines = ["", "| field | CycloneDX | SPDX 2.3 | SPDX 3.0.1 |", "|---|---|---|---|"]
    lines += [f"| `{name}` | {' | '.join(where)} |" for name, where in WHERE.items()]
    lines += ["", "## What is lost", "", "| format | field | what | why |", "|---|---|---|---|"]
    for each in LOSSES:
        formats = ", ".join(f"`{form}`" for form in each.formats)
        lines.append(f"| {formats} | {each.field} | {each.lost} | {each.because} |")
    return "\n".join([*lines, ""])


def reduced(bom: Bom, form: Format) -> Bom:
    """What is left of `bom` when it is written in that format and read back."""
    bom = canonical(bom)
    for each in LOSSES:
        if form in each.formats:
            bom = each.left(bom)
    return canonical(bom)


if __name__ == "__main__":
    text, mark, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    PAGE.write_text(text + mark + table(), encoding="utf-8")
