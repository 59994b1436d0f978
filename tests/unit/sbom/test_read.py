from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from attest.errors import FormatError, LimitError
from attest.model.limits import DEFAULT_LIMITS
from attest.sbom.read import load, read

SHA = "0123456789abcdef" * 4


def cyclonedx(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {
            "component": {
                "type": "application",
                "name": "widget",
                "bom-ref": "root",
                "hashes": [{"alg": "SHA-1", "content": "00"}, {"alg": "SHA-256", "content": SHA.upper()}],
            }
        },
        "components": [
            {
                "type": "library",
                "name": "example.com/log",
                "version": "v1.2.3",
                "bom-ref": "log",
                "purl": "pkg:golang/example.com/log@v1.2.3",
            }
        ],
        "dependencies": [{"ref": "root", "dependsOn": ["log"]}, {"ref": "log"}],
    }
    return {**document, **changes}


SPDX3 = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"


def spdx3(*more: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    hashes = [{"algorithm": "sha1", "hashValue": "00"}, {"algorithm": "sha256", "hashValue": SHA}]
    graph: list[dict[str, Any]] = [
        {"type": "CreationInfo", "@id": "_:info"},
        {"type": "SpdxDocument", "spdxId": "document", "rootElement": ["sbom"]},
        {"type": "software_Sbom", "spdxId": "sbom", "rootElement": ["widget"]},
        {"type": "software_File", "spdxId": "widget", "name": "widget", "verifiedUsing": hashes},
        {
            "type": "software_Package",
            "spdxId": "log",
            "name": "example.com/log",
            "software_packageVersion": "v1.2.3",
            "software_packageUrl": "pkg:golang/example.com/log@v1.2.3",
        },
        {"type": "Relationship", "spdxId": "r1", "from": "widget", "to": ["log"]},
        {"type": "Relationship", "spdxId": "r2", "from": "log", "to": ["NoAssertionElement"]},
    ]
    return {"@context": SPDX3, "@graph": [*graph, *more], **changes}


def package(name: str, version: str = "v1.0.0", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    purl = {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": f"pkg:golang/{name}@{version}",
    }
    found = {"SPDXID": f"SPDXRef-{name}", "name": name, "versionInfo": version, "externalRefs": [purl]}
    return {**found, **changes}


def spdx(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    subject = {
        "SPDXID": "SPDXRef-root",
        "name": "a widget",
        "packageFileName": "widget",
        "primaryPackagePurpose": "FILE",
        "checksums": [
            {"algorithm": "SHA1", "checksumValue": "00"},
            {"algorithm": "SHA256", "checksumValue": SHA},
        ],
    }
    document = {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "packages": [subject, package("example.com/log", "v1.2.3")],
        "relationships": [
            relationship("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-root"),
            relationship("SPDXRef-root", "CONTAINS", "SPDXRef-example.com/log"),
            relationship("SPDXRef-root", "DEPENDS_ON", "NOASSERTION"),
            relationship("SPDXRef-root", "GENERATED_FROM", "DocumentRef-other:SPDXRef-x"),
        ],
    }
    return {**document, **changes}


def relationship(source: str, kind: str, target: str) -> dict[str, str]:
    return {"spdxElementId": source, "relationshipType": kind, "relatedSpdxElement": target}


@pytest.mark.parametrize(
    ("document", "form", "version"), [(cyclonedx(), "cyclonedx", "1.6"), (spdx(), "spdx", "2.3")]
)
def test_what_a_document_says(document: dict[str, Any], form: str, version: str) -> None:
    found = read(document)
    assert (found.format, found.spec_version) == (form, version)
    assert (found.subject_name, found.subject_sha256s) == ("widget", (SHA,))
    assert found.components == {("example.com/log", "v1.2.3")}
    assert (found.duplicates, found.missing_versions, found.faults) == ((), (), ())


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        ({"name": "std", "purl": "pkg:golang/std@go1.22.0"}, {("std", "1.22.0")}),
        ({"name": "stdlib", "purl": "pkg:golang/stdlib@v1.22.0"}, {("std", "1.22.0")}),
        ({"name": "stdlib", "version": "go1.22.0"}, {("std", "1.22.0")}),
        ({"name": "example.com/main", "version": "(devel)"}, {("example.com/main", "")}),
        ({"name": "x", "purl": "pkg:golang/example.com/Up/x@v1.0.0%2Bincompatible?type=module#cmd/x"},
         {("example.com/Up/x", "v1.0.0+incompatible")}),
        ({"name": "x", "group": "example.com/y", "version": "v1.0.0"}, {("example.com/y/x", "v1.0.0")}),
        ({"name": "left-pad", "version": "1.0.0", "purl": "pkg:npm/left-pad@1.0.0"}, set()),
        ({"name": "widget.exe", "version": "v1.0.0"}, set()),
        ({"name": "example.com/x", "version": "v1.0.0", "type": "file"}, set()),
        ({"name": "example.com/x", "version": "v1.0.0", "type": "operating-system"}, set()),
    ],
    ids=lambda each: each.get("purl") or each.get("name") if isinstance(each, dict) else "",
)  # fmt: skip
def test_components_as_different_tools_write_them(
    component: dict[str, str], expected: set[tuple[str, str]]
) -> None:
    found = read(cyclonedx(components=[{"type": "library", **component}], dependencies=[]))
    assert found.components == expected
    assert found.faults == ()


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (package("std", "1.22.0"), {("std", "1.22.0")}),
        (
            {"SPDXID": "SPDXRef-x", "name": "example.com/x", "versionInfo": "v1.0.0"},
            {("example.com/x", "v1.0.0")},
        ),
        (
            {"SPDXID": "SPDXRef-x", "name": "example.com/x", "versionInfo": "NOASSERTION"},
            {("example.com/x", "")},
        ),
        ({"SPDXID": "SPDXRef-x", "name": "example.com/x", "primaryPackagePurpose": "CONTAINER"}, set()),
        ({"SPDXID": "SPDXRef-x", "name": "x"}, set()),
    ],
    ids=["purl", "name", "no version", "container", "no path"],
)
def test_packages_as_different_tools_write_them(
    element: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    assert (
        read(
            spdx(packages=[*spdx()["packages"][:1], element], relationships=spdx()["relationships"][:1])
        ).components
        == expected
    )


def test_nested_components_and_the_subject_count() -> None:
    inner = {"type": "library", "name": "x", "purl": "pkg:golang/example.com/x@v1.0.0"}
    subject = {
        "type": "application",
        "name": "w",
        "purl": "pkg:golang/example.com/w@v2.0.0",
        "components": [inner],
    }
    found = read(
        cyclonedx(
            metadata={"component": subject},
            components=[{"name": "y", "components": [inner]}],
            dependencies=[],
        )
    )
    assert found.components == {("example.com/w", "v2.0.0"), ("example.com/x", "v1.0.0")}
    assert found.duplicates == ("pkg:golang/example.com/x@v1.0.0",)
    assert found.faults == ()


def test_what_is_described_is_no_component_by_its_name_alone() -> None:
    subject = {"type": "application", "name": "example.com/widget", "version": "1.0.0", "bom-ref": "root"}
    assert read(cyclonedx(metadata={"component": subject})).components == {("example.com/log", "v1.2.3")}
    root = {"SPDXID": "SPDXRef-root", "name": "example.com/widget", "versionInfo": "1.0.0"}
    packages = [root, spdx()["packages"][1]]
    assert read(spdx(packages=packages)).components == {("example.com/log", "v1.2.3")}
    url = package("example.com/widget", SPDXID="SPDXRef-root")
    assert ("example.com/widget", "v1.0.0") in read(spdx(packages=[url, packages[1]])).components


def test_missing_versions_are_named() -> None:
    found = read(
        cyclonedx(
            components=[{"type": "library", "name": "x", "purl": "pkg:golang/example.com/x"}], dependencies=[]
        )
    )
    assert found.missing_versions == ("example.com/x",)
    assert found.components == {("example.com/x", "")}


GONE = relationship("SPDXRef-gone", "CONTAINS", "SPDXRef-root")
LOG = cyclonedx()["components"][0]


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (cyclonedx(metadata={}, dependencies=[]), "metadata.component is missing"),
        (cyclonedx(components=[LOG, LOG]), "bom-ref 'log' is there twice"),
        (cyclonedx(dependencies=[{"ref": "root", "dependsOn": ["gone"]}]), "dependencies names 'gone'"),
        (cyclonedx(dependencies=[{"ref": "gone"}]), "dependencies names 'gone'"),
        (cyclonedx(dependencies=[{"ref": "log"}, {"ref": "log"}]), "dependencies of 'log' are listed twice"),
        (cyclonedx(components=[{**LOG, "name": ""}]), "a component has no name"),
        (cyclonedx(components=[{**LOG, "purl": "pkg:"}]), "'pkg:' is no package URL"),
        (cyclonedx(components=[{**LOG, "version": "v9.9.9"}]), "is given version 'v9.9.9' beside"),
        (cyclonedx(services=[{"bom-ref": "log"}]), "bom-ref 'log' is there twice"),
        (
            cyclonedx(metadata={"component": {"name": "w", "bom-ref": "root", "hashes": [
                {"alg": "SHA-256", "content": SHA}, {"alg": "SHA-256", "content": "f" * 64}]}}),
            "metadata.component has no single well-formed SHA-256",
        ),
        (
            cyclonedx(metadata={"component": {"name": "w", "bom-ref": "root", "hashes": [
                {"alg": "SHA-256", "content": "h1:abc="}]}}),
            "metadata.component has no single well-formed SHA-256",
        ),
        (spdx(packages=[*spdx()["packages"], package("example.com/log", "v1.2.3")]),
         "SPDXID 'SPDXRef-example.com/log' is there twice"),
        (spdx(packages=[*spdx()["packages"], {"name": "x"}]), "an element has no SPDXID"),
        (spdx(packages=[*spdx()["packages"], {"SPDXID": "SPDXRef-x"}]), "a package has no name"),
        (spdx(relationships=[]), "the document does not say what it describes"),
        (spdx(documentDescribes=["SPDXRef-gone"]), "what the document describes names 'SPDXRef-gone'"),
        (
            spdx(relationships=[*spdx()["relationships"], GONE]),
            "a relationship names 'SPDXRef-gone', which is not in the document",
        ),
    ],
)  # fmt: skip
def test_faults_are_told_as_sentences(document: dict[str, Any], fault: str) -> None:
    found = read(document)
    assert any(fault in each for each in found.faults), found.faults


def test_described_by_counts_as_describes() -> None:
    found = read(spdx(relationships=[relationship("SPDXRef-root", "DESCRIBED_BY", "SPDXRef-DOCUMENT")]))
    assert (found.subject_name, found.faults) == ("widget", ())


def test_several_subjects_are_told_by_their_digests() -> None:
    found = read(spdx(documentDescribes=["SPDXRef-example.com/log"]))
    assert (found.subject_name, found.subject_sha256s, found.faults) == ("", (SHA,), ())


def test_a_described_file_is_a_subject_too() -> None:
    file = {
        "SPDXID": "SPDXRef-f",
        "fileName": "./widget",
        "checksums": [{"algorithm": "SHA256", "checksumValue": SHA}],
    }
    found = read(spdx(packages=[], files=[file], relationships=[], documentDescribes=["SPDXRef-f"]))
    assert (found.subject_name, found.subject_sha256s) == ("./widget", (SHA,))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({}, "it has neither bomFormat nor spdxVersion"),
        ({"bomFormat": "other"}, "it has neither bomFormat nor spdxVersion"),
        ({"@context": "https://spdx.org/rdf/4.0.0/spdx-context.jsonld"}, "@context is not that of SPDX 3.0"),
        ({"@context": [SPDX3, {"from": "to"}]}, "@context is not that of SPDX 3.0"),
        (spdx3(**{"@graph": {}}), "the document.@graph is no list of objects"),
        (spdx3({"type": "Relationship", "spdxId": "r", "from": 1}), "a relationship.from is no string"),
        (
            spdx3({"type": "Relationship", "spdxId": "r", "to": "x"}),
            "a relationship.to is no list of strings",
        ),
        (spdx3({"type": "software_Package", "spdxId": "p", "name": 3}), "a package.name is no string"),
        (cyclonedx(specVersion="9.9"), "CycloneDX '9.9' is not known here"),
        (cyclonedx(specVersion=1.6), "the document.specVersion is no string"),
        ({"bomFormat": "CycloneDX"}, "CycloneDX '' is not known here"),
        (spdx(spdxVersion="SPDX-9.9"), "'SPDX-9.9' is not known here"),
        (cyclonedx(components={}), "the document.components is no list of objects"),
        (cyclonedx(components=["x"]), "the document.components is no list of objects"),
        (cyclonedx(components=[{"name": 3}]), "a component.name is no string"),
        (cyclonedx(metadata=[]), "the document.metadata is no object"),
        (
            cyclonedx(dependencies=[{"ref": "log", "dependsOn": [3]}]),
            "a dependency.dependsOn is no list of strings",
        ),
        (spdx(packages=[{"SPDXID": [], "name": "x"}]), "an element.SPDXID is no string"),
        (spdx(relationships=[{"spdxElementId": 1}]), "a relationship.spdxElementId is no string"),
        (spdx(documentDescribes="x"), "the document.documentDescribes is no list of strings"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_name(document: dict[str, Any], reason: str) -> None:
    with pytest.raises(FormatError) as raised:
        read(document, file="widget.sbom.json")
    assert reason in str(raised.value)
    assert str(raised.value).startswith("widget.sbom.json: ")
    assert raised.value.hint


def test_components_nested_too_deep_are_refused() -> None:
    component: dict[str, Any] = {"name": "x"}
    for _ in range(100_000):
        component = {"name": "x", "components": [component]}
    with pytest.raises(LimitError, match="nested more than 64 deep"):
        read(cyclonedx(components=[component]))


def test_too_many_elements_are_refused() -> None:
    limits = replace(DEFAULT_LIMITS, sbom_elements=3)
    with pytest.raises(LimitError, match="more than 3 elements"):
        read(cyclonedx(components=[LOG] * 4), limits=limits)
    with pytest.raises(LimitError, match="more than 3 elements"):
        read(cyclonedx(dependencies=[{"ref": "log", "dependsOn": ["log"] * 4}]), limits=limits)


def test_many_faults_are_counted_rather_than_told() -> None:
    limits = replace(DEFAULT_LIMITS, sbom_faults=2)
    found = read(cyclonedx(components=[{"name": ""}] * 5, dependencies=[]), limits=limits)
    assert found.faults == ("a component has no name", "a component has no name", "and 3 faults more")


def test_hostile_text_is_told_short_and_printable() -> None:
    found = read(cyclonedx(components=[{"name": "x", "purl": "\x1b[31m" + "a" * 1000}], dependencies=[]))
    assert found.faults == (f"'\\x1b[31m{'a' * 75}...' is no package URL",)


def test_load_gives_the_object() -> None:
    assert load(b"\xef\xbb\xbf" + json.dumps(spdx()).encode()) == spdx()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is no SBOM in a form that is read"),
        (b"{", "is no JSON"),
        (b"\xff", "is no SBOM in a form that is read"),
        (b"{\xff", "its bytes are no UTF-8"),
        (b"[]", "is JSON, but no object"),
        (b'{"a": 1, "a": 2}', "has the key 'a' twice in one object"),
        (b'{"a": NaN}', "has NaN, which is no JSON"),
        (b'{"a": ' + b"1" * 5000 + b"}", "has a number with too many digits"),
        (b'{"a": "unclosed [[[[', "is no JSON"),
        (b'{"a": "\\', "is no JSON"),
    ],
)
def test_what_is_no_json_object_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(FormatError) as raised:
        load(data, file="x.json")
    assert reason in str(raised.value)
    assert str(raised.value).startswith("x.json")


@pytest.mark.parametrize("data", [b"[" * 1_000_000, b'{"a":' * 1_000_000, b"[" * 65 + b"]" * 65])
def test_a_depth_bomb_is_refused(data: bytes) -> None:
    with pytest.raises(LimitError, match="nested more than 64 levels deep"):
        load(data)


def test_brackets_in_strings_are_no_depth() -> None:
    assert load(json.dumps({"a": "[" * 1000, "b": '\\"[' * 100}).encode())["a"] == "[" * 1000


def test_a_document_that_is_too_large_is_refused() -> None:
    with pytest.raises(LimitError, match="more than the 10 that are read"):
        load(b" " * 11, limits=replace(DEFAULT_LIMITS, sbom_bytes=10))


def test_spdx_3_says_what_the_others_say() -> None:
    found = read(spdx3())
    assert (found.format, found.spec_version, found.subject_name) == ("spdx", "3.0.1", "widget")
    assert found.subject_sha256s == (SHA,)
    assert found.components == {("example.com/log", "v1.2.3")}
    assert (found.faults, found.missing_versions, found.duplicates) == ((), (), ())


def test_the_files_of_an_spdx_3_release_are_its_subjects() -> None:
    release = {"type": "software_Package", "spdxId": "release", "name": "widget"}
    contains = {"type": "Relationship", "spdxId": "r9", "from": "release", "to": ["widget", "log"]}
    document = spdx3(release, {**contains, "relationshipType": "contains"})
    document["@graph"][2]["rootElement"] = ["release"]
    assert read(document).subject_sha256s == (SHA,)


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"type": "Relationship", "spdxId": "r", "from": "x", "to": ["log"]}, "a relationship names 'x'"),
        ({"type": "Relationship", "spdxId": "r", "from": "log", "to": ["x"]}, "a relationship names 'x'"),
        ({"type": "software_Package", "spdxId": "log", "name": "a"}, "spdxId 'log' is there twice"),
        ({"type": "software_Package", "name": "a"}, "type 'software_Package' has no spdxId"),
        ({"type": "software_Package", "spdxId": "a"}, "a package has no name"),
        (
            {"type": "software_Package", "spdxId": "a", "name": "a", "software_packageUrl": "nonsense"},
            "'nonsense' is no package URL",
        ),
    ],
)
def test_faults_of_spdx_3_are_told(more: dict[str, Any], fault: str) -> None:
    assert any(fault in each for each in read(spdx3(more)).faults)


def test_an_spdx_3_document_that_describes_nothing_is_faulty() -> None:
    document = spdx3()
    del document["@graph"][1]
    assert "the document does not say what it describes" in read(document).faults
    document["@graph"].append({"type": "SpdxDocument", "spdxId": "d", "rootElement": ["sbom", "d"]})
    assert read(document).subject_sha256s == (SHA,), "roots that go in circles end"


def test_elements_that_another_spdx_3_document_holds_are_named() -> None:
    outside = {"type": "Relationship", "spdxId": "r", "from": "log", "to": ["https://example.com/other#a"]}
    document = spdx3(outside)
    document["@graph"][1]["import"] = [
        {"type": "ExternalMap", "externalSpdxId": "https://example.com/other#a"}
    ]
    assert read(document).faults == ()


def test_an_spdx_3_package_without_a_package_url_is_known_by_its_name() -> None:
    named = {
        "type": "software_Package",
        "spdxId": "a",
        "name": "example.com/a",
        "software_packageVersion": "v1",
    }
    known: dict[str, Any] = {**named, "spdxId": "b", "name": "B"}
    known["externalIdentifier"] = [
        {"externalIdentifierType": "packageUrl", "identifier": "pkg:golang/example.com/b@v1"},
        {"externalIdentifierType": "cpe23", "identifier": "cpe:2.3:a:b:b"},
    ]
    assert read(spdx3(named, known)).components == {
        ("example.com/log", "v1.2.3"),
        ("example.com/a", "v1"),
        ("example.com/b", "v1"),
    }


GREET = ("example.com/greet", "v1.2.0")


@pytest.mark.parametrize(
    ("licenses", "told"),
    [
        ([], None),
        ([{"expression": "MIT OR Apache-2.0"}], ("MIT OR Apache-2.0",)),
        ([{"license": {"id": "MIT"}}, {"license": {"id": "ISC"}}], ("ISC", "MIT")),
        ([{"license": {"name": "Our own!"}}], ("LicenseRef-Our-own-",)),
        ([{"license": {"id": "MIT", "acknowledgement": "declared"}}], ("MIT",)),
        (
            [
                {"license": {"id": "MIT", "acknowledgement": "declared"}},
                {"expression": "ISC", "acknowledgement": "concluded"},
            ],
            ("ISC",),
        ),
        ([{}], None),
    ],
)
def test_the_licences_of_a_cyclonedx_component(licenses: list[Any], told: tuple[str, ...] | None) -> None:
    component = {"type": "library", "name": "greet", "purl": "pkg:golang/example.com/greet@v1.2.0"}
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "components": [{**component, "licenses": licenses}],
    }
    assert read(document).licenses == (((GREET, told),) if told else ())


@pytest.mark.parametrize(
    ("concluded", "declared", "told"),
    [
        ("MIT", "ISC", ("MIT",)),
        ("NOASSERTION", "ISC", ("ISC",)),
        ("NONE", "NOASSERTION", None),
        (None, None, None),
    ],
)
def test_the_licences_of_an_spdx_package(
    concluded: str | None, declared: str | None, told: tuple[str, ...] | None
) -> None:
    url = {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": "pkg:golang/example.com/greet@v1.2.0",
    }
    package = {
        "SPDXID": "SPDXRef-a",
        "name": "greet",
        "externalRefs": [url],
        "licenseConcluded": concluded,
        "licenseDeclared": declared,
    }
    document: dict[str, Any] = {"spdxVersion": "SPDX-2.3", "packages": [package]}
    assert read(document).licenses == (((GREET, told),) if told else ())
