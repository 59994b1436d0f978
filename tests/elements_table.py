"""The table of elements in docs/sbom-elements.md: `python -m tests.elements_table` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from attest.sbom.elements import ELEMENTS, STANDARDS

PAGE: Final = Path(__file__).parent.parent / "docs" / "sbom-elements.md"
MARK: Final = "<!-- from here on: python -m tests.elements_table -->\n"


def table() -> str:
    """A row for each element: what each standard calls it, where it is, of which components it is asked."""
    head = f"| {' | '.join(STANDARDS)} | where it is | asked of | how to give it |\n"
    rows = [f"\n{head}{'|---' * (len(STANDARDS) + 3)}|\n"]
    for each in ELEMENTS:
        names = [each.names.get(standard, "") for standard in STANDARDS]
        cells = [*names, each.where, ", ".join(each.kinds) or "the document", each.hint]
        rows.append(f"| {' | '.join(cells)} |\n")
    return "".join(rows)


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    PAGE.write_text(text + MARK + table(), encoding="utf-8", newline="\n")
