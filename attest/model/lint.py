"""Remarks about a policy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LintNote:
    """One remark: the rule that it is of, and the file and line that it is about, counted from 1."""

    rule: str
    message: str
    hint: str
    file: str
    line: int
