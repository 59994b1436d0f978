"""Which elements of which standard a bill of materials lacks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from attest.model.binary import Module
from attest.model.license import Licenses
from attest.model.stated import Stated
from attest.sbom import assemble, spdx2, spdx3
from attest.sbom.elements import ELEMENTS, STANDARDS, missing
from tests.unit.sbom import examples as e

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.bom import Bom
    from attest.sbom.elements import Standard

RUN = replace(e.RUN, author="Example Ltd", supplier="Example Ltd")
MIT = Licenses(declared=Stated(value="MIT"), concluded=Stated(value="MIT"))


def complete() -> Bom:
    bom = assemble.from_binary(e.executable(e.info()), RUN, linked=[e.linked()])
    known = Stated(value="v0.1.0")
    return replace(
        bom,
        components=tuple(
            replace(
                each,
                licenses=MIT,
                version=each.version if each.version.value else known,
                sum=each.sum or e.H1,
            )
            for each in bom.components
        ),
    )


def told(bom: Bom, standard: Standard, form: str = "cyclonedx-json") -> dict[str, str]:
    return {each.element: str(each) for each in missing(bom, [standard], form=form)}


@pytest.mark.parametrize("standard", ["cisa-2026", "ntia"])
def test_a_document_with_everything(standard: Standard) -> None:
    assert told(complete(), standard) == {}


def test_what_bsi_asks_beyond() -> None:
    assert told(complete(), "bsi") == {
        "Executable, archive and structured properties": "bsi: Executable, archive and structured properties"
        " of one component (widget@v1.0.0) is unknown, because attest writes no such properties"
    }
    assert told(complete(), "bsi", "spdx-json")["Data format"] == (
        "bsi: Data format is unknown, because spdx-json is older than CycloneDX 1.6 or SPDX 3.0.1"
    )


def test_a_binary_alone_lacks_what_only_people_and_source_know() -> None:
    bom = assemble.from_binary(e.executable(e.info([e.LOG])), e.RUN)
    found = told(bom, "cisa-2026")
    assert sorted(found) == ["Component Producer", "Dependency Relationship", "License", "SBOM Author"]
    assert found["SBOM Author"] == (
        "cisa-2026: SBOM Author is unknown, because no author was given when the document was made"
    )
    assert found["Component Producer"].startswith("cisa-2026: Component Producer of 2 components (")
    assert "because build info names the modules of a binary" in found["Dependency Relationship"]
    assert found["License"].endswith("is unknown, because licences were not looked for")
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


def test_many_components_are_counted() -> None:
    modules = [Module(path=f"example.com/m{number}", version="v1.0.0") for number in range(5)]
    bom = assemble.from_binary(e.executable(e.info(modules)), RUN)
    found = told(bom, "cisa-2026")["Component Hash Value and Hash Algorithm"]
    assert found == (
        "cisa-2026: Component Hash Value and Hash Algorithm of 5 components (example.com/m0@v1.0.0,"
        " example.com/m1@v1.0.0, example.com/m2@v1.0.0 and 2 more) is unknown, because neither go.sum nor the"
        " build info has its hash"
    )


def test_what_nothing_is_known_of() -> None:
    bom = complete()
    bare = replace(
        bom,
        contexts=(),
        dependency_lists=(),
        tool_name="",
        tool_version="",
        components=tuple(
            replace(each, name="", purl="", identity=None, sum="", version=Stated())
            for each in bom.components
        ),
    )
    found = told(bare, "cisa-2026") | told(bare, "bsi")
    for element in ELEMENTS:
        for standard in ("cisa-2026", "bsi"):
            name = element.names.get(standard, "Timestamp")
            constant = {"Timestamp", "SBOM Author", "Creator of the SBOM", "License", "Data format"}
            constant |= {"Distribution licences", "Component Producer", "Component creator"}
            assert (name in found) is (name not in constant), name
    assert found["Component Version"].endswith("is unknown, because nobody told")


def test_every_standard_is_asked_once() -> None:
    for standard in STANDARDS:
        names = [each.names[standard] for each in ELEMENTS if standard in each.names]
        assert len(names) == len(set(names))
    bom = assemble.from_binary(e.executable(e.info()), e.RUN)
    assert missing(bom, ["ntia", "ntia"], form="") == missing(bom, ["ntia"], form="")
    assert {each.standard for each in missing(bom, STANDARDS, form="")} == set(STANDARDS)
    assert missing(bom, [], form="") == ()


def ntia_checker(bom: Bom, spec: str, folder: Path) -> Any:  # noqa: ANN401 - an untyped library's class
    """What the conformance checker of the SPDX project says of the document."""
    from ntia_conformance_checker import SbomChecker

    file = folder / f"{spec}.json"
    file.write_bytes(spdx2.to_json(bom) if spec == "spdx2" else spdx3.to_json(bom))
    return SbomChecker(str(file), validate=False, compliance="ntia", sbom_spec=spec)


@pytest.mark.parametrize("spec", ["spdx2", "spdx3"])
def test_the_conformance_checker_has_nothing_to_say_of_a_document_with_everything(
    spec: str, tmp_path: Path
) -> None:
    assert ntia_checker(complete(), spec, tmp_path).compliant is True


@pytest.mark.parametrize("spec", ["spdx2", "spdx3"])
def test_what_the_conformance_checker_misses_is_told_here_too(spec: str, tmp_path: Path) -> None:
    """More is told here: it takes the tool for an author, and ignores what only the file is built from."""
    bom = assemble.from_binary(e.executable(e.info()), e.RUN)
    found = ntia_checker(bom, spec, tmp_path)
    assert found.compliant is False
    ours = {
        each.element: {name.partition("@")[0] for name in each.components}
        for each in missing(bom, ["ntia"], form="")
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
