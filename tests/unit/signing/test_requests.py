"""What services answer that they should not."""

from __future__ import annotations

import base64
import json

import pytest

from attest.errors import AttestError, FormatError, ServiceError
from attest.model.limits import DEFAULT_LIMITS
from attest.model.ports import Answer
from attest.signing.configuration import Service
from attest.signing.requests import (
    existing_entry_url,
    existing_index,
    read_certificate_answer,
    read_entry_answer,
    read_timestamp_answer,
    timestamp_request,
)
from tests.sigstack.timestamps import TimestampAuthority

NEW = Service(url="https://log.example/x", version=2, operator="a")
OLD = Service(url="https://log.example", version=1, operator="a")


def answer(value: object, status: int = 201) -> Answer:
    return Answer(status, value if isinstance(value, bytes) else json.dumps(value).encode(), {})


def chain(*certificates: object) -> dict[str, object]:
    return {"signedCertificateEmbeddedSct": {"chain": {"certificates": list(certificates)}}}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"<html>", r"log\.example:1: is no JSON"),
        ({"signedCertificateDetachedSct": {}}, "without embedded certificate transparency timestamp"),
        ({}, "has no 'signedCertificateEmbeddedSct'"),
        (chain("x"), "has no certificate with its issuer"),
        (chain("x", "y"), r"certificates\[0\] is no certificate"),
        (chain(1, "y"), r"certificates\[0\] is a number"),
    ],
)
def test_answers_that_are_no_certificate(value: object, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        read_certificate_answer(NEW, answer(value), DEFAULT_LIMITS)


def test_answers_that_refuse_are_repeated_in_one_short_line() -> None:
    with pytest.raises(ServiceError) as caught:
        read_certificate_answer(NEW, answer(b"no\n\tno " + b"x" * 1000, 403), DEFAULT_LIMITS)
    assert caught.value.message == f"log.example answered 403: no no {'x' * 194}"


def test_answers_that_are_no_timestamp() -> None:
    authority = TimestampAuthority()
    query, nonce = timestamp_request(b"signature")
    good = authority.answer(query)
    assert read_timestamp_answer(NEW, answer(good, 200), nonce) == good
    with pytest.raises(ServiceError, match="answered another query"):
        read_timestamp_answer(NEW, answer(good), nonce + 1)
    with pytest.raises(FormatError, match="answered what is no RFC 3161 response"):
        read_timestamp_answer(NEW, answer(b"junk"), nonce)
    with pytest.raises(ServiceError, match="granted no timestamp: its status is 2"):
        read_timestamp_answer(NEW, answer(b"\x30\x05\x30\x03\x02\x01\x02"), nonce)
    with pytest.raises(ServiceError, match="answered 400"):
        read_timestamp_answer(NEW, answer(b"", 400), nonce)


def old(**changes: object) -> dict[str, object]:
    body = json.dumps({"kind": "hashedrekord", "apiVersion": "0.0.1"}).encode()
    proof = {
        "logIndex": 1,
        "treeSize": 2,
        "rootHash": "00",
        "hashes": ["11"],
        "checkpoint": "c",
    }
    entry: dict[str, object] = {
        "body": base64.b64encode(body).decode(),
        "integratedTime": 5,
        "logID": "ab",
        "logIndex": 7,
        "verification": {"inclusionProof": proof},
    }
    return {**entry, **changes}


def test_an_entry_of_an_older_log() -> None:
    entry = read_entry_answer(OLD, answer({"uuid": old()}), DEFAULT_LIMITS)
    assert (entry.kind, entry.version, entry.log_index, entry.log_id) == ("hashedrekord", "0.0.1", 7, b"\xab")
    assert (entry.promise, entry.integrated_time) == (b"", 5)
    assert entry.proof is not None
    assert (entry.proof.log_index, entry.proof.tree_size, entry.proof.hashes) == (1, 2, (b"\x11",))


@pytest.mark.parametrize(
    ("service", "value", "said"),
    [
        (OLD, {}, "has 0 entries, not one"),
        (OLD, {"a": 1, "b": 2}, "has 2 entries, not one"),
        (OLD, {"a": old(logID="x")}, r"\$\.a\.logID is no hexadecimal"),
        (OLD, {"a": old(body="e30=")}, r"\$\.a\.body has no 'kind'"),
        (OLD, {"a": old(verification={})}, "has no 'inclusionProof'"),
        (NEW, {}, "has no 'kindVersion'"),
        (NEW, [], r"\$ is an array"),
    ],
)
def test_answers_that_are_no_entry(service: Service, value: object, said: str) -> None:
    with pytest.raises(AttestError, match=said):
        read_entry_answer(service, answer(value), DEFAULT_LIMITS)


def test_where_an_entry_is_that_was_there() -> None:
    uuid = "0a" * 40
    there = f"https://log.example/api/v1/log/entries/{uuid}"
    assert existing_entry_url(OLD, {"location": f"/api/v1/log/entries/{uuid}"}) == there
    # Another host is never asked, whatever the log says.
    assert existing_entry_url(OLD, {"location": f"https://evil/api/v1/log/entries/{uuid}"}) == there
    assert existing_entry_url(OLD, {"location": "/api/v1/log/entries/../../x"}) is None
    assert existing_entry_url(OLD, {}) is None
    assert existing_index({"x-log-index": "12"}) == 12
    assert [existing_index({"x-log-index": each}) for each in ("", "-1", "1" * 30, "x")] == [None] * 4
