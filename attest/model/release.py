"""A release directory: what lies in it, before anything is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attest.model.binary import BinaryReport
    from attest.model.digest import FileIdentity
    from attest.model.ports import EntryKind
    from attest.model.vulnerability import Scan


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFile:
    """One name below the release directory (slashes, relative to it).

    `identity` is None for what is no regular file or could not be read (`error` says why). `report` is
    there for files that were looked into as executables; `content` for the small text and JSON files
    (evidence, SBOMs, checksums) that are judged by their bytes. `scan` is what an executable was found to
    have of the vulnerabilities that are known, None where nobody asked. All come from the bytes that were
    hashed.
    """

    path: str
    kind: EntryKind
    identity: FileIdentity | None = None
    report: BinaryReport | None = None
    content: bytes | None = None
    error: str = ""
    scan: Scan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Every file of a release directory, sorted by path; each was opened once."""

    label: str
    files: tuple[ReleaseFile, ...]
