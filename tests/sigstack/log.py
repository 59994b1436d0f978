"""A transparency log as Rekor v2 is one: hashedrekord 0.0.2, RFC 6962 tree, C2SP checkpoints."""

from __future__ import annotations

import hashlib
import re
import threading
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import Any

import rfc8785
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

TILE = re.compile(r"tile/([0-9]+|entries)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]+))?")


def _entry(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "0.0.2",
        "kind": "hashedrekord",
        "spec": {
            "hashedRekordV002": {
                "data": {"algorithm": "SHA2_256", "digest": record["digest"]},
                "signature": record["signature"],
            }
        },
    }


def verify_digest(key: object, signature: bytes, digest: bytes) -> None:
    """Raise unless the signature is over what has this SHA-256."""
    prehashed = utils.Prehashed(hashes.SHA256())
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, digest, padding.PKCS1v15(), prehashed)
    else:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(signature, digest, ec.ECDSA(prehashed))


def text(data: bytes) -> str:
    return b64encode(data).decode()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two below `size` (RFC 6962 section 2.1)."""
    return 1 << ((size - 1).bit_length() - 1)


def root_hash(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    middle = split(len(leaves))
    return node_hash(root_hash(leaves[:middle]), root_hash(leaves[middle:]))


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    middle = split(len(leaves))
    if index < middle:
        return [*path(index, leaves[:middle]), root_hash(leaves[middle:])]
    return [*path(index - middle, leaves[middle:]), root_hash(leaves[:middle])]


@dataclass
class Log:
    """A log whose checkpoints are signed with an Ed25519 key; `origin` is its name in them."""

    origin: str
    key: ed25519.Ed25519PrivateKey = field(default_factory=ed25519.Ed25519PrivateKey.generate)
    leaves: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def id(self) -> bytes:
        raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return hashlib.sha256(f"{self.origin}\n".encode() + b"\x01" + raw).digest()

    def find(self, request: dict[str, Any]) -> int | None:
        """The index of the entry that this request would make, if it is there."""
        body = rfc8785.dumps(_entry(request["hashedRekordRequestV002"]))
        with self.lock:
            return self.bodies.index(body) if body in self.bodies else None

    def resource(self, path: str) -> bytes | None:
        """A checkpoint, or a tile (https://c2sp.org/tlog-tiles) as large as it is now."""
        with self.lock:
            bodies, hashes = list(self.bodies), list(self.leaves)
        if path == "checkpoint":
            return self.checkpoint(len(hashes), root_hash(hashes)).encode()
        found = TILE.fullmatch(path)
        if found is None:
            return None
        level, name, partial = found.groups()
        first = 256 * int(name.replace("/", "").replace("x", ""))
        width = int(partial or 256)
        if level == "entries":
            listed = bodies[first : first + width]
            data = b"".join(len(each).to_bytes(2, "big") + each for each in listed)
        else:
            span = 256 ** int(level)
            whole = range(len(hashes) // span)[first : first + width]
            data = b"".join(root_hash(hashes[each * span : (each + 1) * span]) for each in whole)
            listed = [b""] * len(whole)
        return data if len(listed) == width else None

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """Add the entry that a client asks for, once its signature holds, and prove that it is in."""
        record = request["hashedRekordRequestV002"]
        signature = record["signature"]
        verifier = signature["verifier"]
        if "x509Certificate" in verifier:
            raw = b64decode(verifier["x509Certificate"]["rawBytes"])
            key: Any = x509.load_der_x509_certificate(raw).public_key()
        else:
            key = load_der_public_key(b64decode(verifier["publicKey"]["rawBytes"]))
        verify_digest(key, b64decode(signature["content"]), b64decode(record["digest"]))
        return self.add(_entry(record))

    def add(self, entry: dict[str, Any]) -> dict[str, Any]:
        body = rfc8785.dumps(entry)
        with self.lock:
            self.leaves.append(leaf_hash(body))
            self.bodies.append(body)
            leaves = list(self.leaves)
        index, root = len(leaves) - 1, root_hash(leaves)
        return {
            "logIndex": str(index),
            "logId": {"keyId": text(self.id)},
            "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"},
            "integratedTime": "0",
            "inclusionProof": {
                "logIndex": str(index),
                "rootHash": text(root),
                "treeSize": str(len(leaves)),
                "hashes": [text(each) for each in path(index, leaves)],
                "checkpoint": {"envelope": self.checkpoint(len(leaves), root)},
            },
            "canonicalizedBody": text(body),
        }

    def checkpoint(self, size: int, root: bytes) -> str:
        """A C2SP signed note: origin, size and root hash, and the log's signature over them."""
        note = f"{self.origin}\n{size}\n{text(root)}\n"
        signature = text(self.id[:4] + self.key.sign(note.encode()))
        return f"{note}\n\N{EM DASH} {self.origin} {signature}\n"
