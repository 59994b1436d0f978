"""The module graph of a source tree or workspace, from the module cache and without the go command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, ReadError
from attest.go import gomod, goversion, gowork
from attest.go.graph import (
    GraphSource,
    MainModule,
    excluded,
    local_root,
    outdated,
    outdated_by,
    shared_replacements,
)
from attest.go.mvs import build_list
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place
from attest.model.source import SourceFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.go.mvs import ModuleGraph
    from attest.model.limits import Limits
    from attest.model.module import GoMod, GoWork, ModuleVersion, Use
    from attest.model.ports import Tree
    from attest.model.source import LinkedModule

_GO_MOD: Final = "go.mod"


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
    """Judge the go.mod of a single module by as much of its graph as the go command reads to build it.

    Before Go 1.17 that is the whole graph, later the go.mod files of the modules that are `linked`; one of
    these that is not there is left to the proof of its line in go.sum.
    """
    go_mod = source.main[0].go_mod
    stated = excluded(go_mod)
    try:
        if goversion.before(go_mod.go, goversion.PRUNED):
            graph = source.graph()
            faults = (*stated, *shared_replacements(go_mod, build_list(graph)), *outdated(graph, go_mod))
            return GraphVerdict(faults=faults, read=tuple(sorted(graph.read)))
        later = outdated_by(source, go_mod, (each.module for each in linked))
        return GraphVerdict(faults=(*judge_roots(go_mod), *later))
    except ReadError as error:
        return GraphVerdict(faults=stated, unproven=_fault(error, go_mod.file))
    except FormatError as error:
        return GraphVerdict(faults=(*stated, _fault(error, go_mod.file)))


def judge_roots(go_mod: GoMod) -> tuple[SourceFault, ...]:
    """What is wrong with the requirements of a go.mod by themselves, wherever packages come from."""
    roots = (each.module for each in gomod.selected(go_mod).values())
    return (*excluded(go_mod), *shared_replacements(go_mod, roots))


def _fault(error: ReadError | FormatError, file: str) -> SourceFault:
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
    if not workspace:
        go_mod = gomod.parse(tree.read(_GO_MOD, limits.go_mod_bytes), _GO_MOD, limits=limits)
        return GraphSource(
            tree=tree, main=(MainModule(go_mod=go_mod),), modcache=modcache, limits=limits
        ).graph()
    work = gowork.parse(tree.read(gowork.NAME, limits.go_mod_bytes), limits=limits)
    main = tuple(_member(tree, work, use, limits) for use in work.use)
    _check_members(work, main)
    return GraphSource(tree=tree, main=main, work=work, modcache=modcache, limits=limits).graph()


def _member(tree: Tree, work: GoWork, use: Use, limits: Limits) -> MainModule:
    directory = local_root(use.path)
    name = f"{directory}/{_GO_MOD}" if directory else _GO_MOD
    if directory is None or not tree.exists(name):
        raise ReadError(
            f"{use.path} is used by the workspace, and its go.mod is not in the tree",
            place=use.place,
            hint="judge a tree that holds every module of the workspace",
        )
    go_mod = gomod.parse(tree.read(name, limits.go_mod_bytes), name, limits=limits)
    known = work.go or goversion.WORK_DEFAULT
    if not goversion.before(go_mod.go, "1.21") and goversion.before(known, go_mod.go):
        raise FormatError(
            f"module {use.path} listed in {work.file} requires go >= {go_mod.go}, but it lists go {known}",
            place=use.place,
            hint="run `go work use`",
        )
    return MainModule(go_mod=go_mod, directory=directory)


def _check_members(work: GoWork, main: tuple[MainModule, ...]) -> None:
    seen: set[str] = set()
    for use, each in zip(work.use, main, strict=True):
        if each.go_mod.module in seen:
            raise FormatError(
                f"module {each.go_mod.module} appears multiple times in workspace",
                place=use.place,
                hint="keep one of them",
            )
        seen.add(each.go_mod.module)
    for line in work.replace:
        if line.old.path in seen and not line.old.version:
            raise FormatError(
                f"workspace module {line.old.path} is replaced at all versions",
                place=line.place,
                hint="remove the replacement, or name the version that it is for",
            )
