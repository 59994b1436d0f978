"""The document `attest/diff/v1`, as typed dictionaries (see `attest.model.documents`)."""

from __future__ import annotations

from typing import Literal, TypedDict

from attest.model.difference import SideKind


class SideDocument(TypedDict):
    """One of the two files, `size` in bytes; of a source tree `sha256` is "" and `size` 0."""

    path: str
    kind: SideKind
    sha256: str
    size: int


class ValueChangeDocument(TypedDict):
    """A module's version or a setting; null on the side that lacks it, "" where it is not known."""

    name: str
    old: str | None
    new: str | None


class SizeChangeDocument(TypedDict):
    """Bytes on both sides; null on the side that lacks it."""

    name: str
    old: int | None
    new: int | None


class DiffDocument(TypedDict):
    """How two files differ; `code` is machine code by module. Only executables have settings and sizes."""

    schema: Literal["attest/diff/v1"]
    old: SideDocument
    new: SideDocument
    same: bool
    modules: list[ValueChangeDocument]
    settings: list[ValueChangeDocument]
    code: list[SizeChangeDocument]
    packages: list[SizeChangeDocument]
    sections: list[SizeChangeDocument]
    faults: list[str]
    remarks: list[str]
