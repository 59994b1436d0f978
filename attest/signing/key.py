"""Signing with a key of one's own: no service, no log, no timestamp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.intoto.dsse import pae
from attest.model.statement import IN_TOTO_PAYLOAD_TYPE, Envelope
from attest.trust.bundle import MessageSignature, write_key_bundle

if TYPE_CHECKING:
    from attest.signing.signer import SigningKey


@dataclass(frozen=True, slots=True)
class KeySigner:
    """Signs with a key; bundles are v0.3 with the key's fingerprint as hint."""

    key: SigningKey

    def sign_blob(self, sha256: str) -> bytes:
        """A bundle with a signature over the file with this SHA-256 (hexadecimal)."""
        signature = self.key.sign_digest(bytes.fromhex(sha256))
        content = MessageSignature(sha256=sha256, signature=signature)
        return write_key_bundle(content, self.key.public.sha256)

    def sign_statement(self, payload: bytes) -> bytes:
        """A bundle with a signed DSSE envelope around an in-toto statement."""
        signature = self.key.sign_message(pae(IN_TOTO_PAYLOAD_TYPE, payload))
        envelope = Envelope(payload=payload, payload_type=IN_TOTO_PAYLOAD_TYPE, signature=signature)
        return write_key_bundle(envelope, self.key.public.sha256)
