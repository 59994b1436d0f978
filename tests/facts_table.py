"""The table of facts in docs/inspect.md, made of the catalogue: `python -m tests.facts_table` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from attest.model.facts import FACTS

PAGE: Final = Path(__file__).parent.parent / "docs" / "inspect.md"
MARK: Final = "<!-- from here on: python -m tests.facts_table -->\n"
_HEAD: Final = "\n| fact | type | of | what it says |\n|---|---|---|---|\n"


def table() -> str:
    """A row for each fact: its name, its type with the unit, the containers that have it, its meaning."""
    rows = []
    for kind in FACTS.values():
        type_ = f"{kind.type}, {kind.unit}" if kind.unit else kind.type
        of = ", ".join(kind.containers) or "all"
        rows.append(f"| `{kind.name}` | {type_} | {of} | {kind.description.replace('|', chr(92) + '|')} |\n")
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    PAGE.write_text(text + MARK + table(), encoding="utf-8", newline="\n")
