"""What can be linked into the main packages of a source tree, platform by platform."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.app import answers
from attest.app.main_modules import find_main_modules
from attest.go import gosum, goversion, gowork, modulestxt, scopes
from attest.go.context import NEWEST_MINOR, BuildContext
from attest.go.graph import GraphSource
from attest.go.packages import find_main_packages, linked_set
from attest.go.sources import Sources, uses_vendor
from attest.model.limits import DEFAULT_LIMITS
from attest.model.source import ScopedSet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.app.main_modules import FoundModules
    from attest.model.limits import Limits
    from attest.model.module import MainModules, ModulesTxt
    from attest.model.ports import Cache, Tree
    from attest.model.source import GoSum, LinkedSet, Platform, Scope

GO_SUM: Final = "go.sum"
WORK_SUM: Final = f"{gowork.NAME}.sum"
VENDOR: Final = "vendor"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFiles:
    """The parsed go.mod or go.work, go.sum and vendor/modules.txt of a source tree.

    `go_sum` holds the lines of go.work.sum and of every member's go.sum in a workspace; a file that is not
    there is one without lines. `vendored` tells whether there is a vendor/ directory.
    """

    found: FoundModules
    go_sum: GoSum
    modules_txt: ModulesTxt | None
    vendored: bool

    @property
    def main(self) -> MainModules:
        """The main modules."""
        return self.found.main

    @property
    def builds_from_vendor(self) -> bool:
        """Tell whether packages come from vendor/ and not from the module cache."""
        return uses_vendor(self.main, self.modules_txt, vendored=self.vendored)

    def sources(
        self, tree: Tree, modcache: Tree | None, limits: Limits, cache: Cache | None = None
    ) -> Sources:
        """The tree's packages, to be read as they are asked for."""
        empty = modulestxt.parse(b"") if self.modules_txt is None else self.modules_txt
        pruned = self.main.work is None and not goversion.before(self.main.top.go, goversion.PRUNED)
        return Sources(
            tree=tree,
            main=self.main,
            modules_txt=empty if self.builds_from_vendor else None,
            modcache=modcache,
            limits=limits,
            graph=None if self.builds_from_vendor or pruned else self.graph_source(tree, modcache, limits),
            incomplete=self.found.incomplete,
            cache=cache,
        )

    def graph_source(self, tree: Tree, modcache: Tree | None, limits: Limits) -> GraphSource:
        """The tree's module graph, to be read when it is asked for."""
        return GraphSource(tree=tree, main=self.main, modcache=modcache, limits=limits)

    def context(
        self, platform: Platform, *, cgo: bool, tags: tuple[str, ...] = (), go_minor: int = 0
    ) -> BuildContext:
        """A build with Go 1.`go_minor`, by default with the newest Go that is known here or asked for."""
        if go_minor:
            return BuildContext(platform=platform, cgo=cgo, tags=tags, go_minor=go_minor)
        files = (self.main.top, *(each.go_mod for each in self.main.modules))
        wanted = (word for each in files for word in (each.go, each.toolchain.removeprefix("go")))
        newest = max(NEWEST_MINOR, *map(goversion.minor, wanted))
        return BuildContext(platform=platform, cgo=cgo, tags=tags, go_minor=newest)


def read_source_files(tree: Tree, limits: Limits, *, workspace: bool = True) -> SourceFiles:
    """Read and parse the module files of a source tree; `workspace` is False where GOWORK is off.

    Raises `attest.errors.ReadError` where there is no go.mod or a file cannot be read, `FormatError` for a
    go.mod, go.work or modules.txt that breaks its format, and `LimitError` for a file that is too large.
    """
    found = find_main_modules(tree, limits, workspace=workspace)
    vendored = any(each.name == VENDOR and each.kind == "directory" for each in tree.entries())
    listed = vendored and any(each.name == "modules.txt" for each in tree.entries(VENDOR))
    modules_txt = tree.read(modulestxt.NAME, limits.modules_txt_bytes) if listed else None
    return SourceFiles(
        found=found,
        go_sum=_read_sums(tree, found.main, limits),
        modules_txt=None if modules_txt is None else modulestxt.parse(modules_txt, limits=limits),
        vendored=vendored,
    )


def _read_sums(tree: Tree, main: MainModules, limits: Limits) -> GoSum:
    names = [posixpath.join(each.directory, GO_SUM) for each in main.modules]
    if main.work:
        names.insert(0, WORK_SUM)
    read = [
        gosum.parse(tree.read(name, limits.go_sum_bytes) if tree.exists(name) else b"", name, limits=limits)
        for name in names
    ]
    return gosum.union(read)


def linked_sets(  # noqa: PLR0913 - what an answer depends on, each with its usual value
    tree: Tree,
    *,
    modcache: Tree | None,
    platforms_and_mains: Iterable[tuple[Platform, str]],
    cgo: bool = False,
    tags: tuple[str, ...] = (),
    go_minor: int = 0,
    workspace: bool = True,
    cache: Cache | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[LinkedSet, ...]:
    """What can be linked into each main package on its platform, in the order asked.

    `tags` are build tags that are set by hand, `go_minor` is the toolchain's (27 for Go 1.27; by default the
    newest that is known here or that the source asks for). A main package is named by its import path, or by
    its directory as `./cmd/x`. `modcache` is a tree of GOMODCACHE; it is not needed where the tree is
    vendored. Each source file is read once for all platforms, and not at all where `cache` remembers its
    header, or the answer and all that it rests on.
    A go.work at the root counts unless `workspace` is False, as where GOWORK is off.
    Raises `attest.errors.FormatError` for what cannot be resolved or read as Go, naming file and line;
    `ReadError` for a module that is not there; `UsageError` for a platform that Go does not know.
    """
    asked = tuple(platforms_and_mains)
    key = answers.question(cache, (tree, modcache), limits, asked, cgo, tags, go_minor, workspace)
    known = answers.recall(cache, key, (tree, modcache), limits)
    if known is not None:
        return known
    noted = answers.NotedTree(tree)
    noted_modcache = None if modcache is None else answers.NotedTree(modcache)
    files = read_source_files(noted, limits, workspace=workspace)
    if files.found.incomplete:
        raise files.found.incomplete
    sources = files.sources(noted, noted_modcache, limits, cache)
    sums = gosum.index(files.go_sum)
    found = tuple(
        linked_set(sources, files.context(platform, cgo=cgo, tags=tags, go_minor=go_minor), main, sums=sums)
        for platform, main in asked
    )
    sources.remember()
    answers.remember(cache, key, (noted, noted_modcache), found)
    return found


def scoped_sets(
    tree: Tree,
    *,
    modcache: Tree | None,
    linked: Iterable[LinkedSet],
    scope: Scope,
    workspace: bool = True,
    cache: Cache | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[ScopedSet, ...]:
    """What the main modules of `linked` need beside that, as far as `scope` asks; one for each platform.

    Raises as `linked_sets` does; for "all" also `ReadError` where the go.mod of a module in the graph is not
    in the module cache.
    """
    if scope == "linked":
        return ()
    files = read_source_files(tree, limits, workspace=workspace)
    sources = files.sources(tree, modcache, limits, cache)
    sums = gosum.index(files.go_sum)
    graph = None
    if scope == "all":
        read = files.graph_source(tree, modcache, limits).graph()
        graph = scopes.required_modules(read, sums=sums)
    asked = {(str(each.platform), each.main_module): each for each in linked}
    found: list[ScopedSet] = []
    for _, each in sorted(asked.items()):
        context = files.context(each.platform, cgo=each.cgo)
        main = each.main_module
        found.append(
            ScopedSet(
                platform=each.platform,
                main_module=main,
                tools=scopes.tool_set(sources, context, main, sums=sums),
                tests=None if scope == "build" else scopes.test_set(sources, context, main, sums=sums),
                graph=graph,
            )
        )
    sources.remember()
    return tuple(found)


def main_packages(
    tree: Tree,
    *,
    platforms: Iterable[Platform],
    cgo: bool = False,
    tags: tuple[str, ...] = (),
    workspace: bool = True,
    cache: Cache | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[tuple[Platform, str], ...]:
    """The main packages of the tree's modules on each platform, as `linked_sets` takes them.

    Raises as `linked_sets` does, for the files of the main modules.
    """
    files = read_source_files(tree, limits, workspace=workspace)
    sources = files.sources(tree, None, limits, cache)
    found = tuple(
        (platform, path)
        for platform in platforms
        for path in find_main_packages(sources, files.context(platform, cgo=cgo, tags=tags))
    )
    sources.remember()
    return found
