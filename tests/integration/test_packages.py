"""What is linked into the programs of published projects on twelve platforms, as `go list -deps` has it."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from attest.app.linked import linked_sets, main_packages, read_source_files
from attest.edge.files import DirectoryTree
from attest.errors import FormatError
from attest.go.packages import linked_set
from attest.model.limits import DEFAULT_LIMITS
from tests.integration.projects import PLATFORMS, PROJECTS, checkout, downloaded, tree_of, vendor

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from attest.model.source import LinkedSet, Platform
    from tests.integration.projects import Project
    from tests.unit.go.proxy import Go

pytestmark = pytest.mark.integration

CASES: Final = [
    pytest.param(each, cgo, id=f"{each} {'with' if cgo else 'without'} cgo")
    for each in PROJECTS
    for cgo in ((False, True) if each.cgo else (False,))
]
#: Why the go command does not build a program on a platform; attest must say the same.
REASONS: Final = ("build constraints exclude all Go files", "import cycle not allowed")
_PROGRAMS: Final = '{{if eq .Name "main"}}{{.ImportPath}}{{end}}'
_FIELDS: Final = (
    "{{.ImportPath}}",
    "{{.Standard}}",
    "{{with .Module}}{{.Path}} {{.Version}}{{with .Replace}} {{.Path}} {{.Version}}{{end}}{{end}}",
    '{{join .Imports " "}}',
    '{{if not .DepOnly}}{{join .Deps " "}}{{end}}',
    '{{if not .DepOnly}}{{with .Error}}{{printf "%q" .Err}}{{end}}{{end}}',
    '{{if not .DepOnly}}{{range .DepsErrors}}{{printf "%q" .Err}}{{end}}{{end}}',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A package as `go list -deps` tells it: its module as four words, a program's closure and errors."""

    path: str
    standard: bool
    module: tuple[str, ...]
    imports: frozenset[str]
    deps: frozenset[str]
    error: str


def go_list(
    go: Go, root: Path, platform: Platform, programs: Iterable[str], *, cgo: bool
) -> dict[str, Listed]:
    """Every package of several programs by its path.

    One call for all of them is why -e is there: a program that is not built on the platform has its error
    then, and the others are listed all the same.
    """
    words = {"GOOS": platform.goos, "GOARCH": platform.goarch, "CGO_ENABLED": str(int(cgo))}
    printed = go.run(root, "list", "-e", "-deps", "-f", "\t".join(_FIELDS), *programs, **words)
    found = {}
    for line in printed.splitlines():
        path, standard, module, imports, deps, own, below = line.split("\t")
        found[path] = Listed(
            path=path,
            standard=standard == "true",
            module=tuple(module.split()),
            imports=frozenset(imports.split()),
            deps=frozenset(deps.split()),
            error=own + below,
        )
    return found


def told_by_go(packages: dict[str, Listed], program: str) -> tuple[object, ...]:
    """Packages by module, standard packages that these import, and the modules that each one imports."""
    main = packages[program]
    closure = [main, *(packages[path] for path in main.deps)]
    ours = [each for each in closure if not each.standard]
    modules = {(each.path, *each.module) for each in ours if each.module[0] != main.module[0]}
    imported = {path for each in ours for path in each.imports}
    edges = {
        (each.module[0], packages[path].module[0])
        for each in ours
        for path in each.imports
        if path in packages and not packages[path].standard and packages[path].module[0] != each.module[0]
    }
    return modules, {path for path in imported if path in packages and packages[path].standard}, edges


def told_by_attest(found: LinkedSet) -> tuple[object, ...]:
    modules = set()
    edges = {(found.main_module.path, path) for path in found.main_requires}
    for each in found.modules:
        new = (each.replacement.path, each.replacement.version) if each.replacement else ()
        modules |= {(path, each.module.path, each.module.version, *new) for path in each.packages}
        edges |= {(each.module.path, path) for path in each.requires}
    return modules, set(found.std), edges


@pytest.mark.parametrize(("project", "cgo"), CASES)
def test_the_packages_are_those_of_the_go_command(project: Project, cgo: bool, tmp_path: Path) -> None:
    go = downloaded(project)
    root = checkout(project, tmp_path)
    if project.vendored:
        vendor(go, root)
    tree = DirectoryTree.of(root)

    def programs_on(platform: Platform) -> set[str]:
        words = {"GOOS": platform.goos, "GOARCH": platform.goarch, "CGO_ENABLED": str(int(cgo))}
        return set(go.run(root, "list", "-find", "-e", "-f", _PROGRAMS, "./...", **words).split())

    with ThreadPoolExecutor(2) as pool:
        programs = dict(zip(PLATFORMS, pool.map(programs_on, PLATFORMS), strict=True))
        known = sorted(set().union(*programs.values()))
        listed = dict(
            zip(
                PLATFORMS,
                pool.map(lambda each: go_list(go, root, each, known, cgo=cgo), PLATFORMS),
                strict=True,
            )
        )
    assert bool(known) is not project.library
    assert set(main_packages(tree, platforms=PLATFORMS, cgo=cgo)) == {
        (platform, path) for platform, paths in programs.items() for path in paths
    }
    pairs = list(itertools.product(PLATFORMS, known))
    built = [(platform, path) for platform, path in pairs if not listed[platform][path].error]
    found = linked_sets(tree, modcache=tree_of(go), platforms_and_mains=built, cgo=cgo)
    for (platform, path), each in zip(built, found, strict=True):
        assert (each.platform, each.main_package) == (platform, path)
        assert told_by_attest(each) == told_by_go(listed[platform], path), (platform, path)
    files = read_source_files(tree, DEFAULT_LIMITS)
    sources = files.sources(tree, tree_of(go), DEFAULT_LIMITS)
    for platform, path in pairs:
        if error := listed[platform][path].error:
            reasons = [each for each in REASONS if each in error]
            assert reasons, (platform, path, error)
            with pytest.raises(FormatError, match="|".join(reasons)):
                linked_set(sources, files.context(platform, cgo=cgo), path, sums={})
