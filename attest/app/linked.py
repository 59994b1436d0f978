"""What can be linked into the main packages of a source tree, platform by platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.go import gomod, gosum, goversion, modulestxt
from attest.go.context import NEWEST_MINOR, BuildContext
from attest.go.graph import GraphSource, MainModule
from attest.go.packages import find_main_packages, linked_set
from attest.go.sources import Sources, uses_vendor
from attest.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.limits import Limits
    from attest.model.module import GoMod, ModulesTxt
    from attest.model.ports import Cache, Tree
    from attest.model.source import GoSum, LinkedSet, Platform

GO_MOD: Final = "go.mod"
GO_SUM: Final = "go.sum"
VENDOR: Final = "vendor"
GO_WORK: Final = "go.work"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFiles:
    """The parsed go.mod, go.sum and vendor/modules.txt of a source tree.

    A go.sum that is not there is one without lines; `vendored` tells whether there is a vendor/ directory.
    """

    go_mod: GoMod
    go_sum: GoSum
    modules_txt: ModulesTxt | None
    vendored: bool

    @property
    def builds_from_vendor(self) -> bool:
        """Tell whether packages come from vendor/ and not from the module cache."""
        return uses_vendor(self.go_mod, self.modules_txt, vendored=self.vendored)

    def sources(
        self, tree: Tree, modcache: Tree | None, limits: Limits, cache: Cache | None = None
    ) -> Sources:
        """The tree's packages, to be read as they are asked for."""
        empty = modulestxt.parse(b"") if self.modules_txt is None else self.modules_txt
        listed = self.builds_from_vendor or not goversion.before(self.go_mod.go, goversion.PRUNED)
        return Sources(
            tree=tree,
            go_mod=self.go_mod,
            modules_txt=empty if self.builds_from_vendor else None,
            modcache=modcache,
            limits=limits,
            graph=None if listed else self.graph_source(tree, modcache, limits),
            cache=cache,
        )

    def graph_source(self, tree: Tree, modcache: Tree | None, limits: Limits) -> GraphSource:
        """The tree's module graph, to be read when it is asked for."""
        main = (MainModule(go_mod=self.go_mod),)
        return GraphSource(tree=tree, main=main, modcache=modcache, limits=limits)

    def context(self, platform: Platform, *, cgo: bool) -> BuildContext:
        """A build with the newest toolchain that is known here or that go.mod asks for."""
        wanted = (self.go_mod.go, self.go_mod.toolchain.removeprefix("go"))
        newest = max(NEWEST_MINOR, *map(goversion.minor, wanted))
        return BuildContext(platform=platform, cgo=cgo, go_minor=newest)


def read_source_files(tree: Tree, limits: Limits) -> SourceFiles:
    """Read and parse the module files of a source tree.

    Raises `attest.errors.ReadError` where there is no go.mod or a file cannot be read, `FormatError` for a
    go.mod or modules.txt that breaks its format, and `LimitError` for a file that is too large.
    """
    top = {each.name: each.kind for each in tree.entries()}
    vendored = top.get(VENDOR) == "directory"
    listed = vendored and any(each.name == "modules.txt" for each in tree.entries(VENDOR))
    modules_txt = tree.read(modulestxt.NAME, limits.modules_txt_bytes) if listed else None
    go_sum = tree.read(GO_SUM, limits.go_sum_bytes) if GO_SUM in top else b""
    return SourceFiles(
        go_mod=gomod.parse(tree.read(GO_MOD, limits.go_mod_bytes), GO_MOD, limits=limits),
        go_sum=gosum.parse(go_sum, GO_SUM, limits=limits),
        modules_txt=None if modules_txt is None else modulestxt.parse(modules_txt, limits=limits),
        vendored=vendored,
    )


def linked_sets(
    tree: Tree,
    *,
    modcache: Tree | None,
    platforms_and_mains: Iterable[tuple[Platform, str]],
    cgo: bool = False,
    cache: Cache | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[LinkedSet, ...]:
    """What can be linked into each main package on its platform, in the order asked.

    A main package is named by its import path, or by its directory as `./cmd/x`. `modcache` is a tree of
    GOMODCACHE; it is not needed where the tree is vendored. Each source file is read once for all platforms,
    and not at all where `cache` remembers its header.
    Raises `attest.errors.FormatError` for what cannot be resolved or read as Go, naming file and line;
    `ReadError` for a module that is not there; `UsageError` for a platform that Go does not know.
    """
    files = read_source_files(tree, limits)
    sources = files.sources(tree, modcache, limits, cache)
    sums = gosum.index(files.go_sum)
    found = tuple(
        linked_set(sources, files.context(platform, cgo=cgo), main, sums=sums)
        for platform, main in platforms_and_mains
    )
    sources.remember()
    return found


def main_packages(
    tree: Tree,
    *,
    platforms: Iterable[Platform],
    cgo: bool = False,
    cache: Cache | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[tuple[Platform, str], ...]:
    """The main packages of the tree's module on each platform, as `linked_sets` takes them.

    Raises as `linked_sets` does, for the files of the main module.
    """
    files = read_source_files(tree, limits)
    sources = files.sources(tree, None, limits, cache)
    found = tuple(
        (platform, path)
        for platform in platforms
        for path in find_main_packages(sources, files.context(platform, cgo=cgo))
    )
    sources.remember()
    return found
