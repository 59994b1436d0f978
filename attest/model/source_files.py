"""Which files of a source tree are built where, and what decides it; in the words of `go list -json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from attest.model.source import Platform

FileStatus = Literal["in", "test", "out"]
FileList = Literal[
    "",
    "GoFiles",
    "CgoFiles",
    "TestGoFiles",
    "XTestGoFiles",
    "CFiles",
    "CXXFiles",
    "MFiles",
    "HFiles",
    "FFiles",
    "SFiles",
    "SwigFiles",
    "SwigCXXFiles",
    "SysoFiles",
    "IgnoredGoFiles",
    "IgnoredOtherFiles",
    "InvalidGoFiles",
]
"""The list that a file is in; "" for what no list names."""

DecidedBy = Literal["prefix", "name", "go:build", "+build", "package", "cgo", "test", "fault"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that decides about a file.

    `constraint` is what stands in the file at `line` or, where that is 0, in its name; "" where neither
    decides. `says` is what comes of it on the platform.
    """

    by: DecidedBy
    constraint: str
    line: int
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDecision:
    """Whether a file is built on a platform: always, for tests alone, or not.

    `reasons` are what had to hold where it is built (of many `// +build` lines the first), else the first
    that did not; none where nothing is asked for. `fault` is why the go command refuses the file or its
    package, "" where it does not.
    """

    status: FileStatus
    list: FileList
    reasons: tuple[Reason, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file by its name in its directory; `decisions` are in the order of the listing's platforms."""

    name: str
    decisions: tuple[FileDecision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """That a file is in programs, or in tests alone: the Go file that embeds it, and by which pattern."""

    status: Literal["in", "test"]
    file: str
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedFile:
    """A file that a package embeds, by its name relative to the package's directory.

    `embeddings` are in the order of the listing's platforms, None where the package does not embed it.
    """

    name: str
    embeddings: tuple[Embedding | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDirectory:
    """A directory that holds Go files; `path` is relative to the listed directory, "" for that itself."""

    path: str
    files: tuple[SourceFile, ...]
    embedded: tuple[EmbeddedFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A directory that `./...` does not mean, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceListing:
    """The source files below the directory `label`, sorted; `go` is the version whose rules were followed."""

    label: str
    platforms: tuple[Platform, ...]
    cgo: bool
    tags: tuple[str, ...]
    go: str
    directories: tuple[SourceDirectory, ...]
    passed_over: tuple[PassedOver, ...]
