from __future__ import annotations

import hashlib

import pytest

from attest.errors import FormatError, ServiceError, UsageError
from attest.model.limits import DEFAULT_LIMITS
from attest.signing.external import ExternalKey
from attest.trust import keys
from tests.fakes import MemoryKey

DIGEST = hashlib.sha256(b"what is signed").digest()


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa-2048"])
def test_digests_and_messages_are_signed_by_their_digest(kind: str) -> None:
    source = MemoryKey(keys.generate(kind))
    key = ExternalKey.connect(source, DEFAULT_LIMITS)
    assert key.public == source.key.public
    assert key.public.verifies_digest(key.sign_digest(DIGEST), DIGEST)
    assert key.public.verifies_message(key.sign_message(b"a message"), b"a message")
    long = hashlib.sha384(b"a message").digest()
    assert key.public.verifies_digest(key.sign_digest(long, "sha384"), long, "sha384")
    assert source.asked == ["sha256", "sha256", "sha384"]


def test_ed25519_signs_whole_messages_alone() -> None:
    source = MemoryKey(keys.generate("ed25519"))
    key = ExternalKey.connect(source, DEFAULT_LIMITS)
    assert key.public.verifies_message(key.sign_message(b"a message"), b"a message")
    assert source.asked == ["message"]
    with pytest.raises(UsageError, match="an Ed25519 key signs whole messages") as caught:
        key.sign_digest(DIGEST)
    assert "sign statements with it" in (caught.value.hint or "")


@pytest.mark.parametrize("kind", ["p256", "ed25519"])
def test_a_signature_by_another_key_is_found_out(kind: str) -> None:
    source = MemoryKey(keys.generate(kind))
    key = ExternalKey.connect(source, DEFAULT_LIMITS)
    source.key = keys.generate(kind)
    with pytest.raises(ServiceError, match="memory: gave a signature that its own public key") as caught:
        key.sign_message(b"a message")
    assert "in DER" in (caught.value.hint or "")


def test_a_source_that_tells_no_public_key() -> None:
    source = MemoryKey(keys.generate(), told=b"a secret")
    with pytest.raises(FormatError, match="memory: is no key: it has no PEM block"):
        ExternalKey.connect(source, DEFAULT_LIMITS)
