"""Portable proofs of records of Go's checksum database: they need nothing but the verifier key.

The text is a sequence of proofs as https://c2sp.org/tlog-proof describes them, one after the other, by the
number of their record::

    c2sp.org/tlog-proof@v1
    extra cnNjLmlvL3F1b3Rl…                 the text of the record, in base64
    index 7                                 its number in the log
    gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjg…=    the hashes from the record's sibling up, in base64
    …

    go.sum database tree                    the signed note of the tree head, as the database gave it
    63096908
    8lHrQPRYe4KT4WQ9/Qk8/taKnD6IRHbFgfN7vQE2Y54=

    — sum.golang.org Az3gri/oVBN1jAhN…

Each stands for itself and can be cut out for other tools. No part is believed for being here: the database's
key signs the note, and record and hashes must lead to the root that the note states.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, FormatError, LimitError
from attest.go import tlog
from attest.go.gosum import GO_MOD_SUFFIX
from attest.go.note import decode
from attest.model.limits import DEFAULT_LIMITS
from attest.model.module import ModuleVersion
from attest.model.place import Place
from attest.model.source import SumdbProof

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attest.model.limits import Limits

HEADER: Final = "c2sp.org/tlog-proof@v1"
_INDEX: Final = re.compile("index (0|[1-9][0-9]{0,18})")
_HINT: Final = "write the proofs again with `attest check --write-proofs`"
_MODULE: Final = re.compile(r"([^ ]+) ([^ ]+) [^ ]+")


def write(proofs: Iterable[SumdbProof]) -> bytes:
    """The text of proofs; raises `FormatError` for a note that another proof could begin in."""
    return b"".join(_written(each) for each in sorted(proofs, key=lambda each: each.number))


def _written(proof: SumdbProof) -> bytes:
    if HEADER.encode() in proof.note.split(b"\n") or not proof.note.endswith(b"\n"):
        raise FormatError("a note that no file of proofs can hold", place=proof.place, hint=_HINT)
    lines = [HEADER, f"extra {_encode(proof.text.encode())}", f"index {proof.number}"]
    lines += map(_encode, proof.hashes)
    return "".join(f"{line}\n" for line in (*lines, "")).encode() + proof.note


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass(slots=True)
class _Lines:
    """Lines with their numbers, read one after the other."""

    lines: list[bytes]
    file: str
    at: int = 0

    @property
    def place(self) -> Place:
        return Place(file=self.file, line=self.at + 1)

    def fault(self, message: str) -> FormatError:
        return FormatError(message, place=self.place, hint=_HINT)

    def peek(self) -> str:
        """The next line, where it is one; `FormatError` at the end."""
        if self.at >= len(self.lines):
            raise self.fault("ends in the middle of a proof")
        return self.lines[self.at].decode("ascii", "replace")


def parse(data: bytes, file: str, *, limits: Limits = DEFAULT_LIMITS) -> tuple[SumdbProof, ...]:
    """The proofs of a text; nothing of them is verified.

    Only the very bytes that `write` gives are taken: raises `FormatError` at the first line that is not in
    the format or not in order, and `LimitError` above `limits.sumdb_proofs_bytes`, `sumdb_answer_bytes`,
    `inclusion_hashes` or `note_bytes`.
    """
    if len(data) > limits.sumdb_proofs_bytes:
        raise LimitError(f"larger than {limits.sumdb_proofs_bytes} bytes", place=Place(file=file), hint=_HINT)
    if not data.endswith(b"\n"):
        raise FormatError(
            "does not end in a whole line" if data else "is empty", place=Place(file=file), hint=_HINT
        )
    lines = _Lines(data[:-1].split(b"\n"), file)
    found: list[SumdbProof] = []
    while lines.at < len(lines.lines):
        place = lines.place
        proof = _proof(lines, limits)
        if found and proof.number <= found[-1].number:
            message = f"the proof of record {proof.number} is not in order"
            raise FormatError(message, place=place, hint=_HINT)
        found.append(proof)
    return tuple(found)


def _proof(lines: _Lines, limits: Limits) -> SumdbProof:
    place = lines.place
    if lines.peek() != HEADER:
        raise lines.fault(f'is not "{HEADER}", with which a proof begins')
    lines.at += 1
    text = _record_text(lines, limits)
    lines.at += 1
    index = _INDEX.fullmatch(lines.peek())
    if index is None or int(index[1]) > tlog.MAX_NUMBER:
        raise lines.fault("is not `index` and the number of a record")
    lines.at += 1
    return SumdbProof(
        number=int(index[1]),
        text=text,
        hashes=tuple(_hashes(lines, limits)),
        note=_note(lines, limits),
        place=place,
    )


def _record_text(lines: _Lines, limits: Limits) -> str:
    word, _, encoded = lines.peek().partition(" ")
    data = decode(encoded) if word == "extra" else None
    if data is None:
        raise lines.fault("is not `extra` and the text of a record in base64")
    if len(data) > limits.sumdb_answer_bytes:
        message = f"a record of {len(data)} bytes, more than the {limits.sumdb_answer_bytes} that are read"
        raise LimitError(message, place=lines.place, hint=_HINT)
    try:
        return tlog.record_text(data, lines.place)
    except AttestError as error:
        raise lines.fault(error.message) from error


def _hashes(lines: _Lines, limits: Limits) -> Iterator[bytes]:
    count = 0
    while line := lines.peek():
        data = decode(line)
        if data is None or len(data) != tlog.HASH_BYTES:
            raise lines.fault("is no hash of 32 bytes in base64")
        count += 1
        if count > limits.inclusion_hashes:
            message = f"more than {limits.inclusion_hashes} hashes, which no tree needs"
            raise LimitError(message, place=lines.place, hint=_HINT)
        yield data
        lines.at += 1
    lines.at += 1


def _note(lines: _Lines, limits: Limits) -> bytes:
    """The lines up to the next proof; whether they are a signed note is for the verifier to say."""
    first, header = lines.at, HEADER.encode()
    while lines.at < len(lines.lines) and lines.lines[lines.at] != header:
        lines.at += 1
    note = b"".join(b"%b\n" % line for line in lines.lines[first : lines.at])
    if not note:
        raise lines.fault("a proof without the signed note of a tree head")
    if len(note) > limits.note_bytes:
        message = f"a note of {len(note)} bytes, more than the {limits.note_bytes} that are read"
        raise LimitError(message, place=Place(file=lines.file, line=first + 1), hint=_HINT)
    return note


def by_module(proofs: Iterable[SumdbProof]) -> dict[ModuleVersion, tuple[SumdbProof, ...]]:
    """The proofs by the modules that their records speak of."""
    found: dict[ModuleVersion, dict[int, SumdbProof]] = {}
    for proof in proofs:
        for line in proof.text.split("\n"):
            if match := _MODULE.fullmatch(line):
                module = ModuleVersion(path=match[1], version=match[2].removesuffix(GO_MOD_SUFFIX))
                found.setdefault(module, {})[id(proof)] = proof
    return {module: tuple(each.values()) for module, each in found.items()}
