"""Where what a package imports lies, found once for all platforms that build the same files of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from attest.errors import FormatError
from attest.go.module_path import has_prefix

if TYPE_CHECKING:
    from attest.go.package_files import Found, Package
    from attest.go.sources import Sources


class Node(NamedTuple):
    """A package of the graph, as it is on a platform."""

    found: Found
    package: Package
    links: Links


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """What a package imports: the standard library's packages, and the others by their paths.

    `paths` are those of the others, `modules` those of the modules that give them.
    """

    std: frozenset[str]
    others: dict[str, Found]
    paths: frozenset[str]
    modules: frozenset[str]


def links_of(sources: Sources, found: Found, package: Package) -> Links:
    """The links of a found package with the files that `package` has.

    Raises `FormatError` at the import for a path that may not be imported there, that no module provides or
    more than one does; `ReadError` where the module that would tell is not there.
    """
    key = (found.path, package.files)
    if key not in sources.links:
        sources.links[key] = _find(sources, found, package)
    return sources.links[key]


def _find(sources: Sources, importer: Found, package: Package) -> Links:
    std: list[str] = []
    others: dict[str, Found] = {}
    located = sources.located
    for path in package.imports:
        if (fault := _visibility_fault(path, importer.path)) is not None:
            raise FormatError(
                fault, place=package.place(path), hint="import another package, or move the importer"
            )
        found = located.get(path) or sources.locate(path, package.place(path))
        if found.module is None:
            std.append(path)
        else:
            sources.check_required(importer, found, package)
            others[path] = found
    modules = frozenset(each.module.path for each in others.values() if each.module)
    return Links(std=frozenset(std), others=others, paths=frozenset(others), modules=modules)


def _visibility_fault(path: str, importer: str) -> str | None:
    """Why a package may not be imported there: Go's rules for `internal` and `vendor` in paths.

    Source: cmd/go/internal/load/pkg.go (disallowInternal, disallowVendor).
    """
    if "vendor" not in path and "internal" not in path:
        return None  # as nearly all
    if "/vendor/" in f"/{path}":
        return f"use of vendored package {path} not allowed"
    above, internal, _ = f"/{path}/".rpartition("/internal/")
    if not internal or (above and has_prefix(importer, above[1:])):
        return None
    return f"use of internal package {path} not allowed"
