"""A value that may be unknown, and then says why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A value, or "" and the reason why it is not known."""

    value: str = ""
    unknown_because: str = ""
