"""What the main modules of a build say together: which modules they require and what stands in for modules.

Sources: cmd/go/internal/modload/init.go (makeMainModules), modfile.go (replacementFrom,
canonicalizeReplacePath).
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.errors import FormatError
from attest.go import goversion, semver
from attest.go.mvs import PSEUDO_MODULES
from attest.model.module import ModuleVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attest.model.module import MainModule, MainModules, Replace, Require


def selected(main: MainModules) -> dict[str, Require]:
    """The requirement of each module path that counts: the one with the newest version.

    What one member of a workspace requires of another is not among them: it is always there.
    """
    members = {each.go_mod.module for each in main.modules} if main.work else frozenset()
    chosen: dict[str, Require] = {}
    for each in main.require:
        known = chosen.get(each.module.path)
        newer = known is None or semver.compare(known.module.version, each.module.version) < 0
        if newer and each.module.path not in members:
            chosen[each.module.path] = each
    return chosen


def by_path(main: MainModules) -> dict[str, MainModule]:
    """The main modules by module path."""
    return {each.go_mod.module: each for each in main.modules}


def holding(modules: Mapping[str, MainModule], path: str) -> Iterator[tuple[MainModule, str]]:
    """The main modules that an import path may belong to, each with the package's directory in the tree.

    The longest module path comes first.
    """
    prefix = path
    while prefix:
        if each := modules.get(prefix):
            yield each, posixpath.join(each.directory, path[len(prefix) + 1 :]).rstrip("/")
        prefix = prefix.rpartition("/")[0]


def go_version(main: MainModules) -> str:
    """The version of Go that the build speaks where it does not follow a member's own go line."""
    default = goversion.WORK_DEFAULT if main.work else goversion.DEFAULT
    return main.top.go or default


def vendor_command(main: MainModules) -> str:
    """What writes the vendor directory of these modules."""
    return "go work vendor" if main.work else "go mod vendor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """A `replace` line and what stands in by it: a directory is given as seen from the top of the tree."""

    line: Replace
    new: ModuleVersion


@dataclass(frozen=True, slots=True)
class Replacements:
    """What stands in for modules: go.work's lines before those of go.mod files, of which the last counts."""

    main: MainModules
    members: frozenset[ModuleVersion]
    layers: tuple[Mapping[ModuleVersion, Replaced], ...]
    layers_of: Mapping[str, tuple[Mapping[ModuleVersion, Replaced], ...]]

    @classmethod
    def of(cls, main: MainModules) -> Replacements:
        """Raises `FormatError` where the go.mod files of a workspace contradict each other."""
        work = (
            {each.old: Replaced(line=each, new=each.new) for each in main.work.replace} if main.work else {}
        )
        overridden = {old.path for old in work}
        known: dict[ModuleVersion, ModuleVersion] = {}
        layers = [work]
        for each in main.modules:
            layer: dict[ModuleVersion, Replaced] = {}
            for line in each.go_mod.replace:
                new = _from_top(line.new, each.directory) if main.work else line.new
                again = line.old in layer or line.old.path in overridden
                if not again and known.setdefault(line.old, new) != new:
                    raise FormatError(
                        f"conflicting replacements for {line.old}: {known[line.old]} and {new}",
                        place=line.place,
                        hint=f'use "go work edit -replace {line.old}=[override]" to resolve',
                    )
                layer[line.old] = Replaced(line=line, new=new)
            layers.append(layer)
        layers_of: dict[str, tuple[Mapping[ModuleVersion, Replaced], ...]] = {}
        for layer in layers[1:]:
            for path in {old.path for old in layer}:
                layers_of[path] = (*layers_of.get(path, ()), layer)
        members = frozenset(each.version for each in main.modules)
        return cls(main, members, tuple(layers), layers_of)

    def line_of(self, module: ModuleVersion) -> Replaced | None:
        """The line that counts for a module version: that of this very version, else of every version.

        Main modules are not replaced. Raises `FormatError` where members of a workspace name different
        things for one version.
        """
        if module.path in PSEUDO_MODULES or module in self.members:
            return None
        wildcard = ModuleVersion(path=module.path, version="")
        of_work = self.layers[0].get(module) or self.layers[0].get(wildcard)
        if of_work:
            return of_work
        found: Replaced | None = None
        for layer in self.layers_of.get(module.path, ()):
            exact = layer.get(module) if module.version else None
            this = exact or layer.get(wildcard)
            # The go command compares what is written here, not where it leads.
            if found and exact and found.line.new != exact.line.new:
                raise FormatError(
                    f"conflicting replacements found for {module} in workspace modules defined by "
                    f"{found.line.place.file} and {exact.line.place.file}",
                    place=exact.line.place,
                    hint=f'use "go work edit -replace {module}=[override]" to resolve',
                )
            found = this or found
        return found

    def of_module(self, module: ModuleVersion) -> ModuleVersion | None:
        """What stands in for a module version, None where nothing does; raises as `line_of`."""
        found = self.line_of(module)
        return found.new if found else None

    def effective(self) -> tuple[Replaced, ...]:
        """The lines that can decide what is built, go.work's first.

        In a workspace, lines for a member's own path and lines that go.work overrides decide nothing.
        """
        members = {each.path for each in self.members} if self.main.work else frozenset()
        of_work = self.layers[0]
        of_members = (
            each
            for layer in self.layers[1:]
            for old, each in layer.items()
            if old not in of_work and ModuleVersion(path=old.path, version="") not in of_work
        )
        return tuple(each for each in (*of_work.values(), *of_members) if each.line.old.path not in members)


def _from_top(new: ModuleVersion, directory: str) -> ModuleVersion:
    """A replacement of a member's go.mod, its directory as seen from go.work."""
    if new.version or new.path.startswith("/") or new.path[1:2] == ":":
        return new
    path = posixpath.normpath(posixpath.join(directory, new.path))
    rooted = path == "." or path.split("/", 1)[0] == ".."
    return ModuleVersion(path=path if rooted else f"./{path}", version="")


def local_root(directory: str) -> str | None:
    """A replacement directory below the source tree; None where it lies elsewhere."""
    root = posixpath.normpath(directory)
    outside = "\\" in root or root.startswith("/") or root.split("/", 1)[0] == ".." or root[1:2] == ":"
    return None if outside else "" if root == "." else root
