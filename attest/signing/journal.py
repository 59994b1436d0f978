"""What is kept of a signature between its making and the end of the run: enough to send the same bytes again.

A record holds what will be public anyway: signature, certificate, timestamps, the bundle once it is whole.
No private key is in it, and no identity token.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.strict_json import Node, dumps, loads

if TYPE_CHECKING:
    from collections.abc import Sequence

_SCHEMA: Final = "attest/journal/v1"
_MEMBERS: Final = (
    *("schema", "context", "key", "signature", "certificate", "timestamps", "sizes"),
    *("doubled", "unsure", "bundle"),
)
_KEY: Final = re.compile(r"(file|statement)-[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One signature.

    `context` tells the configuration and the identity that it was made for, `key` what is signed
    ("file-" or "statement-" and the SHA-256 in hexadecimal). `certificate` is b"" for a key. `sizes` says
    how many entries the logs had before (by URL). `doubled` entries are known to be in the logs beside those
    of the bundle, `unsure` may be. `bundle` is b"" until it is whole.
    """

    context: str
    key: str
    signature: bytes
    certificate: bytes
    timestamps: tuple[bytes, ...]
    sizes: tuple[tuple[str, int], ...] = ()
    doubled: int = 0
    unsure: int = 0
    bundle: bytes = b""

    @property
    def name(self) -> str:
        """The file that it is kept in."""
        return f"{self.key}.{self.context[:16]}.json"


def context_of(parts: Sequence[str]) -> str:
    """What tells one configuration and identity from every other."""
    return hashlib.sha256(dumps(list(parts))).hexdigest()


def write_record(record: Record) -> bytes:
    """The record as JSON."""
    return (
        dumps(
            {
                "schema": _SCHEMA,
                "context": record.context,
                "key": record.key,
                "signature": _text(record.signature),
                "certificate": _text(record.certificate),
                "timestamps": [_text(each) for each in record.timestamps],
                "sizes": {url: str(size) for url, size in record.sizes},
                "doubled": str(record.doubled),
                "unsure": str(record.unsure),
                "bundle": _text(record.bundle),
            }
        )
        + b"\n"
    )


def read_record(data: bytes, file: str, limits: Limits = DEFAULT_LIMITS) -> Record:
    """The record that was written; `FormatError` and `LimitError` for what is none, or was cut off."""
    value = loads(data, file=file, max_bytes=limits.journal_bytes, max_depth=limits.json_depth)
    node = Node(value=value, file=file)
    node.only(*_MEMBERS)
    if node.need("schema").text() != _SCHEMA:
        raise node.need("schema").fail(f"is not {_SCHEMA!r}")
    key, sizes = node.need("key"), node.need("sizes")
    if not _KEY.fullmatch(key.text()):
        raise key.fail("says not what is signed")
    record = Record(
        context=node.need("context").text(),
        key=key.text(),
        signature=node.need("signature").base64(),
        certificate=node.need("certificate").base64(),
        timestamps=tuple(each.base64() for each in node.need("timestamps").items(limits.timestamps)),
        sizes=tuple((url, sizes.need(url).int64()) for url in sorted(sizes.object())),
        doubled=node.need("doubled").int64(),
        unsure=node.need("unsure").int64(),
        bundle=node.need("bundle").base64(),
    )
    if record.name != file:
        raise FormatError(f"{file}: the journal's record belongs into {record.name}")
    return record


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
