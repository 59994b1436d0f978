"""What a bundle is made of, whoever wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attest.model.statement import Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSignature:
    """A signature over a file, by its digest; `sha256` is hexadecimal, "" where the bundle names none."""

    sha256: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """RFC 6962 proof that an entry is in the log; `checkpoint` is a C2SP signed note, "" where absent."""

    log_index: int
    tree_size: int
    root_hash: bytes
    hashes: tuple[bytes, ...]
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """An entry of a transparency log. `integrated_time` is in seconds since 1970, 0 where there is none.

    `promise` is the log's signed entry timestamp, b"" where there is none.
    """

    log_index: int
    log_id: bytes
    kind: str
    version: str
    integrated_time: int
    promise: bytes
    proof: InclusionProof | None
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One signature and what it can be verified with.

    `version` is that of the bundle format, "" for a bare DSSE envelope. Exactly one of `key_hint` and
    `certificates` (DER, the leaf first) says who signed: a hint is never None where there are no
    certificates. `timestamps` are RFC 3161 responses (DER), of the
    signature, or of the whole `document` that holds it where that is not b"".
    """

    file: str
    version: str
    content: MessageSignature | Envelope
    key_hint: str | None
    certificates: tuple[bytes, ...]
    log_entries: tuple[LogEntry, ...]
    timestamps: tuple[bytes, ...]
    document: bytes = b""

    @property
    def signature(self) -> bytes:
        """The signature itself."""
        return self.content.signature

    @property
    def stamped(self) -> bytes:
        """What timestamps are of."""
        return self.document or self.signature
