from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from attest.errors import FormatError, LimitError
from attest.model.limits import Limits
from attest.model.statement import Envelope
from attest.trust.bundle import (
    Bundle,
    InclusionProof,
    LogEntry,
    MessageSignature,
    looks_like_bundle,
    parse,
)
from attest.trust.bundle_writer import write_key_bundle

DIGEST = bytes(range(32))
V03 = "application/vnd.dev.sigstore.bundle.v0.3+json"
ALT = "application/vnd.dev.sigstore.bundle+json;version=0."


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def entry(**changes: object) -> dict[str, Any]:
    return {
        "logIndex": "7",
        "logId": {"keyId": text(b"id")},
        "kindVersion": {"kind": "hashedrekord", "version": "0.0.1"},
        "integratedTime": 5,
        "inclusionPromise": {"signedEntryTimestamp": text(b"set")},
        "inclusionProof": {
            "logIndex": "1",
            "rootHash": text(b"root"),
            "treeSize": 2,
            "hashes": [text(b"h")],
            "checkpoint": {"envelope": "note"},
        },
        "canonicalizedBody": text(b"{}"),
        **changes,
    }


def document(**changes: object) -> dict[str, Any]:
    value: dict[str, Any] = {
        "mediaType": V03,
        "verificationMaterial": {"certificate": {"rawBytes": text(b"leaf")}, "tlogEntries": [entry()]},
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": text(DIGEST)},
            "signature": text(b"sig"),
        },
    }
    return {key: each for key, each in {**value, **changes}.items() if each != "absent"}


def material(**changes: object) -> dict[str, Any]:
    return document(verificationMaterial={"publicKey": {"hint": "h"}, **changes})


def read(value: object) -> Bundle:
    return parse(json.dumps(value).encode(), "a.json")


ENVELOPE = {"payload": text(b"{}"), "payloadType": "t", "signatures": [{"sig": text(b"sig"), "keyid": "k"}]}


def test_reads_every_part() -> None:
    found = read(document())
    assert found.version == "0.3"
    assert found.content == MessageSignature(sha256=DIGEST.hex(), signature=b"sig")
    assert found.signature == b"sig"
    assert found.certificates == (b"leaf",)
    assert found.key_hint is None
    (log,) = found.log_entries
    assert (log.log_index, log.log_id, log.kind, log.version) == (7, b"id", "hashedrekord", "0.0.1")
    assert (log.integrated_time, log.promise, log.body) == (5, b"set", b"{}")
    assert log.proof == InclusionProof(
        log_index=1, tree_size=2, root_hash=b"root", hashes=(b"h",), checkpoint="note"
    )


def test_absent_numbers_are_zero_as_protojson_has_them() -> None:
    bare: dict[str, object] = {"logId": {}, "kindVersion": {"kind": "k", "version": "v"}}
    nothing = LogEntry(
        log_index=0, log_id=b"", kind="k", version="v", integrated_time=0, promise=b"", proof=None, body=b""
    )
    assert read(material(tlogEntries=[bare])).log_entries == (nothing,)
    assert read(material(tlogEntries=[{**bare, "inclusionProof": None}])).log_entries == (nothing,)
    proof = InclusionProof(log_index=0, tree_size=1, root_hash=b"", hashes=(), checkpoint="")
    (log,) = read(material(tlogEntries=[{**bare, "inclusionProof": {"treeSize": "1"}}])).log_entries
    assert log == replace(nothing, proof=proof)


@pytest.mark.parametrize("version", ["1", "2"])
def test_reads_older_bundles_with_a_chain(version: str) -> None:
    chain = {"x509CertificateChain": {"certificates": [{"rawBytes": text(b"a")}, {"rawBytes": text(b"b")}]}}
    found = read(document(mediaType=f"{ALT}{version}", verificationMaterial=chain))
    assert (found.version, found.certificates) == (f"0.{version}", (b"a", b"b"))


def test_reads_the_other_spelling_of_version_3_and_an_envelope() -> None:
    found = read(document(mediaType=f"{ALT}3", messageSignature=None, dsseEnvelope=ENVELOPE))
    assert found.version == "0.3"
    assert found.content == Envelope(payload=b"{}", payload_type="t", signature=b"sig", keyid="k")


def test_reads_a_bare_envelope() -> None:
    found = read(ENVELOPE)
    assert (found.version, found.key_hint, found.certificates, found.log_entries) == ("", "k", (), ())


def test_a_bundle_may_name_no_digest() -> None:
    found = read(document(messageSignature={"signature": text(b"s")}))
    assert found.content == MessageSignature(sha256="", signature=b"s")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (document(mediaType="absent"), "$ has no 'mediaType'"),
        (document(mediaType=f"{ALT}9"), "no bundle version that is known here"),
        (document(more=1), "$ has the unknown member 'more'"),
        (document(verificationMaterial=[]), "verificationMaterial is an array, not an object"),
        (document(dsseEnvelope=ENVELOPE), "has both a messageSignature and a dsseEnvelope"),
        (document(messageSignature=None), "has neither a messageSignature nor a dsseEnvelope"),
        (document(messageSignature={"signature": ""}), "signature is empty"),
        (
            document(messageSignature={"signature": "AA==", "messageDigest": {"algorithm": "SHA2_384"}}),
            "is 'SHA2_384'; only SHA2_256 binds",
        ),
        (
            document(
                messageSignature={
                    "signature": "AA==",
                    "messageDigest": {"algorithm": "SHA2_256", "digest": "AA=="},
                }
            ),
            "has 1 bytes; a SHA-256 has 32",
        ),
        (document(verificationMaterial={}), "has not exactly one of publicKey, certificate and"),
        (material(certificate={"rawBytes": "AA=="}), "has not exactly one of publicKey, certificate and"),
        (
            document(verificationMaterial={"x509CertificateChain": {"certificates": []}}),
            "does not belong into a bundle 0.3",
        ),
        (document(mediaType=f"{ALT}1"), "does not belong into a bundle 0.1"),
        (
            document(mediaType=f"{ALT}1", verificationMaterial={"x509CertificateChain": {}}),
            "is empty: no certificate says who signed",
        ),
        (document(verificationMaterial={"certificate": {"rawBytes": ""}}), "rawBytes is empty"),
        (material(tlogEntries=[entry(logIndex="-1")]), "tlogEntries[0].logIndex is negative"),
        (material(tlogEntries=[entry(logIndex="x")]), "tlogEntries[0].logIndex is no 64-bit integer"),
        (material(tlogEntries=[entry(kindVersion=None)]), "has no 'kindVersion'"),
        (material(tlogEntries=[entry(logId=None)]), "has no 'logId'"),
        (
            material(tlogEntries=[entry(inclusionProof={"logIndex": 2, "treeSize": "2"})]),
            "places entry 2 in a tree of 2 entries",
        ),
        (
            material(timestampVerificationData={"rfc3161Timestamps": [{"signedTimestamp": "AA=="}] * 2}),
            "has the same timestamp twice",
        ),
    ],
)
def test_refuses_each_broken_part(value: dict[str, Any], message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(value)
    assert message in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (material(tlogEntries=[{}] * 100_000), "tlogEntries has 100000 elements, more than the 32"),
        (
            material(timestampVerificationData={"rfc3161Timestamps": [{}] * 100_000}),
            "rfc3161Timestamps has 100000 elements, more than the 32",
        ),
        (
            document(
                mediaType=f"{ALT}1",
                verificationMaterial={"x509CertificateChain": {"certificates": [{}] * 100_000}},
            ),
            "certificates has 100000 elements, more than the 16",
        ),
        (
            material(tlogEntries=[entry(inclusionProof={"treeSize": 1, "hashes": ["AA=="] * 100_000})]),
            "hashes has 100000 elements, more than the 64",
        ),
    ],
)
def test_refuses_endless_lists(value: dict[str, Any], message: str) -> None:
    with pytest.raises(LimitError) as caught:
        read(value)
    assert message in caught.value.message


def test_refuses_too_many_bytes_duplicates_and_truncation() -> None:
    data = json.dumps(document()).encode()
    with pytest.raises(LimitError, match="more than the 100 that are read"):
        parse(data, "a.json", Limits(bundle_bytes=100))
    with pytest.raises(FormatError, match="has the key 'mediaType' twice"):
        parse(data.replace(b"{", b'{"mediaType": "x", ', 1), "a.json")
    with pytest.raises(FormatError, match="is no JSON"):
        parse(data[:-5], "a.json")


def test_tells_bundles_by_content() -> None:
    data = json.dumps(document()).encode()
    assert looks_like_bundle(data)
    assert looks_like_bundle(b"\n " + data)
    assert looks_like_bundle(json.dumps(ENVELOPE).encode())
    assert looks_like_bundle(data[:-5]), "a broken bundle is still meant as one"
    assert looks_like_bundle(b'{"payloadType": 1, "a":' + b"[" * 100 + b"]" * 100 + b"}")
    assert not looks_like_bundle(json.dumps({"inside": document()}).encode())
    assert not looks_like_bundle(json.dumps([document()]).encode())
    assert not looks_like_bundle(b'{"spdxVersion": "SPDX-2.3"}')
    assert not looks_like_bundle(b"\x7fELF")
    assert not looks_like_bundle(b"")


@pytest.mark.parametrize(
    "content",
    [
        MessageSignature(sha256=DIGEST.hex(), signature=b"sig"),
        Envelope(payload=b"{}", payload_type="t", signature=b"sig"),
    ],
)
def test_what_is_written_is_read_back(content: MessageSignature | Envelope) -> None:
    data = write_key_bundle(content, DIGEST.hex())
    found = parse(data, "a.json")
    assert (found.version, found.content, found.key_hint) == ("0.3", content, text(DIGEST))
    assert (found.certificates, found.log_entries, found.timestamps) == ((), (), ())
    assert data.endswith(b"}\n")
    assert b"keyid" not in data
