"""A saved set as one zip: its files in the order of their names, stored, without times.

A set has one zip and no other: what is read is written again and must be the same bytes, so that nothing can
hide in headers, between files or behind them, and two readers cannot see two things.
"""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_MODE: Final = 0o100644 << 16
_LOCAL: Final = struct.Struct("<4s5H3L2H")  # APPNOTE.TXT 4.3.7
_SIGNATURE: Final = b"PK\x03\x04"
_HINT: Final = "name the folder or the .zip that attest verify --save-evidence wrote"


def pack(files: Mapping[str, bytes]) -> bytes:
    """The zip of a set."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = _UNIX, _MODE
            archive.writestr(entry, files[name])
    return made.getvalue()


def unpack(data: bytes, file: str, limits: Limits = DEFAULT_LIMITS) -> dict[str, bytes]:
    """The files of a set by name; `FormatError` for what `pack` does not write, `LimitError` for too much."""
    place = Place(file=file)
    if len(data) > limits.evidence_bytes:
        raise LimitError(
            f"{len(data)} bytes, more than the {limits.evidence_bytes} that are read of saved evidence",
            place=place,
            hint=_HINT,
        )
    found: dict[str, bytes] = {}
    position = 0
    while data.startswith(_SIGNATURE, position) and len(data) - position >= _LOCAL.size:
        if len(found) >= limits.evidence_files:
            raise LimitError(f"more than {limits.evidence_files} files", place=place, hint=_HINT)
        *_, size, name_size, extra_size = _LOCAL.unpack_from(data, position)
        start = position + _LOCAL.size + name_size
        name = data[position + _LOCAL.size : start].decode("ascii", "replace")
        position = start + extra_size + size
        found[name] = data[start + extra_size : position]
    if not found:
        raise FormatError("is no saved evidence", place=place, hint=_HINT)
    if pack(found) != data:
        raise FormatError(
            "is not the zip that attest writes of such files",
            place=place,
            hint="save the evidence again: it was damaged or packed by something else",
        )
    return found
