"""Bundles that cosign made with its own key files (testdata/keys), verified and made anew."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from attest.cli.main import run
from attest.errors import VerificationError
from attest.signing.key import KeySigner
from attest.trust import keys
from attest.trust.bundle import parse
from attest.trust.verify import TrustedKey, TrustStore, verify

FOLDER = Path(__file__).parents[3] / "testdata" / "keys"
MESSAGE = (FOLDER / "message.txt").read_bytes()
SHA256 = hashlib.sha256(MESSAGE).hexdigest()
NOW = datetime(2026, 11, 23, tzinfo=UTC)
ED25519 = "message.ed25519.sigstore.json"
BUNDLES = sorted(file.name for file in FOLDER.glob("*.sigstore.json") if file.name != ED25519)


def trusted(name: str) -> TrustStore:
    data = (FOLDER / f"{name}.pub").read_bytes()
    return TrustStore(keys=(TrustedKey(name=name, key=keys.load_public(data, f"{name}.pub")),))


def test_there_are_bundles() -> None:
    names = ("message.p256", "message.rsa-2048", "statement.p256", "statement.p384", "statement.rsa-2048")
    assert [f"{name}.sigstore.json" for name in names] == BUNDLES


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_of_cosign_holds_for_its_key_and_its_file_alone(name: str) -> None:
    bundle = parse((FOLDER / name).read_bytes(), name)
    key = name.split(".")[1]
    found = verify(bundle, digests={SHA256}, trust=trusted(key), now=NOW)
    assert found.digests == (SHA256,)
    assert found.signer.key_sha256 == trusted(key).keys[0].key.sha256
    other = "ed25519" if key != "ed25519" else "p256"
    with pytest.raises(VerificationError, match=r"the signature does not verify|Ed25519 key"):
        verify(bundle, digests={SHA256}, trust=trusted(other), now=NOW)
    with pytest.raises(VerificationError, match="none of these"):
        verify(bundle, digests={"00" * 32}, trust=trusted(key), now=NOW)


def test_a_file_signed_with_ed25519_holds_for_all_of_it_and_not_for_its_digest() -> None:
    bundle = parse((FOLDER / ED25519).read_bytes(), ED25519)
    trust = trusted("ed25519")
    found = verify(bundle, digests={SHA256}, trust=trust, now=NOW, content=memoryview(MESSAGE))
    assert found.digests == (SHA256,)
    with pytest.raises(VerificationError, match="signs whole files, which cannot be checked by their digest"):
        verify(bundle, digests={SHA256}, trust=trust, now=NOW)
    other = memoryview(MESSAGE + b"!")
    digests = {hashlib.sha256(other).hexdigest()}
    with pytest.raises(VerificationError, match="the signature does not verify with any trusted key"):
        verify(bundle, digests=digests, trust=trust, now=NOW, content=other)
    with pytest.raises(VerificationError, match="the signature does not verify with any trusted key"):
        verify(bundle, digests={"00" * 32}, trust=trust, now=NOW, content=memoryview(MESSAGE))


def test_the_command_verifies_the_file_and_not_the_digest(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--bundle", str(FOLDER / ED25519), "--key", str(FOLDER / "ed25519.pub")]
    assert run(["verify", str(FOLDER / "message.txt"), *words]) == 0
    assert run(["verify", str(FOLDER / "statement.json"), *words]) == 1
    capsys.readouterr()
    assert run(["verify", f"sha256:{SHA256}", *words]) == 1
    assert "signs whole files, which cannot" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("name", ["p256", "p384", "rsa-2048", "ed25519"])
def test_the_same_statement_signed_here_with_the_same_key(name: str) -> None:
    key = keys.load_private((FOLDER / f"{name}.key").read_bytes(), name, lambda: b"correct horse")
    data = KeySigner(key).sign_statement((FOLDER / "statement.json").read_bytes())
    found = verify(parse(data, "ours"), digests={SHA256}, trust=trusted(name), now=NOW)
    assert found.statement is not None
    assert found.statement.predicate_type == "https://example.com/note/v1"
