"""SBOMs in every form, read from hostile bytes: one clear error with its place, or what the document says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from attest.app.sbom import EXTENSIONS, Format, write
from attest.errors import AttestError, FormatError, LimitError
from attest.model.limits import DEFAULT_LIMITS
from attest.sbom import assemble
from attest.sbom.read import is_document, load, read
from tests.unit.sbom import examples as e
from tests.unit.sbom.test_formats import BOMS, every_bom, every_format

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.bom import Bom

BILLION = """<?xml version="1.0"?>
<!DOCTYPE bom [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6">&b;</bom>"""
EXTERNAL = '<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/evil.dtd">\n<Document/>'
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:s="http://spdx.org/rdf/terms#"
  xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#">{}</rdf:RDF>"""
CYCLONEDX = '<bom xmlns="http://cyclonedx.org/schema/bom/{}">{}</bom>'


def tag_value(*lines: str) -> str:
    return "\n".join(("SPDXVersion: SPDX-2.3", "SPDXID: SPDXRef-DOCUMENT", *lines))


@every_bom
def test_what_is_read_of_each_form_is_the_same(make: Callable[[], Bom]) -> None:
    bom = make()
    one, *others = (replace(read(load(write(bom, form))), format="", spec_version="") for form in EXTENSIONS)
    assert one.faults == ()
    assert others == [one] * len(others)


@every_format
def test_every_form_is_known_by_its_first_bytes(form: Format) -> None:
    document = write(BOMS["binary"](), form)
    assert is_document(document)
    assert is_document(b"\xef\xbb\xbf" + document)
    assert load(b"\xef\xbb\xbf" + document) == load(document)


@pytest.mark.parametrize(
    "head", [b"", b"\x7fELF\x02\x01", b"MZ\x90\0", b"#!/bin/sh\necho SPDX\n", b"\0SPDXVersion:"]
)
def test_what_is_no_text_of_an_sbom_is_none(head: bytes) -> None:
    assert not is_document(head)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BILLION, "x:2: has a document type declaration, which is not read"),
        (EXTERNAL, "x:1: has a document type declaration, which is not read"),
        ("<bom", "x:1: is no XML: unclosed token"),
        ("<a><b></a>", "x:1: is no XML: mismatched tag"),
        ('<?xml version="1.0" encoding="nonsense"?><a/>', "x: is no XML: unknown encoding: nonsense"),
        ("<html>\n</html>", "x:1: is XML, but no SBOM known here: its root is 'html' of ''"),
        (CYCLONEDX.format("9.9", ""), "x: CycloneDX '9.9' is not known here"),
        (
            CYCLONEDX.format("1.6", "<metadata/>\n<metadata/>"),
            "x:2: bom holds 'metadata' twice",
        ),
        ("<Document><name>a</name>\n<name>b</name></Document>", "x:2: Document holds 'name' twice"),
        ("<Document><spdxVersion>SPDX-9.9</spdxVersion></Document>", "x: 'SPDX-9.9' is not known here"),
        ("spdxVersion: SPDX-9.9\n", "x: 'SPDX-9.9' is not known here"),
        ("spdxVersion: SPDX-2.3\na: &b [x]\nc: *b\n", "x:3: has an alias, which is not followed"),
        (
            "spdxVersion: !!python/name:os.system a\n",
            "x:1: has the tag 'tag:yaml.org,2002:python",
        ),
        (
            "spdxVersion: SPDX-2.3\nspdxVersion: SPDX-2.2\n",
            "x:2: has the key 'spdxVersion' twice in one mapping",
        ),
        ("spdxVersion: SPDX-2.3\n---\na: b\n", "x:2: holds more than one document"),
        ("spdxVersion: SPDX-2.3\n? [a]\n: b\n", "x:2: has a key that is no text"),
        ("spdxVersion: [\n", "is no YAML: "),
        ("- a\n-\n  b: {\nspdxVersion: c\n", "is no YAML: "),
        ("- a\n- |\n  x\nspdxVersion: c\n", "is no YAML: "),
        ("SPDXVersion: SPDX-9.9\n", "x: 'SPDX-9.9' is not known here"),
        (tag_value("nonsense"), "x:3: is no tag and value: 'nonsense'"),
        (tag_value("PackageName: <text>a", "b"), "x:3: has a <text> that does not end"),
        (tag_value("PackageName: <text>a</text> b"), "x:3: has more after </text>: ' b'"),
        (
            tag_value("DocumentName: a", "DocumentName: b"),
            "x:4: has the tag DocumentName twice for one element",
        ),
        (tag_value("Relationship: a b"), "x:3: has a Relationship that is not made of spdxElementId, "),
        (tag_value("PackageName: a", "ExternalRef: x"), "x:4: has a ExternalRef that is not made of"),
        (tag_value("PackageName: a", "PackageChecksum: x"), "x:4: has a PackageChecksum that is not made of"),
        (
            tag_value("Annotator: Tool: a", "SPDXREF: SPDXRef-nowhere"),
            "x:3: has an annotation of 'SPDXRef-nowhere', which is not in the document",
        ),
        (RDF.format(""), "x: describes 0 SPDX documents, not one"),
        (RDF.format('<s:SpdxDocument rdf:ID="a"/>'), "x:2: has rdf:ID, which is a relative name"),
        (
            RDF.format('<s:SpdxDocument><s:name rdf:parseType="Literal">a</s:name></s:SpdxDocument>'),
            "x:2: has rdf:parseType, which is not read",
        ),
        (
            RDF.format("<s:SpdxDocument><s:name><s:A/><s:B/></s:name></s:SpdxDocument>"),
            "x:2: has a property 'name' with several nodes in it",
        ),
        (
            RDF.format("<s:SpdxDocument><s:name>a</s:name><s:name>b</s:name></s:SpdxDocument>"),
            "has 2 values of name",
        ),
        ("hello\n", "x: is no SBOM in a form that is read"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(FormatError) as raised:
        read(load(text.encode(), file="x"), file="x")
    assert reason in str(raised.value)
    assert str(raised.value).startswith("x")
    assert raised.value.hint


@pytest.mark.parametrize("text", [b"SPDXVersion: \xff", b"spdxVersion: \xff"])
def test_bytes_that_are_no_text_are_refused(text: bytes) -> None:
    with pytest.raises(FormatError, match="its bytes are no UTF-8"):
        load(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<Document>" + "<a>" * 100_000, "elements are nested more than 64 levels deep"),
        ("spdxVersion: " + "[" * 100_000, "nested more than 64 levels deep"),
        ("spdxVersion: " + "{a: " * 100_000, "nested more than 64 levels deep"),
        (RDF.format("<s:A><s:b>" * 100_000), "elements are nested more than 64 levels deep"),
    ],
)
def test_a_depth_bomb_of_any_form_is_refused(text: str, reason: str) -> None:
    with pytest.raises(LimitError, match=reason):
        load(text.encode())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<Document><a/><a/><a/><a/></Document>", "more than 3 elements of XML"),
        ("spdxVersion: [a, b, c, d]", "more than 3 nodes of YAML"),
        (tag_value("PackageName: a", "PackageName: b"), "more than 3 tags"),
        (
            RDF.format("<s:A s:a='1' s:b='2' s:c='3' s:d='4'/>"),
            "more than 3 statements",
        ),
    ],
)
def test_too_many_parts_are_refused(text: str, reason: str) -> None:
    with pytest.raises(LimitError, match=reason):
        load(text.encode(), limits=replace(DEFAULT_LIMITS, sbom_nodes=3))


def test_licences_of_rdf_that_go_in_circles_are_refused() -> None:
    circle = (
        '<s:SpdxDocument rdf:about="d#SPDXRef-DOCUMENT"/>'
        '<s:Package rdf:about="d#SPDXRef-a"><s:licenseConcluded rdf:nodeID="b"/></s:Package>'
        '<s:ConjunctiveLicenseSet rdf:nodeID="b"><s:member rdf:nodeID="b"/></s:ConjunctiveLicenseSet>'
    )
    with pytest.raises(LimitError, match="licence expressions are nested more than 64 deep"):
        load(RDF.format(circle).encode())


def test_rdf_is_read_as_other_tools_write_it() -> None:
    """Nested nodes, properties as attributes, operators of licences, and the words of older versions."""
    text = """
    <s:SpdxDocument rdf:about="https://x.invalid/d#SPDXRef-DOCUMENT" s:specVersion="SPDX-2.2" s:name="n">
      <s:describesPackage>
        <s:Package rdf:about="https://x.invalid/d#SPDXRef-a" s:name="example.com/a" s:versionInfo="v1.0.0">
          <s:licenseConcluded><s:DisjunctiveLicenseSet>
            <s:member><s:OrLaterOperator><s:member rdf:resource="http://spdx.org/licenses/GPL-2.0"/></s:OrLaterOperator></s:member>
            <s:member><s:ConjunctiveLicenseSet>
              <s:member rdf:resource="http://spdx.org/licenses/MIT"/>
              <s:member><s:WithExceptionOperator>
                <s:member rdf:resource="http://spdx.org/licenses/GPL-2.0-only"/>
                <s:licenseException rdf:resource="http://spdx.org/licenses/GCC-exception-2.0"/>
              </s:WithExceptionOperator></s:member>
            </s:ConjunctiveLicenseSet></s:member>
          </s:DisjunctiveLicenseSet></s:licenseConcluded>
          <s:licenseDeclared>MIT</s:licenseDeclared>
          <s:relationship><s:Relationship>
            <s:relationshipType rdf:resource="http://spdx.org/rdf/terms#relationshipType_dependsOn"/>
            <s:relatedSpdxElement rdf:resource="https://x.invalid/d#SPDXRef-f"/>
          </s:Relationship></s:relationship>
        </s:Package>
      </s:describesPackage>
      <s:relationship rdf:resource="nowhere"/>
    </s:SpdxDocument>
    <s:File rdf:about="https://x.invalid/d#SPDXRef-f" s:fileName="./a"/>"""
    document = load(RDF.format(text).encode())
    assert document["spdxVersion"] == "SPDX-2.2"
    assert document["documentNamespace"] == "https://x.invalid/d"
    assert document["packages"] == [
        {
            "SPDXID": "SPDXRef-a",
            "name": "example.com/a",
            "versionInfo": "v1.0.0",
            "licenseConcluded": "GPL-2.0+ OR (GPL-2.0-only WITH GCC-exception-2.0 AND MIT)",
            "licenseDeclared": "MIT",
        }
    ]
    assert document["relationships"] == [
        {
            "spdxElementId": "SPDXRef-a",
            "relationshipType": "DEPENDS_ON",
            "relatedSpdxElement": "SPDXRef-f",
        }
    ]
    assert document["files"] == [{"SPDXID": "SPDXRef-f", "fileName": "./a"}]
    found = read(document)
    assert found.components == frozenset(), "what is described is no module by its name alone"
    assert found.faults == ()


def test_tag_value_is_read_as_other_tools_write_it() -> None:
    """Comments, texts over several lines, Windows' line ends, files, licences, unknown tags."""
    text = tag_value(
        "# a comment",
        "DataLicense:CC0-1.0",
        "DocumentName:   n",
        "Creator: Tool: t-1",
        "Creator: Person: p",
        "Created: 2026-01-01T00:00:00Z",
        "",
        "PackageName: example.com/a",
        "SPDXID: SPDXRef-a",
        "PackageVersion: v1.0.0",
        "FilesAnalyzed: true",
        "PackageComment: <text>one",
        "# two</text>",
        "PackageLicenseInfoFromFiles: MIT",
        "PackageLicenseInfoFromFiles: BSD-3-Clause",
        "SomethingNew: x",
        "FileName: ./a",
        "SPDXID: SPDXRef-f",
        "FileChecksum: SHA1: 00",
        "LicenseID: LicenseRef-x",
        "ExtractedText: <text>x</text>",
        "Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-f",
        "RelationshipComment: why",
        "Annotator: Person: p",
        "AnnotationComment: about the document",
        "Annotator: Person: p",
        "SPDXREF: SPDXRef-f",
        "AnnotationComment: about the file",
    )
    document = load(text.replace("\n", "\r\n").encode())
    assert document == load(text.encode())
    assert document["name"] == "n"
    assert document["creationInfo"] == {
        "creators": ["Tool: t-1", "Person: p"],
        "created": "2026-01-01T00:00:00Z",
    }
    assert document["packages"] == [
        {
            "name": "example.com/a",
            "SPDXID": "SPDXRef-a",
            "versionInfo": "v1.0.0",
            "filesAnalyzed": True,
            "comment": "one\n# two",
            "licenseInfoFromFiles": ["MIT", "BSD-3-Clause"],
        }
    ]
    assert document["files"] == [
        {
            "fileName": "./a",
            "SPDXID": "SPDXRef-f",
            "checksums": [{"algorithm": "SHA1", "checksumValue": "00"}],
            "annotations": [{"annotator": "Person: p", "comment": "about the file"}],
        }
    ]
    assert document["annotations"] == [{"annotator": "Person: p", "comment": "about the document"}]
    assert document["hasExtractedLicensingInfos"] == [{"licenseId": "LicenseRef-x", "extractedText": "x"}]
    assert read(document).components == {("example.com/a", "v1.0.0")}


def test_scalars_of_yaml_are_text_whatever_they_look_like() -> None:
    text = 'spdxVersion: SPDX-2.3\n1: 1.10\non: on\nt: true\nn: ~\nq: "true"\nd: 2026-01-01\nl: []\n'
    assert load(text.encode()) == {
        "spdxVersion": "SPDX-2.3",
        "1": "1.10",
        "on": "on",
        "t": True,
        "n": None,
        "q": "true",
        "d": "2026-01-01",
        "l": [],
    }


def test_cyclonedx_xml_is_read_as_other_tools_write_it() -> None:
    """Tools of the older form, licences by identifier, prefixes, attributes of other vocabularies."""
    body = """
    <b:metadata><b:tools><b:tool><b:vendor>v</b:vendor><b:name>t</b:name></b:tool></b:tools>
      <b:component type="application" bom-ref="r"><b:name>n</b:name></b:component></b:metadata>
    <b:components><b:component type="library" bom-ref="c" x:y="z"><b:name>example.com/c</b:name>
      <b:version>v1.0.0</b:version><b:licenses><b:license><b:id>MIT</b:id></b:license></b:licenses>
      <b:copyright>c</b:copyright></b:component></b:components>
    <b:dependencies><b:dependency ref="r"><b:dependency ref="c"/></b:dependency></b:dependencies>"""
    root = f'<b:bom xmlns:b="http://cyclonedx.org/schema/bom/1.4" xmlns:x="urn:x" version="1">{body}</b:bom>'
    document: Any = load(root.encode())
    assert document["specVersion"] == "1.4"
    assert document["metadata"]["tools"] == [{"vendor": "v", "name": "t"}]
    assert document["components"] == [
        {
            "type": "library",
            "bom-ref": "c",
            "name": "example.com/c",
            "version": "v1.0.0",
            "licenses": [{"license": {"id": "MIT"}}],
            "copyright": "c",
        }
    ]
    assert document["dependencies"] == [{"ref": "r", "dependsOn": ["c"]}]
    assert read(document).components == {("example.com/c", "v1.0.0")}


SMALL = assemble.from_binary(e.executable(e.info([e.FORK])), e.RUN)


@every_format
def test_a_document_that_ends_early_is_refused_or_read(form: Format) -> None:
    """Cut at every offset: nothing but an error of attest leaves the reader."""
    document = write(SMALL, form)
    step = 1 if len(document) < 6_000 else 3
    refused = 0
    for end in range(0, len(document), step):
        try:
            read(load(document[:end]))
        except AttestError as error:
            refused += bool(error.hint)
    assert refused, "a document without its beginning's end is none"
