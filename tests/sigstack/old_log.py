"""A transparency log as Rekor v1 is one: hashedrekord and dsse 0.0.1, signed entry timestamps."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any

import rfc8785
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.sigstack.authority import spki
from tests.sigstack.log import leaf_hash, path, root_hash, text, verify_digest

FIRST = 1000  # the index of the first entry of this tree among all trees


@dataclass
class OldLog:
    """A log whose promises and checkpoints are signed with an ECDSA key."""

    origin: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    bodies: list[bytes] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    offset: int = 0  # seconds that its clock is wrong

    @property
    def id(self) -> bytes:
        return hashlib.sha256(spki(self.key.public_key())).digest()

    def create(self, request: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
        """The UUID of the entry, and the entry; None where it is there already."""
        body = rfc8785.dumps(_entry(request))
        with self.lock:
            if body in self.bodies:
                return self.uuid(body), None
            self.bodies.append(body)
        return self.uuid(body), self.entry(self.uuid(body))

    def uuid(self, body: bytes) -> str:
        return leaf_hash(body).hex()

    def entry(self, uuid: str) -> dict[str, Any]:
        with self.lock:
            leaves = [leaf_hash(each) for each in self.bodies]
            (index,) = (number for number, each in enumerate(leaves) if each.hex() == uuid)
            body = self.bodies[index]
        promised: dict[str, Any] = {
            "body": text(body),
            "integratedTime": int(time.time()) + self.offset,
            "logID": self.id.hex(),
            "logIndex": FIRST + index,
        }
        root = root_hash(leaves)
        note = f"{self.origin} - 42\n{len(leaves)}\n{text(root)}\n"
        signature = text(self.id[:4] + self._sign(note.encode()))
        proof = {
            "checkpoint": f"{note}\n\N{EM DASH} {self.origin} {signature}\n",
            "hashes": [each.hex() for each in path(index, leaves)],
            "logIndex": index,
            "rootHash": root.hex(),
            "treeSize": len(leaves),
        }
        promise = text(self._sign(rfc8785.dumps(promised)))
        return {**promised, "verification": {"inclusionProof": proof, "signedEntryTimestamp": promise}}

    def _sign(self, data: bytes) -> bytes:
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


def _entry(request: dict[str, Any]) -> dict[str, Any]:
    spec = request["spec"]
    if request["kind"] == "hashedrekord":
        signature = spec["signature"]
        verify_digest(
            _key(signature["publicKey"]["content"]),
            b64decode(signature["content"]),
            bytes.fromhex(spec["data"]["hash"]["value"]),
        )
        return request
    proposed = spec["proposedContent"]
    envelope, (verifier,) = json.loads(proposed["envelope"]), proposed["verifiers"]
    payload, (signature,) = b64decode(envelope["payload"]), envelope["signatures"]
    kind = envelope["payloadType"].encode()
    signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    verify_digest(_key(verifier), b64decode(signature["sig"]), hashlib.sha256(signed).digest())

    def sha256(data: bytes) -> dict[str, str]:
        return {"algorithm": "sha256", "value": hashlib.sha256(data).hexdigest()}

    return {
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": {
            "envelopeHash": sha256(proposed["envelope"].encode()),
            "payloadHash": sha256(payload),
            "signatures": [{"signature": signature["sig"], "verifier": verifier}],
        },
    }


def _key(pem: str) -> object:
    data = b64decode(pem)
    if b"CERTIFICATE" in data:
        return x509.load_pem_x509_certificate(data).public_key()
    return load_pem_public_key(data)
