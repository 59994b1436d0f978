"""Digests of files, all computed in the one pass in which the file is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """SHA-256 and SHA-512 of the same bytes, as lower-case hexadecimal."""

    sha256: str
    sha512: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileIdentity:
    """What a file is, whatever it is called: its digests and its size in bytes.

    `digests` is None where only the headers were read, at the depth "headers"; nothing can be bound to such
    a file, and asking for its digest is a mistake of the program.
    """

    digests: Digests | None
    size: int

    @property
    def sha256(self) -> str:
        """The digest by which evidence is bound to the file; `ValueError` where it was not read whole."""
        return self._hashed.sha256

    @property
    def sha512(self) -> str:
        """The longer digest of the same bytes; `ValueError` where they were not read whole."""
        return self._hashed.sha512

    @property
    def _hashed(self) -> Digests:
        if self.digests is None:
            raise ValueError("the file was not hashed: only its headers were read")
        return self.digests
