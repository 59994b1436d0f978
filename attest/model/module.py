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

    `go_place` and `toolchain_place` tell where these lines stand, None where they are not there.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A `use` line of go.work: the directory of a module, as it is written there."""

    path: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class GoWork:
    """A parsed go.work; lists are in file order. `go` is "" where there is no go line."""

    file: str
    go: str
    toolchain: str
    use: tuple[Use, ...]
    replace: tuple[Replace, ...]
    godebug: tuple[tuple[str, str], ...] = ()


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
