"""Go modules as go.mod, go.sum, vendor/modules.txt and build info speak of them.

Sources: https://go.dev/ref/mod; golang.org/x/mod/modfile; cmd/go/internal/modload/vendor.go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from attest.model.place import Place


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ModuleVersion:
    """A module path and its version; the version is "" for main modules and local directories."""

    path: str
    version: str

    def __str__(self) -> str:
        return f"{self.path}@{self.version}" if self.version else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Require:
    """A `require` line; `indirect` is its `// indirect` comment."""

    module: ModuleVersion
    indirect: bool
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """A `replace` line. `old.version` is "" for every version; `new.version` is "" for a directory."""

    old: ModuleVersion
    new: ModuleVersion
    place: Place

    @property
    def local(self) -> bool:
        """True where the replacement is a directory, which no checksum covers."""
        return not self.new.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Retract:
    """A `retract` line: the versions from `low` to `high`, both included."""

    low: str
    high: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoMod:
    """A parsed go.mod; lists are in file order. `go` is "" where there is no go line.

    `go_place` and `toolchain_place` tell where these lines stand, None where they are not there, and
    `exclude_places` where the excluded versions do, in the same order.
    """

    file: str
    module: str
    go: str
    toolchain: str
    require: tuple[Require, ...]
    replace: tuple[Replace, ...]
    exclude: tuple[ModuleVersion, ...]
    tool: tuple[str, ...]
    retract: tuple[Retract, ...] = ()
    godebug: tuple[tuple[str, str], ...] = ()
    ignore: tuple[str, ...] = ()
    go_place: Place | None = None
    toolchain_place: Place | None = None
    exclude_places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A `use` line of go.work: the directory of a module, as it is written there."""

    path: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class GoWork:
    """A parsed go.work; lists are in file order. `go` is "" where there is no go line.

    `go_place` and `toolchain_place` tell where these lines stand, None where they are not there.
    """

    file: str
    go: str
    toolchain: str
    use: tuple[Use, ...]
    replace: tuple[Replace, ...]
    godebug: tuple[tuple[str, str], ...] = ()
    go_place: Place | None = None
    toolchain_place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MainModule:
    """A main module and its directory below the source tree ("" for the root)."""

    go_mod: GoMod
    directory: str = ""

    @property
    def version(self) -> ModuleVersion:
        """The module as the go command writes it: without a version."""
        return ModuleVersion(path=self.go_mod.module, version="")


@dataclass(frozen=True, slots=True, kw_only=True)
class MainModules:
    """The modules that are built: those of a workspace in the order of go.work, else one and no `work`."""

    modules: tuple[MainModule, ...]
    work: GoWork | None = None

    @classmethod
    def alone(cls, go_mod: GoMod) -> MainModules:
        """A single module at the top of the tree."""
        return cls(modules=(MainModule(go_mod=go_mod),))

    @property
    def top(self) -> GoMod | GoWork:
        """The file whose go and toolchain lines the go command obeys: go.work, else go.mod."""
        return self.work or self.modules[0].go_mod

    @property
    def require(self) -> tuple[Require, ...]:
        """The `require` lines of every go.mod."""
        return tuple(line for each in self.modules for line in each.go_mod.require)

    @property
    def exclude(self) -> frozenset[ModuleVersion]:
        """The versions that any go.mod excludes."""
        return frozenset(each for main in self.modules for each in main.go_mod.exclude)

    @property
    def tool(self) -> tuple[tuple[str, str], ...]:
        """The packages of the `tool` lines, each with the go.mod that names it."""
        return tuple((path, each.go_mod.file) for each in self.modules for path in each.go_mod.tool)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoSumLine:
    """One line of go.sum. `kind` tells the module zip's hash from its go.mod's."""

    module: ModuleVersion
    kind: Literal["zip", "go.mod"]
    hash: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class VendoredModule:
    """A `# path version` line of vendor/modules.txt with the annotations and packages under it.

    `package_lines` are the 1-based lines that the packages stand in, in the same order.
    """

    module: ModuleVersion
    replacement: ModuleVersion | None
    explicit: bool
    go: str
    packages: tuple[str, ...]
    place: Place
    package_lines: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulesTxt:
    """A parsed vendor/modules.txt. `unused_replacements` are `# old => new` lines at its end."""

    file: str
    workspace: bool
    modules: tuple[VendoredModule, ...]
    unused_replacements: tuple[Replace, ...]
