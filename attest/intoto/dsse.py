"""DSSE: envelopes that stand alone, and what their signatures are over.

Source: https://github.com/secure-systems-lab/dsse/tree/v1.0.2 (protocol.md, envelope.md).
"""

from __future__ import annotations

from attest.model.envelope import envelope_json, read_envelope
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.statement import Envelope
from attest.model.strict_json import Node, dumps, loads


def pae(payload_type: str, payload: bytes) -> bytes:
    """The pre-authentication encoding of a payload and its type: the bytes that are signed."""
    return Envelope(payload=payload, payload_type=payload_type, signature=b"").signed_bytes


def parse(data: bytes, file: str, limits: Limits = DEFAULT_LIMITS) -> Envelope:
    """The envelope that the JSON document `data` is.

    Raises `attest.errors.FormatError` and `attest.errors.LimitError`.
    """
    value = loads(data, file=file, max_bytes=limits.bundle_bytes, max_depth=limits.json_depth)
    return read_envelope(Node(value=value, file=file), limits)


def serialise(envelope: Envelope) -> bytes:
    """The envelope as one line of JSON."""
    return dumps(envelope_json(envelope)) + b"\n"
