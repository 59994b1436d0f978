"""Digests of bytes that are mapped already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.digest import Digests, FileIdentity
from attest.model.pieces import pieces

if TYPE_CHECKING:
    from attest.model.binary import Depth


def identify(data: memoryview, *, depth: Depth = "full") -> FileIdentity:
    """SHA-256, SHA-512 and size of `data`, in one pass; at the depth "headers" the size alone."""
    if depth == "headers":
        return FileIdentity(digests=None, size=len(data))
    import hashlib  # it loads OpenSSL, which takes longer than to read headers

    sha256, sha512 = hashlib.sha256(), hashlib.sha512()
    for _, chunk in pieces(data):
        sha256.update(chunk)
        sha512.update(chunk)
    return FileIdentity(digests=Digests(sha256=sha256.hexdigest(), sha512=sha512.hexdigest()), size=len(data))
