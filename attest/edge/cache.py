"""What attest remembers between runs, in the user's cache directory.

One SQLite file, which several processes may use at once. Whatever goes wrong in it is silence: without it
everything is read anew. A file that is damaged is removed, an entry that is damaged is not there.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from types import TracebackType

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value BLOB NOT NULL, sum BLOB NOT NULL)
"""
_MAKE_ROOM: Final = """
DELETE FROM entry WHERE rowid IN (
  SELECT rowid FROM (
    SELECT rowid, sum(length(value)) OVER (ORDER BY rowid) - length(value) AS before FROM entry
  ) WHERE before < ?
)
"""
_WAIT: Final = 0.5  # seconds for another process that writes; then its entries are done without


def user_cache_folder(environment: Mapping[str, str], home: Path, platform: str) -> Path:
    """Where programs keep what they can make again (os.UserCacheDir of Go, and the XDG specification)."""
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    if platform == "darwin":
        return home / "Library" / "Caches"
    chosen = environment.get("XDG_CACHE_HOME", "")
    return Path(chosen) if chosen.startswith("/") else home / ".cache"


def find_cache_file(version: str) -> Path | None:
    """The cache of this user on this machine, for that version of attest; None for a user without a home."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return user_cache_folder(os.environ, home, sys.platform) / "attest" / f"cache-{version}.sqlite3"


class DiskCache:
    """A file as `attest.model.ports.Cache`; what is put is written when the context ends."""

    def __init__(self, file: Path, limit: int) -> None:
        """Use `file`, whose entries together have at most `limit` bytes; the oldest make room."""
        self._file = file
        self._limit = limit
        self._put: dict[str, bytes] = {}
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        """Open it, if that can be done."""
        try:
            self._connection = self._open()
        except Exception:  # noqa: BLE001 - whatever is wrong with a cache, attest works without it
            self._discard()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Write what was put, whether all went well or not, and close it."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            if self._put:
                self._write(connection)
        except Exception:  # noqa: BLE001 - as above
            self._put.clear()
        finally:
            connection.close()

    def get(self, key: str) -> bytes | None:
        """What was put under `key`, None where nothing was, or not that."""
        if key in self._put:
            return self._put[key]
        if self._connection is None:
            return None
        try:
            row = self._connection.execute("SELECT value, sum FROM entry WHERE key = ?", (key,)).fetchone()
        except Exception:  # noqa: BLE001 - as above
            self._connection.close()
            self._connection = None
            self._discard()
            return None
        return row[0] if row and row[1] == _sum(key, row[0]) else None

    def put(self, key: str, value: bytes) -> None:
        """Remember `value`; one that alone is larger than the cache may be is not."""
        if len(value) <= self._limit:
            self._put[key] = value

    def _open(self) -> sqlite3.Connection:
        import sqlite3

        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(self._file, timeout=_WAIT)
        try:
            connection.execute("PRAGMA synchronous = OFF")  # what a crash damages is found by its sum
            connection.execute(_SCHEMA)
        except BaseException:
            connection.close()
            raise
        return connection

    def _write(self, connection: sqlite3.Connection) -> None:
        rows = ((key, value, _sum(key, value)) for key, value in self._put.items())
        with connection:
            connection.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?)", rows)
            over = connection.execute("SELECT sum(length(value)) FROM entry").fetchone()[0] - self._limit
            if over > 0:
                # Down to three quarters, so that not every run has to make room.
                wanted = over + self._limit // 4
                connection.execute(_MAKE_ROOM, (wanted,))

    def _discard(self) -> None:
        """Remove a file that is no database; one that another process holds for long is left alone."""
        try:
            with self._file.open("rb") as file:
                damaged = not file.read(16).startswith(b"SQLite format 3\0")
            if damaged:
                self._file.unlink()
        except OSError:
            pass


def _sum(key: str, value: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + value).digest()
