from __future__ import annotations

from tests.unit.go.fixtures import go, world

__all__ = ["go", "world"]
