"""Where in a file something stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file and, where known, a 1-based line (and column) or a 0-based byte offset in it.

    `file` is as the reader knows it: relative to the source tree or release directory, with slashes.
    """

    file: str
    line: int | None = None
    offset: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        if self.line is not None and self.column is not None:
            return f"{self.file}:{self.line}:{self.column}"
        if self.line is not None:
            return f"{self.file}:{self.line}"
        if self.offset is not None:
            return f"{self.file}@{self.offset:#x}"
        return self.file
