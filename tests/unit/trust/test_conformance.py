"""The Sigstore project's own conformance cases (sigstore-conformance, test/assets/bundle-verify), offline.

They lie outside the repository: in the folder that ATTEST_TEST_DATA names, or ../shared/data.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest
from sigstore import models
from sigstore.verify import Verifier, policy
from sigstore_models.trustroot.v1 import TrustedRoot as RootModel

from attest.errors import AttestError
from attest.trust import keys, roots
from attest.trust.bundle import parse
from attest.trust.sigstore_compat import embedded_root
from attest.trust.verify import TrustedKey, TrustStore, verify
from tests.conftest import OFFICIAL_DATA

if TYPE_CHECKING:
    from pathlib import Path

DATA: Final = OFFICIAL_DATA
CASES: Final = DATA / "sigstore-conformance" / "test" / "assets" / "bundle-verify"
IDENTITY: Final = (
    "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon"
    "/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main"
)
ISSUER: Final = "https://token.actions.githubusercontent.com"
NOW: Final = datetime.now(UTC)

OTHER_DIGEST: Final = "which is none of these"
NO_PROOF: Final = "the log entry has no inclusion proof with a checkpoint"
NOT_VALID: Final = "when its certificate was not valid"
TREE_SIZE: Final = "the checkpoint is of another tree size (75610772) than the inclusion proof (23083062)"
NOT_ALL: Final = "the checkpoint is malformed: origin, size and root hash are not all there"
DIGEST: Final = "the log entry is about something else: another digest"
SIGNATURE: Final = "the log entry is about something else: another signature"
PROMISE: Final = "the log's promise is not signed by the log that it names, or is of another entry"
CHECKPOINT: Final = "the checkpoint is signed by no log that is trusted: its signature is invalid"
#: Why each case that must fail is refused.
REASONS: Final = {
    "bundle-empty-certificate-chain_fail": "is empty: no certificate says who signed",
    "bundle-from-wrong-instance_fail": "its certificate was issued by no authority of the trusted root root",
    "bundle-invalid-base64-signature_fail": "signature is no base64",
    "bundle-malformed-json_fail": "is no JSON",
    "bundle-negative-log-index_fail": "logIndex is negative",
    "bundle-unknown-version_fail": "no bundle version that is known here",
    "bundle-with-root-cert_fail": "it carries a root certificate",
    "checkpoint-bad-keyhint_fail": "the checkpoint is not signed by the log that the entry names",
    "checkpoint-wrong-roothash_fail": TREE_SIZE,
    "dsse-invalid-sig_fail": SIGNATURE,
    "dsse-mismatch-envelope_fail": DIGEST,
    "dsse-mismatch-sig_fail": SIGNATURE,
    "inclusion-proof-corrupted-hash_fail": "its inclusion proof leads to another root hash",
    "incorrect-public-key_fail": PROMISE,
    "integrated-time-in-future_fail": NOT_VALID,
    "intoto-expired-certificate_fail": NOT_VALID,
    "intoto-log-entry-mismatch_fail": "the log entry cannot be read: canonicalizedBody.spec.content.envelope",
    "intoto-missing-inclusion-proof_fail": NO_PROOF,
    "intoto-set-outside-signing-cert-validity_fail": NOT_VALID,
    "intoto-tsa-timestamp-outside-cert-validity_fail": NOT_VALID,
    "invalid-checkpoint-signature_fail": CHECKPOINT,
    "invalid-ct-key_fail": "has no certificate transparency log dd3d306a",
    "invalid-inclusion-proof_fail": NO_PROOF,
    "managed-key-no-key_fail": "it was signed with a key, and no key is trusted",
    "managed-key-wrong-key_fail": "is no key: its base64 is in a spelling that no encoder writes",
    "message-digest-mismatch_fail": OTHER_DIGEST,
    "rekor2-checkpoint-missing-log-signature_fail": "no signatures follow after an empty line",
    "rekor2-checkpoint-missing-origin_fail": NOT_ALL,
    "rekor2-checkpoint-missing-root-hash_fail": NOT_ALL,
    "rekor2-checkpoint-missing-size_fail": NOT_ALL,
    "rekor2-checkpoint-no-matching-signature_fail": CHECKPOINT,
    "rekor2-dsse-invalid-sig_fail": SIGNATURE,
    "rekor2-dsse-mismatch-envelope_fail": DIGEST,
    "rekor2-dsse-mismatch-sig_fail": SIGNATURE,
    "rekor2-no-inclusion-proof_fail": NO_PROOF,
    "rekor2-no-timestamp_fail": "nothing proves when it was signed",
    "rekor2-timestamp-outside-trust-root-tsa-validity_fail": "that the trusted root root trusted then",
    "rekor2-timestamp-outside-tsa-cert-validity_fail": "CN=Test TSA Timestamping,O=local was not valid then",
    "rekor2-timestamp-payload-mismatch_fail": "a timestamp of 2025-07-15T10:12:52Z is of another signature",
    "rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail": "a timestamp is no RFC 3161 response",
    "rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail": "is not signed by that authority's",
    # The case's timestamp is broken over lines, which no encoder of protojson writes.
    "rekor2-timestamp-with-incorrect-time_fail": "signedTimestamp is no base64",
    "set-invalid-signature_fail": PROMISE,
    "signature-mismatch_fail": SIGNATURE,
    "trust-root-tlog-missing-validity-start_fail": "validFor has no 'start'",
    "wrong-hashedrekord-artifact_fail": DIGEST,
    "wrong-hashedrekord-cert-and-sig_fail": SIGNATURE,
    "wrong-hashedrekord-entry_fail": DIGEST,
    "wrong-material_fail": OTHER_DIGEST,
}
#: Where sigstore's Python client judges otherwise, and why it is attest that is right.
DISAGREEMENTS: Final = {
    "intoto-with-custom-trust-root": "the client cannot read entries of the kind intoto 0.0.2",
    "trust-root-tsa-validity-end-inclusive": "the client takes the end of the window as outside of it",
    "managed-key-happy-path": "the client verifies no signatures by keys",
    "managed-key-and-trusted-root": "the client verifies no signatures by keys",
}


def cases() -> list[str]:
    return sorted(each.name for each in CASES.iterdir() if each.is_dir()) if CASES.is_dir() else []


def judge(folder: Path) -> tuple[str, str]:
    """Verify as the suite's protocol says, and give the signer's identity and issuer."""
    artifact = folder / "artifact"
    data = (artifact if artifact.exists() else CASES / "a.txt").read_bytes()
    bundle = parse((folder / "bundle.sigstore.json").read_bytes(), "bundle")
    key, root = folder / "key.pub", folder / "trusted_root.json"
    trusted_keys: tuple[TrustedKey, ...] = ()
    trusted_roots: tuple[roots.Root, ...] = ()
    if key.exists():
        trusted_keys = (TrustedKey(name="key", key=keys.load_public(key.read_bytes(), "key.pub")),)
    if root.exists() or not key.exists():
        trusted_roots = roots.parse(
            root.read_bytes() if root.exists() else embedded_root("public-good"), "root", "root"
        )
    trust = TrustStore(keys=trusted_keys, roots=trusted_roots)
    found = verify(bundle, digests={hashlib.sha256(data).hexdigest()}, trust=trust, now=NOW)
    return found.signer.san, found.signer.issuer


def expected(folder: Path) -> tuple[str, str]:
    if (folder / "key.pub").exists():
        return "", ""
    identity, issuer = folder / "identity", folder / "issuer"
    return (
        identity.read_text().strip() if identity.exists() else IDENTITY,
        issuer.read_text().strip() if issuer.exists() else ISSUER,
    )


@pytest.mark.skipif(not CASES.is_dir(), reason="the conformance cases are not on this machine")
@pytest.mark.parametrize("name", cases())
def test_conformance(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("verification must not ask the network")

    monkeypatch.setattr("socket.socket", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    folder = CASES / name
    refused = REASONS.get(name)
    if refused is None:
        assert not name.endswith("_fail"), f"{name}: why is it refused?"
        assert judge(folder) == expected(folder)
        return
    with pytest.raises(AttestError) as caught:
        judge(folder)
    assert refused in caught.value.message


@pytest.mark.skipif(not CASES.is_dir(), reason="the conformance cases are not on this machine")
@pytest.mark.parametrize("name", cases())
def test_sigstores_own_client_agrees(name: str) -> None:
    """Two verifiers that share no code judge alike, but for what is listed with who is right."""
    folder = CASES / name
    attests = sigstores = True
    try:
        judge(folder)
    except AttestError:
        attests = False
    try:
        judge_by_sigstore(folder)
    except Exception:  # noqa: BLE001 - whatever it raises, it did not accept
        sigstores = False
    assert attests == (not name.endswith("_fail"))
    assert (attests != sigstores) == (name in DISAGREEMENTS)


def judge_by_sigstore(folder: Path) -> None:
    """Verify with the sigstore library."""
    artifact, root = folder / "artifact", folder / "trusted_root.json"
    data = (artifact if artifact.exists() else CASES / "a.txt").read_bytes()
    text = root.read_text() if root.exists() else embedded_root("public-good").decode()
    bundle = models.Bundle.from_json((folder / "bundle.sigstore.json").read_bytes())
    verifier = Verifier(trusted_root=models.TrustedRoot(RootModel.from_json(text)))
    identity, issuer = expected(folder)
    who = policy.Identity(identity=identity, issuer=issuer)
    if "dsseEnvelope" not in json.loads(bundle.to_json()):
        verifier.verify_artifact(data, bundle, who)
        return
    _, payload = verifier.verify_dsse(bundle, who)
    digests = [each["digest"]["sha256"] for each in json.loads(payload)["subject"]]
    assert hashlib.sha256(data).hexdigest() in digests
