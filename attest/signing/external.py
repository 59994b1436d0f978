"""A private key that lies elsewhere: in a token, behind a command. It never comes here; its signatures do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from attest.errors import ServiceError
from attest.trust.keys import Hash, PublicKey, load_public, no_digests

if TYPE_CHECKING:
    from attest.model.limits import Limits


class KeySource(Protocol):
    """Where such a key lies. Both methods raise `attest.errors.ServiceError` where it fails."""

    @property
    def where(self) -> str:
        """What to call it in messages."""
        ...

    def public_key(self) -> bytes:
        """The public key, PEM or DER."""
        ...

    def sign(self, what: str, data: bytes) -> bytes:
        """The signature over a digest (`what` is its hash), or over all of `data` (`what` is "message")."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalKey:
    """A key that lies elsewhere, as `attest.signing.signer.SigningKey`.

    Every signature is verified with the public key before it is used: a source that signs something else,
    with another key or in another form, is found out at once.
    """

    public: PublicKey
    source: KeySource

    @classmethod
    def connect(cls, source: KeySource, limits: Limits) -> ExternalKey:
        """Ask for the public key; `FormatError` or `LimitError` where what is answered is none."""
        return cls(public=load_public(source.public_key(), source.where, limits), source=source)

    def sign_digest(self, digest: bytes, algorithm: Hash = "sha256") -> bytes:
        """A signature over the message with this digest; `UsageError` where the key takes none."""
        if not self.public.takes_digests:
            raise no_digests()
        signature = self.source.sign(algorithm, digest)
        if not self.public.verifies_digest(signature, digest, algorithm):
            raise self._wrong()
        return signature

    def sign_message(self, message: bytes) -> bytes:
        """A signature over `message`: over its SHA-256, but by Ed25519 over all of it."""
        if self.public.takes_digests:
            return self.sign_digest(hashlib.sha256(message).digest())
        signature = self.source.sign("message", message)
        if not self.public.verifies_message(signature, message):
            raise self._wrong()
        return signature

    def _wrong(self) -> ServiceError:
        return ServiceError(
            f"{self.source.where}: gave a signature that its own public key does not verify",
            hint="ECDSA signatures are wanted in DER, those of RSA with PKCS#1 v1.5, of the digest alone",
        )
