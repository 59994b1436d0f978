"""OCI layouts that tests make: an image, and what is attached to it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
ENVELOPE = "application/vnd.dsse.envelope.v1+json"
SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
REF_NAME = "org.opencontainers.image.ref.name"
SIGNATURE = "dev.cosignproject.cosign/signature"


@dataclass
class Made:
    """A layout in the making; `index` are the descriptors of its index.json."""

    index: list[dict[str, Any]] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)

    def blob(self, data: bytes, media_type: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """A blob, and the descriptor of it."""
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self.blobs[digest] = data
        return {"mediaType": media_type, "digest": digest, "size": len(data), **more}

    def manifest(self, *layers: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """A manifest of these layers, and the descriptor of it."""
        config = self.blob(b"{}", CONFIG)
        document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": list(layers)}
        return self.blob(json.dumps(document | more).encode(), MANIFEST)

    def image(self, name: str = "v1.0.0", content: bytes = b"layer") -> dict[str, Any]:
        """An image with this tag."""
        found = self.manifest(self.blob(content, "application/vnd.oci.image.layer.v1.tar"))
        self.index.append({**found, "annotations": {REF_NAME: name}} if name else found)
        return found

    def write(self, folder: Path) -> Path:
        """The layout as files."""
        (folder / "blobs" / "sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": self.index}
        (folder / "index.json").write_text(json.dumps(index))
        for digest, data in self.blobs.items():
            (folder / "blobs" / digest.replace(":", "/")).write_bytes(data)
        return folder


def simple_signing(image: dict[str, Any], critical: dict[str, Any] | None = None) -> bytes:
    """The document that cosign signs for an image; `critical` are members that it has otherwise."""
    document = {
        "critical": {
            "identity": {"docker-reference": "registry.example.com/widget"},
            "image": {"docker-manifest-digest": image["digest"]},
            "type": "cosign container image signature",
            **(critical or {}),
        },
        "optional": None,
    }
    return json.dumps(document).encode()
