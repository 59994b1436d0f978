"""What went wrong elsewhere and the test of each here: `python -m tests.advisories_table` writes the page."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "advisories.md"
ROWS: Final[dict[int, dict[str, Any]]] = YAML(typ="safe").load(ROOT / "testdata" / "advisories.yaml")
FOLDER: Final = ROOT / "tests" / "advisories"

HEAD: Final = """\
# What went wrong elsewhere

Tools that sign, verify and judge have said yes to nothing before. Each row is such an advisory, and the test
of attest that is named after it. Four mistakes return: a loop over no evidence that ends in success, a check
of something else than what is trusted, work without a limit, and a failure that counts as a pass.

This page is written by `python -m tests.advisories_table` from testdata/advisories.yaml.

| where | advisories | what went wrong | held by |
|---|---|---|---|
"""


@cache
def functions() -> dict[str, str]:
    """Every test of an advisory, and the file that it stands in."""
    return {
        function.name: file.name
        for file in sorted(FOLDER.glob("test_*.py"))
        for function in ast.parse(file.read_text("utf-8")).body
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_")
    }


def page() -> str:
    """The page, Markdown."""
    lines = []
    for row in ROWS.values():
        held = row.get("left_out") or ", ".join(
            f"[{name.removeprefix('test_')}](../tests/advisories/{functions()[name]})"
            for name in row["tests"]
        )
        lines.append(f"| {row['where']} | {', '.join(row['ids'])} | {row['about']} | {held} |\n")
    return HEAD + "".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
