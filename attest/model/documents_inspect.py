"""The machine-readable inspection, `attest/inspect/v1`, as typed dictionaries.

The renderer builds them, mypy holds it to them, and `attest schema inspect` is generated from them.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from attest.model.binary import ContainerFormat, Toolchain
from attest.model.source_files import DecidedBy, FileList, FileStatus


class ContainerDocument(TypedDict):
    """The file's own headers; null and "" where they do not say. `os` and `arch` are GOOS and GOARCH."""

    format: ContainerFormat
    os: str | None
    arch: str | None
    bits: Literal[32, 64] | None
    endian: Literal["little", "big"] | None
    kind: str


class ModuleDocument(TypedDict):
    """A module as Go's runtime/debug.Module in JSON; what is empty is left out."""

    Path: NotRequired[str]
    Version: NotRequired[str]
    Sum: NotRequired[str]
    Replace: NotRequired[ModuleDocument]


class SettingDocument(TypedDict):
    """A build setting; what is empty is left out."""

    Key: NotRequired[str]
    Value: NotRequired[str]


class BuildInfoDocument(TypedDict):
    """The build information in the shape of `go version -m -json`; what is empty is left out."""

    GoVersion: NotRequired[str]
    Path: NotRequired[str]
    Main: ModuleDocument
    Deps: NotRequired[list[ModuleDocument]]
    Settings: NotRequired[list[SettingDocument]]


class FactDocument(TypedDict):
    """A fact: its value, with the type and unit of the catalogue of facts, and where it was read."""

    value: bool | int | str | list[str]
    source: str


class PackageDocument(TypedDict):
    """A Go package that is really linked; `size` in bytes of code. `module` is "std", or "" if unknown."""

    path: str
    module: str
    functions: int
    size: int


class SectionDocument(TypedDict):
    """A section; sizes in bytes, in the file and in memory."""

    name: str
    file_size: int
    memory_size: int


class DigestsDocument(TypedDict):
    """The digests of the bytes, in hexadecimal; absent with `--headers`, which reads the headers alone."""

    sha256: NotRequired[str]
    sha512: NotRequired[str]


class SliceDocument(DigestsDocument):
    """An architecture of a universal file or a module of a component; `offset` and `size` in bytes."""

    offset: int
    size: int
    container: ContainerDocument
    toolchain: Toolchain
    go_version: str
    build_info: BuildInfoDocument | None
    build_info_from: str
    build_info_faults: list[str]
    recovered_from: str
    facts: dict[str, FactDocument]
    packages: list[PackageDocument] | None
    modules: list[ModuleDocument]
    sections: list[SectionDocument]
    notes: list[str]


class FileDocument(DigestsDocument):
    """One file; `size` in bytes. `slices` and `core_modules` are of universal files and of components alone.

    `build_info` is null where the file carries none; `build_info_from` names the place where it was found.
    `build_info_faults` are lines of it that could not be understood, `notes` all that could not be read.
    `packages` are those that are really linked, null where no function table was read; without build info
    they, `go_version` and `modules` are what could be recovered, and `recovered_from` says from where.
    """

    path: str
    size: int
    container: ContainerDocument
    toolchain: Toolchain
    go_version: str
    build_info: BuildInfoDocument | None
    build_info_from: str
    build_info_faults: list[str]
    recovered_from: str
    facts: dict[str, FactDocument]
    packages: list[PackageDocument] | None
    modules: list[ModuleDocument]
    sections: list[SectionDocument]
    slices: list[SliceDocument]
    core_modules: list[SliceDocument]
    notes: list[str]


class ReasonDocument(TypedDict):
    """One thing that decides: what stands at a line of the file, or with the line 0 in its name."""

    by: DecidedBy
    constraint: str
    line: int
    says: str


class DecisionDocument(TypedDict):
    """Whether a file is built on a platform, and in which list of `go list -json` it is, "" for none.

    `reasons` are all that had to hold where it is built, else the first that did not. `fault` is why the go
    command refuses the file or its package, "" where it does not.
    """

    status: FileStatus
    list: FileList
    reasons: list[ReasonDocument]
    fault: str


class SourceFileDocument(TypedDict):
    """A source file; `path` is relative to the listed directory, `platforms` have their decisions by name."""

    path: str
    platforms: dict[str, DecisionDocument]


class EmbeddingDocument(TypedDict):
    """That a file is in programs, or in tests alone: the Go file that embeds it, and by which pattern."""

    status: Literal["in", "test"]
    file: str
    pattern: str


class EmbeddedDocument(TypedDict):
    """A file that is embedded, by its path below the listed directory, on the platforms where it is."""

    path: str
    platforms: dict[str, EmbeddingDocument]


class PassedOverDocument(TypedDict):
    """A directory that `./...` does not mean, and why."""

    path: str
    reason: str


class SourcesDocument(TypedDict):
    """The source files below a directory; `go` is the version whose rules were followed."""

    path: str
    platforms: list[str]
    cgo: bool
    tags: list[str]
    go: str
    files: list[SourceFileDocument]
    embedded: list[EmbeddedDocument]
    passed_over: list[PassedOverDocument]


class InspectDocument(TypedDict):
    """What was found in each file, in the order in which they were named; `sources` with `--files` alone."""

    schema: Literal["attest/inspect/v1"]
    files: list[FileDocument]
    sources: NotRequired[SourcesDocument]
