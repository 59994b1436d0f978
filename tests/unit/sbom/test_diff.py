from __future__ import annotations

from attest.model.bom import OtherVersion, SbomDifference
from attest.model.bom_facts import SbomFacts
from attest.sbom.diff import compare


def facts(*components: tuple[str, str]) -> SbomFacts:
    return SbomFacts(format="spdx", spec_version="2.3", subject_sha256s=(), components=frozenset(components))


def test_the_same_modules_are_the_same() -> None:
    found = compare(facts(("a", "v1"), ("b", "v2")), {("b", "v2"), ("a", "v1")})
    assert found == SbomDifference(only_in_sbom=(), only_in_binary=(), other_version=())
    assert found.same


def test_each_kind_of_difference_is_told_once() -> None:
    found = compare(facts(("a", "v1"), ("b", "v2"), ("c", "v3")), {("a", "v1"), ("b", "v9"), ("d", "v4")})
    assert found == SbomDifference(
        only_in_sbom=(("c", "v3"),),
        only_in_binary=(("d", "v4"),),
        other_version=(OtherVersion(path="b", in_sbom="v2", in_binary="v9"),),
    )
    assert not found.same


def test_an_unknown_version_matches_no_known_one() -> None:
    assert compare(facts(("a", "")), {("a", "v1")}).other_version == (
        OtherVersion(path="a", in_sbom="", in_binary="v1"),
    )


def test_several_versions_of_one_module_pair_up_as_far_as_they_go() -> None:
    found = compare(facts(("a", "v1"), ("a", "v2"), ("a", "v3")), {("a", "v3"), ("a", "v4")})
    assert found.other_version == (OtherVersion(path="a", in_sbom="v1", in_binary="v4"),)
    assert found.only_in_sbom == (("a", "v2"),)
    assert found.only_in_binary == ()


def test_an_empty_sbom_lacks_everything() -> None:
    assert compare(facts(), {("a", "v1")}).only_in_binary == (("a", "v1"),)
