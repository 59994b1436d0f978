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
    """What a file is, whatever it is called: its digests and its size in bytes."""

    digests: Digests
    size: int

    @property
    def sha256(self) -> str:
        """The digest by which evidence is bound to the file."""
        return self.digests.sha256
