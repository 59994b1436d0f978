"""What a verdict was made from, as it is saved: `attest/evidence/v1`.

A saved set is this manifest and the bytes that it lists, each file of them called by its SHA-256.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from attest.model.binary import BinaryReport
from attest.model.digest import FileIdentity
from attest.model.ports import EntryKind
from attest.model.previous import PreviousRelease
from attest.model.source import SourceReport
from attest.model.vulnerability import Scan

SCHEMA: Final = "attest/evidence/v1"
#: The manifest, and the file that holds its SHA-256 as sha256sum writes it.
MANIFEST: Final = "evidence.json"
MANIFEST_SUM: Final = "evidence.sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFile:
    """A file whose bytes are in the set: what it was called, their SHA-256 and their number."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFile:
    """A name of the release whose bytes are not in the set: what was measured of them when it was saved.

    Fields are as in `attest.model.release.ReleaseFile`.
    """

    path: str
    kind: EntryKind
    identity: FileIdentity | None = None
    report: BinaryReport | None = None
    error: str = ""
    scan: Scan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRun:
    """The circumstances of the run; `time` is its clock (RFC 3339, UTC, with microseconds).

    `attest` is the version that judged. `platforms` are those of a run over a part of the release.
    """

    attest: str
    time: str
    version: str = ""
    tag: str = ""
    revision: str = ""
    platforms: tuple[str, ...] = ()
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRoots:
    """Where findings point in reports: the source tree, the release and the policy, as paths of that run."""

    source: str
    release: str
    fallback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedEvidence:
    """All that a verdict over a release was made from.

    `policy` is called as that run called it, the files `beside` it as it names them, sorted. `release` is
    what the release directory was called, `kept` are its small text and JSON files (evidence, SBOMs,
    checksums), which are read again, and `recorded` all its other names; both are sorted. `source` is what
    was found out of the source tree, None where none was given, `previous` likewise of an earlier release.
    """

    schema: Literal["attest/evidence/v1"]
    run: SavedRun
    roots: SavedRoots
    policy: SavedFile
    beside: tuple[SavedFile, ...]
    release: str
    kept: tuple[SavedFile, ...]
    recorded: tuple[RecordedFile, ...]
    source: SourceReport | None
    previous: PreviousRelease | None
