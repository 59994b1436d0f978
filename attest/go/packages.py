"""The package graph of a main package on a platform: what can be linked into it, module by module.

The graph is that of imports, as `go list -deps` and build info have it, not what the linker keeps after it
has dropped what nothing calls. Source: cmd/go/internal/load/pkg.go (setBuildInfo: the closure's modules).
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from typing import TYPE_CHECKING, NoReturn

from attest.errors import FormatError
from attest.go.links import Node, links_of
from attest.go.module_path import has_prefix
from attest.model.place import Place
from attest.model.source import LinkedModule, LinkedSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.go.context import BuildContext
    from attest.go.gosum import Key
    from attest.go.package_files import Found, Package
    from attest.go.sources import Sources
    from attest.model.module import GoSumLine, MainModules, ModuleVersion


def find_main_packages(sources: Sources, context: BuildContext) -> tuple[str, ...]:
    """The import paths of the main modules' main packages that have files in `context`, sorted.

    Raises `attest.errors.FormatError` for a file of a main package that cannot be read as Go.
    """
    return tuple(sorted(each.path for each in sources.packages() if _is_main(sources, each, context)))


def find_packages(sources: Sources, context: BuildContext) -> tuple[str, ...]:
    """The import paths of all packages of the main modules that have files in `context`, sorted."""
    return tuple(sorted(each.path for each in sources.packages() if sources.package(each, context)))


def _is_main(sources: Sources, found: Found, context: BuildContext) -> bool:
    package = sources.package(found, context)
    return package is not None and package.name == "main"


def linked_set(
    sources: Sources, context: BuildContext, main: str, *, sums: Mapping[Key, GoSumLine]
) -> LinkedSet:
    """What can be linked into the package `main` of a main module; `sums` are go.sum's lines by key.

    `main` is an import path, or a directory of the tree as `./cmd/x`. The other modules of a workspace are
    among the modules that are linked, without a version, as in build info.
    Raises `FormatError` where `main` is no main package of a main module in `context`, an import leads
    nowhere or in a circle, or a source file cannot be read as Go; `ReadError` where a needed module is not
    there.
    """
    path = _main_path(sources.main, main)
    start = sources.locate(path, Place(file=sources.main.top.file))
    modules = {each.version for each in sources.main.modules}
    ours = start.module in modules
    package = sources.package(start, context) if ours else None
    place = Place(file=start.directory or sources.tree.label)
    if ours and package is None:
        raise _excluded(path, context, place, "build other platforms, or constrain the package's files less")
    if start.module is None or package is None or package.name != "main":
        named = " or ".join(map(str, sorted(modules)))
        raise FormatError(
            f"{path} is no main package of {named} on {context.platform}",
            place=place,
            hint="name a directory with `package main`",
        )
    closure = Closure(sources, context, {path: (start, package)})
    requires = closure.requires()
    linked = closure.modules(requires, sums)
    return LinkedSet(
        platform=context.platform,
        cgo=context.cgo,
        main_package=path,
        main_module=start.module,
        main_requires=tuple(sorted(requires.get(start.module.path, ()))),
        modules=tuple(each for each in linked if each.module != start.module),
        std=tuple(sorted(closure.std)),
        packages=next(each.packages for each in linked if each.module == start.module),
        tags=tuple(sorted(context.tags)),
    )


def modules_of(sources: Sources, context: BuildContext, roots: Iterable[str]) -> tuple[LinkedModule, ...]:
    """The modules that the closure of several packages of main modules takes packages from, these too."""
    found: dict[str, tuple[Found, Package]] = {}
    for path in roots:
        start = sources.locate(path, Place(file=sources.main.top.file))
        package = sources.package(start, context)
        if package:
            found[path] = (start, package)
    closure = Closure(sources, context, found)
    return closure.modules(closure.requires(), {})


def _main_path(modules: MainModules, main: str) -> str:
    """The import path of a main package: of a directory, that in the innermost module around it."""
    if main != "." and not main.startswith("./"):
        return main
    directory = posixpath.normpath(main)
    directory = "" if directory == "." else directory
    around = [each for each in modules.modules if not each.directory or has_prefix(directory, each.directory)]
    if not around:
        raise FormatError(
            f"{main} is in no module of the workspace",
            place=Place(file=modules.top.file),
            hint="name a directory below one that go.work uses",
        )
    module = max(around, key=lambda each: len(each.directory))
    return posixpath.join(module.go_mod.module, directory[len(module.directory) :].strip("/")).rstrip("/")


class Closure:
    """Everything that packages import, directly or not; the standard library's packages are its leaves."""

    def __init__(
        self, sources: Sources, context: BuildContext, roots: Mapping[str, tuple[Found, Package]]
    ) -> None:
        self.packages = {
            path: Node(found, package, links_of(sources, found, package))
            for path, (found, package) in roots.items()
        }
        self.std: set[str] = set()
        nodes = sources.nodes
        pending = list(self.packages.values())
        while pending:
            importer = pending.pop()
            self.std |= importer.links.std
            for path in sorted(importer.links.paths.difference(self.packages)):
                node = nodes.get(path) or _imported(sources, context, path, importer)
                self.packages[path] = node
                pending.append(node)
        self._refuse_collisions()
        self._refuse_cycles()

    def _refuse_collisions(self) -> None:
        """Two packages that are one directory where letters' case means nothing are in no build."""
        known = {path.lower(): path for path in sorted(self.packages)}
        if len({*known, *map(str.lower, self.std)}) == len(self.packages) + len(self.std):
            return
        for _, importer, _ in self.packages.values():
            for path in importer.imports:
                other = known.get(path.lower(), path)
                if other != path:
                    first, second = sorted((path, other))
                    raise FormatError(
                        f'case-insensitive import collision: "{first}" and "{second}"',
                        place=importer.place(path),
                        hint="import one of the two everywhere",
                    )

    def _refuse_cycles(self) -> None:
        """Depth first, with the packages whose imports are being followed in order."""
        done: set[str] = set()
        for root in sorted(self.packages):
            if root in done:
                continue
            trail = {root: iter(self.packages[root].links.others)}
            while trail:
                path, following = next(reversed(trail.items()))
                for into in following:
                    if into in done:
                        continue
                    if into in trail:
                        self._refuse_cycle(list(trail), into)
                    trail[into] = iter(self.packages[into].links.others)
                    break
                else:
                    done.add(path)
                    del trail[path]

    def _refuse_cycle(self, trail: list[str], into: str) -> NoReturn:
        circle = [*trail[trail.index(into) :], into]
        raise FormatError(
            f"import cycle not allowed: {' imports '.join(circle)}",
            place=self.packages[circle[-2]].package.place(into),
            hint="move what both need into a package of its own",
        )

    def requires(self) -> dict[str, set[str]]:
        """The paths of the other modules whose packages each module's packages import, by its path."""
        requires: dict[str, set[str]] = defaultdict(set)
        for found, _, links in self.packages.values():
            if found.module:
                requires[found.module.path] |= links.modules
        for path, others in requires.items():
            others.discard(path)
        return requires

    def modules(
        self, requires: Mapping[str, set[str]], sums: Mapping[Key, GoSumLine]
    ) -> tuple[LinkedModule, ...]:
        """The modules that give packages, sorted; `requires` as the method of that name gives it."""
        packages: dict[str, list[str]] = defaultdict(list)
        modules: dict[str, tuple[ModuleVersion, ModuleVersion | None]] = {}
        for path, (found, _, _) in self.packages.items():
            if found.module:
                packages[found.module.path].append(path)
                modules[found.module.path] = (found.module, found.replacement)
        return tuple(
            LinkedModule(
                module=module,
                replacement=replacement,
                sum=line.hash if (line := sums.get((replacement or module, "zip"))) else "",
                packages=tuple(sorted(packages[name])),
                requires=tuple(sorted(requires[name])),
            )
            for name, (module, replacement) in sorted(modules.items())
        )


def _excluded(path: str, context: BuildContext, place: Place, hint: str) -> FormatError:
    message = f"build constraints exclude all Go files of package {path} on {context.platform}"
    return FormatError(message, place=place, hint=hint)


def _imported(sources: Sources, context: BuildContext, path: str, importer: Node) -> Node:
    found = importer.links.others[path]
    package = sources.package(found, context)
    if package is None:
        hint = "constrain the importing file too, or build with other tags"
        raise _excluded(path, context, importer.package.place(path), hint)
    if package.name == "main":
        raise FormatError(
            f'import "{path}" is a program, not an importable package',
            place=importer.package.place(path),
            hint="import a package that is no program",
        )
    node = Node(found, package, links_of(sources, found, package))
    if sources.is_everywhere(found):
        sources.nodes[path] = node
    return node
