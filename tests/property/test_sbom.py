"""Whatever the input, SBOM code answers or raises an AttestError; and both formats say the same."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attest.errors import AttestError
from attest.model.binary import BuildInfo, Module
from attest.sbom import assemble, cyclonedx, spdx2
from attest.sbom.diff import compare
from attest.sbom.identity import expected_components, go_release
from attest.sbom.main_version import linker_claim
from attest.sbom.purl import module_purl, parse_go
from attest.sbom.read import load, read
from tests.unit.sbom import examples as e

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.statement import Json

few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

json_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
elements = st.text("abcXYZ019.-_~", min_size=1, max_size=8)
paths = st.lists(elements, min_size=1, max_size=4).map("/".join)
versions = st.sampled_from(["v0.0.1", "v1.2.3", "v2.0.0+incompatible", "v0.0.0-20260101000000-abcdefabcdef"])
directories = st.builds(Module, path=st.text(max_size=10), version=st.sampled_from(["", "(devel)"]))
modules = st.builds(Module, path=paths, version=versions, sum=st.sampled_from(["", e.H1]))
deps = st.builds(
    lambda module, other: replace(module, replace=other), modules, st.none() | modules | directories
)
infos = st.builds(
    lambda found, main: e.info(found, main=main, path="example.com/w/cmd/w"),
    st.lists(deps, min_size=1, max_size=6),
    st.none() | modules | st.builds(Module, path=paths, version=st.just("(devel)")),
)
hostile_text = st.text(max_size=12)
hostile_modules = st.builds(Module, path=hostile_text, version=hostile_text, sum=hostile_text)
hostile_infos = st.builds(
    BuildInfo,
    go_version=hostile_text,
    path=hostile_text,
    main=st.none() | hostile_modules,
    deps=st.lists(hostile_modules | modules, max_size=4).map(tuple),
    settings=st.lists(st.tuples(hostile_text, hostile_text), max_size=3).map(tuple),
)


def refusal(work: Callable[[], object]) -> str | None:
    """How to mend it, where `work` refuses; None where it answers. Any other exception fails the test."""
    try:
        work()
    except AttestError as error:
        return error.hint or error.message
    return None


@few
@given(infos)
def test_both_formats_read_back_as_what_the_binary_holds(info: BuildInfo) -> None:
    file = e.executable(info)
    bom = assemble.from_binary(file, e.RUN)
    expected = expected_components(file.report)
    for write in (cyclonedx.to_json, spdx2.to_json):
        facts = read(load(write(bom)))
        assert facts.components == expected
        assert compare(facts, expected).same
        assert facts.subject_sha256s == (file.identity.sha256,)
        assert facts.faults == ()


@few
@given(infos, st.randoms(use_true_random=False))
def test_the_order_of_build_info_leaves_no_trace(info: BuildInfo, random: object) -> None:
    shuffled = list(info.deps)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # a random.Random
    one, other = (
        assemble.from_binary(e.executable(replace(info, deps=tuple(each))), e.RUN)
        for each in (info.deps, shuffled)
    )
    assert cyclonedx.to_json(one) == cyclonedx.to_json(other)
    assert spdx2.to_json(one) == spdx2.to_json(other)


@few
@given(hostile_infos)
def test_forged_build_info_is_described_or_refused(info: BuildInfo) -> None:
    def describe() -> None:
        bom = assemble.from_binary(e.executable(info), replace(e.RUN, allow_empty=True))
        for write in (cyclonedx.to_json, spdx2.to_json):
            assert read(load(write(bom))).subject_sha256s

    assert refusal(describe) != ""


@few
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert refusal(lambda: read(load(data))) != ""


@few
@given(st.dictionaries(st.sampled_from(["bomFormat", "spdxVersion", "specVersion", "packages"]), json_values))
def test_any_object_is_read_or_refused(document: dict[str, Json]) -> None:
    assert refusal(lambda: read(document)) != ""


BASE = [
    json.loads(write(assemble.from_binary(e.executable(e.info()), e.RUN)))
    for write in (cyclonedx.to_json, spdx2.to_json)
]


def spots(value: Json, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner: list[tuple[str | int, Json]] = (
        list(value.items())
        if isinstance(value, dict)
        else list(enumerate(value))
        if isinstance(value, list)
        else []
    )
    return [path, *(spot for key, each in inner for spot in spots(each, (*path, key)))]


SPOTS = [spots(each)[1:] for each in BASE]


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(0, 1), json_values)
def test_a_document_with_one_value_changed_is_read_or_refused(
    data: st.DataObject, which: int, value: Json
) -> None:
    document = json.loads(json.dumps(BASE[which]))
    *path, last = data.draw(st.sampled_from(SPOTS[which]))
    owner = document
    for key in path:
        owner = owner[key]
    owner[last] = value
    assert refusal(lambda: read(document)) != ""


@few
@given(st.text(max_size=40))
def test_any_text_is_a_package_url_or_refused(text: str) -> None:
    assert refusal(lambda: parse_go(text)) != ""
    assert refusal(lambda: parse_go(f"pkg:golang/{text}")) != ""
    assert go_release(text).value or go_release(text).unknown_because


@few
@given(paths, versions)
def test_a_package_url_gives_back_what_it_was_made_of(path: str, version: str) -> None:
    found = parse_go(module_purl(path, version))
    assert found is not None
    assert (found.path, found.version) == (path, version)


_LIKE_A_VERSION = r"([a-z]{1,3}/)?v?[0-9]{1,3}\.[0-9]{1,3}(\.[0-9]{1,3})?([-+~][a-z+.]{1,5})?"


@given(
    st.sampled_from(["", "example.com/a"]),
    st.lists(
        st.tuples(
            st.sampled_from(["main", "example.com/a", "example.com/a/cmd/x", "example.com/b", ""]),
            st.sampled_from([".version", ".Ver", ".tag", ".commit", ""]),
            st.one_of(st.text(max_size=20), st.from_regex(_LIKE_A_VERSION, fullmatch=True)),
        ).map("{0[0]}{0[1]}={0[2]}".format),
        max_size=4,
    ),
)
def test_any_values_of_the_linker_state_a_version_that_any_format_can_hold(
    module: str, values: list[str]
) -> None:
    claim = linker_claim(module, values)
    if claim is not None:
        assert re.fullmatch(r"v[0-9]+\.[0-9][0-9A-Za-z.+~_-]*", claim.version)
        assert any(each.startswith(f"{claim.name}=") for each in values)
