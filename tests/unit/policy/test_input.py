"""What rules see: exactly what was judged, and no key for what is not known."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.cli.schema import schema_bytes
from attest.model.binary import Container, Module
from attest.model.checkout import TreeVersion
from attest.model.fact import Fact
from attest.model.release import Inventory
from attest.model.stated import Stated
from attest.policy.engine import survey
from attest.policy.input import policy_input
from attest.render.input_json import input_bytes
from tests.unit.policy.world import KEYS, REVISION, World, world

if TYPE_CHECKING:
    from collections.abc import Iterator


def seen(made: World) -> Any:  # noqa: ANN401 - JSON
    """The document of a release, as a reader of the file has it."""
    release = survey(
        made.policy,
        inventory=Inventory(label="dist", files=tuple(made.files[name] for name in sorted(made.files))),
        bundles=made.bundles,
        source=made.source,
        run=made.run,
        keys=KEYS,
        expected=made.expected,
    )
    document = json.loads(input_bytes(policy_input(release, now=made.run.now, version=made.run.version)))
    jsonschema.validate(document, json.loads(schema_bytes("input")))
    return document


def leaves(value: Any) -> Iterator[Any]:  # noqa: ANN401 - JSON
    """Every value that is no list and no mapping."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if inner is None:
        yield value
    else:
        for each in inner:
            yield from leaves(each)


def first(case: dict[str, Any]) -> tuple[str, Any]:
    """The path of the first artifact of a case's release, and its image in the document."""
    made = world(case)
    path = min(slot.path for slot in made.policy.slots if not slot.slices)
    return path, next(each for each in seen(made)["platforms"] if each["path"] == path)


def test_the_whole_release_is_there_in_the_order_of_paths() -> None:
    made = world({})
    document = seen(made)
    paths = [each["path"] for each in document["artifacts"]]
    assert paths == sorted(slot.path for slot in made.policy.slots)
    assert list(dict.fromkeys(each["path"] for each in document["platforms"])) == paths
    universal = [each for each in document["platforms"] if each["path"] == "tool_darwin_universal"]
    assert {each["platform"]["goarch"] for each in universal} == {"amd64", "arm64"}
    assert (document["version"], document["tag"], document["now"]) == (
        "1.0.0",
        "v1.0.0",
        "2026-11-22T12:00:00Z",
    )
    image = document["platforms"][0]
    assert image["build_info"]["vcs"] == {"revision": REVISION, "modified": False}
    assert image["build_info"]["main"] == {"path": "example.com/tool", "version": "v1.0.0"}
    artifact = document["artifacts"][0]
    assert artifact["signatures"][0]["identities"]
    assert {each["format"] for each in artifact["sboms"]} == {"spdx", "cyclonedx"}
    assert len(artifact["attestations"]) == 2
    assert document["source"]["modules"] == []


@pytest.mark.parametrize(
    ("change", "gone", "left"),
    [
        ({"settings": {"vcs.revision": None}}, "revision", {"modified": False}),
        ({"settings": {"vcs.revision": ""}}, "revision", {"modified": False}),
        ({"settings": {"vcs.modified": "perhaps"}}, "modified", {"revision": REVISION}),
    ],
    ids=["not recorded", "recorded as nothing", "no truth value"],
)
def test_what_is_not_known_has_no_key(change: Any, gone: str, left: dict[str, Any]) -> None:  # noqa: ANN401
    path, _ = first({})
    _, image = first({"build": {path: change}})
    assert gone not in image["build_info"]["vcs"]
    assert image["build_info"]["vcs"] == left


@pytest.mark.parametrize(
    "change", [{"build_info": False}, {"faults": ["the line mod is there twice"]}], ids=["none", "damaged"]
)
def test_build_information_that_is_not_there_or_damaged_has_no_key(change: Any) -> None:  # noqa: ANN401
    path, _ = first({})
    _, image = first({"build": {path: change}})
    assert "build_info" not in image


def test_a_file_that_was_not_looked_into_has_no_images() -> None:
    path, _ = first({})
    document = seen(world({"build": {path: {"report": False}}}))
    artifact = next(each for each in document["artifacts"] if each["path"] == path)
    assert "images" not in artifact
    assert path not in {each["path"] for each in document["platforms"]}


def test_rejected_evidence_is_no_input() -> None:
    path, _ = first({})
    name = f"{path}.sigstore.json"
    document = seen(world({"signed": {name: {"rejected": "the signature does not verify"}}}))
    assert next(each for each in document["artifacts"] if each["path"] == path)["signatures"] == []


@given(st.dictionaries(st.sampled_from(["vcs.revision", "vcs.time", "vcs.modified"]), st.text(max_size=5)))
def test_nothing_is_null_or_empty_whatever_a_file_says_of_its_commit(settings: dict[str, str]) -> None:
    path, _ = first({})
    document = seen(world({"build": {path: {"settings": settings}}}))
    for each in document["platforms"]:
        assert all(leaf is not None and leaf != "" for leaf in leaves(each["build_info"]["vcs"]))


def test_the_same_release_gives_the_same_bytes() -> None:
    assert json.dumps(seen(world({}))) == json.dumps(seen(world({})))


def test_a_source_tree_that_was_not_given_has_no_key() -> None:
    made = world({})
    made.source = None
    assert "source" not in seen(made)


def test_everything_that_is_known_has_its_key() -> None:
    path, _ = first({})
    made = world({"run": {"revision": REVISION}})
    file = made.files[path]
    assert file.report is not None
    assert file.report.build_info is not None
    replaced = Module(path="a.example/x", version="v1.0.0", replace=Module(path="./x", version=""))
    info = replace(
        file.report.build_info,
        deps=(replaced, Module(path="a.example/y", version="v1.0.0", sum="h1:y")),
        settings=(*file.report.build_info.settings, ("vcs.time", "2026-11-01T00:00:00Z")),
    )
    container = Container(format="elf", bits=64, endian="little")
    facts = (Fact(name="elf.needed", value=("libc.so.6",), source="case"),)
    report = replace(file.report, build_info=info, container=container, facts=facts)
    made.files[path] = replace(file, report=report)
    assert made.source is not None
    version = TreeVersion(version=Stated(value="v1.0.0"), source="tag", commit=REVISION)
    unknown = TreeVersion(version=Stated(unknown_because="no repository"))
    made.source = replace(made.source, versions=(("b.example/m", unknown), ("a.example/m", version)))
    document = seen(made)
    image = next(each for each in document["platforms"] if each["path"] == path)
    assert image["container"] == {"format": "elf", "bits": 64, "endian": "little"}
    assert image["facts"] == {"elf.needed": ["libc.so.6"]}
    assert image["build_info"]["vcs"]["time"] == "2026-11-01T00:00:00Z"
    assert image["build_info"]["deps"] == [
        {"path": "a.example/x", "version": "v1.0.0", "replace": {"path": "./x"}},
        {"path": "a.example/y", "version": "v1.0.0", "sum": "h1:y"},
    ]
    assert document["revision"] == REVISION
    assert document["source"]["modules"] == [
        {"path": "a.example/m", "version": "v1.0.0", "commit": REVISION},
        {"path": "b.example/m"},
    ]
