"""What can sign: one small interface for keys and for keyless signing, and one for keys wherever they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from attest.trust.keys import Hash, PublicKey


class Signer(Protocol):
    """Signs files by their digest, and statements; every answer is a whole bundle (JSON, UTF-8).

    Both raise `attest.errors.ServiceError` where a service that is needed fails or refuses.
    """

    def sign_blob(self, sha256: str) -> bytes:
        """A bundle with a signature over the file with this SHA-256 (hexadecimal)."""
        ...

    def sign_statement(self, payload: bytes) -> bytes:
        """A bundle with a signed DSSE envelope around an in-toto statement."""
        ...


class SigningKey(Protocol):
    """A private key that signs: one of a file, in a token, or behind a command.

    Both raise `attest.errors.ServiceError` where the token or the command fails.
    """

    @property
    def public(self) -> PublicKey:
        """Its public half, which tells the hash that goes with it (`PublicKey.hash`)."""
        ...

    def sign_digest(self, digest: bytes, algorithm: Hash = "sha256") -> bytes:
        """A signature over the message with this digest; `UsageError` for a key that takes none."""
        ...

    def sign_message(self, message: bytes) -> bytes:
        """A signature over `message`."""
        ...
