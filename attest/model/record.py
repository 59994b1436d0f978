"""`dataclass` and `replace`: the standard library's for type checkers, `attest.model.late`'s in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from attest.model.late import dataclass, replace

__all__ = ["dataclass", "replace"]
