"""The system clock, read once in a run."""

from __future__ import annotations

from datetime import UTC, datetime


def system_now() -> datetime:
    """The time now, UTC, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
