"""`attest sbom TARGET…`."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from attest.app.inspect import inspect_targets
from attest.app.sbom import (
    EXTENSIONS,
    FORMATS,
    VERSIONS,
    SbomOutput,
    documents,
    latest_commit_time,
    matrix_of,
    of_executables,
    of_source,
    place,
)
from attest.cli.declare import Argument, Option
from attest.cli.inputs import directory, go_installation, module_cache, read_platform, remembered
from attest.cli.inspect import folder_of, tree_of
from attest.cli.options import JobsOption, ModcacheOption, NoCacheOption, document_time
from attest.cli.output import Output, emit, parse_outputs
from attest.cli.parties import (
    AuthorOption,
    LicenseOption,
    SupplierOption,
    VexOption,
    read_vexes,
    sbom_run,
    tell_strangers,
)
from attest.cli.required import hold_documents, refuse_missing, standards
from attest.edge.clock import system_now
from attest.edge.files import make_folder
from attest.edge.goenv import workspaces_wanted
from attest.edge.host import host_platform
from attest.errors import UsageError
from attest.model.exit_code import ExitCode
from attest.model.source import Platform
from attest.render import matrix
from attest.render.escape import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from attest.app.reconcile import Reconciled
    from attest.app.sbom import Format, Standard
    from attest.model.binary import Depth, InspectedFile
    from attest.model.bom import Bom
    from attest.model.checkout import TreeVersion
    from attest.model.ports import Cache
    from attest.model.source import LinkedSet, Scope, ScopedSet

_SCOPES: Final[dict[str, Scope]] = {"linked": "linked", "build": "build", "test": "test", "all": "all"}
_TABLES: Final = ("text", "json")
_MODULE_FILES: Final = ("go.mod", "go.work")


SbomOutputOption = Annotated[
    list[str] | None,
    Option(
        "-o",
        "--output",
        metavar="FORMAT[@VERSION][=FILE]",
        help="What to write and where: an SBOM format, or text or json for what builds differ in.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A source directory ("" for none), `--modcache`, and what earlier runs left."""

    folder: str
    modcache: str | None
    cache: Cache | None


def command(
    targets: Annotated[
        list[str],
        Argument(
            metavar="TARGET...",
            help="Executables, directories that hold them, or one source directory (with go.mod or go.work); "
            "with --require, SBOMs too.",
        ),
    ],
    *,
    output: SbomOutputOption = None,
    output_dir: Annotated[
        str | None,
        Option("--output-dir", metavar="DIR", help="Where documents without FILE go; it is made."),
    ] = None,
    source: Annotated[
        str | None,
        Option("--source", metavar="DIR", help="Executables: the source that says who imports whom."),
    ] = None,
    platform: Annotated[
        list[str] | None,
        Option("--platform", metavar="GOOS/GOARCH", help="Source: for which platform; repeatable."),
    ] = None,
    main: Annotated[
        list[str] | None,
        Option("--main", metavar="PKG", help="Source: of which main package (default: all)."),
    ] = None,
    cgo: Annotated[bool, Option("--cgo", help="Source: as built with CGO_ENABLED=1.")] = False,
    version: Annotated[
        str | None, Option("--version", metavar="VERSION", help="Source: the version of its release.")
    ] = None,
    author: AuthorOption = "",
    supplier: SupplierOption = "",
    license_: LicenseOption = "",
    vex: VexOption = None,
    scope: Annotated[
        str,
        Option(
            "--scope",
            metavar="|".join(_SCOPES),
            help="Source: what can be linked; tools and generators too; tests too; the whole module graph.",
        ),
    ] = "linked",
    packages: Annotated[
        bool, Option("--packages", help="Go packages too: those linked, or those that can be.")
    ] = False,
    allow_empty: Annotated[
        bool, Option("--allow-empty", help="Write an SBOM also where no module is known.")
    ] = False,
    require: Annotated[
        list[str] | None,
        Option("--require", metavar="STANDARD", help="Ask for its elements: cisa-2026, ntia or bsi."),
    ] = None,
    modcache: ModcacheOption = None,
    no_cache: NoCacheOption = False,
    jobs: JobsOption = 0,
) -> None:
    """SBOMs of executables, or of the main packages of a source tree, for each platform.

    Several documents need {artifact}, {platform} or {main} in FILE, or --output-dir; where the name alone
    makes the place, their union is there too, called release. Formats text and json tell what the builds do
    not have in common. An SBOM that would be empty is not written: exit 3. Nor is one that lacks elements of
    a standard of --require, which are listed: exit 1. SBOMs that are there, whoever wrote them, are held
    against these standards and not written again. With --source, an executable that does not hold what
    the source links for it is told on standard error: its document is written, exit 1.
    """
    if scope not in _SCOPES:
        raise UsageError(f"--scope: {scope!r} is no choice", hint=f"one of {', '.join(_SCOPES)}")
    required = standards(require or [])
    outputs, tables = _outputs(output or [], output_dir or "")
    if hold_documents(targets, required, writing=bool(output or output_dir or source)):
        return
    formats = _formats(outputs, required)
    of_tree = any(_is_source(each) for each in targets)
    # The functions of a file tell its packages, and explain what the source does not link.
    files = {} if of_tree else _executables(targets, jobs, "full" if source or packages else "hashed")
    newest = latest_commit_time(each.report for each in files.values())
    created = document_time(os.environ, newest or system_now())
    vexes = read_vexes(vex or [])
    run = sbom_run(created, author, supplier, license_, allow_empty=allow_empty, packages=packages, vex=vexes)
    reconciled: Reconciled | None = None
    if of_tree:
        _refuse_files(targets, source, license_)
        asked = [read_platform(each) for each in platform or []] or [host_platform()]
        with remembered(off=no_cache) as cache:
            given = _Source(folder=targets[0], modcache=modcache, cache=cache)
            sets = _of_tree(given, asked, main or [], cgo=cgo)
            beside = _beside(given, sets, _SCOPES[scope])
            boms = of_source(
                sets,
                run,
                version=version or "",
                scoped=beside,
                describe=_describing(given, sets),
                told=_versions(given),
            )
    else:
        if platform or main or cgo or version or scope != "linked":
            raise UsageError(
                "--platform, --main, --cgo, --version and --scope are for a source directory",
                hint="an executable says itself what it was built for",
            )
        with remembered(off=no_cache or not (source or modcache)) as cache:
            given = _Source(folder=source or "", modcache=modcache, cache=cache)
            reconciled = _reconciled(given, files) if source else None
            sets = reconciled.linked if reconciled else ()
            boms = of_executables(
                files,
                run,
                linked=sets,
                describe=_describing(given, sets),
                told=_versions(given) if source else None,
            )
    several = len(boms) > 1 or any(Path(each).is_dir() for each in targets)
    made = documents(boms, formats=formats, union=several, require=required)
    for each in dict.fromkeys(warning for document in made for warning in document.warnings):
        sys.stderr.write(f"attest: warning: {escape(each)}\n")
    tell_strangers(vexes, boms.values())
    refuse_missing((each.artifact, each.missing) for each in made)
    written, printed = place(made, outputs)
    results = [("", printed)] if printed is not None else []
    if tables:
        told = matrix_of(boms)
        results += [
            (each.file, matrix.to_json(told) if each.format == "json" else matrix.to_text(told).encode())
            for each in tables
        ]
    if output_dir:
        make_folder(output_dir)
    emit(results, extra=written)
    if reconciled and _disagrees(reconciled):
        sys.exit(ExitCode.DENIED)


def _is_source(target: str) -> bool:
    return any((Path(target) / name).is_file() for name in _MODULE_FILES)


def _describing(source: _Source, sets: tuple[LinkedSet, ...]) -> Callable[[Bom], Bom] | None:
    """What adds licences and the digests of module zips, None where neither tree nor cache is named."""
    if not source.folder and not source.modcache:
        return None
    from attest.app.licenses import LicenseReader
    from attest.app.zips import ZipDigests

    tree = directory(source.folder) if source.folder else None
    modcache = module_cache(source.modcache, tree) if tree else directory(source.modcache or "")
    reader = LicenseReader(
        tree=tree,
        modcache=modcache,
        goroot=go_installation(),
        cache=source.cache,
        linked=sets,
        workspace=workspaces_wanted(),
    )
    digests = ZipDigests(modcache=modcache)
    return lambda bom: digests.describe(reader.describe(bom))


def _formats(outputs: Sequence[SbomOutput], required: Sequence[Standard]) -> tuple[Format, ...]:
    """The formats that are written; --require is about documents, so that there must be one."""
    found = tuple(dict.fromkeys(each.format for each in outputs))
    if required and not found:
        raise UsageError(
            "--require is about documents, and -o asks for none", hint="add one, as cyclonedx-json=FILE"
        )
    return found


def _refuse_files(targets: Sequence[str], source: str | None, license_: str) -> None:
    """A source directory is described alone, and what is said of files is not said of it."""
    if len(targets) > 1 or source:
        raise UsageError(
            "a source directory is the only target", hint="describe executables in a run of their own"
        )
    if license_:
        raise UsageError(
            "--license is about files that are shipped", hint="of a source tree, licence files are read"
        )


def _versions(source: _Source) -> Callable[[str], TreeVersion]:
    """What tells the version of a main module from the repository that the source tree lies in."""
    from attest.app.main_version import TreeVersions
    from attest.edge.git import GitRepository

    return TreeVersions(repository=GitRepository.of(Path(directory(source.folder).root))).of


def _outputs(values: Sequence[str], folder: str) -> tuple[tuple[SbomOutput, ...], tuple[Output, ...]]:
    """The documents and the tables that `-o` asks for.

    In a folder, a format without FILE is called after its artifact.
    """
    chosen = list(values)
    if not chosen or (folder and all(each.partition("=")[0] in _TABLES for each in chosen)):
        chosen += FORMATS if folder else FORMATS[:1]
    if folder:
        chosen = [
            f"{each}={folder}/{{artifact}}.{EXTENSIONS[VERSIONS[each]]}" if each in VERSIONS else each
            for each in chosen
        ]
    asked = parse_outputs(chosen, (*VERSIONS, *_TABLES), FORMATS[0])
    return (
        tuple(
            SbomOutput(
                format=VERSIONS[f"{each.format}@{each.version}" if each.version else each.format],
                file=each.file,
            )
            for each in asked
            if each.format not in _TABLES
        ),
        tuple(each for each in asked if each.format in _TABLES),
    )


def _executables(targets: Sequence[str], jobs: int, depth: Depth) -> dict[str, InspectedFile]:
    """The executables by what their documents call them: the file's name, or its path in a directory."""
    found: dict[str, InspectedFile] = {}
    files = inspect_targets(targets, tree_of=tree_of, folder_of=folder_of, jobs=jobs, depth=depth)
    folders = sorted({each.rstrip("/") for each in targets if Path(each).is_dir()}, key=len, reverse=True)
    for each in files:
        folder = next((one for one in folders if each.path.startswith(f"{one}/")), None)
        whole, mark, member = each.path.partition("!")
        name = Path(whole).name + mark + member if folder is None else each.path[len(folder) + 1 :]
        if name in found:
            raise UsageError(
                f"two targets are called {name!r}", hint="describe them in two runs, or rename one of them"
            )
        found[name] = each
    return found


def _of_tree(
    source: _Source, platforms: Sequence[Platform], mains: Sequence[str], *, cgo: bool
) -> tuple[LinkedSet, ...]:
    """The linked sets of the main packages that are asked for, or of all, on each platform."""
    from attest.app.linked import linked_sets, main_packages

    tree = directory(source.folder)
    pairs = [(platform, main) for platform in platforms for main in mains] or main_packages(
        tree, platforms=platforms, cgo=cgo, workspace=workspaces_wanted(), cache=source.cache
    )
    if not pairs:
        raise UsageError(
            f"{source.folder} has no main package on {', '.join(map(str, platforms))}",
            hint="name a platform with --platform, or the directory that holds go.mod",
        )
    return linked_sets(
        tree,
        modcache=module_cache(source.modcache, tree),
        platforms_and_mains=pairs,
        cgo=cgo,
        workspace=workspaces_wanted(),
        cache=source.cache,
    )


def _beside(source: _Source, sets: tuple[LinkedSet, ...], scope: Scope) -> tuple[ScopedSet, ...]:
    """What the main modules of the linked sets need beside these."""
    from attest.app.linked import scoped_sets

    tree = directory(source.folder)
    return scoped_sets(
        tree,
        modcache=module_cache(source.modcache, tree),
        linked=sets,
        scope=scope,
        workspace=workspaces_wanted(),
        cache=source.cache,
    )


def _reconciled(source: _Source, files: Mapping[str, InspectedFile]) -> Reconciled:
    """What the source says of the executables, each taken as it was built."""
    from attest.app.reconcile import SourceTree, reconcile_files

    tree = directory(source.folder)
    return reconcile_files(
        SourceTree(
            tree=tree,
            modcache=module_cache(source.modcache, tree),
            workspace=workspaces_wanted(),
            cache=source.cache,
        ),
        {name: each for name, each in files.items() if each.report.container.format != "archive"},
    )


def _disagrees(reconciled: Reconciled) -> bool:
    """Say on standard error where source and executables disagree; tell whether that denies."""
    for name, images in sorted(reconciled.files.items()):
        for image in images:
            where = f"{name} ({image.platform})" if len(images) > 1 and image.platform else name
            if image.unknown:
                _tell(f"{where} cannot be held against the source: {image.unknown}")
            for each in image.disagreements:
                _tell(f"{where}: {each.message}")
    return not all(each.agrees for images in reconciled.files.values() for each in images)


def _tell(text: str) -> None:
    sys.stderr.write(f"attest: {escape(text)}\n")
