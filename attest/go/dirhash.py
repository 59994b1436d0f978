"""The h1 hash, by which go.sum knows module zips and go.mod files.

It is "h1:" and the base64 form of the SHA-256 of one line for each file, sorted by name: the SHA-256 of its
content in hexadecimal, two spaces, its name, a line feed.

Source: golang.org/x/mod/sumdb/dirhash (Hash1); cmd/go/internal/modfetch (goModSum).
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from attest.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterable


def h1(manifest: Iterable[tuple[str, str]]) -> str:
    """The hash of a list of files, each a name and the SHA-256 of its content in hexadecimal.

    Raises `FormatError` for a name with a line feed, which the hash has no way to write.
    """
    digest = hashlib.sha256()
    for name, sha256 in sorted(manifest):
        if "\n" in name:
            raise FormatError(f"{name!r}: filenames with newlines are not supported", hint="rename the file")
        digest.update(f"{sha256}  {name}\n".encode())
    return f"h1:{base64.b64encode(digest.digest()).decode()}"


def go_mod(data: bytes | memoryview) -> str:
    """The hash of a go.mod: of the one name `go.mod` with these bytes."""
    return h1([("go.mod", hashlib.sha256(data).hexdigest())])
