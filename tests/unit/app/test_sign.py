from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from attest.app.sign import sign_documents, sign_files, statement_signature
from attest.errors import FormatError, LimitError, ServiceError, UsageError
from attest.intoto import statement
from attest.model.limits import Limits
from attest.model.statement import CYCLONEDX_PREDICATE, SPDX_PREDICATE, Subject
from tests.unit.intoto.predicates.test_read import GOOD

A, B = "a" * 64, "b" * 64


@dataclass
class FakeSigner:
    """Says what it was asked to sign."""

    broken: bool = False
    asked: list[str] = field(default_factory=list)

    def sign_blob(self, sha256: str) -> bytes:
        if self.broken:
            raise ServiceError("cannot sign", hint="try again")
        self.asked.append(sha256)
        return f"bundle of {sha256}".encode()

    def sign_statement(self, payload: bytes) -> bytes:
        self.asked.append("statement")
        return payload


def test_files_are_signed_one_by_one_in_order() -> None:
    signer = FakeSigner()
    assert sign_files(signer, {"w2": B, "w1": A}) == {
        "w1.sigstore.json": f"bundle of {A}".encode(),
        "w2.sigstore.json": f"bundle of {B}".encode(),
    }
    assert signer.asked == [A, B]
    with pytest.raises(ServiceError):
        sign_files(FakeSigner(broken=True), {"w": A})


def test_documents_become_statements() -> None:
    documents = {"spdx": b'{"spdxVersion": "SPDX-2.3"}', "cdx": b'{"bomFormat": "CycloneDX"}'}
    made = sign_documents(FakeSigner(), "w", {"w": A}, documents)
    assert list(made) == ["w.cdx.intoto.sigstore.json", "w.spdx.intoto.sigstore.json"]
    spdx = statement.parse(made["w.spdx.intoto.sigstore.json"])
    assert (spdx.subjects, spdx.predicate_type) == ((Subject(name="w", sha256=A),), SPDX_PREDICATE)
    assert spdx.predicate == {"spdxVersion": "SPDX-2.3"}
    assert statement.parse(made["w.cdx.intoto.sigstore.json"]).predicate_type == CYCLONEDX_PREDICATE


def test_a_statement_about_the_whole_release() -> None:
    made = sign_documents(FakeSigner(), "release", {"w2": B, "w1": A}, {"spdx": b"{}"})
    subjects = statement.parse(made["release.spdx.intoto.sigstore.json"]).subjects
    assert [each.name for each in subjects] == ["w1", "w2"]


def test_documents_that_cannot_be_stated() -> None:
    with pytest.raises(UsageError, match="no predicate type is known for 'sbom'") as caught:
        sign_documents(FakeSigner(), "w", {"w": A}, {"sbom": b"{}"})
    assert caught.value.hint == "one of cdx, spdx, or the URI of a predicate type"
    with pytest.raises(FormatError, match=r"w\.spdx\.json: \$ is an array, not an object"):
        sign_documents(FakeSigner(), "w", {"w": A}, {"spdx": b"[]"})
    with pytest.raises(FormatError, match="a statement without subjects"):
        sign_documents(FakeSigner(), "w", {}, {"spdx": b"{}"})


def test_what_no_gate_would_read_is_not_signed() -> None:
    signer = FakeSigner()
    document = json.dumps({"a": "x" * 100_000}).encode()
    with pytest.raises(LimitError, match="which no gate would read"):
        sign_documents(signer, "w", {"w": A}, {"spdx": document}, Limits(bundle_bytes=150_000))
    assert not signer.asked


@dataclass
class FailingSigner(FakeSigner):
    """Fails at one file."""

    def sign_blob(self, sha256: str) -> bytes:
        if sha256 == B:
            raise ServiceError("the log is down", hint="try again")
        return super().sign_blob(sha256)


@pytest.mark.parametrize("width", [1, 4])
def test_nothing_more_is_begun_after_a_failure(width: int) -> None:
    signer = FailingSigner()
    files = {"f0": B} | {f"g{number:03}": A for number in range(100)}
    with pytest.raises(ServiceError, match="the log is down"):
        sign_files(signer, files, width=width)
    assert len(signer.asked) < 50


def test_many_at_a_time_give_the_same() -> None:
    files = {f"f{number}": f"{number:064x}" for number in range(100)}
    made = sign_files(FakeSigner(), files, width=8)
    assert made == sign_files(FakeSigner(), files)
    assert list(made) == [f"{name}.sigstore.json" for name in sorted(files)]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("https://slsa.dev/provenance/v1", "w.provenance.intoto.sigstore.json"),
        ("https://slsa.dev/verification_summary/v1", "w.vsa.intoto.sigstore.json"),
        ("https://example.com/Code-Review/v1.2", "w.code-review.intoto.sigstore.json"),
        ("https://example.com/review/..%5cx:y/a\\b", "w.review.intoto.sigstore.json"),
        ("urn:x", "w.statement.intoto.sigstore.json"),
    ],
)
def test_names_of_other_statements(kind: str, name: str) -> None:
    made = sign_documents(FakeSigner(), "w", {"w": A}, {kind: json.dumps(GOOD.get(kind, {})).encode()})
    assert list(made) == [name]
    assert statement.parse(made[name]).predicate_type == kind


def test_a_ready_statement_is_about_the_file() -> None:
    payload = statement.build([Subject(name="w", sha256=A)], SPDX_PREDICATE, {})
    found = statement_signature("dist/w", A, payload)
    assert (found.name, found.payload) == ("dist/w.spdx.intoto.sigstore.json", payload)
    with pytest.raises(FormatError, match="the statement is not about dist/w: no subject has its digest"):
        statement_signature("dist/w", B, payload)
    with pytest.raises(LimitError, match="which no gate would read"):
        statement_signature("dist/w", A, payload, Limits(bundle_bytes=1000))
