"""The module graph of a main module or workspace, read from the go.mod files in the module cache.

Sources: cmd/go/internal/modload/modfile.go (goModSummary, replacementFrom), init.go (rootsFromModFile,
requirementsFromModFiles, makeMainModules), buildlist.go (expandGraph); modinfo/info.go and modcmd/graph.go
for the texts. Nothing is downloaded: a go.mod that is not there is missing evidence.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, ReadError
from attest.go import gomod, goversion, mvs
from attest.go.module_path import escape_path, escape_version
from attest.go.mvs import GO, PSEUDO_MODULES, TOOLCHAIN, ModuleGraph, Summary, build_list
from attest.model.module import ModuleVersion
from attest.model.place import Place
from attest.model.source import SourceFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.model.limits import Limits
    from attest.model.module import GoMod, GoWork
    from attest.model.ports import Tree

_PSEUDO_SINCE: Final = "1.21"  # a go line is a requirement of that version of Go
_DOWNLOAD_HINT: Final = "run `go mod download`"
_GRAPH_HINT: Final = "run `go mod graph` once: it downloads the go.mod of every module in the graph"


@dataclass(frozen=True, slots=True, kw_only=True)
class MainModule:
    """A main module and its directory below the source tree ("" for the root)."""

    go_mod: GoMod
    directory: str = ""

    @property
    def version(self) -> ModuleVersion:
        """The module as a node of the graph."""
        return ModuleVersion(path=self.go_mod.module, version="")


@dataclass(slots=True, kw_only=True)
class GraphSource:
    """What a graph is read from; `graph` reads it when it is first asked for.

    `main` are the main modules in the order of go.work, one where there is no `work`; `modcache` is a tree
    of GOMODCACHE, None where there is none.
    """

    tree: Tree
    main: tuple[MainModule, ...]
    work: GoWork | None = None
    modcache: Tree | None
    limits: Limits
    read: set[ModuleVersion] = field(default_factory=set, init=False)
    _replacements: _Replacements = field(init=False)
    _excluded: frozenset[ModuleVersion] = field(init=False)
    _graph: ModuleGraph | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._replacements = _Replacements.of(self.main, self.work)
        self._excluded = frozenset(each for main in self.main for each in main.go_mod.exclude)

    @property
    def loaded(self) -> ModuleGraph | None:
        """The graph where it was asked for and could be read."""
        return self._graph

    def graph(self) -> ModuleGraph:
        """The whole graph.

        Raises `ReadError` naming the first module whose go.mod is not there, `FormatError` for a go.mod that
        breaks the format or names another module, `LimitError` for a graph beyond the limits.
        """
        if self._graph is None:
            graph = self._workspace() if self.work else self._single(self.main[0])
            modules = map(self._replaced, build_list(graph))
            replaced = {old: new for old, new in modules if new is not None}
            self._graph = replace(graph, replaced=replaced, read=frozenset(self.read))
        return self._graph

    def _replaced(self, module: ModuleVersion) -> tuple[ModuleVersion, ModuleVersion | None]:
        return module, self._replacements.of_module(module)

    def _single(self, main: MainModule) -> ModuleGraph:
        go = main.go_mod.go or goversion.DEFAULT
        return mvs.read_graph(
            (main.version,),
            {main.version: self._roots(self._required(main.go_mod), go, main.go_mod.toolchain)},
            self.summary,
            pruning="unpruned" if goversion.before(go, goversion.PRUNED) else "pruned",
            limits=self.limits,
        )

    def _workspace(self) -> ModuleGraph:
        work = self.work
        go, toolchain = (work.go or goversion.WORK_DEFAULT, work.toolchain) if work else ("", "")
        roots = self._roots((each.version for each in self.main), go, toolchain)
        return mvs.read_graph(roots, {}, self.summary, pruning="workspace", limits=self.limits)

    @staticmethod
    def _roots(modules: Iterable[ModuleVersion], go: str, toolchain: str) -> tuple[ModuleVersion, ...]:
        pseudo = [ModuleVersion(path=GO, version=go)]
        if toolchain:
            pseudo.append(ModuleVersion(path=TOOLCHAIN, version=toolchain))
        return mvs.sort_modules((*modules, *pseudo))

    def _required(self, go_mod: GoMod) -> tuple[ModuleVersion, ...]:
        return tuple(each.module for each in go_mod.require if each.module not in self._excluded)

    def summary(self, module: ModuleVersion) -> Summary:
        """What counts of the go.mod of a module version, or of what stands in for it; raises as `graph`."""
        if module.path in PSEUDO_MODULES:
            return _pseudo_summary(module)
        go_mod = next((each.go_mod for each in self.main if each.version == module), None)
        if go_mod is None:
            go_mod = self._read(module, self._replacements.of_module(module) or module)
        requires = self._required(go_mod)
        if go_mod.go and not goversion.before(go_mod.go, _PSEUDO_SINCE):
            requires = (*requires, ModuleVersion(path=GO, version=go_mod.go))
        return Summary(requires=requires, pruned=not goversion.before(go_mod.go, goversion.PRUNED))

    def _read(self, module: ModuleVersion, actual: ModuleVersion) -> GoMod:
        if not actual.version:
            return self._read_directory(actual)
        path, version = escape_path(actual.path), escape_version(actual.version)
        name = f"cache/download/{path}/@v/{version}.mod"
        if self.modcache is None or not self.modcache.exists(name):
            raise ReadError(
                f"the go.mod of {actual} is not in the module cache",
                place=Place(file=self._label),
                hint=_GRAPH_HINT if self._pruned else _DOWNLOAD_HINT,
            )
        file = f"{self.modcache.label}/{name}"
        data = self.modcache.read(name, self.limits.go_mod_bytes)
        go_mod = gomod.parse_dependency(data, file, limits=self.limits)
        self.read.add(actual)
        if not go_mod.module:
            raise FormatError(
                f"{actual}: parsing go.mod: missing module line",
                place=Place(file=file),
                hint="require another version of the module, or replace it",
            )
        if go_mod.module not in (module.path, actual.path):
            raise FormatError(
                f"{actual}: parsing go.mod: module declares its path as {go_mod.module} but was required as "
                f"{module.path}",
                place=Place(file=file),
                hint=f"require {go_mod.module} under its own path, or replace it",
            )
        return go_mod

    def _read_directory(self, actual: ModuleVersion) -> GoMod:
        root = local_root(actual.path)
        name = posixpath.join(root, "go.mod") if root is not None else ""
        if root is None or not self.tree.exists(name):
            raise ReadError(
                f"the go.mod in the replacement directory {actual} is not in the source tree",
                place=Place(file=self._label),
                hint="judge a tree that holds the directory, or replace with a module version",
            )
        return gomod.parse_dependency(
            self.tree.read(name, self.limits.go_mod_bytes), name, limits=self.limits
        )

    @property
    def _pruned(self) -> bool:
        """Tell whether the go command builds without reading the whole graph."""
        return bool(self.work) or not goversion.before(self.main[0].go_mod.go, goversion.PRUNED)

    @property
    def _label(self) -> str:
        return self.work.file if self.work else self.main[0].go_mod.file


def _pseudo_summary(module: ModuleVersion) -> Summary:
    if module.path == GO and not goversion.before(module.version, _PSEUDO_SINCE):
        return Summary(requires=(ModuleVersion(path=TOOLCHAIN, version=f"go{module.version}"),))
    return Summary(requires=())


def local_root(directory: str) -> str | None:
    """A replacement directory below the source tree; None where it lies elsewhere."""
    root = posixpath.normpath(directory)
    outside = "\\" in root or root.startswith(("/", "..")) or root[1:2] == ":"
    return None if outside else "" if root == "." else root


@dataclass(frozen=True, slots=True)
class _Replacements:
    """What stands in for modules: go.work's lines before those of go.mod files, of which the last counts."""

    main: frozenset[ModuleVersion]
    layers: tuple[Mapping[ModuleVersion, ModuleVersion], ...]

    @classmethod
    def of(cls, main: tuple[MainModule, ...], work: GoWork | None) -> _Replacements:
        """Raises `FormatError` where go.mod files of a workspace contradict each other."""
        of_work = {each.old: each.new for each in work.replace} if work else {}
        overridden = {old.path for old in of_work}
        known = dict(of_work)
        layers = [of_work]
        for each in main:
            layer: dict[ModuleVersion, ModuleVersion] = {}
            for line in each.go_mod.replace:
                new = _in_workspace(line.new, each.directory) if work else line.new
                layer[line.old] = new
                if line.old.path in overridden:
                    continue
                if known.setdefault(line.old, new) != new:
                    raise FormatError(
                        f"conflicting replacements for {line.old}: {known[line.old]} and {new}",
                        place=line.place,
                        hint=f'use "go work edit -replace {line.old}=[override]" to resolve',
                    )
            layers.append(layer)
        return cls(frozenset(each.version for each in main), (of_work, *reversed(layers[1:])))

    def of_module(self, module: ModuleVersion) -> ModuleVersion | None:
        """What stands in for a module version: the replacement of it, else of every version, else None."""
        if module in self.main or module.path in PSEUDO_MODULES:
            return None
        wildcard = ModuleVersion(path=module.path, version="")
        for layer in self.layers:
            if found := layer.get(module) or layer.get(wildcard):
                return found
        return None


def _in_workspace(new: ModuleVersion, directory: str) -> ModuleVersion:
    """A replacement of a member's go.mod, its directory as seen from go.work."""
    if new.version or new.path.startswith("/") or new.path[1:2] == ":":
        return new
    path = posixpath.normpath(posixpath.join(directory, new.path))
    rooted = path == "." or path.split("/", 1)[0] == ".."
    return ModuleVersion(path=path if rooted else f"./{path}", version="")


def list_text(graph: ModuleGraph) -> str:
    """What `go list -m all` prints: a line for each module of the build list and what stands in for it."""
    lines = []
    for module in build_list(graph):
        if module.path in PSEUDO_MODULES:
            continue
        new = graph.replaced.get(module)
        words = (module.path, module.version, *(("=>", new.path, new.version) if new else ()))
        lines.append(f"{' '.join(word for word in words if word)}\n")
    return "".join(lines)


def graph_text(graph: ModuleGraph) -> str:
    """What `go mod graph` prints: a line for each requirement, breadth first."""
    return "".join(f"{module} {each}\n" for module, requires in graph.edges for each in requires)


def outdated(graph: ModuleGraph, go_mod: GoMod) -> tuple[SourceFault, ...]:
    """A fault for each line of go.mod that asks for less than is selected.

    The go command does not build then until go.mod is updated.
    """
    return _outdated(go_mod, graph.selected)


def outdated_by(
    source: GraphSource, go_mod: GoMod, linked: Iterable[ModuleVersion]
) -> tuple[SourceFault, ...]:
    """The faults of `outdated` that show in the go.mod files of the `linked` modules alone.

    From Go 1.17 on the go command looks no further. A go.mod that is not there is passed over; another that
    cannot be used raises as `GraphSource.graph` does. Source: buildlist.go (spotCheckRoots).
    """
    newest = {path: each.module.version for path, each in gomod.selected(go_mod).items()}
    newest[GO] = go_mod.go
    for module in sorted(set(linked)):
        try:
            required = source.summary(module).requires
        except ReadError:
            continue
        for each in required:
            known = newest.get(each.path)
            if known and mvs.version_key(each.path, known) < mvs.version_key(each.path, each.version):
                newest[each.path] = each.version
    return _outdated(go_mod, newest)


def _outdated(go_mod: GoMod, newest: Mapping[str, str]) -> tuple[SourceFault, ...]:
    """What falls short of the `newest` versions; versions that are equal but for their build are alike."""
    stated = [(each.module, each.place) for each in go_mod.require if each.module not in go_mod.exclude]
    stated.append((ModuleVersion(path=GO, version=go_mod.go or goversion.DEFAULT), Place(file=go_mod.file)))
    return tuple(
        SourceFault(
            message=f"updates to go.mod needed: it asks for {module}, and a dependency for {version}",
            place=place,
            hint="run `go mod tidy`",
        )
        for module, place in stated
        if (version := newest.get(module.path))
        and mvs.version_key(module.path, module.version) < mvs.version_key(module.path, version)
    )
