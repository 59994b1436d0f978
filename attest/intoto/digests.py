"""Digest sets: one artifact named by several algorithms.

Source: https://github.com/in-toto/attestation/blob/v1.1.2/spec/v1/digest_set.md. Algorithms that are not
known are carried and bind nothing; the value of a known one must be what that algorithm makes, in lower-case
hexadecimal, because two spellings of one digest would be two artifacts.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError
from attest.model.place import Place

if TYPE_CHECKING:
    from attest.model.strict_json import Node

_HEXADECIMAL: Final = re.compile(r"[0-9a-f]+\Z")
_GIT: Final = (40, 64)  # SHA-1 and SHA-256 repositories
#: How many hexadecimal digits the value of a known algorithm may have.
_DIGITS: Final[dict[str, tuple[int, ...]]] = {
    "sha256": (64,),
    "sha224": (56,),
    "sha384": (96,),
    "sha512": (128,),
    "sha512_224": (56,),
    "sha512_256": (64,),
    "sha3_224": (56,),
    "sha3_256": (64,),
    "sha3_384": (96,),
    "sha3_512": (128,),
    "sha1": (40,),
    "md5": (32,),
    "dirHash": (64,),
    "gitCommit": _GIT,
    "gitTree": _GIT,
    "gitBlob": _GIT,
    "gitTag": _GIT,
}
_H1: Final = "h1:"
_SHA256_BYTES: Final = 32


def read_digests(node: Node) -> tuple[tuple[str, str], ...]:
    """The digest set, sorted by algorithm.

    Raises `attest.errors.FormatError` for an empty set, a value that is no text, and a value that a known
    algorithm does not make.
    """
    found = {algorithm: node.need(algorithm).text() for algorithm in node.object()}
    if not found:
        raise node.fail("is empty: it names no artifact")
    for algorithm, value in found.items():
        digits = _DIGITS.get(algorithm)
        if digits and (len(value) not in digits or not _HEXADECIMAL.match(value)):
            many = " or ".join(map(str, digits))
            raise node.need(algorithm).fail(
                f"is no {_called(algorithm)}: {many} lower-case hexadecimal digits are"
            )
    return tuple(sorted(found.items()))


def _called(algorithm: str) -> str:
    return "SHA-256" if algorithm == "sha256" else algorithm


def dir_hash(h1: str) -> str:
    """The value of `dirHash` for a hash of go.sum ("h1:" and base64).

    Raises `attest.errors.FormatError` for what is no such hash.
    """
    try:
        digest = base64.b64decode(h1.removeprefix(_H1), validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if not h1.startswith(_H1) or len(digest) != _SHA256_BYTES:
        raise FormatError(f"{h1[:80]!r} is no h1 hash", place=Place(file="go.sum"))
    return digest.hex()
