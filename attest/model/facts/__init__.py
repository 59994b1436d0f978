"""The catalogue of facts: every name that a reader may give, in a table for each kind of file.

A reader that gives another name, or a value of another type, breaks a test; the documentation of
`attest inspect` is held against this table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.model.facts import archive, common, ebpf, elf, go, macho, pe, small, wasm

if TYPE_CHECKING:
    from attest.model.fact import FactKind

_TABLES: Final = (common, go, elf, ebpf, macho, pe, wasm, small, archive)
#: By name, in the order in which people read them: what any file can say first.
FACTS: Final[dict[str, FactKind]] = {kind.name: kind for table in _TABLES for kind in table.FACTS}
