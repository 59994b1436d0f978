"""The Sigstore project's own conformance cases (sigstore-conformance, test/assets/bundle-verify), offline.

They lie outside the repository: in the folder that ATTEST_TEST_DATA names, or ../shared/data.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import pytest

from attest.errors import AttestError
from attest.trust import keys, roots
from attest.trust.bundle import parse
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
TREE_SIZE: Final = "the checkpoint is of another tree size than the inclusion proof"
INCONSISTENT: Final = "transparency log entry is inconsistent with other materials"
NOT_STAMPED: Final = "is by no timestamp authority that the trusted root root trusted then"
#: Why each case that must fail is refused.
REASONS: Final = {
    "bundle-empty-certificate-chain_fail": "is empty: no certificate says who signed",
    "bundle-from-wrong-instance_fail": "failed to build timestamp certificate chain",
    "bundle-invalid-base64-signature_fail": "signature is no base64",
    "bundle-malformed-json_fail": "is no JSON",
    "bundle-negative-log-index_fail": "logIndex is negative",
    "bundle-unknown-version_fail": "no bundle version that is known here",
    "bundle-with-root-cert_fail": NO_PROOF,
    "checkpoint-bad-keyhint_fail": "Signature not found for log ID",
    "checkpoint-wrong-roothash_fail": TREE_SIZE,
    "dsse-invalid-sig_fail": "DSSE: invalid signature",
    "dsse-mismatch-envelope_fail": "log entry payload hash does not match bundle",
    "dsse-mismatch-sig_fail": "log entry signatures do not match bundle",
    "inclusion-proof-corrupted-hash_fail": "inclusion proof contains invalid root hash",
    "incorrect-public-key_fail": "inclusion proof contains invalid root hash",
    "integrated-time-in-future_fail": NOT_VALID,
    "intoto-expired-certificate_fail": NOT_VALID,
    "intoto-log-entry-mismatch_fail": "Integrated time only supported for",
    "intoto-missing-inclusion-proof_fail": NO_PROOF,
    "intoto-set-outside-signing-cert-validity_fail": NOT_VALID,
    "intoto-tsa-timestamp-outside-cert-validity_fail": NOT_VALID,
    "invalid-checkpoint-signature_fail": "checkpoint: invalid signature",
    "invalid-ct-key_fail": "failed to verify SCT on signing certificate",
    "invalid-inclusion-proof_fail": NO_PROOF,
    "managed-key-no-key_fail": "it was signed with a key, and no key is trusted",
    "managed-key-wrong-key_fail": "is no key: its base64 is in a spelling that no encoder writes",
    "message-digest-mismatch_fail": OTHER_DIGEST,
    "rekor2-checkpoint-missing-log-signature_fail": "must contain at least one signature",
    "rekor2-checkpoint-missing-origin_fail": TREE_SIZE,
    "rekor2-checkpoint-missing-root-hash_fail": "too few items in header",
    "rekor2-checkpoint-missing-size_fail": TREE_SIZE,
    "rekor2-checkpoint-no-matching-signature_fail": "checkpoint: invalid signature",
    "rekor2-dsse-invalid-sig_fail": "DSSE: invalid signature",
    "rekor2-dsse-mismatch-envelope_fail": INCONSISTENT,
    "rekor2-dsse-mismatch-sig_fail": INCONSISTENT,
    "rekor2-no-inclusion-proof_fail": NO_PROOF,
    "rekor2-no-timestamp_fail": "nothing proves when it was signed",
    "rekor2-timestamp-outside-trust-root-tsa-validity_fail": NOT_STAMPED,
    "rekor2-timestamp-outside-tsa-cert-validity_fail": NOT_STAMPED,
    "rekor2-timestamp-payload-mismatch_fail": NOT_STAMPED,
    "rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail": "a timestamp is no RFC 3161 response",
    "rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail": NOT_STAMPED,
    # The case's timestamp is broken over lines, which no encoder of protojson writes.
    "rekor2-timestamp-with-incorrect-time_fail": "signedTimestamp is no base64",
    "set-invalid-signature_fail": "SET: invalid inclusion promise",
    "signature-mismatch_fail": "Signature is invalid for input",
    "trust-root-tlog-missing-validity-start_fail": "validFor has no 'start'",
    "wrong-hashedrekord-artifact_fail": INCONSISTENT,
    "wrong-hashedrekord-cert-and-sig_fail": INCONSISTENT,
    "wrong-hashedrekord-entry_fail": INCONSISTENT,
    "wrong-material_fail": OTHER_DIGEST,
}
#: Entries of the kind intoto 0.0.2, which new clients need not read.
UNSUPPORTED: Final = {"intoto-with-custom-trust-root": "Integrated time only supported for"}


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
        store = files("sigstore._store") / "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev" / "trusted_root.json"
        trusted_roots = roots.parse(
            root.read_bytes() if root.exists() else store.read_bytes(), "root", "root"
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
def test_conformance(name: str) -> None:
    folder = CASES / name
    refused = UNSUPPORTED.get(name) or REASONS.get(name)
    if refused is None:
        assert not name.endswith("_fail"), f"{name}: why is it refused?"
        assert judge(folder) == expected(folder)
        return
    with pytest.raises(AttestError) as caught:
        judge(folder)
    assert refused in caught.value.message
