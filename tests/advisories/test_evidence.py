"""The thing that is checked must be the thing that is trusted: entries, certificates, times, payloads."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import utils
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import TimestampRequestBuilder

from attest.cli.main import run
from attest.errors import AttestError, UsageError, VerificationError
from attest.intoto import dsse
from attest.model.statement import (
    IN_TOTO_PAYLOAD_TYPE,
    SLSA_PREDICATE,
    SPDX_PREDICATE,
    Envelope,
)
from attest.signing.key import KeySigner
from attest.trust import roots
from attest.trust.bundle import MessageSignature, parse
from attest.trust.bundle_writer import write_bundle, write_key_bundle
from attest.trust.chain import check_chain
from attest.trust.verify import TrustedKey, TrustStore
from tests.advisories.evidence import (
    BY_KEY,
    FILE,
    KEY,
    OTHER,
    SHA256,
    STRANGER,
    check,
    denied,
    judged,
    keyless,
    refused,
    stated,
    trust,
    with_entry,
)
from tests.conftest import OFFICIAL_DATA
from tests.sigstack.authority import usage
from tests.sigstack.signers import connect
from tests.sigstack.timestamps import TimestampAuthority
from tests.unit.trust.test_conformance import judge
from tests.unit.trust.test_logged_keys import log, logged

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sigstack.stack import Sigstack

CASES = OFFICIAL_DATA / "sigstore-conformance" / "test" / "assets" / "bundle-verify"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ELSE = "the log entry is about something else"


def test_cve_2022_23649_an_entry_about_another_artifact(sigstack: Sigstack) -> None:
    """Signature and certificate hold, and so does the entry; they have nothing to do with each other."""
    own, other = keyless(sigstack, SHA256, OTHER)
    store = trust(sigstack)
    assert check(own, store).log_entries == check(other, store, [OTHER]).log_entries == 1
    assert refused(replace(own, log_entries=other.log_entries), store).startswith(ELSE)


def test_cve_2022_36056_signature_certificate_and_digest_against_the_entry(sigstack: Sigstack) -> None:
    """Each of the three taken from another valid bundle, one at a time."""
    own, again = keyless(sigstack, SHA256)[0], keyless(sigstack, SHA256)[0]
    store = trust(sigstack)
    message = own.content
    assert isinstance(message, MessageSignature)
    swapped = replace(own, certificates=again.certificates)
    assert refused(swapped, store).startswith(ELSE)
    assert "a timestamp" in refused(replace(own, content=again.content), store)
    untimed = replace(own, content=again.content, timestamps=again.timestamps)
    assert refused(untimed, store).startswith(ELSE)
    digest = replace(own, content=replace(message, sha256=OTHER))
    assert refused(digest, store, [OTHER]).startswith(ELSE)


def test_cve_2026_22703_an_entry_binds_digest_signature_and_key(sigstack: Sigstack) -> None:
    """A key's own entries: of another file, of another signature over this one, of another key's."""
    store = trust(sigstack)
    document = logged(sigstack, key=KEY)

    def with_entries_of(found: dict[str, object]) -> bytes:
        changed = json.loads(json.dumps(document))
        changed["verificationMaterial"]["tlogEntries"] = found["tlogEntries"]
        return json.dumps(changed).encode()

    own = parse(json.dumps(document).encode(), "w")
    assert check(own, store).log_entries == 1
    # The same key's over the same file: where (r, s) verifies, (r, n - s) does too.
    r, s = utils.decode_dss_signature(own.signature)
    other = utils.encode_dss_signature(r, P256_ORDER - s)
    entry = log(sigstack, bytes.fromhex(SHA256), other, KEY.public)
    another_signature = parse(with_entries_of({"tlogEntries": [entry]}), "w")
    assert refused(another_signature, store) == f"{ELSE}: another signature"
    strangers = with_entries_of(logged(sigstack, key=STRANGER)["verificationMaterial"])
    assert refused(parse(strangers, "w"), store).startswith(ELSE)
    of_a_statement = with_entries_of(logged(sigstack, key=KEY, enveloped=True)["verificationMaterial"])
    assert refused(parse(of_a_statement, "w"), store).startswith(f"{ELSE}: another digest")


def test_cve_2024_51746_an_entry_of_the_same_file_by_someone_else(sigstack: Sigstack) -> None:
    """What a search for the digest finds first may be anybody's."""
    (own,) = keyless(sigstack, SHA256)
    mallory = connect(sigstack, {"email": "mallory@example.com", "sub": "mallory"})
    theirs = parse(mallory.sign_blob(SHA256), "w")
    assert refused(replace(own, log_entries=theirs.log_entries), trust(sigstack)).startswith(ELSE)


@pytest.mark.parametrize("with_log", [True, False], ids=["with a log", "without a log"])
def test_cve_2026_24122_an_intermediate_that_had_expired(sigstack: Sigstack, *, with_log: bool) -> None:
    """Chain validity is asked for at the time of signing, whatever else proves that time."""
    (own,) = keyless(sigstack, SHA256)
    (root,) = trust(sigstack).roots
    leaf = x509.load_der_x509_certificate(own.certificates[0])
    (signed,) = check(own, trust(sigstack)).times
    root = root if with_log else replace(root, logs=())
    assert check_chain(leaf, root, (signed,), "w")[0] == leaf
    late = sigstack.authority.certificate.not_valid_after_utc + timedelta(seconds=1)
    with pytest.raises(VerificationError) as caught:
        check_chain(leaf, root, (late,), "w")
    assert "was not valid" in caught.value.message or "no certificate authority" in caught.value.message


@pytest.mark.parametrize(
    ("payload", "payload_type", "said"),
    [
        (b"{", IN_TOTO_PAYLOAD_TYPE, "the signed statement is malformed"),
        (b"[]", IN_TOTO_PAYLOAD_TYPE, "the signed statement is malformed"),
        (b"Verified OK", IN_TOTO_PAYLOAD_TYPE, "the signed statement is malformed"),
        (stated(), "text/plain", "the envelope holds 'text/plain', not an in-toto statement"),
    ],
)
def test_cve_2026_39395_a_well_signed_payload_that_says_nothing(
    payload: bytes, payload_type: str, said: str
) -> None:
    """A good signature over it does not make a statement of it."""
    signature = KEY.sign_message(dsse.pae(payload_type, payload))
    content = Envelope(payload=payload, payload_type=payload_type, signature=signature)
    assert said in denied(write_key_bundle(content, KEY.public.sha256))


def test_cve_2026_39395_a_statement_of_another_type() -> None:
    data = KeySigner(KEY).sign_statement(stated(SPDX_PREDICATE))
    assert judged(data, replace(BY_KEY, type="spdx")).decision == "pass"
    assert denied(data, replace(BY_KEY, type="slsaprovenance1")) == (
        f"it is a statement of the type {SPDX_PREDICATE}, not slsaprovenance1"
    )


def test_cve_2026_49834_two_entries_of_one_log_are_one_log(sigstack: Sigstack) -> None:
    (own,) = keyless(sigstack, SHA256)
    twice = replace(own, log_entries=own.log_entries * 2)
    assert check(twice, trust(sigstack)).log_entries == 1


@pytest.mark.parametrize("stamped", [True, False], ids=["with a timestamp", "without a timestamp"])
def test_cve_2026_54787_a_key_outside_of_its_window(sigstack: Sigstack, *, stamped: bool) -> None:
    """Nothing but a proven time puts a signature into a key's window."""
    document = logged(sigstack, key=KEY)
    if not stamped:
        document["verificationMaterial"].pop("timestampVerificationData")
    bundle = parse(json.dumps(document).encode(), "w")
    ended = TrustedKey(name="k", key=KEY.public, valid_until=datetime(2020, 1, 1, tzinfo=UTC))
    said = refused(bundle, replace(trust(sigstack), keys=(ended,)))
    assert ("after the key k was valid" if stamped else "nothing proves when this was signed") in said


def test_sigstore_go_609_nothing_to_verify_is_no_success() -> None:
    """No file, no digest, nobody who may sign."""
    data = KeySigner(KEY).sign_blob(SHA256)
    store = TrustStore(keys=(TrustedKey(name="k", key=KEY.public),))
    assert "none of these" in refused(parse(data, "w"), store, [])
    unnamed = json.loads(data)
    unnamed["messageSignature"].pop("messageDigest")
    assert "names no digest" in refused(parse(json.dumps(unnamed).encode(), "w"), store, [])
    assert refused(parse(data, "w"), TrustStore()) == "it was signed with a key, and no key is trusted"
    with pytest.raises(UsageError, match="it is not said who must have signed"):
        judged(data, type(BY_KEY)())


@pytest.mark.parametrize("field", ["checkpoint", "digest", "rootHash", "hashes", "logIndex", "treeSize"])
@pytest.mark.parametrize("value", ["", "x", "AAAA", "\x00", "9" * 40])
def test_sigstore_python_1652_1826_whatever_is_malformed_is_told_in_one_line(
    field: str, value: str, sigstack: Sigstack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(write_bundle(keyless(sigstack, SHA256)[0]))
    proof = document["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]
    if field == "digest":
        document["messageSignature"]["messageDigest"]["digest"] = value
    elif field == "checkpoint":
        proof["checkpoint"]["envelope"] = value
    else:
        proof[field] = [value] if field == "hashes" else value
    file, bundle, root = tmp_path / "w", tmp_path / "w.json", tmp_path / "root.json"
    file.write_bytes(FILE)
    bundle.write_text(json.dumps(document), encoding="utf-8")
    root.write_bytes(sigstack.trust_config())
    identity = ["--certificate-identity", "alice@example.com", "--certificate-oidc-issuer", sigstack.issuer]
    code = run(["verify", str(file), "--bundle", str(bundle), "--trusted-root", str(root), *identity])
    told = capsys.readouterr()
    assert code in {1, 2}
    assert "Traceback" not in told.err + told.out
    assert len([line for line in told.err.splitlines() if line.startswith("attest: ")]) <= 1
    assert told.out + told.err


def test_cve_2023_47122_a_log_that_only_the_bundle_knows(sigstack: Sigstack) -> None:
    """Keys of logs come from what is trusted, never from the evidence or its maker."""
    (own,) = keyless(sigstack, SHA256)
    assert "has no transparency log" in refused(with_entry(own, log_id=b"x" * 32), trust(sigstack))
    document = json.loads(write_bundle(own))
    document["verificationMaterial"]["tlogEntries"][0]["publicKey"] = {"rawBytes": "AAAA"}
    with pytest.raises(AttestError, match="publicKey"):
        parse(json.dumps(document).encode(), "w")


def test_cve_2026_44309_what_is_verified_is_what_is_used() -> None:
    """The bytes themselves, not what a reader and a writer make of them; and no key twice."""
    odd = stated().replace(b'"predicate"', b' "predicate" ')
    data = KeySigner(KEY).sign_statement(odd)
    store = TrustStore(keys=(TrustedKey(name="k", key=KEY.public),))
    found = check(parse(data, "w"), store)
    assert found.statement is not None
    assert found.statement.payload == odd
    twice = stated()[:-1] + b',"predicateType":"https://slsa.dev/provenance/v1"}'
    assert "predicateType" in denied(KeySigner(KEY).sign_statement(twice))


def test_cve_2026_39984_a_timestamp_by_a_certificate_that_may_not(sigstack: Sigstack) -> None:
    """A stranger's authority, and a certificate of the right one for another purpose."""
    (own,) = keyless(sigstack, SHA256)
    store = trust(sigstack)
    query = TimestampRequestBuilder().data(own.signature).build().as_bytes()
    stranger = TimestampAuthority()
    said = refused(replace(own, timestamps=(stranger.answer(query),)), store)
    assert "no timestamp authority" in said or "not signed by" in said
    impostor = TimestampAuthority()
    impostor.root_key, impostor.root = sigstack.timestamps.root_key, sigstack.timestamps.root
    impostor.certificate = (
        x509.CertificateBuilder()
        .subject_name(sigstack.timestamps.certificate.subject)
        .issuer_name(impostor.root.subject)
        .public_key(impostor.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=9))
        .not_valid_after(datetime.now(UTC) + timedelta(days=9))
        .add_extension(usage(sign=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=True)
        .sign(impostor.root_key, hashes.SHA384())
    )
    said = refused(replace(own, timestamps=(impostor.answer(query),)), store)
    assert "timestamp" in said


@pytest.mark.skipif(not CASES.is_dir(), reason="the conformance cases are not on this machine")
@pytest.mark.parametrize("kind", ["with", "without"])
def test_cve_2026_39984_the_conformance_suites_untrusted_authorities(kind: str) -> None:
    with pytest.raises(VerificationError, match="timestamp"):
        judge(CASES / f"rekor2-timestamp-untrusted-tsa-{kind}-embedded-cert_fail")


def test_rfc3161_client_1_0_3_the_path_of_a_timestamp_is_verified(sigstack: Sigstack) -> None:
    """An authority's certificate counts by the root that is trusted, not by what the token carries."""
    (own,) = keyless(sigstack, SHA256)
    assert check(own, trust(sigstack)).timestamps == 1
    root = sigstack.trusted_root()
    chain = root["timestampAuthorities"][0]["certChain"]["certificates"]
    stranger = TimestampAuthority().root.public_bytes(Encoding.DER)
    chain[-1]["rawBytes"] = base64.b64encode(stranger).decode()
    store = TrustStore(roots=roots.parse(json.dumps(root).encode(), "own", "root.json"))
    assert "timestamp" in refused(own, store)


def test_ghsa_r2xv_vpr2_42m9_the_signature_is_over_payload_and_type() -> None:
    """A signature over the payload alone is none of the envelope."""
    bare = Envelope(payload=stated(), payload_type=IN_TOTO_PAYLOAD_TYPE, signature=KEY.sign_message(stated()))
    assert denied(write_key_bundle(bare, KEY.public.sha256)) == (
        "the signature does not verify with any trusted key (k.pub)"
    )


def test_cve_2025_62375_what_a_payload_says_of_its_signer_counts_for_nothing() -> None:
    """Anybody can write the release builder's name into a statement."""
    claim = {
        "buildDefinition": {"buildType": "https://x.example/t", "externalParameters": {}},
        "runDetails": {"builder": {"id": "https://github.com/acme/release"}},
        "signer": {"keyid": KEY.public.sha256},
    }
    data = KeySigner(STRANGER).sign_statement(stated(SLSA_PREDICATE, claim))
    named = json.loads(data)
    named["dsseEnvelope"]["signatures"][0]["keyid"] = KEY.public.sha256
    for each in (data, json.dumps(named).encode()):
        assert denied(each) == "the signature does not verify with any trusted key (k.pub)"


def test_cve_2026_44310_a_crash_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever breaks inside, the exit code is that of an undecided run, and it is told."""
    file, bundle, key = tmp_path / "w", tmp_path / "w.json", tmp_path / "k.pub"
    file.write_bytes(FILE)
    bundle.write_bytes(KeySigner(KEY).sign_blob(SHA256))
    key.write_bytes(KEY.public.pem)
    words = ["verify", str(file), "--bundle", str(bundle), "--key", str(key)]
    assert run(words) == 0
    capsys.readouterr()

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("attest.app.verify_file.verify", crash)
    assert run(words) == 2
    assert "out of order" in capsys.readouterr().err
