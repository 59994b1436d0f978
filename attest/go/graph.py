"""The module graph of a main module or workspace, read from the go.mod files in the module cache.

Sources: cmd/go/internal/modload/modfile.go (goModSummary), init.go (rootsFromModFile,
requirementsFromModFiles), buildlist.go (expandGraph); modinfo/info.go and modcmd/graph.go for the texts.
Nothing is downloaded: a go.mod that is not there is missing evidence.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, ReadError
from attest.go import gomod, goversion, mvs
from attest.go.main_modules import Replacements, by_path, local_root, selected
from attest.go.module_path import escape_path, escape_version
from attest.go.mvs import GO, PSEUDO_MODULES, TOOLCHAIN, ModuleGraph, Summary, build_list
from attest.model.module import ModuleVersion
from attest.model.place import Place
from attest.model.source import SourceFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.model.limits import Limits
    from attest.model.module import GoMod, GoWork, MainModule, MainModules
    from attest.model.ports import Tree

_PSEUDO_SINCE: Final = "1.21"  # a go line is a requirement of that version of Go
_DOWNLOAD_HINT: Final = "run `go mod download`"
_GRAPH_HINT: Final = "run `go mod graph` once: it downloads the go.mod of every module in the graph"


@dataclass(slots=True, kw_only=True)
class GraphSource:
    """What a graph is read from; `graph` reads it when it is first asked for.

    `modcache` is a tree of GOMODCACHE, None where there is none.
    """

    tree: Tree
    main: MainModules
    modcache: Tree | None
    limits: Limits
    read: set[ModuleVersion] = field(default_factory=set, init=False)
    _replacements: Replacements = field(init=False)
    _excluded: frozenset[ModuleVersion] = field(init=False)
    _members: dict[str, MainModule] = field(init=False)
    _graph: ModuleGraph | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._replacements = Replacements.of(self.main)
        self._excluded = self.main.exclude
        self._members = by_path(self.main)

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
            graph = self._workspace(self.main.work) if self.main.work else self._single(self.main.modules[0])
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

    def _workspace(self, work: GoWork) -> ModuleGraph:
        modules = (each.version for each in self.main.modules)
        roots = self._roots(modules, work.go or goversion.WORK_DEFAULT, work.toolchain)
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
        member = None if module.version else self._members.get(module.path)
        if member is not None:
            go_mod = member.go_mod
        else:
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
        return self.main.work is None and not goversion.before(self.main.top.go, goversion.PRUNED)

    @property
    def _label(self) -> str:
        return self.main.top.file


def _pseudo_summary(module: ModuleVersion) -> Summary:
    if module.path == GO and not goversion.before(module.version, _PSEUDO_SINCE):
        return Summary(requires=(ModuleVersion(path=TOOLCHAIN, version=f"go{module.version}"),))
    return Summary(requires=())


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


def shared_replacements(main: MainModules, modules: Iterable[ModuleVersion]) -> tuple[SourceFault, ...]:
    """A fault for each module version that stands for two of the `modules`, which the go command refuses.

    Source: cmd/go/internal/modload/load.go (checkMultiplePaths).
    """
    replacements = Replacements.of(main)
    first: dict[ModuleVersion, str] = {}
    faults: list[SourceFault] = []
    for module in mvs.sort_modules(modules):
        actual = replacements.of_module(module) or module
        other = first.setdefault(actual, module.path)
        if other != module.path:
            lines = [each.line for each in replacements.effective() if each.new == actual]
            faults.append(
                SourceFault(
                    message=f"{actual} used for two different module paths ({other} and {module.path})",
                    place=lines[-1].place if lines else Place(file=main.top.file),
                    hint="replace one of them by another module, or by none",
                )
            )
    return tuple(faults)


def excluded(main: MainModules) -> tuple[SourceFault, ...]:
    """A fault for each requirement of a version that is excluded too.

    The go command passes over such a line, and does not build until it is gone.
    """
    return tuple(
        SourceFault(
            message=f"updates to go.mod needed: it asks for {each.module} and excludes it",
            place=each.place,
            hint="run `go mod tidy`",
        )
        for each in main.require
        if each.module in main.exclude
    )


def outdated(graph: ModuleGraph, go_mod: GoMod) -> tuple[SourceFault, ...]:
    """A fault for each line of go.mod that asks for less than is selected.

    The go command does not build then until go.mod is updated.
    """
    return _outdated(go_mod, graph.selected)


def outdated_by(source: GraphSource, linked: Iterable[ModuleVersion]) -> tuple[SourceFault, ...]:
    """The faults of `outdated` that show in the go.mod files of the `linked` modules of a single module.

    From Go 1.17 on the go command looks no further. A go.mod that is not there is passed over; another that
    cannot be used raises as `GraphSource.graph` does. Source: buildlist.go (spotCheckRoots).
    """
    go_mod = source.main.modules[0].go_mod
    newest = {path: each.module.version for path, each in selected(source.main).items()}
    newest[GO] = go_mod.go
    for module in sorted(each for each in set(linked) if each.version):
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
