"""What a main module needs beside what is linked into its programs: tools, tests, the rest of the graph.

Sources: cmd/go/internal/modload/load.go (tools and tests of the main module), https://go.dev/ref/mod
(tool lines).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from attest.go.generate import find_generators
from attest.go.mvs import PSEUDO_MODULES, build_list
from attest.go.packages import Closure
from attest.model.place import Place
from attest.model.source import NeededSet, RequiredModule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attest.go.context import BuildContext
    from attest.go.generate import Generator
    from attest.go.gosum import Key
    from attest.go.mvs import ModuleGraph
    from attest.go.package_files import Found, Package
    from attest.go.sources import Sources
    from attest.model.module import GoSumLine, ModuleVersion

    Roots = dict[str, tuple[Found, Package]]


def tool_set(
    sources: Sources, context: BuildContext, main: ModuleVersion, *, sums: Mapping[Key, GoSumLine]
) -> NeededSet:
    """What the packages of `tool` lines need, and those that `go run` runs in the module's generate lines.

    They are taken as they would be built for `context`, because on which machine they will run the source
    does not say. Raises as `attest.go.packages.linked_set` does.
    """
    roots: Roots = {}
    unresolved: list[str] = []
    named = [(path, Place(file=file)) for path, file in sources.main.tool]
    for name, directory, place in _generators(sources, main, roots, unresolved):
        path = _package_path(sources, main, name, directory)
        named.append((path, place))
    for path, place in named:
        found = sources.locate(path, place)
        package = sources.package(found, context)
        if package is not None:
            roots[path] = (found, package)
        elif found.module is not None:
            unresolved.append(f"{path} has no files on {context.platform}")
    return _needed(sources, context, roots, main, sums, tuple(sorted(set(unresolved))))


def _generators(
    sources: Sources, main: ModuleVersion, roots: Roots, unresolved: list[str]
) -> Iterator[tuple[str, str, Place]]:
    """The packages that generate lines name, each with the line's directory; files become `roots`."""
    for found in sources.packages():
        if found.module != main:
            continue
        for file, generator in _lines_of(sources, found):
            place = Place(file=file, line=generator.line)
            if generator.versioned:
                unresolved.append(f"{generator.targets[0]} is run at a version of its own by {place}")
            elif not generator.targets[0].endswith(".go"):
                yield generator.targets[0], found.directory, place
            else:
                files = tuple(posixpath.normpath(f"{found.directory}/{each}") for each in generator.targets)
                files = tuple(each.removeprefix("/") for each in files)
                package = sources.files(found, files)
                if package is None:
                    unresolved.append(f"{' '.join(generator.targets)} is not in the source tree ({place})")
                else:
                    roots[f"{found.path} {' '.join(generator.targets)}"] = (found, package)


def _lines_of(sources: Sources, found: Found) -> Iterator[tuple[str, Generator]]:
    for file in sources.source_files(found):
        with sources.tree.open(file) as opened:
            generators = list(find_generators(opened.data))
        yield from ((file, each) for each in generators)


def _package_path(sources: Sources, main: ModuleVersion, name: str, directory: str) -> str:
    """The import path of a package that is named in a directory of the module: `./x` is relative to that."""
    if name != "." and not name.startswith(("./", "../")):
        return name
    root = sources.members[main.path].directory
    inside = posixpath.relpath(posixpath.join("/", directory, name), posixpath.join("/", root))
    return main.path if inside == "." else posixpath.join(main.path, inside)


def test_set(
    sources: Sources, context: BuildContext, main: ModuleVersion, *, sums: Mapping[Key, GoSumLine]
) -> NeededSet:
    """What the packages of a main module and their tests need, as `go list -deps -test ./...` has it.

    Raises as `attest.go.packages.linked_set` does.
    """
    roots: Roots = {}
    for found in sources.packages():
        if found.module != main:
            continue
        package = sources.package(found, context)
        if package is not None:
            roots[found.path] = (found, package)
        for tests in sources.tests(found, context):
            roots[f"{found.path} [{tests.name} tests]"] = (found, tests)
    return _needed(sources, context, roots, main, sums, ())


def _needed(
    sources: Sources,
    context: BuildContext,
    roots: Roots,
    main: ModuleVersion,
    sums: Mapping[Key, GoSumLine],
    unresolved: tuple[str, ...],
) -> NeededSet:
    closure = Closure(sources, context, roots)
    requires = closure.requires()
    direct = {found.module.path for found, _ in roots.values() if found.module}
    direct |= requires.get(main.path, set())
    return NeededSet(
        requires=tuple(sorted(direct - {main.path})),
        modules=tuple(each for each in closure.modules(requires, sums) if each.module != main),
        unresolved=unresolved,
    )


def required_modules(graph: ModuleGraph, *, sums: Mapping[Key, GoSumLine]) -> tuple[RequiredModule, ...]:
    """Every module of the build list but the main modules, as `go list -m all` has them."""
    askers: dict[str, set[str]] = {}
    for module, requires in graph.edges:
        if graph.selected.get(module.path) == module.version:
            for each in requires:
                askers.setdefault(each.path, set()).add(module.path)
    found = []
    for module in build_list(graph):
        if module.path in PSEUDO_MODULES or not module.version:
            continue
        replacement = graph.replaced.get(module)
        line = sums.get((replacement or module, "zip"))
        found.append(
            RequiredModule(
                module=module,
                replacement=replacement,
                sum=line.hash if line else "",
                required_by=tuple(sorted(askers.get(module.path, ()))),
            )
        )
    return tuple(found)
