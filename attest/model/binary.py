"""What an executable says about itself.

`BuildInfo` follows Go's runtime/debug.BuildInfo; containers follow debug/elf, debug/macho, debug/pe and
the WebAssembly core specification.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from attest.model.digest import FileIdentity
    from attest.model.fact import Fact, FactValue

ContainerFormat = Literal[
    "elf",
    "pe",
    "macho",
    "macho-fat",
    "coff",
    "xcoff",
    "plan9",
    "wasm",
    "wasm-component",
    "archive",
    "script",
    "unknown",
]
Toolchain = Literal["go", "tinygo", "gccgo", "rust", "zig", "c", "other"]
Depth = Literal["headers", "hashed", "full"]
"""How far a file is looked into.

"headers" reads build info and what the headers say, a few pages of the file; "hashed" takes the digests of
the file too; "full" reads every byte that something can be learnt from: functions and packages, sizes, and
hashes that are computed again.
"""


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
class LinkedPackage:
    """A Go package that is really linked: some function of it, or one inlined from it, is in the program.

    `module` is the path of the module that it belongs to, "std" for the standard library, "" where that is
    not known. `functions` counts its functions, `size` the bytes of their code; a package that is only
    inlined into others has neither.
    """

    path: str
    module: str = ""
    functions: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionSize:
    """A section of the file: what it is called and how many bytes it takes in the file and in memory."""

    name: str
    file_size: int
    memory_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BinarySlice:
    """A file inside another: where it lies (bytes), what it is and what it says."""

    offset: int
    identity: FileIdentity
    report: BinaryReport


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryReport:
    """Everything read from one executable.

    `build_info` is None where the file carries none; `build_info_from` names where it was found
    ("section .go.buildinfo", "linear memory"). `go_version` may be known without build info.
    `slices` is empty for all but universal files, whose own build info is that of no slice. `core_modules`
    are the WebAssembly modules in a component; they are parts of it, and it is judged itself.
    `facts` are in the order of the catalogue (`attest.model.facts`). `packages` are sorted by path, None
    where no function table was read. Where there is no build info, `modules` are those that its file names
    tell, and `recovered_from` says where packages, modules and version come from.
    `notes` are sentences about what could not be read, with offsets.
    """

    container: Container
    toolchain: Toolchain = "other"
    go_version: str = ""
    build_info: BuildInfo | None = None
    build_info_from: str = ""
    recovered_from: str = ""
    facts: tuple[Fact, ...] = ()
    packages: tuple[LinkedPackage, ...] | None = None
    modules: tuple[Module, ...] = ()
    sections: tuple[SectionSize, ...] = ()
    slices: tuple[BinarySlice, ...] = ()
    core_modules: tuple[BinarySlice, ...] = ()
    notes: tuple[str, ...] = ()

    def fact(self, name: str) -> FactValue | None:
        """The value of a fact, None where the file does not say."""
        return next((each.value for each in self.facts if each.name == name), None)

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
