"""The code signature of a Mach-O file: its blobs, and its hashes computed again.

Sources: Apple's xnu, osfmk/kern/cs_blobs.h, and Security, codedirectory.h and cscdefs.h; Apple's technote
TN3126; cmd/internal/codesign. All numbers are big-endian, whatever the program's are.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.exe.reader import Reader
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.limits import Limits

#: Slots of the super blob; those of `HASHED` have their hash in the code directory's special slots.
REQUIREMENTS, ENTITLEMENTS, DER_ENTITLEMENTS, CMS = 2, 5, 7, 0x10000
HASHED: Final = {
    REQUIREMENTS: "requirements",
    ENTITLEMENTS: "entitlements",
    DER_ENTITLEMENTS: "DER entitlements",
    8: "launch constraints",
    9: "launch constraints of the parent",
    10: "launch constraints of the responsible process",
    11: "library constraints",
}
#: Slots of code directories: the first, and those over other hashes for newer systems.
_DIRECTORY, _ALTERNATES = 0, range(0x1000, 0x1005)
_SUPER_BLOB, _CODE_DIRECTORY = 0xFADE0CC0, 0xFADE0C02
_WITH_SCATTER, _WITH_TEAM, _WITH_LIMIT_64 = 0x20100, 0x20200, 0x20300
_LARGEST_PAGE: Final = 30
_NAME_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class HashKind:
    """A kind of hash: what codesign calls it, hashlib's name, and how many bytes of it are kept."""

    name: str
    algorithm: str
    size: int

    def of(self, data: bytes | memoryview) -> bytes:
        """The hash of `data`."""
        return hashlib.new(self.algorithm, data, usedforsecurity=False).digest()[: self.size]


#: By the number in a code directory.
HASHES: Final = {
    1: HashKind(name="sha1", algorithm="sha1", size=20),
    3: HashKind(name="sha256-truncated", algorithm="sha256", size=20),
    2: HashKind(name="sha256", algorithm="sha256", size=32),
    4: HashKind(name="sha384", algorithm="sha384", size=48),
    5: HashKind(name="sha512", algorithm="sha512", size=64),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeDirectory:
    """What the signature is about: hashes of the code's pages and of the other blobs.

    `blob` are all its bytes, which a CMS signature is over. `hash` is None where its kind is unknown.
    `special` are the hashes of other blobs by slot, `pages` those of the pages one after the other;
    `page_size` is 0 where one hash is over everything. `limit` is how many bytes of the file are hashed.
    """

    blob: memoryview
    flags: int
    hash: HashKind | None
    identifier: str
    team: str
    special: dict[int, bytes]
    pages: memoryview
    page_size: int
    limit: int
    scattered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSignature:
    """The super blob at `offset` of the file: its code directories by slot, and all blobs.

    The bytes of `blobs`, by slot too, are whole blobs, with their headers of eight bytes.
    """

    offset: int
    directories: tuple[CodeDirectory, ...]
    blobs: dict[int, memoryview]

    def content(self, slot: int) -> memoryview:
        """What a blob holds, empty where there is none or nothing in it."""
        return self.blobs.get(slot, memoryview(b""))[8:]


def read(data: memoryview, offset: int, size: int, limits: Limits) -> CodeSignature:
    """The code signature in `size` bytes at `offset` of the file `data`.

    Raises `BoundsError` where it is damaged or says a thing twice, `LimitError` where it has more blobs
    than allowed.
    """
    area = Reader(data=data, endian="big").take(offset, size, "code signature")
    reader = Reader(data=area, endian="big", whole="code signature")
    if reader.u32(0, "magic of the super blob") != _SUPER_BLOB:
        raise BoundsError(f"a code signature that is no super blob, at {offset:#x}")
    length, count = reader.u32(4, "length of the super blob"), reader.u32(8, "number of blobs")
    if count > limits.code_signature_blobs:
        raise LimitError(
            f"a code signature of {count} blobs, more than the {limits.code_signature_blobs} allowed"
        )
    reader = Reader(data=reader.take(0, length, "super blob"), endian="big", whole="code signature")
    blobs: dict[int, memoryview] = {}
    for index in range(count):
        what = f"blob {index} of the code signature"
        slot, at = reader.u32(12 + 8 * index, what), reader.u32(16 + 8 * index, what)
        if slot in blobs:
            raise BoundsError(f"{what} has the slot {slot:#x} of another, at {offset + at:#x}")
        inner = reader.u32(at + 4, what)
        if inner < 8:  # noqa: PLR2004 - the two words that were just read
            raise BoundsError(f"{what} is shorter than its header, at {offset + at:#x}")
        blobs[slot] = reader.take(at, inner, what)
    directories = tuple(
        _directory(blobs[slot], limits) for slot in (_DIRECTORY, *_ALTERNATES) if slot in blobs
    )
    if _DIRECTORY not in blobs:
        raise BoundsError(f"a code signature without a code directory, at {offset:#x}")
    return CodeSignature(offset=offset, directories=directories, blobs=blobs)


def _directory(blob: memoryview, limits: Limits) -> CodeDirectory:
    reader = Reader(data=blob, endian="big", whole="code directory")
    if reader.u32(0, "magic") != _CODE_DIRECTORY:
        raise BoundsError("a blob in the place of a code directory is none")
    version, flags = reader.u32(8, "version"), reader.u32(12, "flags")
    hashes, name = reader.u32(16, "place of the hashes"), reader.u32(20, "place of the identifier")
    specials, pages = reader.u32(24, "number of special slots"), reader.u32(28, "number of pages")
    limit, size = reader.u32(32, "code limit"), reader.u8(36, "size of a hash")
    kind, page = HASHES.get(reader.u8(37, "kind of hash")), reader.u8(39, "page size")
    if page > _LARGEST_PAGE or (kind is not None and size != kind.size):
        raise BoundsError("a code directory with an impossible size of pages or hashes")
    if specials > limits.code_signature_blobs:
        raise LimitError(f"a code directory of {specials} special slots")
    team = reader.u32(48, "place of the team") if version >= _WITH_TEAM else 0
    wide = reader.u64(56, "code limit") if version >= _WITH_LIMIT_64 else 0
    special = {
        slot: bytes(reader.take(hashes - slot * size, size, "hash of a special slot"))
        for slot in range(1, specials + 1)
    }
    return CodeDirectory(
        blob=blob,
        flags=flags,
        hash=kind,
        identifier=reader.string(name, _NAME_BYTES, "identifier"),
        team=reader.string(team, _NAME_BYTES, "team") if team else "",
        special={slot: each for slot, each in special.items() if any(each)},
        pages=reader.take(hashes, pages * size, "hashes of the pages"),
        page_size=1 << page if page else 0,
        limit=wide or limit,
        scattered=version >= _WITH_SCATTER and reader.u32(44, "scatter vector") != 0,
    )


def pages_hold(data: memoryview, directory: CodeDirectory) -> bool | None:
    """Whether every page of the file `data` has the hash that the code directory gives it.

    None where that cannot be told: the kind of hash is unknown, or the pages are scattered.
    """
    kind, limit = directory.hash, directory.limit
    if kind is None or directory.scattered:
        return None
    if limit > len(data):
        return False
    step = directory.page_size or max(limit, 1)
    if -(-limit // step) * kind.size != len(directory.pages):
        return False
    return all(
        kind.of(data[start : min(start + step, limit)]) == directory.pages[at : at + kind.size]
        for at, start in zip(range(0, len(directory.pages), kind.size), range(0, limit, step), strict=True)
    )


def wrong_blobs(signature: CodeSignature) -> Iterator[str]:
    """The blobs that are not those that the code directories hash, by name.

    Slot 1, the property list, and slot 3, a bundle's resources, are outside of the file and not looked at.
    """
    for slot, name in HASHED.items():
        blob = signature.blobs.get(slot)
        for each in signature.directories:
            said = each.special.get(slot)
            if each.hash is not None and said != (None if blob is None else each.hash.of(blob)):
                yield name
                break
