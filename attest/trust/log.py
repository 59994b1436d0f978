"""What a transparency log says about an entry: its promise, the proof of inclusion and the checkpoint.

Sources: sigstore/rekor and sigstore/rekor-tiles; RFC 6962 section 2.1.1 (inclusion proofs);
https://c2sp.org/tlog-checkpoint and https://c2sp.org/signed-note (checkpoints); RFC 8785 (the JSON that a
promise signs). What the entry says of the bundle is compared in `attest.trust.entry`.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.errors import VerificationError
from attest.model.merkle import audit_root, leaf_hash
from attest.model.place import Place
from attest.model.strict_json import dumps
from attest.trust.members import logs_called
from attest.trust.roots import utc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.model.limits import Limits
    from attest.trust.bundle import InclusionProof, LogEntry
    from attest.trust.members import LogKey
    from attest.trust.roots import Root

_HINT_BYTES: Final = 4
_HASH_BYTES: Final = 32
_HEADER_LINES: Final = 3
_SIZE: Final = re.compile("0|[1-9][0-9]{0,18}")
_SIGNATURE: Final = re.compile("\N{EM DASH} ([^ +]+) ([A-Za-z0-9+/]+={0,2})")
#: Rekor 1 names the tree in the origin, and the log alone in the signature.
_TREE: Final = " - "
#: Kinds of entries that logs without promises (Rekor 2) make: there the two indexes are one.
_TILED: Final = frozenset({("hashedrekord", "0.0.2"), ("dsse", "0.0.2")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A signed tree head: `text` is what is signed; a signature has the signer's name and a key hint."""

    text: bytes
    origin: str
    size: int
    root: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]


def parse_checkpoint(note: str, file: str, limits: Limits) -> Checkpoint:
    """The checkpoint in a signed note; raises `attest.errors.VerificationError`."""
    place = Place(file=file)

    def wrong(what: str) -> VerificationError:
        return VerificationError(f"the checkpoint is malformed: {what}", place=place)

    if len(note) > limits.note_bytes:
        raise wrong(f"it is longer than {limits.note_bytes} characters")
    text, separator, rest = note.partition("\n\n")
    if not separator or not rest.endswith("\n"):
        raise wrong("no signatures follow after an empty line")
    lines = text.split("\n")
    if len(lines) < _HEADER_LINES or not lines[0]:
        raise wrong("origin, size and root hash are not all there")
    if not _SIZE.fullmatch(lines[1]):
        raise wrong("its second line is no tree size")
    root = _decoded(lines[2])
    if root is None or len(root) != _HASH_BYTES:
        raise wrong("its third line is no root hash")
    signed = rest[:-1].split("\n")
    if len(signed) > limits.note_signatures:
        raise wrong(f"it has more than {limits.note_signatures} signatures")
    signatures: list[tuple[str, bytes, bytes]] = []
    for each in signed:
        match = _SIGNATURE.fullmatch(each)
        data = _decoded(match[2]) if match else None
        if match is None or data is None or len(data) <= _HINT_BYTES:
            raise wrong("a line of its signatures is none")
        signatures.append((match[1], data[:_HINT_BYTES], data[_HINT_BYTES:]))
    return Checkpoint(
        text=f"{text}\n".encode(),
        origin=lines[0],
        size=int(lines[1]),
        root=root,
        signatures=tuple(signatures),
    )


def _decoded(text: str) -> bytes | None:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def promised_time(entry: LogEntry, file: str) -> tuple[datetime, ...]:
    """The time that the log's promise covers, nothing where there is no promise; `check_log` verifies it.

    Raises `attest.errors.VerificationError` where a promise has no time.
    """
    if not entry.promise:
        return ()
    try:
        time = datetime.fromtimestamp(entry.integrated_time, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise VerificationError("the log entry has a time that never was", place=Place(file=file)) from error
    if not entry.integrated_time:
        raise VerificationError("the log entry promises inclusion without a time", place=Place(file=file))
    return (time,)


def check_log(
    entry: LogEntry, version: str, root: Root, times: Sequence[datetime], file: str, limits: Limits
) -> bytes:
    """Verify that a log which was trusted at all `times` has the entry; gives that log's key.

    `version` is the bundle's: in 0.1 the promise alone may do. Raises `attest.errors.VerificationError`.
    """
    place = Place(file=file)
    called = logs_called(root.logs, entry.log_id, root)
    if not called:
        raise VerificationError(
            f"the trusted root {root.name} has no transparency log {entry.log_id.hex()}", place=place
        )
    logs = [each for each in called if all(each.member.covers(time) for time in times)]
    if not logs:
        when = f" at {utc(times[0])}" if times else ""
        raise VerificationError(
            f"no transparency log of the trusted root {root.name} was valid{when}, when the entry was made",
            place=place,
        )
    if entry.promise:
        logs = _check_promise(entry, logs, place)
    proof = entry.proof
    if proof is None or not proof.checkpoint:
        if version != "0.1" or not entry.promise:
            raise VerificationError("the log entry has no inclusion proof with a checkpoint", place=place)
        if proof is not None:
            _check_inclusion(entry, proof, place)
        return logs[0].key.spki
    _check_inclusion(entry, proof, place)
    return _check_checkpoint(entry, proof, logs, file, limits)


def _check_promise(entry: LogEntry, logs: Sequence[LogKey], place: Place) -> list[LogKey]:
    """The logs whose signed entry timestamp the promise is."""
    signed = dumps(
        {
            "body": base64.b64encode(entry.body).decode(),
            "integratedTime": entry.integrated_time,
            "logID": entry.log_id.hex(),
            "logIndex": entry.log_index,
        }
    )
    found = [each for each in logs if each.key.verifies_message(entry.promise, signed)]
    if not found:
        raise VerificationError(
            "the log's promise is not signed by the log that it names, or is of another entry", place=place
        )
    return found


def _check_inclusion(entry: LogEntry, proof: InclusionProof, place: Place) -> None:
    """The entry's hash leads to the root hash of the proof."""
    if (entry.kind, entry.version) in _TILED and proof.log_index != entry.log_index:
        raise VerificationError(
            f"the log entry has the index {entry.log_index}, and its inclusion proof {proof.log_index}",
            place=place,
        )
    try:
        computed = audit_root(proof.log_index, leaf_hash(entry.body), proof.hashes, proof.tree_size)
    except VerificationError as error:
        raise VerificationError(
            f"the inclusion proof of the log entry cannot be right: {error.message}", place=place
        ) from error
    if computed != proof.root_hash:
        raise VerificationError(
            "the log entry is not in the log that it names: its inclusion proof leads to another root hash",
            place=place,
        )


def _check_checkpoint(
    entry: LogEntry, proof: InclusionProof, logs: Sequence[LogKey], file: str, limits: Limits
) -> bytes:
    """The checkpoint is of the tree of the proof, and by the log; signatures of witnesses are not needed."""
    place = Place(file=file)
    checkpoint = parse_checkpoint(proof.checkpoint, file, limits)
    if checkpoint.size != proof.tree_size:
        raise VerificationError(
            f"the checkpoint is of another tree size ({checkpoint.size}) than the inclusion proof"
            f" ({proof.tree_size})",
            place=place,
        )
    if checkpoint.root != proof.root_hash:
        raise VerificationError(
            "the checkpoint is of another root hash than the inclusion proof", place=place
        )
    names = {checkpoint.origin, checkpoint.origin.partition(_TREE)[0]}
    own = [
        signature
        for name, hint, signature in checkpoint.signatures
        if hint == entry.log_id[:_HINT_BYTES] and name in names
    ]
    if not own:
        raise VerificationError("the checkpoint is not signed by the log that the entry names", place=place)
    for each in logs:
        if any(each.key.verifies_message(signature, checkpoint.text) for signature in own):
            return each.key.spki
    raise VerificationError(
        "the checkpoint is signed by no log that is trusted: its signature is invalid", place=place
    )
