"""What rules see of a release, as the document `attest/input/v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.json_text import json_text

if TYPE_CHECKING:
    from attest.model.documents_input import InputDocument


def input_bytes(document: InputDocument) -> bytes:
    """The document as JSON: two spaces, a newline at the end; a lone surrogate is written as its escape."""
    return json_text(document).encode("utf-8", "backslashreplace") + b"\n"
