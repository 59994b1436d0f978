"""Minimal version selection: the graph of module requirements, and the version of each module in it.

Nothing is read here: `read_graph` asks for the requirements of one module version after the other.
Sources: cmd/go/internal/mvs/graph.go; cmd/go/internal/modload/buildlist.go (readModGraph);
cmd/go/internal/gover/mod.go (the order of versions).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from attest.errors import LimitError
from attest.go import goversion, semver
from attest.model.limits import DEFAULT_LIMITS
from attest.model.module import ModuleVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from attest.model.limits import Limits

#: How much of the requirements of dependencies counts. "unpruned": all that is reachable. "pruned": those
#: of the roots and, below roots before Go 1.17, all. "workspace": as "pruned" seen from each main module.
Pruning = Literal["pruned", "unpruned", "workspace"]

GO: Final = "go"
TOOLCHAIN: Final = "toolchain"
#: The version of a module that is not selected, lower than all.
NONE: Final = "none"
#: The modules of `go` and `toolchain` lines: they take part in the selection and hold no packages.
PSEUDO_MODULES: Final = frozenset({GO, TOOLCHAIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What counts of a go.mod: its requirements in file order, and whether it is of Go 1.17 or later."""

    requires: tuple[ModuleVersion, ...]
    pruned: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleGraph:
    """A graph of module requirements.

    `roots` are the main modules, in a workspace with the `go` and `toolchain` of go.work; `edges` gives what
    each module version requires, breadth first from the roots, for those whose requirements were read;
    `selected` is the version of each module path ("" for main modules). `replaced` says what stands in for
    the selected module versions, `read` whose go.mod files were read (what stands in, where something does).
    """

    roots: tuple[ModuleVersion, ...]
    edges: tuple[tuple[ModuleVersion, tuple[ModuleVersion, ...]], ...]
    selected: Mapping[str, str]
    replaced: Mapping[ModuleVersion, ModuleVersion] = field(default_factory=dict)
    read: frozenset[ModuleVersion] = frozenset()

    @property
    def nodes(self) -> tuple[ModuleVersion, ...]:
        """Every module version in the graph, selected or not, breadth first."""
        found = dict.fromkeys(self.roots)
        for module, requires in self.edges:
            found[module] = None
            found.update(dict.fromkeys(requires))
        return tuple(found)


def version_key(path: str, version: str) -> Any:  # noqa: ANN401 - keys of one path are alike
    """What to sort the versions of a module by; "" (a main module) is above all others."""
    if path == GO:
        key: object = goversion.sort_key(version)
    elif path == TOOLCHAIN:
        key = goversion.sort_key(goversion.from_toolchain(version))
    else:
        key = semver.sort_key(version)
    return (not version, key)


def sort_modules(modules: Iterable[ModuleVersion]) -> tuple[ModuleVersion, ...]:
    """Modules by path, then by version as Go orders them."""
    return tuple(sorted(modules, key=lambda each: (each.path, version_key(each.path, each.version))))


def build_list(graph: ModuleGraph) -> tuple[ModuleVersion, ...]:
    """The selected version of every module: the roots, then the others by path."""
    roots = dict.fromkeys(each.path for each in graph.roots)
    others = sorted(path for path in graph.selected if path not in roots)
    return tuple(ModuleVersion(path=path, version=graph.selected[path]) for path in (*roots, *others))


def read_graph(
    graph_roots: tuple[ModuleVersion, ...],
    requires: Mapping[ModuleVersion, tuple[ModuleVersion, ...]],
    summary: Callable[[ModuleVersion], Summary],
    *,
    pruning: Pruning,
    limits: Limits = DEFAULT_LIMITS,
) -> ModuleGraph:
    """The graph from `graph_roots`; `requires` are known requirements, whose modules are read first.

    `summary` gives what counts of any other go.mod; what it raises is let through. Raises `LimitError` for
    more than `limits.module_graph_edges` requirements.
    """
    reader = _Reader(graph_roots, summary, limits)
    for module, required in requires.items():
        reader.require(module, required)
    roots = tuple(each for required in requires.values() for each in required) or graph_roots
    for root in roots:
        reader.enqueue(root, pruning)
    reader.drain()
    if pruning == "workspace":
        reader.settle_workspace(roots)
    return ModuleGraph(roots=graph_roots, edges=reader.edges(), selected=reader.selected)


class _Reader:
    """The requirements read so far, and those that are still to be read."""

    def __init__(
        self,
        roots: tuple[ModuleVersion, ...],
        summary: Callable[[ModuleVersion], Summary],
        limits: Limits,
    ) -> None:
        self.roots = roots
        self.summary = summary
        self.limits = limits
        self.count = 0
        self.summaries: dict[ModuleVersion, Summary] = {}
        self.required: dict[ModuleVersion, tuple[ModuleVersion, ...]] = {}
        self.selected: dict[str, str] = {}
        self.enqueued: set[tuple[ModuleVersion, Pruning]] = set()
        self.queue: deque[tuple[ModuleVersion, Pruning]] = deque()
        self._select(roots)

    def _select(self, modules: Iterable[ModuleVersion]) -> None:
        for each in modules:
            known = self.selected.get(each.path, NONE)
            if version_key(each.path, known) < version_key(each.path, each.version):
                self.selected[each.path] = each.version

    def require(self, module: ModuleVersion, requires: tuple[ModuleVersion, ...]) -> None:
        self.count += len(requires)
        if self.count > self.limits.module_graph_edges:
            raise LimitError(
                f"the module graph has more than {self.limits.module_graph_edges} requirements",
                hint="a graph of that size is no project's: look at what go.mod requires",
            )
        self.required[module] = requires
        self._select(requires)

    def enqueue(self, module: ModuleVersion, pruning: Pruning) -> None:
        if module.version != NONE and (module, pruning) not in self.enqueued:
            self.enqueued.add((module, pruning))
            self.queue.append((module, pruning))

    def drain(self) -> None:
        while self.queue:
            module, pruning = self.queue.popleft()
            if module not in self.summaries:
                self.summaries[module] = self.summary(module)
                self.require(module, self.summaries[module].requires)
            summary = self.summaries[module]
            if pruning == "pruned" and summary.pruned:
                continue
            below: Pruning = "pruned" if summary.pruned and pruning != "unpruned" else "unpruned"
            for each in summary.requires:
                self.enqueue(each, below)

    def settle_workspace(self, roots: tuple[ModuleVersion, ...]) -> None:
        """Read on below whatever the workspace's modules get in another version than they ask for.

        Their own go.mod files tell only what comes in with the versions that they ask for.
        """
        reached = {each.path for each in roots}
        seen: set[ModuleVersion] = set()
        while more := self._unsettled(reached, seen):
            for module in more:
                self.enqueue(module, "workspace")
            self.drain()
            seen |= more
            reached |= {each.path for each in more}

    def _unsettled(self, reached: set[str], seen: set[ModuleVersion]) -> set[ModuleVersion]:
        more: set[ModuleVersion] = set()
        for path in reached:
            module = ModuleVersion(path=path, version=self.selected.get(path, NONE))
            if module not in seen:
                more.add(module)
                continue
            for each in self.required.get(module, ()):
                chosen = ModuleVersion(path=each.path, version=self.selected.get(each.path, NONE))
                newer = version_key(each.path, each.version) < version_key(each.path, chosen.version)
                if newer and chosen not in seen:
                    more.add(chosen)
        return more

    def edges(self) -> tuple[tuple[ModuleVersion, tuple[ModuleVersion, ...]], ...]:
        order = dict.fromkeys(self.roots)
        queue = deque(order)
        while queue:
            for each in self.required.get(queue.popleft(), ()):
                if each not in order:
                    order[each] = None
                    queue.append(each)
        return tuple((each, self.required[each]) for each in order if each in self.required)
