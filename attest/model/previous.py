"""An earlier release, as far as this one is measured against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attest.model.binary import BinaryReport


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousFile:
    """A file of an earlier release; `size` in bytes.

    It is known again by the `slot` that a report names, "" where there is none, else by its own `report`,
    None where nobody looked into it.
    """

    path: str
    size: int
    slot: str = ""
    report: BinaryReport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousRelease:
    """What is known of an earlier release; `label` is what the user called it."""

    label: str
    files: tuple[PreviousFile, ...]
