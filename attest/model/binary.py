"""What an executable says about itself.

`BuildInfo` follows Go's runtime/debug.BuildInfo; containers follow debug/elf, debug/macho, debug/pe and
the WebAssembly core specification.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from attest.model.digest import FileIdentity

ContainerFormat = Literal["elf", "pe", "macho", "macho-fat", "wasm", "unknown"]
Toolchain = Literal["go", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A module of build info. `sum` is "" where none was recorded (main modules, vendored builds)."""

    path: str
    version: str
    sum: str = ""
    replace: Module | None = None

    @property
    def compiled(self) -> Module:
        """The module whose code was really compiled: the replacement where there is one."""
        return self.replace or self


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildInfo:
    """The build information that the linker wrote; `settings` are in written order.

    `faults` are sentences about lines that break the format or say a thing twice: what they said is
    missing or ambiguous here, so that whoever needs all of it must not call it complete.
    """

    go_version: str
    path: str = ""
    main: Module | None = None
    deps: tuple[Module, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    faults: tuple[str, ...] = ()

    def setting(self, key: str) -> str | None:
        """The value of a build setting, None where it was not recorded."""
        return next((value for name, value in self.settings if name == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """The file's own headers.

    `os` and `arch` are Go's words (GOOS, GOARCH) as far as the headers tell them; None where they do not.
    `kind` is "executable", "shared", "object" or "" where unknown.
    """

    format: ContainerFormat
    os: str | None = None
    arch: str | None = None
    bits: Literal[32, 64] | None = None
    endian: Literal["little", "big"] | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BinarySlice:
    """One architecture of a universal file: where it lies (bytes), what it is and what it says."""

    offset: int
    identity: FileIdentity
    report: BinaryReport


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryReport:
    """Everything read from one executable.

    `build_info` is None where the file carries none; `build_info_from` names where it was found
    ("section .go.buildinfo", "linear memory"). `go_version` may be known without build info.
    `slices` is empty for all but universal files, whose own build info is that of no slice.
    `notes` are sentences about what could not be read, with offsets.
    """

    container: Container
    toolchain: Toolchain = "other"
    go_version: str = ""
    build_info: BuildInfo | None = None
    build_info_from: str = ""
    slices: tuple[BinarySlice, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def images(self) -> tuple[BinaryReport, ...]:
        """What is judged: every slice of a universal file, or the file itself."""
        return tuple(each.report for each in self.slices) or (self,)


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedFile:
    """A file, its identity and what was read from the same bytes."""

    path: str
    identity: FileIdentity
    report: BinaryReport
