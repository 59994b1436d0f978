"""The document `attest/diff/v1`, as typed dictionaries (see `attest.model.documents`)."""

from __future__ import annotations

from typing import Literal, TypedDict

from attest.model.difference import SideKind
from attest.model.documents import FindingDocument
from attest.model.verdict import CheckOutcome


class SideDocument(TypedDict):
    """One of the two files, `size` in bytes; of a source tree `sha256` is "" and `size` 0."""

    path: str
    kind: SideKind
    sha256: str
    size: int


class ValueChangeDocument(TypedDict):
    """A module's version, a setting, a part of a report; null on the side that lacks it, "" if not known."""

    name: str
    old: str | None
    new: str | None


class SizeChangeDocument(TypedDict):
    """Bytes on both sides; null on the side that lacks it."""

    name: str
    old: int | None
    new: int | None


class ArtifactChangeDocument(TypedDict):
    """A file of the release whose path, digest or outcome differs; null on the side that lacks it."""

    slot: str
    platform: str
    old_path: str | None
    new_path: str | None
    old_sha256: str | None
    new_sha256: str | None
    old_outcome: str | None
    new_outcome: str | None


class FindingChangeDocument(TypedDict):
    """A finding that came (`old` is null), went (`new` is null) or is told otherwise."""

    old: FindingDocument | None
    new: FindingDocument | None


class OutcomeChangeDocument(TypedDict):
    """A check that came out in another way on the same thing; null where it did not run."""

    check: str
    platform: str
    subject: str
    old: CheckOutcome | None
    new: CheckOutcome | None


class ReportDifferenceDocument(TypedDict):
    """How two reports differ: what was decided, about which files, by which policy, what was found."""

    decision: list[ValueChangeDocument]
    policy: list[ValueChangeDocument]
    artifacts: list[ArtifactChangeDocument]
    findings: list[FindingChangeDocument]
    checks: list[OutcomeChangeDocument]
    evidence: list[ValueChangeDocument]
    waivers: list[ValueChangeDocument]
    overrides: list[ValueChangeDocument]
    roots: list[ValueChangeDocument]


class DiffDocument(TypedDict):
    """How two files differ; `code` is machine code by module. Only executables have settings and sizes.

    `report` is how two reports differ, null for everything else.
    """

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
    report: ReportDifferenceDocument | None
