"""The document `attest/lint/v1`, as typed dictionaries (see `attest.model.documents`)."""

from __future__ import annotations

from typing import Literal, TypedDict


class LintNoteDocument(TypedDict):
    """One remark about a policy or one that it extends, and the line that it is about, counted from 1."""

    rule: str
    file: str
    line: int
    message: str
    hint: str


class LintDocument(TypedDict):
    """What is weaker in a policy than it may seem, in the order of its lines."""

    schema: Literal["attest/lint/v1"]
    file: str
    notes: list[LintNoteDocument]
