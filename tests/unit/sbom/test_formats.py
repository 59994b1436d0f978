"""Both formats: valid by their own judges, the same bytes every time, and the same facts in both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cyclonedx.spdx import is_supported_id

from attest.app.sbom import EXTENSIONS, Format, write
from attest.errors import InputError
from attest.model.binary import LinkedPackage, Module
from attest.model.bom import BomComponent, BomRelation, VexReference
from attest.model.fact import Fact
from attest.model.license import LicenseMatch, Licenses
from attest.model.source import Platform
from attest.model.stated import Stated
from attest.sbom import assemble, cyclonedx, spdx2, spdx3
from attest.sbom.describe import describe
from attest.sbom.identity import expected_components
from attest.sbom.read import load, read
from tests.conftest import REPOSITORY
from tests.unit.sbom import examples as e
from tests.unit.sbom import validators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attest.model.bom import Bom

AMD, ARM = (Platform(goos="darwin", goarch=each) for each in ("amd64", "arm64"))


def binary(*arguments: Any, linked: Any = (), allow_empty: bool = False) -> Bom:  # noqa: ANN401 - as examples' own
    return assemble.from_binary(
        e.executable(*arguments), replace(e.RUN, allow_empty=allow_empty), linked=linked
    )


def universal() -> Bom:
    infos = [e.info([e.LOG], platform=AMD), e.info(platform=ARM)]
    return assemble.from_binary(e.universal(infos), e.RUN)


def release() -> Bom:
    windows = Platform(goos="windows", goarch="amd64")
    boms = [
        binary(e.info(), linked=[e.linked()]),
        binary(e.info(platform=windows), "widget.exe", windows),
        universal(),
    ]
    return assemble.union(boms, name="widget", version="v1.0.0")


def archive() -> Bom:
    """An archive with a plain and a universal file in it."""
    infos = [e.info([e.LOG], platform=AMD), e.info(platform=ARM)]
    name = "widget.zip"
    members = {
        path: assemble.from_binary(file, e.RUN, name=f"{name}!{path}")
        for path, file in (("bin/widget", e.executable(e.info())), ("mac", e.universal(infos)))
    }
    return assemble.from_archive(e.archive(name), members, e.RUN, name=name)


def release_of_archives() -> Bom:
    return assemble.union([archive(), binary(e.info())], name="widget", version="v1.0.0")


def source() -> Bom:
    return assemble.from_source(e.linked(), replace(e.RUN, author="Example Ltd", supplier="Example Ltd"))


def unknown() -> Bom:
    """Nothing is known that may be unknown."""
    main = Module(path=e.WIDGET, version="(devel)")
    return binary(e.info([e.LOCAL], main=main, path="command-line-arguments", go_version="devel"))


def everything() -> Bom:
    """Every field of every kind of component is filled."""
    packages = (
        LinkedPackage(path="example.com/log/level", module="example.com/log", functions=2, size=300),
        LinkedPackage(path="fmt", module="std", functions=1, size=10),
        LinkedPackage(path="example.com/widget/cmd/widget", module=e.WIDGET, functions=1, size=20),
        LinkedPackage(path="example.com/unheard/of", module="", functions=1, size=20),
    )
    file = e.executable(e.info(cgo="1"))
    libraries = Fact(name="libraries", value=("libc.so.6", "libpthread.so.0"), source="DT_NEEDED")
    report = replace(file.report, packages=packages, facts=(libraries,))
    bom = assemble.from_binary(
        replace(file, report=report),
        replace(e.RUN, packages=True, author="Example Ltd", supplier="Example Ltd"),
        linked=[e.linked(cgo=True)],
    )
    return replace(
        bom,
        vex=(
            VexReference(url="widget.openvex.json", sha256="cd" * 32, format="openvex", id="urn:vex:1"),
            VexReference(url="https://example.com/vex.cdx.json?a=1", sha256="ef" * 32, format="cyclonedx"),
        ),
        components=(*map(_filled, bom.components), _TREE, _TESTED, _REQUIRED),
        relations=(
            *bom.relations,
            BomRelation(source=_main(bom), kind="contains", target=_TREE.ref),
            BomRelation(source=_main(bom), kind="tested-with", target=_TESTED.ref),
            BomRelation(source=_TESTED.ref, kind="requires", target=_REQUIRED.ref),
        ),
    )


def _main(bom: Bom) -> str:
    return next(each.ref for each in bom.components if each.kind == "main")


_TREE = BomComponent(
    ref="tree:vendor",
    kind="tree",
    name="vendor",
    version=Stated(unknown_because="a directory has no version"),
    sum=e.H1,
)
_TESTED = BomComponent(
    ref="module:example.com/testify@v1.0.0",
    kind="module",
    name="example.com/testify",
    version=Stated(value="v1.0.0"),
    purl="pkg:golang/example.com/testify@v1.0.0",
    evidence=("go.sum", "source"),
)
_REQUIRED = BomComponent(
    ref="module:example.com/unused@v1.0.0",
    kind="module",
    name="example.com/unused",
    version=Stated(value="v1.0.0"),
    purl="pkg:golang/example.com/unused@v1.0.0",
    evidence=("go.mod",),
)


def _filled(component: BomComponent) -> BomComponent:
    if component.name != "example.com/log":
        return component
    licenses = Licenses(
        declared=Stated(value="Apache-2.0 OR MIT"),
        concluded=Stated(value="Apache-2.0 AND LicenseRef-Example"),
        concluded_from="the policy",
        matches=(
            LicenseMatch(identifier="Apache-2.0", file="LICENSE", first_line=1, last_line=202),
            LicenseMatch(identifier="GooglePatentClause", file="PATENTS", first_line=2, last_line=3),
            LicenseMatch(identifier="MIT", file="LICENSE", first_line=204, last_line=220),
        ),
        unrecognized=("COPYING",),
        copyrights=("Copyright 2020 A", "Copyright 2021 B"),
    )
    return replace(
        component,
        licenses=licenses,
        zip_sha256="ab" * 32,
        origin="git+https://example.com/log@0123456789abcdef0123456789abcdef01234567",
    )


BOMS: dict[str, Callable[[], Bom]] = {
    "binary": lambda: binary(e.info()),
    "everything": everything,
    "binary and source": lambda: binary(e.info(), linked=[e.linked()]),
    "universal": universal,
    "release": release,
    "archive": archive,
    "release of archives": release_of_archives,
    "source": source,
    "unknown": unknown,
    "cgo": lambda: binary(e.info(cgo="1")),
    "no main module": lambda: binary(e.info(main=None)),
    "empty": lambda: binary(None, allow_empty=True),
}
every_bom = pytest.mark.parametrize("make", BOMS.values(), ids=BOMS)
every_format = pytest.mark.parametrize("form", EXTENSIONS)


@every_bom
@pytest.mark.parametrize("version", ["1.6", "1.7"])
def test_cyclonedx_is_valid_in_every_version_and_form(
    make: Callable[[], Bom], version: cyclonedx.Version
) -> None:
    bom = make()
    content = cyclonedx.to_json(bom, version)
    assert validators.cyclonedx_errors(content, version) == []
    assert validators.cyclonedx_xml_errors(cyclonedx.to_xml(bom, version), version) == []
    serial = json.loads(content)["serialNumber"]
    assert f'serialNumber="{serial}"' in cyclonedx.to_xml(bom, version).decode()


@every_bom
def test_spdx_says_the_same_in_each_of_its_forms(make: Callable[[], Bom]) -> None:
    bom = make()
    expected = validators.parsed_spdx(spdx2.to_json(bom))
    for form in ("spdx-tag-value", "spdx-yaml", "spdx-xml", "spdx-rdf"):
        document = validators.parsed_spdx_form(write(bom, form), form)
        one, other = validators.all_of(document), validators.all_of(expected)
        assert (one - other, other - one) == (Counter(), Counter()), form


@pytest.mark.parametrize("make", [everything, unknown])
def test_spdx_3_is_valid_by_the_official_shapes(
    make: Callable[[], Bom], official: Callable[[str], Any], official_text: Callable[[str], str]
) -> None:
    context = official("spdx/spdx-3.0.1.context.jsonld")
    model = official_text("spdx/spdx-3.0.1.model.ttl")
    assert validators.shacl_errors(spdx3.to_json(make()), context, model) == ""


@every_bom
def test_the_formats_say_the_same_of_go(make: Callable[[], Bom]) -> None:
    bom = make()
    one, *others = (
        replace(read(load(write(bom, form))), format="", spec_version="")
        for form in EXTENSIONS
        if "json" in form
    )
    assert others == [one, one, one]


@every_bom
def test_cyclonedx_is_valid_by_the_librarys_strict_validator_and_the_official_schema(
    make: Callable[[], Bom],
) -> None:
    assert validators.cyclonedx_errors(cyclonedx.to_json(make())) == []


@every_bom
def test_spdx_is_valid_by_the_librarys_validator(make: Callable[[], Bom]) -> None:
    content = spdx2.to_json(make())
    assert validators.spdx_errors(content) == []
    assert validators.spdx_element_errors(content) == []


@every_bom
def test_spdx_is_valid_by_the_official_schema(
    make: Callable[[], Bom], official: Callable[[str], Any]
) -> None:
    assert validators.schema_errors(spdx2.to_json(make()), official("spdx/spdx-2.3.schema.json")) == []


def test_the_judges_see_what_is_wrong(official: Callable[[str], Any]) -> None:
    document = json.loads(cyclonedx.to_json(binary(e.info())))
    document["components"][0]["hashes"] = [{"alg": "SHA-256", "content": e.H1}]
    assert validators.cyclonedx_errors(json.dumps(document).encode())
    document = json.loads(spdx2.to_json(binary(e.info())))
    document["relationships"][0]["relatedSpdxElement"] = "SPDXRef-nowhere"
    assert validators.spdx_errors(json.dumps(document).encode())
    del document["packages"][0]["downloadLocation"]
    assert validators.schema_errors(json.dumps(document).encode(), official("spdx/spdx-2.3.schema.json"))


@every_bom
def test_both_formats_say_the_same(make: Callable[[], Bom]) -> None:
    bom = make()
    one, other = (read(load(each.to_json(bom))) for each in (cyclonedx, spdx2))
    assert one.faults == other.faults == ()
    assert (one.subject_name, one.subject_sha256s, one.components, one.missing_versions) == (
        other.subject_name,
        other.subject_sha256s,
        other.components,
        other.missing_versions,
    )
    subject = next(each for each in bom.components if each.ref == bom.subject)
    assert one.subject_name == subject.name
    files = [subject] if subject.identity else [each for each in bom.components if each.parent == subject.ref]
    assert one.subject_sha256s == tuple(sorted(each.identity.sha256 for each in files if each.identity))


@every_bom
def test_both_formats_make_the_same_statements(make: Callable[[], Bom]) -> None:
    bom = make()
    cdx, spdx = json.loads(cyclonedx.to_json(bom)), json.loads(spdx2.to_json(bom))

    def components(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        return [one for each in found for one in (each, *components(each.get("components", ())))]

    everything = components([cdx["metadata"]["component"], *cdx.get("components", ())])
    # CycloneDX has no kinds of relations, SPDX no readable references, no supplier of the document and no
    # URLs of suppliers.
    in_cdx = sorted(
        f"{one['name']}={one.get('value', '')}"
        for each in everything
        for one in each["properties"]
        if not one["name"].startswith(("attest:relation:", "attest:linked-into"))
    )
    in_spdx = [one["comment"] for each in spdx["packages"] for one in each["annotations"]]
    assert in_cdx == sorted(
        each for each in in_spdx if not each.startswith(("attest:contact=", "attest:ref="))
    )
    assert sorted(f"{one['name']}={one['value']}" for one in cdx["metadata"]["properties"]) == sorted(
        each
        for one in spdx["annotations"]
        for each in [one["comment"]]
        if not each.startswith("attest:supplier=")
    )


@pytest.mark.parametrize("make", [BOMS["binary"], BOMS["universal"], BOMS["binary and source"]])
def test_both_formats_name_what_the_binary_holds(make: Callable[[], Bom]) -> None:
    expected = expected_components(e.report(e.info()))
    assert read(load(cyclonedx.to_json(make()))).components == expected
    assert read(load(spdx2.to_json(make()))).components == expected


def test_cyclonedx_says_it_in_its_own_words() -> None:
    document = json.loads(cyclonedx.to_json(binary(e.info(cgo="1"))))
    file = e.executable(e.info())
    assert (document["specVersion"], document["version"]) == ("1.6", 1)
    metadata = document["metadata"]
    assert metadata["timestamp"] == "2026-03-04T05:06:07+00:00"
    assert metadata["lifecycles"] == [{"phase": "post-build"}]
    assert metadata["tools"]["components"] == [{"name": "attest", "type": "application", "version": "0.1.0"}]
    subject = metadata["component"]
    assert (subject["name"], subject["type"], subject["version"]) == ("widget", "file", "v1.0.0")
    assert {each["alg"]: each["content"] for each in subject["hashes"]} == {
        "SHA-256": file.identity.sha256,
        "SHA-512": file.identity.sha512,
    }
    components = {each["bom-ref"]: each for each in document["components"]}
    log = components["module:example.com/log@v1.2.3"]
    assert "hashes" not in log
    assert {"name": "attest:go:h1", "value": e.H1} in log["properties"]
    compositions = {each["aggregate"]: each["dependencies"] for each in document["compositions"]}
    assert "std:1.27.3" in compositions["complete"]
    assert "main:example.com/widget@v1.0.0#cmd/widget?linux/amd64" in compositions["unknown"]
    assert log["bom-ref"] in compositions["unknown"]
    declared = {each["ref"] for each in document["dependencies"]}
    assert "std:1.27.3" in declared, "depends on nothing: declared, and empty"
    assert log["bom-ref"] not in declared, "not known: not declared"


def test_contacts_and_files_stand_where_each_format_has_them() -> None:
    run = replace(
        e.RUN,
        author="Example Ltd",
        author_contact="sbom@example.com",
        supplier="Ships Ltd",
        supplier_contact="https://ships.example/a",
        license="MIT",
    )
    bom = assemble.from_binary(e.executable(e.info(), "my widget"), run)
    document = json.loads(cyclonedx.to_json(bom))
    assert document["metadata"]["manufacturer"] == {
        "name": "Example Ltd",
        "contact": [{"email": "sbom@example.com"}],
    }
    subject = document["metadata"]["component"]
    assert subject["manufacturer"] == subject["supplier"] == document["metadata"]["supplier"]
    assert subject["supplier"]["name"] == "Ships Ltd"
    assert subject["licenses"] == [{"expression": "MIT", "acknowledgement": "concluded"}]
    (distribution,) = subject["externalReferences"]
    assert (distribution["type"], distribution["url"]) == ("distribution", "./my%20widget")
    assert distribution["hashes"] == [{"alg": "SHA-512", "content": e.identity(b"my widget").sha512}]
    log = next(each for each in document["components"] if each["name"] == "example.com/log")
    assert log["manufacturer"] == {"name": "example.com", "url": ["https://example.com"]}
    graph = json.loads(spdx3.to_json(bom))["@graph"]
    (file,) = [each for each in graph if each["type"] == "software_File"]
    assert (file["name"], file["software_additionalPurpose"]) == ("my widget", ["executable", "firmware"])
    assert {each["algorithm"] for each in file["verifiedUsing"]} == {"sha256", "sha512"}
    (leading,) = [each for each in graph if each.get("relationshipType") == "hasDistributionArtifact"]
    packages = {each["spdxId"]: each for each in graph if each["type"] == "software_Package"}
    package = packages[leading["from"]]
    assert (package["name"], leading["to"]) == ("my widget", [file["spdxId"]])
    makers = {each["spdxId"]: each for each in graph if each["type"] == "Organization"}
    assert makers[package["suppliedBy"]]["name"] == "Ships Ltd"
    assert package["originatedBy"] == [package["suppliedBy"]]
    kinds = {
        each["name"]: [one["externalIdentifierType"] for one in each["externalIdentifier"]]
        for each in makers.values()
    }
    assert kinds == {
        "Example Ltd": ["email"],
        "Ships Ltd": ["other"],
        "example.com": ["other"],
        "golang.org": ["other"],
    }


def test_a_universal_file_is_an_archive_of_executables() -> None:
    document = json.loads(cyclonedx.to_json(universal()))
    whole = document["metadata"]["component"]
    said = {each["name"]: each["value"] for each in whole["properties"] if each["name"].startswith("bsi:")}
    assert said == {
        "bsi:component:archive": "archive",
        "bsi:component:executable": "executable",
        "bsi:component:filename": "widget-universal",
        "bsi:component:structured": "structured",
    }
    for each in whole["components"]:
        assert not [one for one in each["properties"] if one["name"].startswith("bsi:")]
        assert "externalReferences" not in each


@every_format
def test_what_the_files_of_an_archive_are(form: Format) -> None:
    found = {each.name: each for each in describe(load(write(archive(), form))).components}
    told = {
        name: (
            each.kind,
            each.filename.value,
            each.executable.value,
            each.archive.value,
            each.structured.value,
        )
        for name, each in found.items()
        if each.kind in {"file", "slice"}
    }
    assert told == {
        "widget.zip": ("file", "widget.zip", "non-executable", "archive", "structured"),
        "widget.zip!bin/widget": ("file", "widget", "executable", "no archive", "unstructured"),
        "widget.zip!mac": ("file", "mac", "executable", "archive", "structured"),
        "widget.zip!mac (darwin/amd64)": ("slice", "", "", "", ""),
        "widget.zip!mac (darwin/arm64)": ("slice", "", "", "", ""),
    }
    assert all(each.sha512.value for each in found.values() if each.kind == "file")


def test_the_slices_of_a_universal_file_are_nested() -> None:
    document = json.loads(cyclonedx.to_json(universal()))
    slices = document["metadata"]["component"]["components"]
    assert [each["name"] for each in slices] == [
        "widget-universal (darwin/amd64)",
        "widget-universal (darwin/arm64)",
    ]
    assert all(each["hashes"] and each["type"] == "file" for each in slices)
    depends = {each["ref"]: each.get("dependsOn", []) for each in document["dependencies"]}
    mains = [depends[each["bom-ref"]] for each in slices]
    assert [len(each) for each in mains] == [1, 1]
    assert mains[0] != mains[1]
    assert all(depends[main] == ["std:1.27.3"] for (main,) in mains), "who imports whom is not known"


def test_spdx_says_it_in_its_own_words() -> None:
    document = json.loads(spdx2.to_json(binary(e.info(cgo="1"))))
    file = e.executable(e.info())
    assert document["creationInfo"] == {
        "created": "2026-03-04T05:06:07Z",
        "creators": ["Tool: attest-0.1.0"],
        "comment": "Generation context: Analyzed",
    }
    assert f"/{file.identity.sha256}/" in document["documentNamespace"]
    packages = {each["name"]: each for each in document["packages"]}
    subject = packages["widget"]
    assert subject["packageFileName"] == "widget"
    assert {each["algorithm"]: each["checksumValue"] for each in subject["checksums"]} == {
        "SHA256": file.identity.sha256,
        "SHA512": file.identity.sha512,
    }
    log = packages["example.com/log"]
    assert "checksums" not in log
    assert f"attest:go:h1={e.H1}" in [each["comment"] for each in log["annotations"]]
    assert log["downloadLocation"] == "NOASSERTION"
    assert "the proxy or repository that it was fetched from" in log["comment"]
    assert "licenseConcluded" not in log
    names = {each["SPDXID"]: each["name"] for each in document["packages"]} | {"SPDXRef-DOCUMENT": "document"}
    related = {
        (names[each["spdxElementId"]], each["relationshipType"], names.get(target, target))
        for each in document["relationships"]
        for target in [each["relatedSpdxElement"]]
    }
    assert {
        ("document", "DESCRIBES", "widget"),
        ("widget", "GENERATED_FROM", "example.com/widget"),
        ("widget", "STATIC_LINK", "example.com/log"),
        ("example.com/widget", "DEPENDS_ON", "NOASSERTION"),
        ("example.com/log", "DEPENDS_ON", "NOASSERTION"),
        ("std", "DEPENDS_ON", "NONE"),
    } <= related
    nothing = {source for source, kind, target in related if (kind, target) == ("DEPENDS_ON", "NONE")}
    assert nothing == {"std"}, "a file is generated from its main module: not nothing"


def test_a_release_names_the_digests_of_its_files() -> None:
    files = [e.identity(each.encode()).sha256 for each in ("widget", "widget.exe", "widget-universal")]
    for to_json in (cyclonedx.to_json, spdx2.to_json, spdx3.to_json):
        assert read(load(to_json(release()))).subject_sha256s == tuple(sorted(files))
    inside = json.loads(cyclonedx.to_json(release()))["metadata"]["component"]["components"]
    assert {each["name"]: len(each.get("components", ())) for each in inside} == {
        "widget": 0,
        "widget.exe": 0,
        "widget-universal": 2,
    }


def test_the_union_relates_the_builds_of_one_command() -> None:
    document = json.loads(spdx2.to_json(release()))
    names = {each["SPDXID"]: each["name"] for each in document["packages"]}
    variants = {
        (names[each["spdxElementId"]], names[each["relatedSpdxElement"]])
        for each in document["relationships"]
        if each["relationshipType"] == "VARIANT_OF"
    }
    assert variants == {
        ("widget.exe", "widget"),
        ("widget-universal (darwin/amd64)", "widget"),
        ("widget-universal (darwin/arm64)", "widget"),
    }
    (edge,) = [
        each["comment"]
        for each in document["relationships"]
        if each["relationshipType"] == "DEPENDS_ON"
        and names[each["spdxElementId"]] == "example.com/log"
        and names.get(each["relatedSpdxElement"]) == "example.com/local"
    ]
    assert edge == "on linux/amd64", "an edge that only the source of one platform shows"


def test_author_and_supplier_are_told_where_given() -> None:
    cdx = json.loads(cyclonedx.to_json(source()))["metadata"]
    assert cdx["authors"] == [{"name": "Example Ltd"}]
    assert cdx["supplier"] == {"name": "Example Ltd"}
    assert cdx["lifecycles"] == [{"phase": "pre-build"}]
    spdx = json.loads(spdx2.to_json(source()))
    assert "Organization: Example Ltd" in spdx["creationInfo"]["creators"]
    suppliers = {each["name"]: each.get("supplier") for each in spdx["packages"]}
    assert suppliers == {
        "example.com/Forks/text": "Organization: example.com",
        "example.com/local": "Organization: example.com",
        "example.com/log": "Organization: example.com",
        "example.com/widget": "Organization: Example Ltd",
        "std": "Organization: golang.org",
    }


@every_bom
@every_format
def test_the_same_bytes_every_time(make: Callable[[], Bom], form: Format) -> None:
    bom = make()
    shuffled = replace(
        bom,
        components=bom.components[::-1],
        relations=bom.relations[::-1],
        dependency_lists=bom.dependency_lists[::-1],
    )
    assert write(bom, form) == write(make(), form) == write(shuffled, form)


@pytest.mark.parametrize("write", [cyclonedx.to_json, spdx2.to_json, spdx3.to_json])
def test_another_document_has_another_name(write: Callable[[Bom], bytes]) -> None:
    first = binary(e.info())
    others = [
        replace(first, tool_version="0.2.0"),
        binary(e.info([e.LOG])),
        binary(e.info(), "widget2"),
    ]
    identifiers = {
        document.get("serialNumber") or document.get("documentNamespace") or _namespace(document)
        for document in (json.loads(write(each)) for each in (first, *others))
    }
    assert len(identifiers) == 4


def _namespace(document: dict[str, Any]) -> str:
    """What the names of an SPDX 3 document begin with."""
    (element,) = [each for each in document["@graph"] if each["type"] == "SpdxDocument"]
    name: str = element["spdxId"]
    return name.partition("#")[0]


HASHES = """
import hashlib, sys
from tests.unit.sbom.test_formats import BOMS
from attest.app.sbom import EXTENSIONS, write
for name in sorted(BOMS):
    for form in EXTENSIONS:
        print(name, form, hashlib.sha256(write(BOMS[name](), form)).hexdigest())
"""


def test_the_same_bytes_whatever_the_hash_seed_and_the_time_zone() -> None:
    def run(seed: str, zone: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(REPOSITORY)}
        return subprocess.run(
            [sys.executable, "-c", HASHES],
            env=environment,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    one = run("1", "UTC")
    assert len(one.splitlines()) == len(EXTENSIONS) * len(BOMS)
    assert one == run("4242", "Asia/Kathmandu")


ALONE = """
import datetime, random, sys, time, uuid
from tests.unit.sbom.test_formats import release
from attest.app.sbom import EXTENSIONS, write
bom = release()
# spdx-tools builds the grammar of its parser, and rdflib names blank nodes at random, before they are renamed
forms = [each for each in EXTENSIONS if each != "spdx-rdf"]
for form in forms:
    write(bom, form)  # whatever is imported is imported now

def refuse(event, arguments):
    if event.partition(".")[0] in {"socket", "subprocess", "urllib", "http", "os", "open"}:
        raise SystemExit(f"{event} {arguments}")

def clock(*_):
    raise SystemExit("a clock or a random number was asked for")

time.time = time.time_ns = uuid.uuid4 = random.random = clock
sys.addaudithook(refuse)
for form in forms:
    write(bom, form)
"""


def test_nothing_outside_is_touched_while_a_document_is_written() -> None:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    subprocess.run([sys.executable, "-c", ALONE], env=environment, cwd=REPOSITORY, check=True)


@every_format
def test_a_reference_to_nothing_is_not_written(form: Format) -> None:
    bom = binary(e.info())
    with pytest.raises(InputError, match="is named but is no component"):
        write(replace(bom, components=bom.components[1:]), form)
    with pytest.raises(InputError, match="two components are called"):
        write(replace(bom, components=(*bom.components, bom.components[0])), form)


@every_format
def test_text_that_json_cannot_hold_is_an_error_of_the_input(form: Format) -> None:
    bom = binary(e.info())
    with pytest.raises(InputError, match="the SBOM cannot be written as"):
        write(replace(bom, components=(replace(bom.components[0], name="\ud800"), *bom.components[1:])), form)


def test_a_package_url_that_is_none_is_an_error_of_the_input() -> None:
    bom = binary(e.info())
    broken = replace(bom, components=(replace(bom.components[0], purl="nonsense"), *bom.components[1:]))
    with pytest.raises(InputError, match="'nonsense' is no package URL"):
        cyclonedx.to_json(broken)


def test_a_value_of_a_wrong_type_is_an_error_of_the_input() -> None:
    bom = binary(e.info())
    wrong = replace(bom.components[0], version=Stated(value=3))  # type: ignore[arg-type] # that is the point
    with pytest.raises(InputError, match="the SBOM cannot be written as SPDX"):
        spdx2.to_json(replace(bom, components=(wrong, *bom.components[1:])))


@pytest.mark.parametrize(
    ("form", "text", "reason"),
    [
        ("spdx-tag-value", "a</text>b", "holds '</text>'"),
        ("spdx-tag-value", "a\nPackageName: b", r"holds '\\n'"),
        ("spdx-xml", "a\x01", r"cannot be written as XML: .* holds '\\x01'"),
        ("spdx-rdf", "a\x01", r"cannot be written as RDF: .* holds '\\x01'"),
        ("cyclonedx-xml", "a\x01", r"cannot be written as XML: .* holds '\\x01'"),
    ],
)
def test_text_that_a_form_cannot_hold_is_refused(form: Format, text: str, reason: str) -> None:
    bom = binary(e.info())
    forged = replace(bom.components[0], settings=(("-ldflags", text),))
    hostile = replace(bom, components=(forged, *bom.components[1:]))
    with pytest.raises(InputError, match=reason):
        write(hostile, form)
    said = json.loads(write(hostile, "cyclonedx-json"))["metadata"]["component"]["properties"]
    assert {"name": "attest:go:build:-ldflags", "value": text} in said


def test_spdx_3_uses_the_words_of_the_specification() -> None:
    document = json.loads(spdx3.to_json(everything()))
    graph = document["@graph"]
    names = {each["spdxId"]: each.get("name", each["type"]) for each in graph if "spdxId" in each}
    said = {
        (names[each["from"]], each["relationshipType"], names.get(target, target), each.get("scope", ""))
        for each in graph
        if each["type"] in {"Relationship", "LifecycleScopedRelationship"}
        for target in each["to"]
    }
    assert {
        ("example.com/widget", "generates", "widget", ""),
        ("widget", "hasStaticLink", "example.com/log", ""),
        ("widget", "hasDynamicLink", "libc.so.6", ""),
        ("widget", "usesTool", "toolchain", "build"),
        ("example.com/widget", "dependsOn", "example.com/testify", "test"),
        ("example.com/widget", "dependsOn", "example.com/log", ""),
        ("example.com/log", "contains", "example.com/log/level", ""),
        ("example.com/log", "hasConcludedLicense", "simplelicensing_LicenseExpression", ""),
    } <= said
    (log,) = [each for each in graph if each.get("name") == "example.com/log"]
    assert log["verifiedUsing"] == [{"type": "Hash", "algorithm": "sha256", "hashValue": "ab" * 32}]
    assert log["software_copyrightText"] == "Copyright 2020 A\nCopyright 2021 B"
    properties = log["extension"][0]["extension_cdxProperty"]
    assert {
        "type": "extension_CdxPropertyEntry",
        "extension_cdxPropName": "attest:go:h1",
        "extension_cdxPropValue": e.H1,
    } in properties


def test_spdx_3_says_what_depends_on_nothing_and_what_nobody_knows() -> None:
    graph = json.loads(spdx3.to_json(binary(e.info())))["@graph"]
    names = {each["spdxId"]: each.get("name") for each in graph if "spdxId" in each}
    ends = {
        (names[each["from"]], each["to"][0], each["completeness"])
        for each in graph
        if each.get("relationshipType") == "dependsOn" and each["to"][0] not in names
    }
    assert ends == {
        ("std", "NoneElement", "complete"),
        ("example.com/Forks/text", "NoAssertionElement", "noAssertion"),
        ("example.com/local", "NoAssertionElement", "noAssertion"),
        ("example.com/log", "NoAssertionElement", "noAssertion"),
    }


@pytest.mark.parametrize("form", ["cyclonedx-json", "spdx-json", "spdx-json@3.0.1"])
def test_licences_are_read_back_as_they_are_concluded(form: Format) -> None:
    """A module without a known licence is left out, as the checks of licences count on."""
    told = dict(read(load(write(everything(), form))).licenses)
    assert told[("example.com/log", "v1.2.3")] == ("Apache-2.0 AND LicenseRef-Example",)
    assert ("std", "1.27.3") not in told


def test_the_common_licences_are_on_the_formats_list() -> None:

    assert {each for each in cyclonedx.COMMON_LICENSES if not is_supported_id(each)} == set()
