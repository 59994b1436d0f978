"""Whom verified bundles name in a first policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attest.model.statement import CYCLONEDX_PREDICATE, Signer, Statement, Subject, VerifiedBundle
from attest.policy.draft_signers import Identities, Kind, Who, anchors, attestation_names, signed, who
from attest.policy.draft_slots import items
from attest.policy.evidence import Ingested
from tests.unit.policy.test_draft_slots import IDENTITY, file

if TYPE_CHECKING:
    from attest.policy.draft_slots import Item

RUN = {"version": "1.2.3", "tag": "v1.2.3"}
SAN = "https://github.com/acme/w/.github/workflows/r.yml@refs/tags/v1.2.3"
ISSUER = "https://token.actions.githubusercontent.com"


def bundle(
    signer: Signer, *, of: Statement | None = None, root: str = "root", entries: int = 1
) -> VerifiedBundle:
    digests = of.digests if of else (IDENTITY.sha256,)
    return VerifiedBundle(
        signer=signer, root=root, digests=digests, statement=of, times=(), log_entries=entries
    )


def certificate(san: str = SAN, issuer: str = ISSUER, **claims: str) -> Signer:
    return Signer(kind="certificate", san=san, issuer=issuer, claims=tuple(sorted(claims.items())))


@pytest.mark.parametrize(
    ("san", "named"),
    [
        (SAN, SAN.replace("v1.2.3", "${tag}")),
        (SAN + "-rc1", SAN + "-rc1"),
        (SAN.replace("tags", "heads"), SAN.replace("tags", "heads")),
        ("https://refs/tags/v1.2.3", "https://refs/tags/v1.2.3"),
        ("v1.2.3@example.com", "v1.2.3@example.com"),
    ],
)
def test_the_tag_is_a_variable_at_the_end_of_a_ref_alone(san: str, named: str) -> None:
    found = who(bundle(certificate(san)), {}, RUN)
    assert found == Who(issuer=ISSUER, san=named)


def test_without_a_tag_nothing_is_one() -> None:
    assert who(bundle(certificate()), {}, {}) == Who(issuer=ISSUER, san=SAN)
    assert who(bundle(certificate(SAN.removesuffix("v1.2.3"))), {}, {}) is not None


@pytest.mark.parametrize(
    "signer",
    [
        certificate("https://x/${tag}"),
        certificate("https://x/{.exe,}"),
        certificate("https://x/*"),
        certificate(issuer="https://*"),
        certificate(""),
        certificate(issuer=""),
        certificate(environment="${source.repo}"),
        Signer(kind="key", key_sha256="ff"),
    ],
)
def test_who_cannot_be_named_exactly_is_nobody(signer: Signer) -> None:
    found = signed(found_items(), [Ingested(path="b", bundle=bundle(signer))], {"00": "k"}, RUN)
    assert not found.kinds
    assert not found.bundles
    assert found.unnamed == {"b"}


def found_items() -> tuple[Item, ...]:
    return items([file("w", "linux", "amd64")])


def test_claims_that_change_from_run_to_run_are_left_out() -> None:
    signer = certificate(source_repository_id="1", source_digest="ab", run_invocation_uri="u", environment="")
    found = who(bundle(signer), {}, RUN)
    assert found is not None
    assert found.claims == (("source_repository_id", "1"),)


def test_an_sbom_of_several_files_is_that_of_none() -> None:
    subjects = tuple(
        Subject(name=str(n), sha256=sha256) for n, sha256 in enumerate([IDENTITY.sha256, "0" * 64])
    )
    statement = Statement(subjects=subjects, predicate_type=CYCLONEDX_PREDICATE, predicate={}, payload=b"")
    found = signed(found_items(), [Ingested(path="b", bundle=bundle(certificate(), of=statement))], {}, RUN)
    assert not found.kinds
    assert not found.partly


def test_an_anchor_asks_what_every_bundle_of_it_carries() -> None:
    evidence = [
        Ingested(path=str(number), bundle=bundle(certificate(), entries=number)) for number in (2, 1, 40)
    ]
    found = signed(found_items(), evidence, {}, RUN)
    assert anchors(found, ["root", "other"]) == {"root": {"tlog": 1, "timestamps": 0}}
    found = signed(found_items(), evidence[2:], {}, RUN)
    assert anchors(found, ["root"]) == {"root": {"tlog": 16, "timestamps": 0}}


def test_names_of_identities_and_attestations_are_taken_once() -> None:
    names = Identities()
    one, other, third = (Who(key="a"),), (Who(key="b"),), (Who(key="c"),)
    assert [names.name(each) for each in (one, other, one, third)] == [
        "release",
        "signer",
        "release",
        "signer-2",
    ]
    kinds = [Kind(type=each, signers=one, min=1) for each in ("https://x/a", "http://x/a/", "://")]
    assert list(attestation_names(kinds)) == ["x-a", "x-a-2", "statement"]
