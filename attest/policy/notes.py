"""Where the mistakes of a policy are gathered while it is built."""

from __future__ import annotations

import difflib
import re
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from attest.errors import AttestError, FormatError, UsageError
from attest.policy.template import expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.policy.document import Document, Path


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for a name that is not among `known`: the one that looks most like it, else all."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known: {', '.join(names) or 'none'}"


class Notes:
    """Mistakes with their lines, and the small readers of values that note them."""

    def __init__(self, read: Document, variables: Mapping[str, str]) -> None:
        self.mistakes: list[AttestError] = []
        self.read = read
        self.variables = dict(variables)

    def add(self, path: Path, message: str, hint: str) -> None:
        """Note a mistake at a path of the document."""
        self.mistakes.append(FormatError(message, place=self.read.place(path), hint=hint))

    def known(self, path: Path, what: str, name: str, known: Iterable[str]) -> bool:
        """Note a mistake where `name` is not among `known`; the nearest is the hint."""
        names = sorted(known)
        if name in names:
            return True
        self.add(path, f"there is no {what} '{name}'", nearest(name, names))
        return False

    def expanded(
        self, path: Path, text: str, more: Mapping[str, str] | None = None, *, regex: bool = False
    ) -> str:
        """A text with its variables filled in; `regex` says that it is a regular expression."""
        try:
            values = {**self.variables, **(more or {})}
            return expand(text, values, quote=re.escape if regex else None)
        except UsageError as error:
            self.add(path, error.message, error.hint or "")
            return text

    def date(self, path: Path, text: str) -> datetime | None:
        """The beginning of a date (UTC), or the moment itself."""
        try:
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError:
            self.add(path, f"'{text}' is no date", "write it as 2027-01-31 or 2027-01-31T12:00:00Z")
            return None

    def until(self, path: Path, text: str) -> datetime | None:
        """The last moment of a date, or the moment itself."""
        date = self.date(path, text)
        if date is None or "T" in text:
            return date
        return datetime.combine(date, time.max, tzinfo=UTC)
