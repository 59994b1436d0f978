"""An entry of a log that is known by its index alone, with its proof, from the tiles that the log serves.

A log answers a request that it has seen before with the index of its entry; the entry itself stands in the
tiles. Sources: https://c2sp.org/tlog-tiles; RFC 6962 section 2.1.1. What is read here proves nothing before
it is verified like every other answer (`attest.trust.log`).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from attest.errors import ServiceError
from attest.model.merkle import leaf_hash
from attest.trust.bundle import InclusionProof, LogEntry

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.trust.log import Checkpoint

#: The content of a resource of the log by its path, None where there is none.
Read = "Callable[[str], bytes | None]"

_WIDTH: Final = 256  # hashes of a full tile, entries of a full bundle of them
_HEIGHT: Final = 8
_HASH: Final = 32
_HINT: Final = "look at the status of the log: what it serves does not fit together"


def tile_path(level: str, index: int, size: int) -> str:
    """The path of tile `index` of a level ("entries" for the entries) that holds `size` of them at its level.

    A tile that is not full yet is called by its width.
    """
    width = min(_WIDTH, size - index * _WIDTH)
    number, rest = index, ""
    name = f"{number % 1000:03}"
    while number := number // 1000:
        rest = f"x{number % 1000:03}/{rest}"
    return f"tile/{level}/{rest}{name}" + (f".p/{width}" if width < _WIDTH else "")


class Tiles:
    """A log of which `read` gives the tiles, as large as a checkpoint says."""

    def __init__(self, read: Callable[[str], bytes | None], size: int) -> None:
        self._read = read
        self._size = size
        self._known: dict[tuple[int, int], bytes] = {}

    def entry(self, index: int) -> bytes:
        """The entry with this index: what the log hashes."""
        if index >= self._size:
            raise ServiceError(f"the log told of entry {index}, and has {self._size}", hint=_HINT)
        data = self._get(tile_path("entries", index // _WIDTH, self._size))
        for number in range(index % _WIDTH + 1):
            length = int.from_bytes(data[:2], "big")
            if len(data) < 2 + length:
                raise ServiceError(f"entry {index} is not among the log's entries", hint=_HINT)
            found, data = data[2 : 2 + length], data[2 + length :]
            if number == index % _WIDTH:
                break
        return found

    def proof(self, index: int) -> tuple[bytes, ...]:
        """The hashes that lead from the entry to the root."""
        return tuple(self._path(index, 0, self._size))

    def others(self, leaf: bytes, index: int, first: int) -> int:
        """How many entries from `first` on have this hash, beside the one with this index."""
        return sum(self._node(0, each) == leaf for each in range(first, self._size) if each != index)

    def _get(self, path: str) -> bytes:
        found = self._read(path)
        if found is None:
            raise ServiceError(f"the log does not serve {path}", hint=_HINT)
        return found

    def _path(self, index: int, low: int, high: int) -> list[bytes]:
        """The path of entry `index` in the subtree over the entries from `low` to before `high`."""
        if high - low == 1:
            return []
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        if index < middle:
            return [*self._path(index, low, middle), self._root(middle, high)]
        return [*self._path(index, middle, high), self._root(low, middle)]

    def _root(self, low: int, high: int) -> bytes:
        size = high - low
        if not size & (size - 1):  # whole: the left edge of a split lies on a multiple of its size
            height = size.bit_length() - 1
            return self._node(height, low >> height)
        middle = low + (1 << ((size - 1).bit_length() - 1))
        return _parent(self._root(low, middle), self._root(middle, high))

    def _node(self, height: int, index: int) -> bytes:
        """The hash over 2**height entries, the `index`-th such one."""
        key = (height, index)
        if key in self._known:
            return self._known[key]
        level, above = divmod(height, _HEIGHT)
        if above:
            found = _parent(self._node(height - 1, 2 * index), self._node(height - 1, 2 * index + 1))
        else:
            tile, at = divmod(index, _WIDTH)
            data = self._get(tile_path(str(level), tile, self._size >> (_HEIGHT * level)))
            for number in range(len(data) // _HASH):
                place = (height, tile * _WIDTH + number)
                self._known[place] = data[number * _HASH : (number + 1) * _HASH]
            if key not in self._known:
                raise ServiceError(f"a tile of the log has no hash {at}", hint=_HINT)
            found = self._known[key]
        self._known[key] = found
        return found


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def find_entry(
    tiles: Tiles, index: int, checkpoint: Checkpoint, note: str, log_id: bytes, kind: tuple[str, str]
) -> LogEntry:
    """The entry with this index and its proof, under the checkpoint (`note` is all of it)."""
    body = tiles.entry(index)
    return LogEntry(
        log_index=index,
        log_id=log_id,
        kind=kind[0],
        version=kind[1],
        integrated_time=0,
        promise=b"",
        proof=InclusionProof(
            log_index=index,
            tree_size=checkpoint.size,
            root_hash=checkpoint.root,
            hashes=tiles.proof(index),
            checkpoint=note,
        ),
        body=body,
    )


def repeats(tiles: Tiles, entry: LogEntry, first: int) -> int:
    """How often the log has the same entry at other places, from index `first` on."""
    return tiles.others(leaf_hash(entry.body), entry.log_index, first)
