"""The build ID that Go's linker leaves, and whether the file is still the one that it names.

Sources: cmd/internal/buildid (where it is; FindAndHash), cmd/go/internal/work/buildid.go (its parts),
cmd/link/internal/ld (the GNU build ID and the UUID that are made from it). The last part of a build ID is a
hash of the linked file in which every place that depends on this hash is zero.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from attest.errors import LimitError
from attest.exe.reader import find, find_all, text, uvarint
from attest.model.pieces import pieces

if TYPE_CHECKING:
    from hashlib import _Hash

    from attest.exe.elf import ElfImage
    from attest.exe.image import Image
    from attest.exe.macho import LoadCommand, MachoImage
    from attest.exe.pe import PeImage
    from attest.model.limits import Limits

_NOTE_NAME, _NOTE_TYPE = b"Go", 4
_HOST_NOTE, _HOST_NOTE_HEAD = ".note.gnu.build-id", 16
_BEFORE, _AFTER = b'\xff Go build ID: "', b'"\n \xff'
#: The second is what it was called before Go 1.20.
WASM_SECTIONS: Final = ("go:buildid", "go.buildid")
_TEXT: Final = ("__text", ".text", "text")
#: How far into the code the go command itself looks.
_WITHIN: Final = 32 << 10
_LC_UUID, _LC_CODE_SIGNATURE = 0x1B, 0x1D
#: Actions and contents: of the program alone, or of its main package too.
_PARTS: Final = (2, 4)
_PART: Final = re.compile(r"[A-Za-z0-9_-]{20}")
_ZEROS: Final = bytes(1 << 16)
#: Signing tools fill a file up to a multiple of 8 bytes before they append a certificate.
_ALIGNMENT: Final = 8
_CERTIFICATES: Final = 4
_GO_LINKER: Final = b"\x03\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildId:
    """A build ID and where it was read."""

    value: str
    source: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Its parts; empty where the go command did not make it (it is free text for the linker)."""
        found = tuple(self.value.split("/"))
        return found if len(found) in _PARTS and all(map(_PART.fullmatch, found)) else ()

    @property
    def linked(self) -> str:
        """The ID as it was while the linker ran: the first part stood where the hash of the file is now."""
        return "/".join((*self.parts[:-1], self.parts[0]))


def read_build_id(image: Image, limits: Limits) -> BuildId | None:
    """The build ID, None where the file has none or an empty one.

    Raises `BoundsError` where its place is damaged, `LimitError` where it is too long.
    """
    raw, source = _raw(image)
    if len(raw) > limits.section_name_bytes:
        raise LimitError(
            f"a Go build ID of {len(raw)} bytes: more than {limits.section_name_bytes} are not read"
        )
    value = text(raw)
    return BuildId(value=value, source=source) if value else None


def _raw(image: Image) -> tuple[memoryview, str]:
    none = memoryview(b"")
    if image.container.format == "elf":
        linker_notes = cast("ElfImage", image).linker_notes
        notes = (each for each in linker_notes if (each.name, each.type) == (_NOTE_NAME, _NOTE_TYPE))
        return next((each.content for each in notes), none), "note Go build ID"
    if image.container.format == "wasm":
        section = image.section(*WASM_SECTIONS)
        if section is None:
            return none, ""
        size, start = uvarint(section.data, 0, 32, "the length of a name")
        return _quoted(section.data[start + size :]), f"section {section.name}"
    section = image.section(*_TEXT)
    if section is None:
        return none, ""
    return _quoted(section.data[:_WITHIN]), f"section {section.name}"


def _quoted(data: memoryview) -> memoryview:
    """The ID between its marks; nothing where there is none."""
    start = find(data, _BEFORE)
    content = data[:0] if start is None else data[start + len(_BEFORE) :]
    return content[: find(content, _AFTER) or 0]


def matches(image: Image, build_id: BuildId, limits: Limits) -> bool | None:
    """Whether the file has the hash that its build ID ends with; reads all of it.

    The ID itself is no part of what is hashed.

    None where the ID names no such hash, or a signing tool changed the file in a way that cannot be undone.
    `LimitError` where the ID stands in the file far too often, `BoundsError` where a header is damaged.
    """
    parts = build_id.parts
    if not parts or parts[-1] == parts[0]:  # the second: it was never filled in
        return None
    size, holes, spare = _left_out(image)
    needle = build_id.value.encode()
    for count, at in enumerate(find_all(image.whole[:size], needle)):
        if count == limits.build_id_places:
            raise LimitError(f"the Go build ID stands more than {limits.build_id_places} times in the file")
        holes.append((at, at + len(needle)))
    hasher = _hash(image.whole[:size], sorted(holes))
    for _ in range(spare + 1):
        if urlsafe_b64encode(hasher.digest()[:15]).decode() == parts[-1]:
            return True
        hasher.update(b"\0")
    rewritten = size < len(image.whole) and not _by_go(cast("PeImage", image))
    return None if rewritten else False


def _hash(data: memoryview, holes: list[tuple[int, int]]) -> _Hash:
    from hashlib import sha256  # it loads OpenSSL, which most files are read without

    hasher, at = sha256(), 0
    for start, end in (*holes, (len(data), len(data))):
        for _, piece in pieces(data[at : max(at, start)]):
            hasher.update(piece)
        at = max(at, start)
        for zero in range(at, min(end, len(data)), len(_ZEROS)):
            hasher.update(_ZEROS[: min(end, len(data)) - zero])
        at = max(at, min(end, len(data)))
    return hasher


def _left_out(image: Image) -> tuple[int, list[tuple[int, int]], int]:
    """How much of the file was hashed, what in it was zero, and how many zeros may have followed."""
    size = len(image.whole)
    if image.container.format == "pe":
        return _unsigned(cast("PeImage", image))
    holes: list[tuple[int, int]] = []
    if image.container.format == "elf":
        note = image.section(_HOST_NOTE)
        if note is not None:
            holes.append((note.offset + _HOST_NOTE_HEAD, note.offset + note.size))
    if image.container.format == "macho":
        macho = cast("MachoImage", image)
        uuid, signature = _command(macho, _LC_UUID), _command(macho, _LC_CODE_SIGNATURE)
        if uuid is not None:
            holes.append((uuid.offset + 8, uuid.offset + uuid.reader.size))
        if signature is not None:
            start = signature.reader.u32(8, "code signature")
            holes.append((start, start + signature.reader.u32(12, "code signature")))
    return size, holes, 0


def _command(image: MachoImage, number: int) -> LoadCommand | None:
    return next((each for each in image.commands if each.number == number), None)


def _unsigned(image: PeImage) -> tuple[int, list[tuple[int, int]], int]:
    """A PE file as it was before a certificate was appended."""
    size, windows = len(image.whole), image.windows
    if windows is None or windows.certificates_at is None:
        return size, [], 0
    table = windows.directory(_CERTIFICATES)
    if not table.size or table.address + table.size != size:
        return size, [], 0
    filled = bytes(image.reader.clip(table.address - _ALIGNMENT + 1, _ALIGNMENT - 1))
    spare = len(filled) - len(filled.rstrip(b"\0"))
    holes = [(at, at + length) for at, length in ((windows.checksum_at, 4), (windows.certificates_at, 8))]
    return table.address - spare, holes, spare


def _by_go(image: PeImage) -> bool:
    """Whether Go's own linker wrote the file: its version is 3.0."""
    version = image.header and bytes(image.reader.take(image.header.optional + 2, 2, "optional header"))
    return version == _GO_LINKER


def host_id_matches(image: Image, build_id: BuildId) -> tuple[bool, str] | None:
    """Whether the GNU build ID or UUID was made from the Go build ID, and where it is; None without both."""
    if not build_id.parts:
        return None
    from hashlib import sha256

    digest = bytearray(sha256(build_id.linked.encode()).digest())
    digest[0] ^= 0xFF
    if image.container.format == "elf":
        note = image.section(_HOST_NOTE)
        if note is None or len(note.data) <= _HOST_NOTE_HEAD:
            return None
        return bytes(note.data[_HOST_NOTE_HEAD:]) == bytes(digest[:20]), f"section {_HOST_NOTE}"
    if image.container.format != "macho":
        return None
    uuid = _command(cast("MachoImage", image), _LC_UUID)
    if uuid is None:
        return None
    digest[6] = digest[6] & 0x0F | 0x30
    found = bytearray(uuid.reader.take(8, 16, "UUID"))
    # The two bits of the variant are 11 in earlier releases and 10 in Go 1.27.
    same = found[8] & 0x80 and found[8] & 0x3F == digest[8] & 0x3F
    found[8] = digest[8]
    return bool(same) and found == digest[:16], "load command LC_UUID"
