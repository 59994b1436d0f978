"""SPDX 2.3: JSON, YAML, XML, tag:value and RDF/XML.

Source: https://spdx.github.io/spdx-spec/v2.3/. Written through spdx-tools' model and its converters,
element by element: the whole-document converter searches all annotations once per package, and the
whole-document validator all elements once per reference (both quadratic).

An executable is a package, not a file: SPDX 2.3 demands a SHA-1 of every file element, which is not
computed here, and an invented one is worse than none.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from attest.errors import InputError
from attest.model.json_text import json_text
from attest.sbom.collect import canonical, fingerprint
from attest.sbom.contact import contact_of
from attest.sbom.spdx2_parts import Parts
from attest.sbom.statements import CONTACT, NO_XML, REF, SUPPLIER, refuse, statements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attest.model.bom import Bom, BomComponent, BomRelation, ComponentKind, RelationKind, VexReference
    from attest.model.license import Licenses
    from attest.model.source import Platform
    from attest.model.stated import Stated
    from attest.sbom.statements import Statements

SPEC_VERSION: Final = "SPDX-2.3"
DOCUMENT: Final = "SPDXRef-DOCUMENT"
_NAMESPACE: Final = "https://spdx.org/spdxdocs/attest"
_PURPOSES: Final[dict[ComponentKind, str]] = {
    "release": "INSTALL",
    "file": "FILE",
    "main": "APPLICATION",
    "module": "LIBRARY",
    "std": "LIBRARY",
    "toolchain": "APPLICATION",
    "package": "LIBRARY",
    "library": "LIBRARY",
    "tree": "SOURCE",
}
RELATIONS: Final[dict[RelationKind, str]] = {
    "contains": "CONTAINS",
    "built-from": "GENERATED_FROM",
    "links": "STATIC_LINK",
    "loads": "DYNAMIC_LINK",
    "depends-on": "DEPENDS_ON",
    "tested-with": "TEST_DEPENDENCY_OF",
    "built-with": "BUILD_TOOL_OF",
    "requires": "OTHER",
    "variant-of": "VARIANT_OF",
}
#: What SPDX has no word for.
REQUIRED: Final = "a go.mod of the module graph asks for it, and nothing of it is used"
#: Relations that the format names from the other end.
REVERSED: Final = frozenset({"tested-with", "built-with"})
#: What begins a text or ends it before its end, and what divides lines (3.2, "tag:value format").
_NO_TAG_VALUE: Final = re.compile(r"</?text>|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
#: The comment of a relation of which it is not known on which platforms it holds.
ON_UNKNOWN: Final = "on platforms that are not known"
_LICENSE_REF: Final = re.compile(r"(?<![\w.-])LicenseRef-[0-9A-Za-z.-]+")
_REF_TEXT: Final = "The text stands in the licence files of the components that name this licence."
_NO_LOCATION: Final = "downloadLocation is NOASSERTION, which the format demands where it is not recorded: "
_LOCATION_REASONS: Final[dict[ComponentKind, str]] = {
    "release": "the place from which the release will be served is not known when it is built.",
    "file": "the place from which the file will be served is not known when it is built.",
    "main": "build info and go.mod name the main module, not its repository.",
    "module": "build info and go.mod name the module, not the proxy or repository that it was fetched from.",
    "std": "it comes with the Go toolchain; where that was fetched from is not recorded.",
    "toolchain": "where the Go toolchain was fetched from is not recorded.",
    "package": "it is a part of its module.",
    "library": "it is found on the machine that runs the file.",
    "tree": "it is a directory of the source tree.",
}


def to_json(bom: Bom) -> bytes:
    """The document as UTF-8 JSON with a newline at the end; the same bytes for the same `bom`.

    The namespace holds the subject's SHA-256 and that of everything that the document says. Raises
    `InputError` where `bom` names what is not in it, or holds text that the format cannot.
    """
    return _write(bom, "JSON", lambda document: json_text(document.json()))


def to_yaml(bom: Bom) -> bytes:
    """The document as YAML; else as `to_json`."""

    def write(document: _Document) -> str:
        import yaml

        # The document is a tree: what looks the same in two places is written twice, not referred to.
        class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc] # of C where there is one
            def ignore_aliases(self, _: object) -> bool:
                return True

        text: str = yaml.dump(
            document.json(), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=1 << 16
        )
        return text

    return _write(bom, "YAML", write)


def to_xml(bom: Bom) -> bytes:
    """The document as XML; else as `to_json`. `InputError` for characters that XML 1.0 has no room for."""

    def write(document: _Document) -> str:
        import xmltodict

        text: str = xmltodict.unparse({"Document": document.json()}, pretty=True, indent="  ")
        return text

    return _write(bom, "XML", write, NO_XML)


def to_tag_value(bom: Bom) -> bytes:
    """The document as tag:value text; else as `to_json`.

    `InputError` for what would end a text early, or a line where the format has but one.
    """

    def write(document: _Document) -> str:
        from spdx_tools.spdx.writer.tagvalue.tagvalue_writer import write_document

        text = StringIO()
        write_document(document.model(), text)
        return text.getvalue().rstrip("\n")

    return _write(bom, "tag:value", write, _NO_TAG_VALUE)


def to_rdf(bom: Bom) -> bytes:
    """The document as RDF/XML; else as `to_xml`."""
    from attest.sbom.spdx2_rdf import to_rdf_xml

    return _write(bom, "RDF", lambda document: to_rdf_xml(document.parts), NO_XML)


def _write(
    bom: Bom, form: str, writer: Callable[[_Document], str], refused: re.Pattern[str] | None = None
) -> bytes:
    bom = canonical(bom)
    said = statements(bom)
    if refused is not None:
        refuse(bom, said, refused, form)
    try:
        return f"{writer(_Document(parts=_parts(bom, said)))}\n".encode()
    except (ValueError, TypeError) as error:  # TypeError is what the library's model raises
        raise InputError(
            f"the SBOM cannot be written as SPDX {form}: {error}", hint="check names and package URLs"
        ) from error


def _parts(bom: Bom, said: Statements) -> Parts:
    from spdx_tools.spdx.model.actor import Actor, ActorType
    from spdx_tools.spdx.model.document import CreationInfo

    ids = {each.ref: element_name(each) for each in bom.components}
    subject = next(each for each in bom.components if each.ref == bom.subject)
    creators = [Actor(ActorType.TOOL, f"{bom.tool_name}-{bom.tool_version}")]
    if bom.author.value:
        creators.append(Actor(ActorType.ORGANIZATION, bom.author.value))
    contexts = ", ".join(each.capitalize() for each in bom.contexts)
    digest = subject.identity.sha256 if subject.identity else subject.kind
    supplier = [(SUPPLIER, bom.supplier.value)] if bom.supplier.value else []
    # The format has room for an e-mail address alone.
    reached = {
        each.ref: [(CONTACT, found)] if (found := contact_of(bom, each)) else [] for each in bom.components
    }
    return Parts(
        info=CreationInfo(
            spdx_version=SPEC_VERSION,
            spdx_id=DOCUMENT,
            name=f"{subject.name} {subject.version.value}".strip(),
            document_namespace=f"{_NAMESPACE}/{digest}/{fingerprint(bom, SPEC_VERSION)}",
            creators=creators,
            created=bom.created,
            creator_comment=f"Generation context: {contexts}",
        ),
        packages=tuple(
            _package(each, ids[each.ref], bom.vex if each is subject else ()) for each in bom.components
        ),
        relationships=tuple(_relationships(bom, ids)),
        statements={
            DOCUMENT: (*said.document, *supplier),
            **{ids[ref]: (*each, *reached[ref], (REF, ref)) for ref, each in said.components.items()},
        },
        extracted=tuple(_license_refs(bom)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """A document in the library's model, whole or element by element."""

    parts: Parts

    def model(self) -> Any:  # noqa: ANN401 - an untyped library's class
        """The whole as one model."""
        from spdx_tools.spdx.model.actor import Actor, ActorType
        from spdx_tools.spdx.model.annotation import Annotation, AnnotationType
        from spdx_tools.spdx.model.document import Document

        parts = self.parts
        annotator = Actor(ActorType.TOOL, parts.info.creators[0].name)
        return Document(
            parts.info,
            packages=list(parts.packages),
            relationships=list(parts.relationships),
            annotations=[
                Annotation(identifier, AnnotationType.OTHER, annotator, parts.info.created, f"{name}={value}")
                for identifier, said in parts.statements.items()
                for name, value in said
            ],
            extracted_licensing_info=list(parts.extracted),
        )

    def json(self) -> dict[str, Any]:
        """The whole as JSON, converted element by element; annotations, which are most of it, directly."""
        from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter
        from spdx_tools.spdx.model.document import Document

        parts = self.parts
        converter = DocumentConverter()  # type: ignore[no-untyped-call] # the library types it not
        alone = Document(parts.info, extracted_licensing_info=list(parts.extracted))
        head: dict[str, Any] = {"SPDXID": DOCUMENT, "annotations": parts.annotations(DOCUMENT)}
        packages = []
        for each in parts.packages:
            converted = converter.package_converter.convert(each, alone)
            annotations = parts.annotations(each.spdx_id)
            packages.append({"SPDXID": converted.pop("SPDXID"), "annotations": annotations} | converted)
        relations = [converter.relationship_converter.convert(each) for each in parts.relationships]
        return head | converter.convert(alone) | {"packages": packages, "relationships": relations}


def element_name(component: BomComponent) -> str:
    """An SPDX identifier that is readable and, by the hash of the ref, unique."""
    words = re.sub(r"[^0-9A-Za-z.]+", "-", f"{component.kind}-{component.name}-{component.version.value}")
    digest = hashlib.sha256(component.ref.encode("utf-8", "replace")).hexdigest()
    return f"SPDXRef-{words[:80].strip('-')}-{digest[:16]}"


def location_reason(component: BomComponent) -> str:
    """Why it is not known where a component can be fetched from."""
    if component.directory:
        return "a local directory of the build machine is compiled."
    return _LOCATION_REASONS[component.kind]


def _package(component: BomComponent, identifier: str, vex: Iterable[VexReference]) -> Any:  # noqa: ANN401 - an untyped library's class
    from spdx_tools.spdx.model.actor import Actor, ActorType
    from spdx_tools.spdx.model.checksum import Checksum, ChecksumAlgorithm
    from spdx_tools.spdx.model.package import (
        ExternalPackageRef,
        ExternalPackageRefCategory,
        Package,
        PackagePurpose,
    )
    from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion

    checksums = []
    if component.identity:
        digests = component.identity
        checksums = [
            Checksum(ChecksumAlgorithm.SHA256, digests.sha256),
            Checksum(ChecksumAlgorithm.SHA512, digests.sha512),
        ]
    elif component.zip_sha256:
        checksums = [Checksum(ChecksumAlgorithm.SHA256, component.zip_sha256)]
    supplied = component.supplier.value
    licenses = component.licenses
    references = (
        [ExternalPackageRef(ExternalPackageRefCategory.PACKAGE_MANAGER, "purl", component.purl)]
        if component.purl
        else []
    )
    # The locator of an advisory must be a URL: a file beside the SBOM is named in an annotation alone.
    references += [
        ExternalPackageRef(ExternalPackageRefCategory.SECURITY, "advisory", each.url, f"VEX ({each.format})")
        for each in vex
        if "://" in each.url
    ]
    return Package(
        spdx_id=identifier,
        name=component.name,
        version=component.version.value or None,
        download_location=component.origin or SpdxNoAssertion(),
        file_name=component.name if component.kind == "file" and not component.parent else None,
        supplier=Actor(ActorType.ORGANIZATION, supplied) if supplied else None,
        files_analyzed=False,
        checksums=checksums,
        comment=None if component.origin else _NO_LOCATION + location_reason(component),
        license_concluded=_expression(licenses.concluded) if licenses else None,
        license_declared=_expression(licenses.declared) if licenses else None,
        license_comment=_why_no_license(licenses) if licenses else None,
        copyright_text="\n".join(licenses.copyrights) or None if licenses else None,
        external_references=references,
        primary_package_purpose=PackagePurpose[_PURPOSES[component.kind]],
    )


def _expression(stated: Stated) -> Any:  # noqa: ANN401 - an untyped library's class
    """The parsed expression, None where none is known."""
    if not stated.value:
        return None
    return _licensing().parse(stated.value)


@cache
def _licensing() -> Any:  # noqa: ANN401 - an untyped library's class
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


def _license_refs(bom: Bom) -> list[Any]:
    """Licences that SPDX's list does not know have to be defined in the document that names them."""
    from spdx_tools.spdx.model.extracted_licensing_info import ExtractedLicensingInfo

    named: set[str] = set()
    for each in bom.components:
        for stated in (each.licenses.declared, each.licenses.concluded) if each.licenses else ():
            named |= set(_LICENSE_REF.findall(stated.value))
    return [ExtractedLicensingInfo(license_id=each, extracted_text=_REF_TEXT) for each in sorted(named)]


def _why_no_license(licenses: Licenses) -> str | None:
    reasons = [
        f"{name} is not known: {stated.unknown_because}"
        for name, stated in (
            ("the concluded licence", licenses.concluded),
            ("the declared licence", licenses.declared),
        )
        if stated.unknown_because
    ]
    return "; ".join(reasons) or None


def _relationships(bom: Bom, ids: dict[str, str]) -> list[Any]:
    from spdx_tools.spdx.model.relationship import Relationship, RelationshipType
    from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion
    from spdx_tools.spdx.model.spdx_none import SpdxNone

    platforms = {each.ref: each.platforms for each in bom.components}
    related = [Relationship(DOCUMENT, RelationshipType.DESCRIBES, ids[bom.subject])]
    related += [
        Relationship(*_ends(each, ids), _comment(each, platforms[each.source])) for each in bom.relations
    ]
    sources = {each.source for each in bom.relations}
    for each in bom.dependency_lists:
        # The format's own words for "that is not all" and "that is all, and it is nothing" (clause 11.1).
        if each.state != "complete":
            related.append(
                Relationship(
                    ids[each.ref], RelationshipType.DEPENDS_ON, SpdxNoAssertion(), each.reason or None
                )
            )
        elif each.ref not in sources:
            related.append(Relationship(ids[each.ref], RelationshipType.DEPENDS_ON, SpdxNone()))
    return related


def _ends(relation: BomRelation, ids: dict[str, str]) -> tuple[str, Any, str]:
    from spdx_tools.spdx.model.relationship import RelationshipType

    kind = RelationshipType[RELATIONS[relation.kind]]
    ends = ids[relation.source], ids[relation.target]
    source, target = ends[::-1] if relation.kind in REVERSED else ends
    return source, kind, target


def _comment(relation: BomRelation, usual: tuple[Platform, ...]) -> str | None:
    """What the word for the relation does not tell: what it is, and platforms other than the `usual`."""
    words = [REQUIRED] if relation.kind == "requires" else []
    if relation.platforms != usual:
        words.append(on_platforms(relation.platforms))
    return "; ".join(words) or None


def on_platforms(platforms: tuple[Platform, ...]) -> str:
    """Where a relation holds, in words: one that holds wherever its source is has none."""
    return f"on {', '.join(map(str, platforms))}" if platforms else ON_UNKNOWN
