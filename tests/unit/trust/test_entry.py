"""Bodies of log entries, as Rekor v1 and v2 write them, compared with bundles."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from attest.errors import VerificationError
from attest.model.strict_json import dumps
from attest.signing.key import KeySigner
from attest.trust import keys
from attest.trust.bundle import LogEntry, parse
from attest.trust.entry import check_entry

if TYPE_CHECKING:
    from collections.abc import Callable

KEY, STRANGER = keys.generate(), keys.generate()
SHA256 = "ab" * 32
FILE = parse(KeySigner(KEY).sign_blob(SHA256), "w.json")
ENVELOPE = parse(KeySigner(KEY).sign_statement(b"{}"), "w.json")


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def hashedrekord() -> dict[str, Any]:
    return {
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": {"hash": {"algorithm": "sha256", "value": SHA256}},
            "signature": {
                "content": text(FILE.signature),
                "publicKey": {"content": text(KEY.public.pem)},
            },
        },
    }


def dsse() -> dict[str, Any]:
    return {
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": {
            "envelopeHash": {"algorithm": "sha256", "value": "00"},
            "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(b"{}").hexdigest()},
            "signatures": [{"signature": text(ENVELOPE.signature), "verifier": text(KEY.public.pem)}],
        },
    }


def entry(body: dict[str, Any]) -> LogEntry:
    return LogEntry(
        log_index=0,
        log_id=b"",
        kind=body["kind"],
        version=body["apiVersion"],
        integrated_time=0,
        promise=b"",
        proof=None,
        body=dumps(body),
    )


def test_entries_of_rekor_1_about_these_bundles() -> None:
    check_entry(FILE, entry(hashedrekord()), SHA256, KEY.public.spki)
    check_entry(ENVELOPE, entry(dsse()), "", KEY.public.spki)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda spec: spec["data"]["hash"].update(value="cd" * 32), "something else: another digest"),
        (lambda spec: spec["data"]["hash"].update(value="xy"), "is no hexadecimal"),
        (lambda spec: spec["data"]["hash"].update(algorithm="sha1"), "is no sha256"),
        (lambda spec: spec["signature"].update(content="AAAA"), "something else: another signature"),
        (
            lambda spec: spec["signature"]["publicKey"].update(content=text(STRANGER.public.pem)),
            "something else: another key",
        ),
        (lambda spec: spec["signature"]["publicKey"].update(content="AAAA"), "it has no PEM block"),
        (lambda spec: spec.pop("signature"), "has no 'signature'"),
    ],
)
def test_each_mutation_of_an_entry_about_a_file(
    change: Callable[[dict[str, Any]], object], said: str
) -> None:
    body = hashedrekord()
    change(body["spec"])
    with pytest.raises(VerificationError, match=said):
        check_entry(FILE, entry(body), SHA256, KEY.public.spki)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda spec: spec["payloadHash"].update(value="cd" * 32), "something else: another digest"),
        (lambda spec: spec["signatures"][0].update(signature="AAAA"), "something else: another signature"),
        (
            lambda spec: spec["signatures"][0].update(verifier=text(STRANGER.public.pem)),
            "something else: another key",
        ),
        (lambda spec: spec.update(signatures=[]), "has no signature"),
        (lambda spec: spec.update(signatures=[{}, {}]), "has 2 elements, more than the 1"),
    ],
)
def test_each_mutation_of_an_entry_about_a_statement(
    change: Callable[[dict[str, Any]], object], said: str
) -> None:
    body = dsse()
    change(body["spec"])
    with pytest.raises(VerificationError, match=said):
        check_entry(ENVELOPE, entry(body), "", KEY.public.spki)


def test_kinds_that_do_not_belong_to_the_bundle() -> None:
    with pytest.raises(VerificationError, match=r"of the kind 'dsse 0\.0\.1', which is not known for a file"):
        check_entry(FILE, entry(dsse()), SHA256, KEY.public.spki)
    with pytest.raises(VerificationError, match="which is not known for a statement"):
        check_entry(ENVELOPE, entry(hashedrekord()), "", KEY.public.spki)
    with pytest.raises(VerificationError, match=r"of the kind 'intoto 0\.0\.2'"):
        check_entry(
            FILE, entry({**hashedrekord(), "kind": "intoto", "apiVersion": "0.0.2"}), SHA256, KEY.public.spki
        )
