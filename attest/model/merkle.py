"""Hashes of a Merkle tree: how an entry is proven to be in a transparency log.

Source: RFC 6962 section 2.1. Go's checksum database and Sigstore's logs are the same kind of tree.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from attest.errors import VerificationError

if TYPE_CHECKING:
    from collections.abc import Sequence


def leaf_hash(data: bytes) -> bytes:
    """The hash of an entry in the tree."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def audit_root(
    number: int, leaf: bytes, hashes: Sequence[bytes], size: int, *, hint: str | None = None
) -> bytes:
    """The root of a tree of `size` records to which an audit path leads from the leaf of record `number`.

    The hashes stand as in RFC 6962 section 2.1.1: the leaf's sibling first. Raises `VerificationError`
    (with `hint`) where a record of that number is not in such a tree or has another count of them.
    """
    if not 0 <= number < size:
        raise VerificationError(f"record {number} is not in a tree of {size} records", hint=hint)
    # Where the path goes along the right edge, a node without a right sibling is its parent.
    inner = (number ^ (size - 1)).bit_length()
    count = inner + (number >> inner).bit_count()
    if len(hashes) != count:
        message = f"the proof has {len(hashes)} hashes, where record {number} of {size} needs {count}"
        raise VerificationError(message, hint=hint)
    found = leaf
    for level, each in enumerate(hashes):
        left = level >= inner or number >> level & 1
        found = node_hash(each, found) if left else node_hash(found, each)
    return found
