"""Notes about a policy, as text and as `attest/lint/v1`."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Final

from attest.render.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attest.model.documents_lint import LintDocument
    from attest.model.lint import LintNote

_WIDTH: Final = 80


def to_text(notes: Sequence[LintNote], file: str) -> bytes:
    """A line for each note and one for how to mend it; one that says so where there is none."""
    return "".join(f"{line}\n" for line in _lines(notes, file)).encode("utf-8", "backslashreplace")


def _lines(notes: Sequence[LintNote], file: str) -> Iterator[str]:
    for note in notes:
        head = f"{escape(note.file)}:{note.line}: {note.rule}: {escape(note.message)}"
        yield from textwrap.wrap(head, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)
        yield from textwrap.wrap(
            f"hint: {escape(note.hint)}",
            _WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
            break_on_hyphens=False,
        )
    if not notes:
        yield f"{escape(file)}: nothing to remark"


def to_json(notes: Sequence[LintNote], file: str) -> bytes:
    """The document as JSON: two spaces, a newline at the end."""
    document: LintDocument = {
        "schema": "attest/lint/v1",
        "file": file,
        "notes": [
            {
                "rule": each.rule,
                "file": each.file,
                "line": each.line,
                "message": each.message,
                "hint": each.hint,
            }
            for each in notes
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
