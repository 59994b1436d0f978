"""`attest sbom TARGET…`."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest import __version__
from attest.app.inspect import inspect_paths
from attest.app.sbom import (
    EXTENSIONS,
    FORMATS,
    STANDARDS,
    VERSIONS,
    SbomOutput,
    latest_commit_time,
    of_executables,
    of_source,
    place,
    wanted,
)
from attest.cli.inputs import directory, go_installation, module_cache, read_platform, remembered
from attest.cli.inspect import tree_of
from attest.cli.options import JobsOption, ModcacheOption, NoCacheOption, OutputOption, document_time
from attest.cli.output import emit, parse_outputs
from attest.edge.clock import system_now
from attest.edge.goenv import workspaces_wanted
from attest.edge.host import host_platform
from attest.errors import UsageError
from attest.model.bom import SbomRun
from attest.model.exit_code import ExitCode
from attest.model.source import Platform
from attest.render.escape import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attest.app.sbom import SbomDocument
    from attest.model.binary import InspectedFile
    from attest.model.bom import Bom
    from attest.model.checkout import TreeVersion
    from attest.model.ports import Cache
    from attest.model.source import LinkedSet


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A source directory ("" for none), `--modcache`, and what earlier runs left."""

    folder: str
    modcache: str | None
    cache: Cache | None


def command(
    targets: Annotated[
        list[str], typer.Argument(metavar="TARGET...", help="Executables, or one source directory.")
    ],
    *,
    output: OutputOption = None,
    output_dir: Annotated[
        str | None, typer.Option("--output-dir", metavar="DIR", help="Where documents without FILE go.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="DIR", help="Executables: the source that says who imports whom."),
    ] = None,
    platform: Annotated[
        list[str] | None,
        typer.Option("--platform", metavar="GOOS/GOARCH", help="Source: for which platform; repeatable."),
    ] = None,
    main: Annotated[
        list[str] | None,
        typer.Option("--main", metavar="PKG", help="Source: of which main package (default: all)."),
    ] = None,
    cgo: Annotated[bool, typer.Option("--cgo", help="Source: as built with CGO_ENABLED=1.")] = False,
    version: Annotated[
        str | None, typer.Option("--version", metavar="VERSION", help="Source: the version of its release.")
    ] = None,
    author: Annotated[
        str, typer.Option("--author", metavar="NAME", help="The organization that makes the documents.")
    ] = "",
    supplier: Annotated[
        str, typer.Option("--supplier", metavar="NAME", help="The organization that ships the software.")
    ] = "",
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Write an SBOM also where no module is known.")
    ] = False,
    require: Annotated[
        list[str] | None,
        typer.Option("--require", metavar="STANDARD", help="Ask for its elements: cisa-2026, ntia or bsi."),
    ] = None,
    modcache: ModcacheOption = None,
    no_cache: NoCacheOption = False,
    jobs: JobsOption = 0,
) -> None:
    """SBOMs of executables, or of the main packages of a source tree, for each platform.

    Several documents need {artifact}, {platform} or {main} in FILE, or --output-dir. An SBOM that would be
    empty is not written: exit 3. Nor is one that lacks elements of a standard of --require, which are listed:
    exit 1.
    """
    for each in require or []:
        if each not in STANDARDS:
            raise UsageError(f"--require: {each!r} is no choice", hint=f"one of {', '.join(STANDARDS)}")
    asked_for = tuple(each for each in STANDARDS if each in (require or []))
    outputs = _outputs(output or [], output_dir or "")
    formats = tuple(dict.fromkeys(each.format for each in outputs))
    of_tree = any(Path(each).is_dir() for each in targets)
    files = () if of_tree else inspect_paths(targets, tree_of=tree_of, jobs=jobs)
    newest = latest_commit_time(each.report for each in files)
    run = SbomRun(
        created=document_time(os.environ, newest or system_now()),
        tool_version=__version__,
        author=author,
        supplier=supplier,
        allow_empty=allow_empty,
    )
    documents: tuple[SbomDocument, ...]
    if of_tree:
        if len(targets) > 1 or source:
            raise UsageError(
                "a source directory is the only target", hint="describe executables in a run of their own"
            )
        asked = [read_platform(each) for each in platform or []] or [host_platform()]
        with remembered(off=no_cache) as cache:
            given = _Source(folder=targets[0], modcache=modcache, cache=cache)
            sets = _of_tree(given, asked, main or [], cgo=cgo)
            documents = of_source(
                sets,
                run,
                formats=formats,
                version=version or "",
                describe=_describing(given, sets),
                told=_versions(given),
                require=asked_for,
            )
    else:
        if platform or main or cgo or version:
            raise UsageError(
                "--platform, --main, --cgo and --version are for a source directory",
                hint="an executable says itself what it was built for",
            )
        named = _named(files)
        with remembered(off=no_cache or not (source or modcache)) as cache:
            given = _Source(folder=source or "", modcache=modcache, cache=cache)
            sets = _edges(given, files) if source else ()
            documents = of_executables(
                named,
                run,
                formats=formats,
                linked=sets,
                describe=_describing(given, sets),
                told=_versions(given) if source else None,
                require=asked_for,
            )
    for each in dict.fromkeys(warning for document in documents for warning in document.warnings):
        sys.stderr.write(f"attest: warning: {escape(each)}\n")
    _refuse_missing(documents)
    written, printed = place(documents, outputs)
    emit([("", printed)] if printed is not None else [], extra=written)


def _describing(source: _Source, sets: tuple[LinkedSet, ...]) -> Callable[[Bom], Bom] | None:
    """What adds licences: from the source tree and the module cache, None where neither is named."""
    if not source.folder and not source.modcache:
        return None
    from attest.app.licenses import LicenseReader

    tree = directory(source.folder) if source.folder else None
    modcache = module_cache(source.modcache, tree) if tree else directory(source.modcache or "")
    return LicenseReader(
        tree=tree,
        modcache=modcache,
        goroot=go_installation(),
        cache=source.cache,
        linked=sets,
        workspace=workspaces_wanted(),
    ).describe


def _refuse_missing(documents: Sequence[SbomDocument]) -> None:
    """List the required elements that documents lack; any ends the command with exit 1."""
    lines: dict[str, None] = {}
    for document in documents:
        for each in document.missing:
            lines[f"attest: {escape(document.artifact)}: {escape(str(each))}\n  hint: {each.hint}\n"] = None
    sys.stderr.write("".join(lines))
    if lines:
        raise typer.Exit(ExitCode.DENIED)


def _versions(source: _Source) -> Callable[[str], TreeVersion]:
    """What tells the version of a main module from the repository that the source tree lies in."""
    from attest.app.main_version import TreeVersions
    from attest.edge.git import GitRepository

    return TreeVersions(repository=GitRepository.of(directory(source.folder).root)).of


def _outputs(values: Sequence[str], folder: str) -> tuple[SbomOutput, ...]:
    """What `-o` asks for; in a folder, a format without FILE is called after its artifact."""
    chosen = list(values) or (list(FORMATS) if folder else [FORMATS[0]])
    if folder:
        chosen = [
            f"{each}={folder}/{{artifact}}.{EXTENSIONS[VERSIONS[each]]}" if each in VERSIONS else each
            for each in chosen
        ]
    return tuple(
        SbomOutput(
            format=VERSIONS[f"{each.format}@{each.version}" if each.version else each.format], file=each.file
        )
        for each in parse_outputs(chosen, tuple(VERSIONS), FORMATS[0])
    )


def _named(files: Sequence[InspectedFile]) -> dict[str, InspectedFile]:
    """The files by the last part of their path, which is what their documents call them."""
    found: dict[str, InspectedFile] = {}
    for each in files:
        name = Path(each.path).name
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


def _edges(source: _Source, files: Sequence[InspectedFile]) -> tuple[LinkedSet, ...]:
    """The linked sets of what the executables were built from, cgo as in each."""
    from attest.app.linked import linked_sets

    tree = directory(source.folder)
    modcache = module_cache(source.modcache, tree)
    return tuple(
        each
        for cgo in (False, True)
        for each in linked_sets(
            tree,
            modcache=modcache,
            platforms_and_mains=wanted(files, cgo=cgo),
            cgo=cgo,
            workspace=workspaces_wanted(),
            cache=source.cache,
        )
    )
