"""Which elements of which standard a bill of materials lacks."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from attest.app.sbom import Format, write
from attest.model.binary import Module
from attest.model.described import Described, DescribedComponent
from attest.model.license import Licenses
from attest.model.source import Platform
from attest.model.stated import Stated
from attest.sbom import assemble, cyclonedx, spdx2, spdx3
from attest.sbom.describe import describe
from attest.sbom.elements import ELEMENTS, STANDARDS, missing, takes
from attest.sbom.read import load
from tests.unit.sbom import examples as e
from tests.unit.sbom.test_formats import every_bom, every_format, everything

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attest.model.bom import Bom
    from attest.sbom.elements import Missing, Standard

RUN = replace(
    e.RUN,
    author="Example Ltd",
    author_contact="sbom@example.com",
    supplier="Example Ltd",
    supplier_contact="https://example.com/widget",
    license="MIT",
)
MIT = Licenses(declared=Stated(value="MIT"), concluded=Stated(value="MIT"))
BSI_FORMATS = ("cyclonedx-json", "cyclonedx-xml", "cyclonedx-json@1.7", "spdx-json@3.0.1")


def known(bom: Bom) -> Bom:
    """The same, with a version, a hash and a licence of everything that has none."""
    version = Stated(value="v0.1.0")
    return replace(
        bom,
        components=tuple(
            replace(
                each,
                licenses=each.licenses or MIT,
                version=each.version if each.version.value else version,
                sum=each.sum or e.H1,
            )
            for each in bom.components
        ),
    )


def complete() -> Bom:
    return known(assemble.from_binary(e.executable(e.info()), RUN, linked=[e.linked()]))


def universal() -> Bom:
    platforms = [Platform(goos="darwin", goarch=each) for each in ("amd64", "arm64")]
    sets = [e.linked(each) for each in platforms]
    return known(
        assemble.from_binary(e.universal([e.info(platform=each) for each in platforms]), RUN, linked=sets)
    )


def release() -> Bom:
    return known(assemble.union([complete(), universal()], name="widget", version="v1.0.0"))


def source() -> Bom:
    return known(assemble.from_source(e.linked(), RUN, version="v1.0.0", go_version="go1.27.3"))


def lacking(bom: Bom, standards: Sequence[Standard], form: Format = "cyclonedx-json") -> tuple[Missing, ...]:
    return missing(describe(load(write(bom, form))), standards)


def told(bom: Bom, standard: Standard, form: Format = "cyclonedx-json") -> dict[str, str]:
    return {each.element: str(each) for each in lacking(bom, [standard], form)}


@every_format
@pytest.mark.parametrize("make", [complete, universal, release, source])
def test_a_document_with_everything(make: Callable[[], Bom], form: Format) -> None:
    assert lacking(make(), ["cisa-2026", "ntia"], form) == ()
    found = told(make(), "bsi", form)
    if form.startswith("cyclonedx") or form == "spdx-json@3.0.1":
        assert found == {}
    else:
        assert found == {
            "Data format": "bsi: Data format is unknown, because SPDX 2.3 is older than CycloneDX 1.6 or "
            "SPDX 3.0.1"
        }


@pytest.mark.parametrize("form", BSI_FORMATS)
def test_what_bsi_asks_beyond(form: Format) -> None:
    run = replace(RUN, author_contact="", supplier_contact="", license="")
    bom = known(assemble.from_binary(e.executable(e.info()), run, linked=[e.linked()]))
    without = replace(
        bom,
        components=tuple(
            replace(each, licenses=None) if each.kind == "file" else each for each in bom.components
        ),
    )
    assert told(without, "bsi", form) == {
        "Creator of the SBOM": "bsi: Creator of the SBOM is unknown, because the document gives neither an "
        "e-mail address nor a URL of who creates it",
        "Component creator": "bsi: Component creator of 2 components (example.com/widget@v1.0.0, "
        "widget@v1.0.0) is unknown, because the document gives neither an e-mail address nor a URL of who "
        "creates it",
        "Distribution licences": "bsi: Distribution licences of one component (widget@v1.0.0) is unknown, "
        "because who ships it has not stated a licence",
    }


def test_a_binary_alone_lacks_what_only_people_and_source_know() -> None:
    bom = assemble.from_binary(e.executable(e.info([e.LOG])), e.RUN)
    found = told(bom, "cisa-2026")
    assert sorted(found) == ["Component Producer", "Dependency Relationship", "License", "SBOM Author"]
    assert found["SBOM Author"] == (
        "cisa-2026: SBOM Author is unknown, because no author was given when the document was made"
    )
    assert found["Component Producer"].startswith("cisa-2026: Component Producer of 2 components (")
    assert "because build info names the modules of a binary" in found["Dependency Relationship"]
    reasons = {each.because for each in lacking(bom, ["cisa-2026"]) if each.element == "License"}
    assert reasons == {"licences were not looked for", "who ships it has not stated a licence"}
    assert sorted(told(bom, "ntia")) == ["Author of SBOM Data", "Dependency Relationship", "Supplier Name"]


def test_a_directory_has_neither_version_nor_hash() -> None:
    local = Module(path="example.com/log", version="v1.2.3", replace=Module(path="../log", version=""))
    bom = assemble.from_binary(e.executable(e.info([local])), RUN)
    found = told(bom, "cisa-2026")
    assert found["Component Version"] == (
        "cisa-2026: Component Version of one component (example.com/log) is unknown, because a local"
        " directory is compiled in its place, and a directory has no version"
    )
    assert "nobody hashed it" in found["Component Hash Value and Hash Algorithm"]


@every_format
def test_a_component_without_a_hash_says_why(form: Format) -> None:
    content = write(everything(), form).decode()
    for reason in (
        "it is no file; what is built from it has hashes of its own",
        "no file of it was hashed; attest:go:h1 is a hash over the hashes of its files",
        "a local directory is compiled in its place, and nobody hashed it",
        "it is a part of the Go toolchain, of which no file was read",
        "no file of the toolchain was read",
        "it is a part of its module",
        "the file names the library alone; it is found on the machine that runs the file",
    ):
        assert reason in content


@every_bom
def test_nothing_is_left_out_without_a_reason(make: Callable[[], Bom]) -> None:
    for each in json.loads(cyclonedx.to_json(make())).get("components", ()):
        said = {one["name"] for one in each["properties"]}
        assert "hashes" in each or "attest:hash:unknown-because" in said
        if {"name": "attest:kind", "value": "package"} not in each["properties"]:
            assert "version" in each or "attest:version:unknown-because" in said
            assert "supplier" in each or "attest:supplier:unknown-because" in said
            assert "licenses" in each or "attest:license:unknown-because" in said


def test_many_components_are_counted() -> None:
    modules = [Module(path=f"example.com/m{number}", version="v1.0.0") for number in range(5)]
    bom = assemble.from_binary(e.executable(e.info(modules)), RUN)
    found = told(bom, "cisa-2026")["Component Hash Value and Hash Algorithm"]
    assert found == (
        "cisa-2026: Component Hash Value and Hash Algorithm of 5 components (example.com/m0@v1.0.0,"
        " example.com/m1@v1.0.0, example.com/m2@v1.0.0 and 2 more) is unknown, because neither go.sum nor the"
        " build info has its hash"
    )


def test_what_nothing_is_said_of() -> None:
    """Every element of every standard is missed in a document that says nothing, each once."""
    bare = Described(
        format="CycloneDX",
        spec_version="1.5",
        components=tuple(DescribedComponent(kind=kind, name="") for kind in ("other", "module")),
    )
    found = missing(bare, STANDARDS)
    assert [(each.standard, each.element) for each in found] == [
        (standard, each.names[standard])
        for standard in sorted(STANDARDS)
        for each in ELEMENTS
        if standard in each.names
    ]
    reasons = {each.because for each in found}
    assert reasons == {"the document does not say", "CycloneDX 1.5 is older than CycloneDX 1.6 or SPDX 3.0.1"}
    assert found[-1].components == ("a component without a name",)


def test_a_document_of_nothing_lacks_its_components() -> None:
    for components in ((), (DescribedComponent(kind="package", name="fmt"),)):
        found = missing(Described(format="SPDX", spec_version="3.0.1", components=components), ["ntia"])
        assert [str(each) for each in found] == [
            "ntia: Author of SBOM Data is unknown, because the document does not say",
            "ntia: Timestamp is unknown, because the document does not say",
            "ntia: Supplier Name is unknown, because the document names no component at all",
        ]


def test_every_standard_is_asked_once() -> None:
    for standard in STANDARDS:
        names = [each.names[standard] for each in ELEMENTS if standard in each.names]
        assert len(names) == len(set(names))
    bom = assemble.from_binary(e.executable(e.info()), e.RUN)
    assert lacking(bom, ["ntia", "ntia"]) == lacking(bom, ["ntia"])
    assert {each.standard for each in lacking(bom, STANDARDS)} == set(STANDARDS)
    assert lacking(bom, []) == ()


@pytest.mark.parametrize(
    ("form", "version", "taken"),
    [
        ("CycloneDX", "1.5", False),
        ("CycloneDX", "1.6", True),
        ("CycloneDX", "1.7", True),
        ("SPDX", "2.3", False),
        ("SPDX", "3.0", False),
        ("SPDX", "3.0.1", True),
        ("another", "9", False),
    ],
)
def test_bsi_takes_the_formats_of_today(form: str, version: str, *, taken: bool) -> None:
    document = Described(format=form, spec_version=version)
    assert takes("bsi", document) is taken
    assert takes("ntia", document)


def checker(bom: Bom, spec: str, folder: Path, standard: str = "ntia") -> Any:  # noqa: ANN401 - an untyped library's class
    """What the conformance checker of the SPDX project says of the document."""
    from ntia_conformance_checker import SbomChecker

    file = folder / f"{spec}.json"
    file.write_bytes(spdx2.to_json(bom) if spec == "spdx2" else spdx3.to_json(bom))
    return SbomChecker(str(file), validate=False, compliance=standard, sbom_spec=spec)


@pytest.mark.parametrize("spec", ["spdx2", "spdx3"])
def test_the_conformance_checker_has_nothing_to_say_of_a_document_with_everything(
    spec: str, tmp_path: Path
) -> None:
    assert checker(complete(), spec, tmp_path).compliant is True


@pytest.mark.parametrize("spec", ["spdx2", "spdx3"])
def test_what_the_conformance_checker_misses_is_told_here_too(spec: str, tmp_path: Path) -> None:
    """More is told here: it takes the tool for an author, and ignores what only the file is built from."""
    bom = assemble.from_binary(e.executable(e.info()), e.RUN)
    found = checker(bom, spec, tmp_path)
    assert found.compliant is False
    ours = {
        each.element: {name.partition("@")[0] for name in each.components} for each in lacking(bom, ["ntia"])
    }
    theirs = {
        "Supplier Name": {name for name, _ in found.components_without_suppliers},
        "Version of the Component": {name for name, _ in found.components_without_versions},
    }
    assert theirs["Version of the Component"] == ours["Version of the Component"] == {"example.com/local"}
    assert theirs["Supplier Name"] == {"widget"}
    assert ours["Supplier Name"] == {"widget", "example.com/widget"}
    assert not found.components_without_names
    assert not found.components_without_identifiers


def test_the_conformance_checker_asks_files_of_modules_too(tmp_path: Path) -> None:
    """BSI (3.2.2) exempts what is no file; of the file itself it misses nothing, what that is built from it
    ignores."""
    found = checker(complete(), "spdx3", tmp_path, "bsi")
    assert found.doc_creator
    assert found.doc_timestamp
    assert found.dependency_completeness
    without = {name for name, _ in found.components_without_filenames}
    assert without == {"example.com/Forks/text", "example.com/local", "example.com/log", "std"}
    for each in (
        found.components_without_names,
        found.components_without_versions,
        found.components_without_creators,
        found.components_without_concluded_licenses,
        found.components_without_sha512_hashes,
        found.components_without_executable_prop,
        found.components_without_archive_prop,
        found.components_without_structured_prop,
    ):
        assert not each
