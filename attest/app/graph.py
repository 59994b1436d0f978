"""The module graph of a source tree or workspace, from the module cache and without the go command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.app.main_modules import find_main_modules
from attest.errors import AttestError, FormatError, ReadError
from attest.go import goversion
from attest.go.graph import GraphSource, excluded, outdated, outdated_by, shared_replacements
from attest.go.main_modules import Replacements, local_root, selected
from attest.go.mvs import build_list
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place
from attest.model.source import SourceFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.go.mvs import ModuleGraph
    from attest.model.limits import Limits
    from attest.model.module import MainModules, ModuleVersion
    from attest.model.ports import Tree
    from attest.model.source import LinkedModule


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphVerdict:
    """What the requirements of dependencies say about go.mod.

    `faults` are requirements that the go command would update before it builds and go.mod files that cannot
    be used, `unproven` says why the graph could not be read where it decides the versions, `read` are the
    modules whose go.mod files it was read from: go.sum must have a line for each.
    """

    faults: tuple[SourceFault, ...] = ()
    unproven: SourceFault | None = None
    read: tuple[ModuleVersion, ...] = ()


def judge_graph(source: GraphSource, linked: Iterable[LinkedModule]) -> GraphVerdict:
    """Judge what is required by as much of the module graph as the go command reads to build.

    In a workspace and before Go 1.17 that is the whole graph, else the go.mod files of the modules that are
    `linked`; one of these that is not there is left to the proof of its line in go.sum. In a workspace no
    go.mod can be outdated: the newest version that any member asks for counts in all of them.
    """
    top = source.main.top
    whole = source.main.work is not None or goversion.before(top.go, goversion.PRUNED)
    stated = excluded(source.main)
    try:
        if whole:
            graph = source.graph()
            later = () if source.main.work else outdated(graph, source.main.modules[0].go_mod)
            faults = (*stated, *shared_replacements(source.main, build_list(graph)), *later)
            return GraphVerdict(faults=faults, read=tuple(sorted(graph.read)))
        later = outdated_by(source, (each.module for each in linked))
        return GraphVerdict(faults=(*judge_roots(source.main), *later))
    except ReadError as error:
        return GraphVerdict(faults=stated, unproven=as_fault(error, top.file))
    except FormatError as error:
        return GraphVerdict(faults=(*stated, as_fault(error, top.file)))


def judge_roots(main: MainModules) -> tuple[SourceFault, ...]:
    """What is wrong with the requirements by themselves, wherever packages come from."""
    roots = (each.module for each in selected(main).values())
    return (*excluded(main), *shared_replacements(main, roots))


def versions_in_use(source: GraphSource) -> frozenset[ModuleVersion] | str:
    """Every module version of the graph and every replacement; the reason where it could not be read."""
    if goversion.minor(source.main.top.go) == goversion.minor(goversion.PRUNED):
        return "with go 1.17, go.sum holds lines for the whole graph as Go 1.16 reads it too"
    try:
        graph = source.graph()
    except AttestError as error:
        return f"the module graph could not be read: {error.message}"
    return frozenset((*graph.nodes, *(each.new for each in Replacements.of(source.main).effective())))


def unseen_replacement(main: MainModules) -> SourceFault | None:
    """A fault for a required module that a directory outside of the tree replaces, None without one."""
    replacements = Replacements.of(main)
    for path, each in sorted(selected(main).items()):
        found = replacements.line_of(each.module)
        if found is not None and not found.new.version and local_root(found.new.path) is None:
            return SourceFault(
                message=f"{path} is replaced by the directory {found.new}, which is not in the source tree",
                place=found.line.place,
                hint="judge a tree that holds the directory, or replace with a module version",
            )
    return None


def as_fault(error: ReadError | FormatError, file: str) -> SourceFault:
    """What an error says, as something wrong in the tree; it is about `file` where it names no place."""
    hint = error.hint or "find out who wrote the file, or require another version of the module"
    return SourceFault(message=error.message, place=error.place or Place(file=file), hint=hint)


def load_graph(
    tree: Tree, *, modcache: Tree | None, workspace: bool = False, limits: Limits = DEFAULT_LIMITS
) -> ModuleGraph:
    """The graph of the module at the tree's root, or of the `workspace` whose go.work stands there.

    `modcache` is a tree of GOMODCACHE that holds the go.mod of every module in the graph, as `go mod graph`
    leaves it. Raises `attest.errors.ReadError` for a go.mod that is not there, `FormatError` for a file that
    breaks its format or contradicts another, `LimitError` beyond `limits`.
    """
    found = find_main_modules(tree, limits, workspace=workspace)
    if found.incomplete:
        raise found.incomplete
    return GraphSource(tree=tree, main=found.main, modcache=modcache, limits=limits).graph()
