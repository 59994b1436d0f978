"""Who imports whom, as each format tells it: what the source says, and nothing where it was not asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from attest.app.sbom import EXTENSIONS, Format, write
from attest.model.module import ModuleVersion
from attest.model.source import LinkedModule, NeededSet, RequiredModule, ScopedSet
from attest.sbom import assemble
from tests.unit.sbom import examples as e
from tests.unit.sbom import validators

if TYPE_CHECKING:
    from attest.model.bom import Bom

    #: (name of the one, name of the other it needs), and the names whose own list is not known.
    Told = tuple[set[tuple[str, str]], set[str]]

LOG, FORK, LOCAL = "example.com/log", "example.com/Forks/text", "example.com/local"
MODULES = {LOG, FORK, LOCAL}
FLAT = assemble.from_binary(e.executable(e.info()), e.RUN)
KNOWN = assemble.from_binary(e.executable(e.info()), e.RUN, linked=[e.linked()])


def _cyclonedx_json(content: bytes) -> Told:
    document = json.loads(content)
    names = {each["bom-ref"]: each["name"] for each in document["components"]}
    names[document["metadata"]["component"]["bom-ref"]] = document["metadata"]["component"]["name"]
    edges = {
        (names[each["ref"]], names[target])
        for each in document["dependencies"]
        for target in each.get("dependsOn", ())
    }
    lists = {each["aggregate"]: each["dependencies"] for each in document["compositions"]}
    return edges, {names[ref] for ref in lists.get("unknown", ())}


def _cyclonedx_xml(content: bytes) -> Told:
    root = ET.fromstring(content)  # noqa: S314 - what was written just now
    space = root.tag.partition("}")[0] + "}"
    names = {
        each.attrib["bom-ref"]: each.findtext(f"{space}name") or ""
        for each in root.iter(f"{space}component")
        if "bom-ref" in each.attrib
    }
    dependencies = root.find(f"{space}dependencies")
    assert dependencies is not None
    edges = {
        (names[each.attrib["ref"]], names[target.attrib["ref"]]) for each in dependencies for target in each
    }
    unknown = {
        names[each.attrib["ref"]]
        for composition in root.iter(f"{space}composition")
        if composition.findtext(f"{space}aggregate") == "unknown"
        for each in composition.iter(f"{space}dependency")
    }
    return edges, unknown


def _spdx2(content: bytes, form: Format) -> Told:
    document = (
        validators.parsed_spdx(content) if form == "spdx-json" else validators.parsed_spdx_form(content, form)
    )
    names = {each.spdx_id: each.name for each in document.packages}
    needs = [each for each in document.relationships if each.relationship_type.name == "DEPENDS_ON"]
    ends = [(names[each.spdx_element_id], str(each.related_spdx_element_id)) for each in needs]
    edges = {(source, names[target]) for source, target in ends if target in names}
    return edges, {source for source, target in ends if target == "NOASSERTION"}


def _spdx3(content: bytes) -> Told:
    graph = json.loads(content)["@graph"]
    names = {each["spdxId"]: each.get("name", "") for each in graph if "spdxId" in each}
    needs = [each for each in graph if each.get("relationshipType") == "dependsOn"]
    edges = {(names[each["from"]], names[to]) for each in needs for to in each["to"] if to in names}
    return edges, {names[each["from"]] for each in needs if each.get("completeness") == "noAssertion"}


TESTED, HELP, TOOL, UNUSED = (f"example.com/{each}" for each in ("tested", "help", "tool", "unused"))


def scoped() -> Bom:
    def module(path: str, *requires: str) -> LinkedModule:
        version = ModuleVersion(path=path, version="v1.0.0")
        return LinkedModule(module=version, replacement=None, sum="", packages=(path,), requires=requires)

    unused = RequiredModule(
        module=ModuleVersion(path=UNUSED, version="v1.0.0"), replacement=None, sum="", required_by=(LOG,)
    )
    beside = ScopedSet(
        platform=e.LINUX,
        main_module=e.linked().main_module,
        tools=NeededSet(requires=(TOOL,), modules=(module(TOOL, LOG),)),
        tests=NeededSet(requires=(TESTED,), modules=(module(HELP), module(TESTED, HELP))),
        graph=(unused,),
    )
    return assemble.from_source(e.linked(), e.RUN, scoped=beside)


def _kinds(form: Format) -> set[tuple[str, str, str]]:
    """Relations other than those of what is shipped, in the words of the format."""
    content = write(scoped(), form)
    if form == "spdx-json@3.0.1":
        graph = json.loads(content)["@graph"]
        names = {each["spdxId"]: each.get("name", "") for each in graph if "spdxId" in each}
        return {
            (f"{each['relationshipType']} {each.get('scope', '')}".strip(), names[each["from"]], names[to])
            for each in graph
            for to in each.get("to", ())
            if "scope" in each or each.get("relationshipType") == "other"
        }
    if form.startswith("spdx"):
        document = (
            validators.parsed_spdx(content)
            if form == "spdx-json"
            else validators.parsed_spdx_form(content, form)
        )
        packages = {each.spdx_id: each.name for each in document.packages}
        return {
            (
                each.relationship_type.name,
                packages[each.spdx_element_id],
                packages[str(each.related_spdx_element_id)],
            )
            for each in document.relationships
            if each.relationship_type.name in {"TEST_DEPENDENCY_OF", "BUILD_TOOL_OF", "OTHER"}
        }
    if "json" in form:
        document = json.loads(content)
        every = [document["metadata"]["component"], *document["components"]]
        names = {each["bom-ref"]: each["name"] for each in every}
        said = [(each["name"], part["name"], part["value"]) for each in every for part in each["properties"]]
        assert {each["name"] for each in every if each.get("scope")} == {TESTED, HELP, TOOL, UNUSED}
    else:
        root = ET.fromstring(content)  # noqa: S314 - what was written just now
        space = root.tag.partition("}")[0] + "}"
        elements = list(root.iter(f"{space}component"))
        names = {each.attrib.get("bom-ref", ""): each.findtext(f"{space}name") or "" for each in elements}
        said = [
            (each.findtext(f"{space}name") or "", part.attrib["name"], part.text or "")
            for each in elements
            for part in each.findall(f"{space}properties/{space}property")
        ]
        excluded = [each for each in elements if each.findtext(f"{space}scope") == "excluded"]
        assert {each.findtext(f"{space}name") for each in excluded} == {TESTED, HELP, TOOL, UNUSED}
    words = {"attest:relation:tested-with", "attest:relation:built-with", "attest:relation:requires"}
    return {(word, source, names[target]) for source, word, target in said if word in words}


@pytest.mark.parametrize("form", EXTENSIONS)
def test_each_format_says_what_a_module_is_needed_for(form: Format) -> None:
    words = {
        "cyclone": (
            "attest:relation:tested-with",
            "attest:relation:built-with",
            "attest:relation:requires",
        ),
        "spdx": ("TEST_DEPENDENCY_OF", "BUILD_TOOL_OF", "OTHER"),
        "spdx 3": ("dependsOn test", "usesTool build", "other"),
    }
    tested, tool, required = words["spdx 3" if "@3" in form else "spdx" if "spdx" in form else "cyclone"]
    reversed_ = tested == "TEST_DEPENDENCY_OF"
    assert _kinds(form) == {
        (tested, TESTED, e.WIDGET) if reversed_ else (tested, e.WIDGET, TESTED),
        (tool, TOOL, e.WIDGET) if reversed_ else (tool, e.WIDGET, TOOL),
        (required, LOG, UNUSED),
    }


def told(bom: Bom, form: Format) -> Told:
    content = write(bom, form)
    if form == "spdx-json@3.0.1":
        return _spdx3(content)
    if form.startswith("spdx"):
        return _spdx2(content, form)
    return _cyclonedx_json(content) if "json" in form else _cyclonedx_xml(content)


@pytest.mark.parametrize("form", EXTENSIONS)
def test_without_the_source_nobody_is_said_to_import_a_module(form: Format) -> None:
    edges, unknown = told(FLAT, form)
    assert not {target for _, target in edges} & MODULES
    assert unknown == {e.WIDGET, *MODULES}


@pytest.mark.parametrize("form", EXTENSIONS)
def test_the_source_says_who_imports_whom(form: Format) -> None:
    edges, unknown = told(KNOWN, form)
    among = {(source, target) for source, target in edges if target in MODULES}
    assert among == {(e.WIDGET, LOG), (e.WIDGET, FORK), (LOG, LOCAL)}
    assert unknown == set()
