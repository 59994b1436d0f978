"""The machine-readable inspection, `attest/inspect/v1`, as typed dictionaries.

The renderer builds them, mypy holds it to them, and `attest schema inspect` is generated from them.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from attest.model.binary import ContainerFormat, Toolchain


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


class InspectDocument(TypedDict):
    """What was found in each file, in the order in which they were named."""

    schema: Literal["attest/inspect/v1"]
    files: list[FileDocument]
