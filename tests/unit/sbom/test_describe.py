"""What documents of any tool say of the elements that standards ask for."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from attest.app.sbom import EXTENSIONS, write
from attest.errors import AttestError, FormatError, LimitError
from attest.model.limits import Limits
from attest.model.stated import Stated
from attest.sbom.describe import describe
from attest.sbom.read import load
from tests.unit.sbom.test_formats import every_bom

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.bom import Bom
    from attest.model.described import Described, DescribedComponent
    from attest.model.statement import Json

SHA512 = "ab" * 64


def told(document: Any, name: str = "") -> DescribedComponent:  # noqa: ANN401 - any JSON
    """The one component, or the one of that name."""
    (found,) = [each for each in describe(document).components if not name or each.name == name]
    return found


def in_order(described: Described) -> list[str]:
    """What is said, without the order of the components and without package URLs, which names stand for."""
    return sorted(
        repr((each.kind, str(each), each.supplier, each.contact, each.license, each.distribution_license))
        + repr((each.hash, each.sha512, each.relationship, each.dependencies, each.filename))
        + repr((each.executable, each.archive, each.structured))
        for each in described.components
    )


@every_bom
def test_every_format_says_the_same(make: Callable[[], Bom]) -> None:
    bom = make()
    one, *others = (describe(load(write(bom, form))) for form in EXTENSIONS)
    assert one.components or not bom.components
    for each in others:
        assert in_order(each) == in_order(one)
        assert (each.author, each.author_contact, bool(each.context.value)) == (
            one.author,
            one.author_contact,
            bool(one.context.value),
        )
        assert (each.tool_name, each.tool_version) == (one.tool_name, one.tool_version)


def cyclonedx(version: str = "1.6", **parts: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {"bomFormat": "CycloneDX", "specVersion": version, **parts}


def test_a_cyclonedx_document_of_another_tool() -> None:
    document = cyclonedx(
        "1.5",
        metadata={
            "timestamp": "2026-01-02T03:04:05Z",
            "tools": [{"vendor": "x", "name": "syft", "version": "1.51.0"}],
            "manufacture": {"name": "Example Ltd", "contact": [{"email": "sbom@example.com"}]},
            "lifecycles": [{"phase": "build"}, {"name": "ours"}],
            "component": {"type": "application", "name": "tool", "bom-ref": "tool"},
        },
        components=[
            {
                "bom-ref": "lib",
                "type": "library",
                "group": "example.com",
                "name": "lib",
                "version": "v1.0.0",
                "purl": "pkg:golang/example.com/lib@v1.0.0",
                "publisher": "Lib Ltd",
                "licenses": [{"license": {"id": "MIT"}}, {"license": {"name": "Our Own"}}],
                "properties": [{"name": "syft:metadata:h1Digest", "value": "h1:x"}],
            },
        ],
        dependencies=[{"ref": "tool", "dependsOn": ["lib"]}],
    )
    found = describe(document)
    assert (found.format, found.spec_version) == ("CycloneDX", "1.5")
    assert found.author == Stated(value="Example Ltd")
    assert found.author_contact.value == "", "what made the software did not make the document"
    assert found.created == Stated(value="2026-01-02T03:04:05Z")
    assert found.context == Stated(value="build, ours")
    assert (found.tool_name, found.tool_version) == (Stated(value="syft"), Stated(value="1.51.0"))
    tool, lib = found.components
    assert (tool.kind, lib.kind) == ("other", "module")
    assert tool.hash == tool.version == tool.supplier == Stated(), "left out, and nobody says why"
    assert lib.name == "example.com/lib"
    assert lib.supplier == Stated(value="Lib Ltd")
    assert lib.contact.unknown_because == (
        "the document gives neither an e-mail address nor a URL of who creates it"
    )
    assert lib.license == Stated(value="MIT AND Our Own")
    assert lib.distribution_license.unknown_because == (
        "the document tells a licence, and not that it is the one that is concluded"
    )
    assert lib.hash.value
    assert tool.relationship.value
    assert lib.relationship.value
    assert lib.dependencies.unknown_because == (
        "the document does not say how complete its dependencies are told"
    )


def test_where_bsi_looks_in_cyclonedx() -> None:
    component = {
        "type": "library",
        "bom-ref": "lib",
        "name": "libfoo.so",
        "version": "2026-01-01T00:00:00Z",
        "cpe": "cpe:2.3:a:x:y:1:*:*:*:*:*:*:*",
        "manufacturer": {"url": ["ftp://example.com", "https://example.com"]},
        "licenses": [{"expression": "MIT OR Apache-2.0", "acknowledgement": "concluded"}],
        "externalReferences": [
            {"type": "vcs", "url": "x", "hashes": [{"alg": "SHA-512", "content": "00" * 64}]},
            {"type": "distribution", "url": "x", "hashes": [{"alg": "SHA-512", "content": SHA512}]},
        ],
        "properties": [
            {"name": "bsi:component:filename", "value": "libfoo.so"},
            {"name": "bsi:component:executable", "value": "executable"},
            {"name": "bsi:component:archive", "value": "no archive"},
            {"name": "bsi:component:structured", "value": "yes"},
        ],
    }
    document = cyclonedx(
        metadata={"manufacturer": {"name": "Example", "contact": [{"email": "a@example.com"}]}},
        components=[component],
        compositions=[{"aggregate": "incomplete_third_party_only", "assemblies": ["lib", "gone"]}],
    )
    found = told(document)
    assert describe(document).author_contact == Stated(value="a@example.com")
    assert found.kind == "other"
    assert found.contact == Stated(value="https://example.com")
    assert found.identifier.value
    assert found.distribution_license == Stated(value="MIT OR Apache-2.0")
    assert found.sha512 == Stated(value=SHA512)
    assert found.filename == Stated(value="libfoo.so")
    assert (found.executable.value, found.archive.value) == ("executable", "no archive")
    assert found.structured.unknown_because == "'yes' is none of the words for it"
    assert found.dependencies == Stated(value="incomplete")


CDX_COMPONENTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "a hash elsewhere": (
        {"hashes": [{"alg": "SHA-512", "content": SHA512}]},
        "sha512",
        "the document has a SHA-512 of it, but not where BSI looks for that of what is shipped",
    ),
    "no SHA-512": (
        {"externalReferences": [{"type": "distribution", "hashes": [{"alg": "SHA-512", "content": "ab"}]}]},
        "sha512",
        "",
    ),
    "devel": ({"version": "(devel)"}, "version", "(devel) is what Go calls a module without a version"),
    "unknown version": ({"version": "UNKNOWN"}, "relationship", "the document relates it to nothing"),
    "no assertion": ({"supplier": {"name": "NOASSERTION"}}, "supplier", ""),
    "no licence": ({"licenses": [{"license": {"id": "NOASSERTION"}}]}, "license", ""),
    "a name is no licence for BSI": (
        {"licenses": [{"license": {"name": "Ours", "acknowledgement": "concluded"}}]},
        "distribution_license",
        "the document tells a licence, and not that it is the one that is concluded",
    ),
    "the digest of a file in the place of its version": (
        {"type": "file", "version": f"sha256:{'ab' * 32}"},
        "hash",
        "=hashed",
    ),
    "a concluded licence": (
        {"licenses": [{"license": {"id": "MIT", "acknowledgement": "concluded"}}]},
        "distribution_license",
        "=MIT",
    ),
    "the reason that attest gives": (
        {"properties": [{"name": "attest:version:unknown-because", "value": "it has none"}]},
        "version",
        "it has none",
    ),
    "dependencies that are not known": (
        {"properties": [{"name": "attest:dependencies", "value": "unknown: nobody looked"}]},
        "relationship",
        "nobody looked",
    ),
}


@pytest.mark.parametrize(("parts", "field", "said"), CDX_COMPONENTS.values(), ids=CDX_COMPONENTS)
def test_what_a_component_leaves_out(parts: dict[str, Any], field: str, said: str) -> None:
    found: Stated = getattr(told(cyclonedx(components=[{"name": "lib", **parts}])), field)
    assert found == (Stated(value=said[1:]) if said.startswith("=") else Stated(unknown_because=said))


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ({"type": "file"}, "file"),
        ({"purl": "pkg:golang/std@1.27.3"}, "std"),
        ({"purl": "pkg:golang/stdlib@1.27.3"}, "std"),
        ({"purl": "pkg:golang/toolchain@1.27.3"}, "toolchain"),
        ({"purl": "pkg:golang/example.com/x@v1.0.0#cmd/x"}, "module"),
        ({"purl": "pkg:npm/left-pad@1.0.0"}, "other"),
        ({"purl": "no purl"}, "other"),
        ({"properties": [{"name": "attest:kind", "value": "library"}]}, "library"),
        ({"properties": [{"name": "attest:kind", "value": "nonsense"}]}, "other"),
    ],
)
def test_what_a_component_is(parts: dict[str, Any], kind: str) -> None:
    assert told(cyclonedx(components=[{"name": "x", **parts}])).kind == kind


def test_what_lies_in_a_component() -> None:
    package = {"name": "example.com/x/y", "purl": "pkg:golang/example.com/x@v1.0.0#y"}
    module = {"name": "example.com/x", "purl": "pkg:golang/example.com/x@v1.0.0", "components": [package]}
    file = {"name": "tool", "type": "file", "components": [{"name": "tool (amd64)", "type": "file"}]}
    found = {each.name: each.kind for each in describe(cyclonedx(components=[module, file])).components}
    assert found == {
        "example.com/x": "module",
        "example.com/x/y": "package",
        "tool": "file",
        "tool (amd64)": "slice",
    }


@pytest.mark.parametrize("text", ["yesterday", "2026-01-01T00:00:00"])
def test_a_time_needs_a_zone(text: str) -> None:
    found = describe(cyclonedx(metadata={"timestamp": text})).created
    assert found.unknown_because == f"'{text}' is no time with a zone"


def test_the_xml_form_has_contacts_too() -> None:
    text = b"""<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><metadata><manufacturer>
      <name>Example</name><url>https://example.com</url><url>https://example.org</url>
      <contact><name>A</name></contact><contact><email>a@example.com</email></contact>
    </manufacturer></metadata><components><component type="file"><manufacturer>
      <url>https://example.com/x</url></manufacturer><name>x</name></component></components></bom>"""
    found = describe(load(text))
    assert found.author_contact == Stated(value="a@example.com")
    assert found.components[0].contact == Stated(value="https://example.com/x")


def spdx2(**parts: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", **parts}


def related(one: str, word: str, other: str, comment: str = "") -> dict[str, str]:
    return {
        "spdxElementId": one,
        "relationshipType": word,
        "relatedSpdxElement": other,
        **({"comment": comment} if comment else {}),
    }


def test_an_spdx_document_of_another_tool() -> None:
    document = spdx2(
        creationInfo={
            "created": "2026-01-02T03:04:05Z",
            "creators": ["Tool: spdx-sbom-generator-v0.0.15", "Person: A. Author (a@example.com)"],
            "comment": "Made after the Build, from Source.",
        },
        packages=[
            {
                "SPDXID": "SPDXRef-lib",
                "name": "lib",
                "versionInfo": "v1.0.0",
                "supplier": "NOASSERTION",
                "originator": "Organization: Lib Ltd (lib@example.com)",
                "licenseConcluded": "NOASSERTION",
                "licenseDeclared": "MIT",
                "checksums": [{"algorithm": "SHA1", "checksumValue": "00" * 20}],
                "externalRefs": [
                    {"referenceType": "purl", "referenceLocator": "pkg:golang/example.com/lib@v1.0.0"},
                ],
            },
            {
                "SPDXID": "SPDXRef-deb",
                "name": "libc",
                "packageFileName": "./pool/libc.deb",
                "checksums": [{"algorithm": "SHA512", "checksumValue": SHA512}],
                "packageVerificationCode": {"packageVerificationCodeValue": "x"},
                "externalRefs": [{"referenceType": "cpe23Type", "referenceLocator": "cpe"}],
            },
        ],
        files=[
            {"SPDXID": "SPDXRef-tool", "fileName": "./dist/tool", "licenseInfoInFiles": ["MIT"]},
            {"SPDXID": "SPDXRef-other", "fileName": "./other"},
        ],
        relationships=[
            related("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-tool"),
            related("SPDXRef-tool", "CONTAINS", "SPDXRef-lib"),
            related("SPDXRef-tool", "CONTAINS", "NOASSERTION", "there may be more"),
            related("SPDXRef-deb", "DEPENDS_ON", "NONE"),
        ],
    )
    found = describe(document)
    assert (found.format, found.spec_version) == ("SPDX", "2.3")
    assert (found.author, found.author_contact) == (
        Stated(value="A. Author"),
        Stated(value="a@example.com"),
    )
    assert (found.tool_name, found.tool_version) == (
        Stated(value="spdx-sbom-generator"),
        Stated(value="v0.0.15"),
    )
    assert found.context == Stated(value="Build, Source")
    lib, deb, tool = found.components
    assert (lib.kind, deb.kind, tool.kind) == ("module", "other", "file")
    assert (lib.supplier, lib.contact) == (Stated(value="Lib Ltd"), Stated(value="lib@example.com"))
    assert (lib.license.value, lib.distribution_license.value) == ("MIT", "")
    assert lib.hash.value
    assert lib.relationship.value
    assert (deb.filename.value, deb.sha512.value, deb.dependencies.value) == ("libc.deb", SHA512, "complete")
    assert deb.identifier.value
    assert (tool.filename.value, tool.license.value) == ("tool", "MIT")
    assert tool.dependencies.unknown_because == "there may be more"


def test_a_document_without_people() -> None:
    found = describe(spdx2(creationInfo={"creators": ["Organization: NOASSERTION", "nobody"]}))
    assert (found.author, found.tool_name, found.tool_version) == (Stated(), Stated(), Stated())


def test_parentheses_may_belong_to_a_name() -> None:
    found = describe(spdx2(creationInfo={"creators": ["Organization: Example (UK)"]}))
    assert found.author == Stated(value="Example (UK)")
    assert found.author_contact.value == ""


def spdx3(*elements: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        "@graph": [
            {"type": "CreationInfo", "@id": "_:info", "createdBy": ["maker"], "createdUsing": ["tool"]},
            {"type": "SpdxDocument", "spdxId": "doc", "creationInfo": "_:info", "rootElement": ["sbom"]},
            *elements,
        ],
    }


def relation(one: str, word: str, *others: str, **more: str) -> dict[str, Any]:
    return {"type": "Relationship", "from": one, "relationshipType": word, "to": list(others), **more}


def mail(kind: str, text: str) -> list[dict[str, str]]:
    return [{"externalIdentifierType": kind, "identifier": text}]


def test_where_bsi_looks_in_spdx_3() -> None:
    document = spdx3(
        {"type": "Person", "spdxId": "maker", "name": "A", "externalIdentifier": mail("email", "a@b.c")},
        {"type": "Tool", "spdxId": "tool", "name": "maker 2.1"},
        {"type": "software_Sbom", "spdxId": "sbom", "software_sbomType": ["build"], "rootElement": ["p"]},
        {
            "type": "software_Package",
            "spdxId": "p",
            "name": "libfoo",
            "originatedBy": ["lib", "gone"],
            "verifiedUsing": [{"algorithm": "sha512", "hashValue": "00" * 64}],
            "externalIdentifier": mail("cpe23", "cpe"),
        },
        {
            "type": "Organization",
            "spdxId": "lib",
            "name": "L",
            "externalIdentifier": mail("other", "https://l.x"),
        },
        {
            "type": "software_File",
            "spdxId": "f",
            "name": "libfoo.so",
            "software_additionalPurpose": ["executable", "firmware"],
            "verifiedUsing": [{"algorithm": "sha512", "hashValue": SHA512}],
        },
        {
            "type": "simplelicensing_LicenseExpression",
            "spdxId": "l",
            "simplelicensing_licenseExpression": "MIT",
        },
        {"type": "expandedlicensing_CustomLicense", "spdxId": "c", "name": "Ours"},
        relation("p", "hasDistributionArtifact", "f"),
        relation("p", "hasConcludedLicense", "l", "c", "https://spdx.org/licenses/0BSD"),
        relation("p", "hasDeclaredLicense", "expandedlicensing_NoAssertionLicense"),
        relation("p", "dependsOn", "q", completeness="incomplete"),
        {"type": "software_Package", "spdxId": "q", "name": "q"},
    )
    found = describe(document)
    assert (found.format, found.spec_version) == ("SPDX", "3.0.1")
    assert (found.author, found.author_contact) == (Stated(value="A"), Stated(value="a@b.c"))
    assert (found.tool_name, found.tool_version) == (Stated(value="maker"), Stated(value="2.1"))
    assert found.context == Stated(value="build")
    lib, other = found.components
    assert (lib.supplier, lib.contact) == (Stated(value="L"), Stated(value="https://l.x"))
    assert lib.distribution_license == Stated(value="MIT AND Ours AND https://spdx.org/licenses/0BSD")
    assert (lib.filename.value, lib.sha512.value) == ("libfoo.so", SHA512)
    assert (lib.executable.value, lib.archive.value, lib.structured.value) == (
        "executable",
        "no archive",
        "unstructured",
    )
    assert lib.dependencies == Stated(value="incomplete")
    assert lib.identifier.value
    assert other.relationship.value
    assert other.license == Stated()


def test_a_file_that_an_spdx_3_document_describes_itself() -> None:
    info = {"type": "CreationInfo", "createdBy": []}
    document = spdx3(
        {"type": "software_Sbom", "spdxId": "sbom", "rootElement": ["f", "p"]},
        {
            "type": "software_File",
            "spdxId": "f",
            "name": "tool.tar",
            "software_additionalPurpose": ["archive", "container"],
        },
        relation("f", "contains", "g", completeness="complete"),
        relation("f", "dependsOn", "NoneElement"),
        relation("g", "dependsOn", "NoAssertionElement", comment="not looked at"),
        relation("p", "hasStaticLink", "g", completeness="noAssertion", comment="nobody knows"),
        {
            "type": "software_Package",
            "spdxId": "g",
            "name": "g",
            "software_primaryPurpose": "executable",
            "verifiedUsing": [{"algorithm": "sha512", "hashValue": SHA512}],
        },
        {"type": "software_Package", "spdxId": "p", "name": "p"},
    )
    document["@graph"][1]["creationInfo"] = info
    found = describe(document)
    assert (found.author, found.tool_name, found.created) == (Stated(), Stated(), Stated())
    inside, package, file = found.components
    assert (file.kind, file.filename.value, file.archive.value) == ("file", "tool.tar", "archive")
    assert (file.executable.value, file.structured.value) == ("non-executable", "structured")
    assert file.dependencies == Stated(value="complete")
    assert (inside.kind, inside.relationship.unknown_because) == ("slice", "not looked at")
    assert inside.sha512.unknown_because == "it is a part of a file, and not shipped as one"
    assert package.dependencies.unknown_because == "nobody knows"


def test_an_spdx_3_document_without_creation_info() -> None:
    document = spdx3()
    document["@graph"][1].pop("creationInfo")
    assert describe(document).created == Stated()


BAD: dict[str, tuple[Any, str]] = {
    "neither": ({"name": "x"}, "no SBOM known here"),
    "version": (cyclonedx("9.9"), "CycloneDX '9.9' is not known here"),
    "components": (cyclonedx(components=["x"]), "components is no list of objects"),
    "contact": (cyclonedx(metadata={"manufacturer": {"contact": "x"}}), "contact is no list of objects"),
    "url": (cyclonedx(metadata={"manufacturer": {"url": [1]}}), "url is no list of strings"),
    "tools": (cyclonedx(metadata={"tools": "x"}), "metadata.tools is no object"),
    "creators": (spdx2(creationInfo={"creators": "x"}), "creators is no list of strings"),
    "graph": (
        {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": 1},
        "@graph is no list",
    ),
}


@pytest.mark.parametrize(("document", "reason"), BAD.values(), ids=BAD)
def test_what_is_no_document(document: Any, reason: str) -> None:  # noqa: ANN401 - any JSON
    with pytest.raises(FormatError) as raised:
        describe(document, file="a.json")
    assert reason in str(raised.value)
    assert "a.json" in str(raised.value)


def test_components_that_lie_too_deep() -> None:
    component: dict[str, Any] = {"name": "x"}
    for _ in range(5):
        component = {"name": "x", "components": [component]}
    with pytest.raises(LimitError, match="nested more than 3 deep"):
        describe(cyclonedx(components=[component]), limits=Limits(json_depth=3))


@every_bom
def test_any_change_is_read_or_refused(make: Callable[[], Bom]) -> None:
    """In the place of every part of a document something of another type: nothing else is raised."""
    for form in ("cyclonedx-json", "spdx-json", "spdx-json@3.0.1"):
        text = write(make(), form)
        wrongs: tuple[Json, ...] = (None, 7, "x", ["x"], [{"x": 1}], {"x": "y"})
        for wrong in wrongs:
            document: dict[str, Json] = json.loads(text)
            for key in sorted(document):
                with suppress(AttestError):
                    describe({**document, key: wrong})
