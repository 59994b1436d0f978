"""Bundles that a key signed and that carry a log entry and a timestamp."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
from rfc3161_client import TimestampRequestBuilder

from attest.errors import VerificationError
from attest.intoto import dsse, statement
from attest.model.statement import IN_TOTO_PAYLOAD_TYPE, SPDX_PREDICATE, Subject, VerifiedBundle
from attest.signing.key import KeySigner
from attest.trust import keys, roots
from attest.trust.bundle import parse
from attest.trust.verify import TrustedKey, TrustStore, verify
from tests.sigstack.stack import ENTRIES, TIMESTAMPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sigstack.stack import Sigstack

SHA256 = hashlib.sha256(b"an artifact").hexdigest()
KEY, STRANGER = keys.generate(), keys.generate()
STATEMENT = statement.build([Subject(name="widget", sha256=SHA256)], SPDX_PREDICATE, {})


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def log(stack: Sigstack, digest: bytes, signature: bytes, key: keys.PublicKey) -> dict[str, Any]:
    request: dict[str, Any] = {
        "hashedRekordRequestV002": {
            "digest": text(digest),
            "signature": {
                "content": text(signature),
                "verifier": {
                    "publicKey": {"rawBytes": text(key.spki)},
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                },
            },
        }
    }
    stack.deduplicates = False  # the key signs the same file more than once, and the same way
    answer = requests.post(f"{stack.url}{ENTRIES}", json=request, timeout=10)
    answer.raise_for_status()
    entry: dict[str, Any] = answer.json()
    return entry


def timestamp(stack: Sigstack, signature: bytes) -> dict[str, str]:
    query = TimestampRequestBuilder().data(signature).build().as_bytes()
    answer = requests.post(f"{stack.url}{TIMESTAMPS}", data=query, timeout=10)
    answer.raise_for_status()
    return {"signedTimestamp": text(answer.content)}


def logged(stack: Sigstack, *, enveloped: bool = False, key: keys.PrivateKey = KEY) -> dict[str, Any]:
    signer = KeySigner(key)
    document: dict[str, Any] = json.loads(
        signer.sign_statement(STATEMENT) if enveloped else signer.sign_blob(SHA256)
    )
    signed = hashlib.sha256(dsse.pae(IN_TOTO_PAYLOAD_TYPE, STATEMENT)).digest()
    digest = signed if enveloped else bytes.fromhex(SHA256)
    signature = parse(json.dumps(document).encode(), "a").signature
    document["verificationMaterial"] |= {
        "tlogEntries": [log(stack, digest, signature, key.public)],
        "timestampVerificationData": {"rfc3161Timestamps": [timestamp(stack, signature)]},
    }
    return document


def store(stack: Sigstack, key: TrustedKey | None = None, **windows: dict[str, str]) -> TrustStore:
    return TrustStore(
        keys=(key or TrustedKey(name="release-key", key=KEY.public),),
        roots=roots.parse(stack.trust_config(**windows), "own", "trust.json"),
    )


def check(document: dict[str, Any], trust: TrustStore, now: datetime | None = None) -> VerifiedBundle:
    bundle = parse(json.dumps(document).encode(), "w.sigstore.json")
    return verify(bundle, digests={SHA256}, trust=trust, now=now or datetime.now(UTC))


def reason(document: dict[str, Any], trust: TrustStore) -> str:
    with pytest.raises(VerificationError) as caught:
        check(document, trust)
    return caught.value.message


@pytest.mark.parametrize("enveloped", [False, True])
def test_log_entry_and_timestamp_are_verified(sigstack: Sigstack, *, enveloped: bool) -> None:
    found = check(logged(sigstack, enveloped=enveloped), store(sigstack))
    assert (found.root, found.log_entries, found.timestamps) == ("release-key", 1, 1)
    (time,) = found.times
    assert abs(time - datetime.now(UTC)) < timedelta(minutes=1)


def test_without_a_root_they_prove_nothing(sigstack: Sigstack) -> None:
    trust = replace(store(sigstack), roots=())
    found = check(logged(sigstack), trust)
    assert (found.times, found.log_entries, found.timestamps) == ((), 0, 0)


def test_a_key_counts_in_its_window(sigstack: Sigstack) -> None:
    document, now = logged(sigstack), datetime.now(UTC)
    hour = timedelta(hours=1)
    inside = TrustedKey(name="k", key=KEY.public, valid_from=now - hour, valid_until=now + hour)
    assert check(document, store(sigstack, inside)).root == "k"
    late = TrustedKey(name="k", key=KEY.public, valid_from=now + hour)
    assert "before the key k was valid" in reason(document, store(sigstack, late))
    early = TrustedKey(name="k", key=KEY.public, valid_until=now - hour)
    assert "after the key k was valid" in reason(document, store(sigstack, early))


def test_a_log_that_was_not_trusted_then(sigstack: Sigstack) -> None:
    ended = {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}
    assert reason(logged(sigstack), store(sigstack, tlogs=ended)).startswith(
        "no transparency log of the trusted root own was valid at"
    )


def test_a_timestamp_authority_that_was_not_trusted_then(sigstack: Sigstack) -> None:
    ended = {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}
    assert "is by no timestamp authority that the trusted root own trusted then" in reason(
        logged(sigstack), store(sigstack, timestamping=ended)
    )


def test_a_timestamp_of_another_signature(sigstack: Sigstack) -> None:
    document = logged(sigstack)
    stamped = document["verificationMaterial"]["timestampVerificationData"]
    stamped["rfc3161Timestamps"] = [timestamp(sigstack, b"another")]
    assert "is of another signature" in reason(document, store(sigstack))


def test_a_timestamp_that_is_none(sigstack: Sigstack) -> None:
    document = logged(sigstack)
    stamped = document["verificationMaterial"]["timestampVerificationData"]
    stamped["rfc3161Timestamps"] = [{"signedTimestamp": "AAAA"}]
    assert reason(document, store(sigstack)) == "a timestamp is no RFC 3161 response"


def test_a_signature_of_the_future(sigstack: Sigstack) -> None:
    sigstack.timestamps.offset = timedelta(hours=1)
    assert "which is in the future" in reason(logged(sigstack), store(sigstack))


def entry_of(document: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = document["verificationMaterial"]["tlogEntries"][0]
    return entry


def with_body(document: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    body = json.loads(base64.b64decode(entry_of(changed)["canonicalizedBody"]))
    change(body)
    entry_of(changed)["canonicalizedBody"] = text(json.dumps(body).encode())
    return changed


def test_an_entry_about_something_else(sigstack: Sigstack) -> None:
    """CVE-2022-36056, CVE-2026-22703: any entry of the log is not this bundle's entry."""
    document, trust = logged(sigstack), store(sigstack)
    other = hashlib.sha256(b"other").digest()
    key = KEY.public

    def swap(entry: dict[str, Any]) -> dict[str, Any]:
        changed = copy.deepcopy(document)
        changed["verificationMaterial"]["tlogEntries"] = [entry]
        return changed

    assert reason(swap(log(sigstack, other, KEY.sign_digest(other), key)), trust) == (
        "the log entry is about something else: another digest"
    )
    digest = bytes.fromhex(SHA256)
    by_stranger = log(sigstack, digest, STRANGER.sign_digest(digest), STRANGER.public)
    assert reason(swap(by_stranger), trust) == "the log entry is about something else: another signature"

    def other_key(body: dict[str, Any]) -> None:
        verifier = body["spec"]["hashedRekordV002"]["signature"]["verifier"]
        verifier["publicKey"]["rawBytes"] = text(STRANGER.public.spki)

    assert (
        reason(with_body(document, other_key), trust) == "the log entry is about something else: another key"
    )


def test_an_entry_whose_body_says_something_else(sigstack: Sigstack) -> None:
    document, trust = logged(sigstack), store(sigstack)
    assert "its inclusion proof leads to another root hash" in reason(
        with_body(document, lambda body: body.update(more=1)), trust
    )
    assert "is of another kind than the entry says" in reason(
        with_body(document, lambda body: body.update(kind="dsse")), trust
    )
    broken = copy.deepcopy(document)
    entry_of(broken)["canonicalizedBody"] = text(b"{")
    assert "the log entry cannot be read: is no JSON" in reason(broken, trust)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda entry: entry.pop("inclusionProof"), "has no inclusion proof with a checkpoint"),
        (lambda entry: entry["inclusionProof"].pop("checkpoint"), "has no inclusion proof with a checkpoint"),
        (
            lambda entry: entry.update(inclusionPromise={"signedEntryTimestamp": "AAAA"}),
            "the log entry promises inclusion without a time",
        ),
        (
            lambda entry: entry.update(
                integratedTime="1760000000", inclusionPromise={"signedEntryTimestamp": "AAAA"}
            ),
            "the log's promise is not signed by the log that it names",
        ),
        (
            lambda entry: entry["inclusionProof"].update(treeSize="1000"),
            "the inclusion proof of the log entry cannot be right: the proof has",
        ),
        (lambda entry: entry["inclusionProof"].update(rootHash="AAAA"), "leads to another root hash"),
    ],
)
def test_each_mutation_of_an_entry(
    sigstack: Sigstack, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    document = logged(sigstack)
    change(entry_of(document))
    assert said in reason(document, store(sigstack))


def test_a_changed_checkpoint_signature(sigstack: Sigstack) -> None:
    document = logged(sigstack)
    checkpoint = entry_of(document)["inclusionProof"]["checkpoint"]
    origin, _, signature = checkpoint["envelope"].rstrip("\n").rpartition(" ")
    raw = bytearray(base64.b64decode(signature))
    raw[-1] ^= 1
    checkpoint["envelope"] = f"{origin} {text(bytes(raw))}\n"
    assert "its signature is invalid" in reason(document, store(sigstack))


def test_two_entries_are_not_two_logs(sigstack: Sigstack) -> None:
    """CVE-2026-49834: thresholds count distinct logs and authorities, never entries and timestamps."""
    document = logged(sigstack)
    material = document["verificationMaterial"]
    digest, signature = bytes.fromhex(SHA256), base64.b64decode(document["messageSignature"]["signature"])
    material["tlogEntries"].append(log(sigstack, digest, signature, KEY.public))
    stamps = material["timestampVerificationData"]["rfc3161Timestamps"]
    stamps.append(timestamp(sigstack, signature))
    found = check(document, store(sigstack))
    assert (found.log_entries, found.timestamps) == (1, 1)
    entry_of(document)["inclusionProof"]["rootHash"] = "AAAA"
    assert "leads to another root hash" in reason(document, store(sigstack))


def test_several_roots_are_tried_and_told(sigstack: Sigstack) -> None:
    ended = {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}
    old = store(sigstack, tlogs=ended).roots[0]
    good = store(sigstack)
    found = check(logged(sigstack), replace(good, roots=(replace(old, name="old"), *good.roots)))
    assert found.log_entries == 1
    two = replace(good, roots=(replace(old, name="old"), replace(old, name="older")))
    assert "it verifies with no trusted root: old: no transparency log" in reason(logged(sigstack), two)
