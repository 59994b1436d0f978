from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from attest.errors import FormatError, LimitError
from attest.intoto import statement
from attest.model.limits import Limits
from attest.model.statement import SPDX_PREDICATE, Subject

if TYPE_CHECKING:
    from attest.model.statement import Json

A, B = "a" * 64, "b" * 64


def document(**changes: Json) -> bytes:
    value: dict[str, Json] = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "widget", "digest": {"sha256": A}}],
        "predicateType": SPDX_PREDICATE,
        "predicate": {"spdxVersion": "SPDX-2.3"},
    }
    value.update(changes)
    return json.dumps(value).encode()


def test_what_is_built_is_read_back() -> None:
    subjects = (Subject(name="w2", sha256=B), Subject(name="w1", sha256=A))
    payload = statement.build(subjects, SPDX_PREDICATE, {"z": 1, "a": ["ä"]})
    assert payload == statement.build(subjects[::-1], SPDX_PREDICATE, {"a": ["ä"], "z": 1})
    assert payload.startswith(b'{"_type":"https://in-toto.io/Statement/v1","predicate":{"a":')
    read = statement.parse(payload)
    assert read.subjects == subjects[::-1]
    assert read.predicate_type == SPDX_PREDICATE
    assert read.predicate == {"z": 1, "a": ["ä"]}
    assert read.payload is payload


def test_reads_statement_0_1_other_digests_and_no_name() -> None:
    read = statement.parse(
        document(
            _type="https://in-toto.io/Statement/v0.1",
            subject=[
                {"digest": {"sha512": "f" * 128, "sha256": A, "shiny": "?"}},
                {"digest": {"sha1": "1" * 40}},
            ],
            predicate=None,
            unknown=1,
        )
    )
    assert read.subjects == (
        Subject(name="", sha256=A, others=(("sha512", "f" * 128), ("shiny", "?"))),
        Subject(name="", sha256="", others=(("sha1", "1" * 40),)),
    )
    assert read.digests == (A,)
    assert read.predicate == {}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"_type": "https://in-toto.io/Statement/v2"}, "$._type is 'https://in-toto.io/Statement/v2', not"),
        ({"_type": None, "type": "https://in-toto.io/Statement/v1"}, "$ has no '_type'"),
        ({"subject": []}, "$ has no subject: it is about nothing"),
        ({"subject": None}, "$ has no 'subject'"),
        ({"subject": [{"name": "w", "digest": {}}]}, "$.subject[0].digest is empty: it names no artifact"),
        ({"subject": [{"name": "w", "digest": {"SHA256": A}}]}, "$.subject names no file by its sha256"),
        ({"subject": [{"name": "w", "digest": {"sha512": "f" * 128}}]}, "$.subject names no file by its sha"),
        (
            {"subject": [{"name": "w", "digest": {"sha256": A, "sha512": "ff"}}]},
            "$.subject[0].digest.sha512 is no sha512: 128 lower-case hexadecimal digits are",
        ),
        (
            {"subject": [{"name": "w", "digest": {"sha256": A, "gitCommit": "main"}}]},
            "gitCommit is no gitCommit: 40 or 64 lower-case hexadecimal digits are",
        ),
        ({"subject": [{"name": "w", "digest": {"sha256": A.upper()}}]}, "sha256 is no SHA-256"),
        ({"subject": [{"name": "w", "digest": {"sha256": A + "\n"}}]}, "sha256 is no SHA-256"),
        ({"subject": [{"name": "w", "digest": {"sha256": A, "sha1": 1}}]}, "sha1 is a number, not a string"),
        ({"subject": [{"name": 1, "digest": {"sha256": A}}]}, "name is a number, not a string"),
        ({"subject": ["w"]}, "$.subject[0] is a string, not an object"),
        ({"predicateType": ""}, "$.predicateType is '', which is no URI"),
        ({"predicateType": "custom"}, "$.predicateType is 'custom', which is no URI"),
        ({"predicateType": None}, "$ has no 'predicateType'"),
        ({"predicate": []}, "$.predicate is an array, not an object"),
    ],
)
def test_refuses_each_broken_part(changes: dict[str, Json], message: str) -> None:
    with pytest.raises(FormatError) as caught:
        statement.parse(document(**changes), "a.sigstore.json")
    assert message in caught.value.message
    assert str(caught.value).startswith("a.sigstore.json: ")


def test_refuses_what_is_no_object_and_duplicate_keys() -> None:
    with pytest.raises(FormatError, match=r"\$ is an array, not an object"):
        statement.parse(b"[]")
    twice = document().replace(b'"predicate":', b'"subject": [], "predicate":')
    with pytest.raises(FormatError, match="has the key 'subject' twice"):
        statement.parse(twice)


def test_refuses_too_many_subjects_and_levels() -> None:
    many: Json = [{"name": "w", "digest": {"sha256": A}}] * 100_000
    with pytest.raises(LimitError, match=r"\$\.subject has 100000 elements, more than the 4096"):
        statement.parse(document(subject=many))
    deep: Json = {}
    for _ in range(70):
        deep = {"a": deep}
    with pytest.raises(LimitError, match="nested more than 64 levels"):
        statement.parse(document(predicate=deep))
    with pytest.raises(LimitError, match="more than the 10 that are read"):
        statement.parse(document(), limits=Limits(bundle_bytes=10))


@pytest.mark.parametrize(
    ("subjects", "kind", "message"),
    [
        ((), SPDX_PREDICATE, "a statement without subjects"),
        ((Subject(name="w", sha256="A" * 64),), SPDX_PREDICATE, "is no SHA-256"),
        ((Subject(name="w", sha256=A),), "sbom", "'sbom' is no predicate type"),
    ],
)
def test_builds_nothing_that_it_would_not_read(
    subjects: tuple[Subject, ...], kind: str, message: str
) -> None:
    with pytest.raises(FormatError, match=message):
        statement.build(subjects, kind, {})
