"""The transparency log of Go's checksum database: tree heads, records, and hashes read from tiles.

Sources: golang.org/x/mod/sumdb/tlog (note.go, tlog.go, tile.go); RFC 6962 section 2.1 for the hashes;
https://c2sp.org/tlog-tiles for the tiles. A place in the tree is (level, number): the root of the complete
subtree over the records number * 2**level up to (number + 1) * 2**level.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, ReadError, VerificationError
from attest.go.note import decode
from attest.model import merkle
from attest.model.merkle import node_hash
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What a log holds by the name of its protocol ("latest", "lookup/…", "tile/8/…"), None where it is not
#: there. Instead of a partial tile a wider one may be given.
Read = Callable[[str], bytes | None]

HASH_BYTES: Final = 32
HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
TILE_BYTES: Final = WIDTH * HASH_BYTES

_TREE_PREFIX: Final = "go.sum database tree"
_TREE_LINES: Final = 3
_NUMBER: Final = re.compile("0|[1-9][0-9]{0,18}")
MAX_NUMBER: Final = (1 << 63) - 1
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
PROOF_HINT: Final = "write the proofs again with `attest check --write-proofs`"
_HINT: Final = "remove the file and let the go command fetch it again"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TreeHead:
    """How many records a log has, and the 32-byte root of the tree over them."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The answer to a lookup: `text` is what record `number` says, `note` the signed tree head after it.

    Nothing of it is proven yet, and nothing of `note` is ever part of what the record says (CVE-2026-56864).
    """

    number: int
    text: str
    note: bytes


def leaf_hash(text: str) -> bytes:
    """The hash of a record in the tree."""
    return merkle.leaf_hash(text.encode())


def _number(text: str) -> int | None:
    number = int(text) if _NUMBER.fullmatch(text) else None
    return number if number is not None and number <= MAX_NUMBER else None


def parse_tree(text: str, place: Place) -> TreeHead:
    """The tree head that the text of a note states; lines after the third are for later versions.

    Raises `FormatError` for anything else.
    """
    lines = text.split("\n")
    size = _number(lines[1]) if len(lines) > _TREE_LINES and lines[0] == _TREE_PREFIX else None
    root = decode(lines[2]) if size is not None else None
    if size is None or root is None or len(root) != HASH_BYTES:
        raise FormatError("the note states no tree head of a checksum database", place=place, hint=_HINT)
    return TreeHead(size=size, root=root)


def parse_record(data: bytes, place: Place) -> Record:
    """The answer to a lookup: number, record text up to the first blank line, and the signed tree head.

    Raises `FormatError` for anything else.
    """
    head, first, rest = data.partition(b"\n")
    body, blank, note = rest.partition(b"\n\n")
    number = _number(head.decode("ascii", "replace"))
    if not first or not blank or number is None:
        raise FormatError("is no answer of a checksum database", place=place, hint=_HINT)
    return Record(number=number, text=record_text(body + b"\n", place), note=note)


def record_text(data: bytes, place: Place) -> str:
    """The text of a record: lines of UTF-8 without control characters, none of them empty.

    Raises `FormatError` for anything else.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise FormatError("the record is not UTF-8", place=place, hint=_HINT) from error
    if text.startswith("\n") or "\n\n" in text or not text.endswith("\n") or _CONTROL.search(text):
        raise FormatError("the record has an empty line or control characters", place=place, hint=_HINT)
    return text


def tile_name(level: int, number: int, width: int) -> str:
    """The name of a tile, as `tile/8/0/x001/234.p/17`."""
    digits = f"{number % 1000:03d}"
    while number >= 1000:  # noqa: PLR2004 - groups of three digits
        number //= 1000
        digits = f"x{number % 1000:03d}/{digits}"
    return f"tile/{HEIGHT}/{level}/{digits}{'' if width == WIDTH else f'.p/{width}'}"


def _fold(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(*hashes[i : i + 2]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def _join(roots: Sequence[bytes]) -> bytes:
    """The root of a tree from those of its complete subtrees, left to right."""
    if not roots:
        return hashlib.sha256().digest()
    *rest, found = roots
    for each in reversed(rest):
        found = node_hash(each, found)
    return found


def _subtrees(size: int) -> list[tuple[int, int]]:
    """The complete subtrees, left to right, that a tree of `size` records consists of."""
    return [
        (level, (size >> level) - 1) for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1
    ]


def _subtrees_between(low: int, high: int) -> list[tuple[int, int]]:
    """The complete subtrees over the records from `low` up to `high`; `low` must begin the largest."""
    return [(level, (low >> level) + place) for level, place in _subtrees(high - low)]


@dataclass(slots=True)
class Tiles:
    """Tiles as they are stored, each read and added up once. Nothing here is proven."""

    read: Read
    label: str
    _known: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    _roots: dict[str, bytes] = field(default_factory=dict)

    def hashes(self, name: str, width: int) -> tuple[bytes, ...]:
        """The first `width` hashes of a tile.

        Raises `ReadError` where it is not there, `VerificationError` where it has another size.
        """
        if name not in self._known:
            data = self.read(name)
            if not data:
                raise ReadError(
                    f"the tile {name} is not there",
                    place=Place(file=self.label),
                    hint="remove the answer and let the go command ask again",
                )
            if len(data) % HASH_BYTES or not width * HASH_BYTES <= len(data) <= TILE_BYTES:
                message = f"the tile {name} has {len(data)} bytes, which is no tile of {width} hashes"
                raise VerificationError(message, place=Place(file=self.label), hint=_HINT)
            self._known[name] = tuple(
                bytes(data[at : at + HASH_BYTES]) for at in range(0, width * HASH_BYTES, HASH_BYTES)
            )
        return self._known[name]

    def root(self, name: str) -> bytes:
        """The root over a full tile."""
        if name not in self._roots:
            self._roots[name] = _fold(self.hashes(name, WIDTH))
        return self._roots[name]


class TileReader:
    """Hashes of the tree under one tree head; every tile is authenticated before a hash of it is used.

    The partial tiles at the right edge hold exactly the complete subtrees that the tree consists of, so that
    the root proves all of them at once. Every other tile is full, and its root must be the hash that its
    parent holds for it. So no tile is left out, however many there are at the edge (CVE-2026-56865).
    All methods raise `ReadError` where a tile is not there and `VerificationError` where one does not belong
    to the tree.
    """

    def __init__(self, head: TreeHead, tiles: Tiles) -> None:
        self.head = head
        self._tiles = tiles
        self._proven: dict[tuple[int, int], tuple[bytes, ...]] = {}
        self._edge_proven = False

    def hash(self, level: int, number: int) -> bytes:
        """The root of the complete subtree at a place, which must lie in the tree."""
        if (number + 1) << level > self.head.size:
            raise ValueError(f"({level}, {number}) lies outside a tree of {self.head.size} records")
        tile_level, within = divmod(level, HEIGHT)
        first = number << within
        tile = self._tile(tile_level, first >> HEIGHT)
        at = first % WIDTH
        return _fold(tile[at : at + (1 << within)])

    def root_of(self, size: int) -> bytes:
        """The root that the tree had when it had `size` records, at most as many as it has now."""
        return _join([self.hash(*place) for place in _subtrees(size)])

    def audit_path(self, number: int) -> tuple[bytes, ...]:
        """The hashes that lead from the leaf of a record to the root: see `merkle.audit_root`."""
        found: list[bytes] = []
        low, high = 0, self.head.size
        while high - low > 1:
            middle = low + (1 << (high - low - 1).bit_length() - 1)
            left = number < middle
            other = (middle, high) if left else (low, middle)
            found.append(_join([self.hash(*place) for place in _subtrees_between(*other)]))
            low, high = (low, middle) if left else (middle, high)
        return tuple(reversed(found))

    def _tile(self, level: int, number: int) -> tuple[bytes, ...]:
        self._prove_edge()
        if (level, number) not in self._proven:
            # What is not at the edge is full. Its parent comes first: from the edge down, tile by tile.
            name = tile_name(level, number, WIDTH)
            expected = self._tile(level + 1, number >> HEIGHT)[number % WIDTH]
            if self._tiles.root(name) != expected:
                raise self._refusal(f"the tile {name} does not belong")
            self._proven[level, number] = self._tiles.hashes(name, WIDTH)
        return self._proven[level, number]

    def _prove_edge(self) -> None:
        if self._edge_proven:
            return
        found: dict[tuple[int, int], tuple[bytes, ...]] = {}
        roots: list[bytes] = []
        for level in range(self.head.size.bit_length() // HEIGHT, -1, -1):
            number, width = divmod(self.head.size >> level * HEIGHT, WIDTH)
            if not width:
                continue
            tile = self._tiles.hashes(tile_name(level, number, width), width)
            found[level, number] = tile
            for bit, place in _subtrees(width):
                roots.append(_fold(tile[place << bit : (place + 1) << bit]))
        if _join(roots) != self.head.root:
            raise self._refusal("the tiles at the edge do not belong")
        self._proven.update(found)
        self._edge_proven = True

    def _refusal(self, what: str) -> VerificationError:
        message = f"{what} to the tree of {self.head.size} records that was signed"
        return VerificationError(message, place=Place(file=self._tiles.label), hint=_HINT)
