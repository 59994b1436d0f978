"""What can sign: one small interface for keys and for keyless signing."""

from __future__ import annotations

from typing import Protocol


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
