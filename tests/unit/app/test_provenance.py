from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from attest.app.build_run import build_run
from attest.app.provenance import MOST_SUBJECTS, Artifact, Built, contradictions, provenance, statements
from attest.intoto.predicates.read import read_predicate
from attest.intoto.statement import parse
from attest.model.checkout import Checkout
from attest.model.provenance import Resource
from attest.model.strict_json import Node
from tests.unit.app.ci_environments import COMMIT, GITHUB
from tests.unit.sbom import examples as e

A, B = "a" * 64, "b" * 64
OTHER = "f" * 40
RUN = build_run(GITHUB, local=False)
LOCAL = build_run({}, local=True)
H1 = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
OTHER_H1 = "h1:Khu2En+0gcYPZ2kuIihfswbzxv/mIHXgzPZ018Oty48="
CLEAN = Checkout(commit=COMMIT, time=datetime(2026, 1, 2, tzinfo=UTC), tags=(), merged=(), modified=False)


def artifact(
    path: str = "widget", *, revision: str = COMMIT, modified: str = "false", h1: str = H1, sha256: str = A
) -> Artifact:
    settings = [("vcs.revision", revision), ("vcs.modified", modified)] if revision else []
    info = replace(e.info([e.dep("example.com/log", "v1.2.3", h1=h1)]), settings=tuple(settings))
    return Artifact(path=path, sha256=sha256, reports=(e.report(info),))


def built(*artifacts: Artifact, run: object = None, checkout: Checkout | None = None) -> Built:
    return Built(
        artifacts=artifacts or (artifact(),),
        run=LOCAL if run is LOCAL else RUN,
        attest_version="1.0.0",
        checkout=checkout,
        byproducts={"checksums.txt": B},
    )


@pytest.mark.parametrize(
    "agreeing",
    [
        built(),
        built(artifact(), artifact("notes", revision="")),
        built(artifact(revision=""), checkout=CLEAN),
        built(artifact(revision=""), run=LOCAL),
        built(artifact(revision=OTHER), run=LOCAL),
        built(artifact("a", h1=""), artifact("b")),
    ],
    ids=["one", "one-tells", "source-tells", "local-untold", "local", "vendored-beside-not"],
)
def test_what_agrees_has_provenance(agreeing: Built) -> None:
    assert contradictions(agreeing) == ()


@pytest.mark.parametrize(
    ("contradicting", "reasons"),
    [
        (
            built(artifact(revision=OTHER)),
            ["widget was built from commit ffffffffffff, but GitHub Actions builds commit 0123456789ab"],
        ),
        (
            built(artifact("a"), artifact("b", revision=OTHER), run=LOCAL),
            ["b was built from commit ffffffffffff, but a was built from commit 0123456789ab"],
        ),
        (
            built(checkout=replace(CLEAN, commit=OTHER)),
            ["the source tree is commit ffffffffffff, but GitHub Actions builds commit 0123456789ab"],
        ),
        (
            built(artifact(modified="true")),
            ["widget was built from a modified tree (vcs.modified=true)"],
        ),
        (
            built(checkout=replace(CLEAN, modified=True)),
            ["the source tree is modified: it is not the commit that is checked out"],
        ),
        (
            built(checkout=replace(CLEAN, modified=None, modified_unknown="there are submodules")),
            ["it cannot be told whether the source tree is modified: there are submodules"],
        ),
        (
            built(artifact(revision="")),
            [
                (
                    "nothing but GitHub Actions says that the files were built from 0123456789ab:"
                    " no executable has a vcs.revision, and no source tree is given"
                )
            ],
        ),
        (
            built(artifact("a"), artifact("b", h1=OTHER_H1)),
            ["b and a hold different contents of example.com/log@v1.2.3"],
        ),
    ],
    ids=["service", "each-other", "source", "modified", "tree", "unknown", "unseen", "contents"],
)
def test_what_contradicts_has_none(contradicting: Built, reasons: list[str]) -> None:
    assert list(contradictions(contradicting)) == reasons


def test_it_says_who_built_what_from_what() -> None:
    found = provenance(built(artifact("a", h1=""), artifact("b", sha256=B)))
    assert found.dependencies == (
        Resource(
            name="source",
            uri="git+https://github.com/acme/widget@refs/tags/v1.2.3",
            digests=(("gitCommit", COMMIT),),
        ),
        Resource(name="go1.27.3", uri="pkg:golang/toolchain@1.27.3"),
        Resource(
            name="example.com/log@v1.2.3",
            uri="pkg:golang/example.com/log@v1.2.3",
            digests=(("dirHash", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),),
        ),
    )
    assert (found.builder_id, found.build_type) == (RUN.builder_id, RUN.build_type)
    assert found.external_parameters == RUN.external_parameters
    assert found.internal_parameters["github"] == RUN.internal_parameters["github"]
    assert list(Node(value=found.internal_parameters["go"], file="").object()) == ["a", "b"]
    assert found.byproducts == (Resource(name="checksums.txt", digests=(("sha256", B),)),)
    assert found.builder_versions == (("attest", "1.0.0"),)


def test_what_is_compiled_counts_and_a_directory_is_part_of_the_source() -> None:
    info = e.info(
        [
            e.dep("example.com/a", replace=e.dep("example.com/fork", "v1.1.0", h1=H1)),
            e.dep("example.com/b", replace=e.dep("./b", "", h1="")),
        ]
    )
    one = Artifact(path="w", sha256=A, reports=(e.report(replace(info, settings=())),))
    names = [each.name for each in provenance(built(one, run=LOCAL)).dependencies]
    assert names == ["go1.27.3", "example.com/fork@v1.1.0"]


def test_a_statement_is_read_back_and_names_every_artifact() -> None:
    (payload,) = statements(built(artifact("b", sha256=B), artifact("a"))).values()
    said = parse(payload)
    assert [(each.name, each.sha256) for each in said.subjects] == [("a", A), ("b", B)]
    assert read_predicate(said, "s") == provenance(built(artifact("b", sha256=B), artifact("a")))
    assert payload == statements(built(artifact("b", sha256=B), artifact("a")))["release"]


def test_many_artifacts_are_many_statements() -> None:
    many = tuple(artifact(f"w{number}") for number in range(MOST_SUBJECTS + 1))
    found = statements(built(*many))
    assert [(name, len(parse(data).subjects)) for name, data in found.items()] == [
        ("release", 1024),
        ("release-2", 1),
    ]
    each = statements(built(artifact("a"), artifact("b", sha256=B)), each=True)
    assert {name: parse(data).digests for name, data in each.items()} == {"a": (A,), "b": (B,)}
