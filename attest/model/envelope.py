"""DSSE envelopes as JSON (DSSE v1.0, envelope.md), alone or inside a Sigstore bundle."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from attest.model.statement import Envelope

if TYPE_CHECKING:
    from attest.model.limits import Limits
    from attest.model.statement import Json
    from attest.model.strict_json import Node


def read_envelope(node: Node, limits: Limits) -> Envelope:
    """The envelope at `node`; `attest.errors.FormatError` unless it has exactly one signature."""
    node.only("payload", "payloadType", "signatures")
    payload_type = node.need("payloadType").text()
    if not payload_type:
        raise node.need("payloadType").fail("is empty")
    signatures = node.need("signatures").items(limits.signatures)
    if len(signatures) != 1:
        raise node.fail(f"has {len(signatures)} signatures, not exactly one")
    signatures[0].only("sig", "keyid")
    signature = signatures[0].need("sig").base64()
    if not signature:
        raise signatures[0].fail("has an empty signature")
    keyid = signatures[0].get("keyid")
    return Envelope(
        payload=node.need("payload").base64(),
        payload_type=payload_type,
        signature=signature,
        keyid=keyid.text() if keyid else "",
    )


def envelope_json(envelope: Envelope) -> dict[str, Json]:
    """The envelope as JSON; a `keyid` is written only where there is one."""
    signature: dict[str, Json] = {"sig": base64.b64encode(envelope.signature).decode()}
    if envelope.keyid:
        signature["keyid"] = envelope.keyid
    return {
        "payload": base64.b64encode(envelope.payload).decode(),
        "payloadType": envelope.payload_type,
        "signatures": [signature],
    }
