"""The document `attest/matrix/v1`, as typed dictionaries (see `attest.model.documents`)."""

from __future__ import annotations

from typing import Literal, TypedDict


class BuildDocument(TypedDict):
    """One artifact on one platform, "" where that is not known."""

    artifact: str
    platform: str


class VersionDocument(TypedDict):
    """The builds that hold a module in this version ("" where it is not known)."""

    version: str
    directory: str
    sum: str
    builds: list[BuildDocument]


class ModuleDocument(TypedDict):
    """A module that is not the same in all builds, and the builds that do not hold it."""

    path: str
    versions: list[VersionDocument]
    absent: list[BuildDocument]


class MatrixDocument(TypedDict):
    """All builds, the number of modules that are the same in all of them, and the other modules."""

    schema: Literal["attest/matrix/v1"]
    builds: list[BuildDocument]
    common: int
    modules: list[ModuleDocument]
