"""`attest policy init`."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from attest.cli.declare import Option
from attest.cli.inputs import directory, judging_time, read_file, release_name, remembered
from attest.cli.options import (
    JobsOption,
    ModcacheOption,
    NoCacheOption,
    NowOption,
    ProgressOption,
    QuietOption,
    SourceOption,
    TagOption,
    VersionOption,
)
from attest.cli.output import emit
from attest.cli.reports import report, report_outputs, report_roots
from attest.edge.clock import system_now
from attest.edge.progress import progress
from attest.errors import AttestError, UsageError
from attest.model.limits import DEFAULT_LIMITS
from attest.render.escape import escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.app.draft import Drafted, Given
    from attest.app.policy import LoadedPolicy
    from attest.model.release import Inventory
    from attest.model.source import SourceReport


def command(
    *,
    from_: Annotated[str, Option("--from", metavar="DIR", help="The release that is there.")],
    output: Annotated[
        str | None, Option("-o", "--output", metavar="FILE", help="The policy (default: standard output).")
    ] = None,
    force: Annotated[bool, Option("--force", help="Overwrite a policy that is there.")] = False,
    key: Annotated[
        list[str] | None,
        Option("--key", metavar="FILE", help="A public key to trust, if it signed the release; repeatable."),
    ] = None,
    trusted_root: Annotated[
        list[str] | None,
        Option("--trusted-root", metavar="FILE", help="A trusted root for certificates; repeatable."),
    ] = None,
    source: SourceOption = None,
    modcache: ModcacheOption = None,
    no_cache: NoCacheOption = False,
    version: VersionOption = None,
    tag: TagOption = None,
    now: NowOption = None,
    jobs: JobsOption = 0,
    quiet: QuietOption = False,
    no_progress: ProgressOption = False,
) -> None:
    """Write a first policy from a release that is there, and tell what to review.

    It asks the strictest that the release meets, and trusts nobody but whom --key and --trusted-root verify.
    A policy by which the release does not pass is not written: the report says why.
    """
    from attest.app.draft import draft_policy
    from attest.app.inventory import take_inventory
    from attest.app.verify import Run

    if modcache is not None and source is None:
        raise UsageError("--modcache is about the source tree", hint="name the tree with --source")
    tree = directory(from_)
    _refuse_output(output, from_, force=force)
    folder = Path(os.path.realpath(output)).parent if output else Path.cwd()
    given = [_given("key", each, folder) for each in key or []]
    given += [_given("root", each, folder) for each in trusted_root or []]
    name = release_name(version, tag, None, os.environ)
    time = judging_time(now, system_now())
    run = Run(now=time, version=name.version, tag=name.tag)
    with progress(wanted=not (quiet or no_progress)) as show:
        inventory = take_inventory(tree, jobs=jobs, done=lambda path: show(f"read {path}"))
        read = None
        if source is not None:
            read = _source_reader(source, modcache, inventory, off=no_cache)
        show("judging")
        drafted = draft_policy(inventory, given, run, source=read, jobs=jobs)
    _tell(drafted, quiet=quiet)
    if drafted.verdict.decision != "pass":
        roots = report_roots(source=source, release=from_)
        code = report(
            drafted.verdict, report_outputs(None), roots=roots, color="auto", verbose=False, quiet=quiet
        )
        _say("no policy was written, as the release does not pass it")
        sys.exit(code)
    emit([(output or "", drafted.data)])


def _refuse_output(output: str | None, release: str, *, force: bool) -> None:
    """Refuse a policy inside of the release, which would be part of it, and to overwrite one unasked."""
    if output is None:
        return
    report_outputs([f"text={output}"], outside=Path(release))
    if os.path.lexists(output) and not force:
        raise UsageError(f"{output} is there already", hint="choose another file, or say --force")


def _given(kind: str, file: str, folder: Path) -> Given:
    """A key or root; the policy names it relative to its own folder."""
    from attest.app.draft import Given

    data = read_file(file, DEFAULT_LIMITS.key_bytes if kind == "key" else DEFAULT_LIMITS.trusted_root_bytes)
    try:
        relative = os.path.relpath(os.path.realpath(file), folder)
    except ValueError as error:  # pragma: no cover - another drive of Windows
        raise UsageError(
            f"{file} lies on another drive than the policy", hint="copy it beside the policy"
        ) from error
    return Given(kind=kind, file=relative.replace(os.sep, "/"), data=data)


def _source_reader(
    source: str, modcache: str | None, inventory: Inventory, *, off: bool
) -> Callable[[LoadedPolicy], SourceReport]:
    """What reads the source tree for the platforms of a policy, as `attest verify` does."""
    from attest.app.policy import platforms
    from attest.cli.source import SourceOptions, check_inputs, open_source

    options = SourceOptions(
        modcache=modcache, manifest=None, proofs=None, sumdb="cache", online=False, trust_cache=False
    )
    inputs = open_source(source, options)

    def read(loaded: LoadedPolicy) -> SourceReport:
        from attest.app.reconcile import SourceTree, by_digest, executables, reconcile_files, unresolved

        files = executables(inventory, loaded.policy)
        with remembered(off=off) as known:
            found = check_inputs(inputs, platforms(loaded), known, versions=True)
            try:
                reconciled = reconcile_files(
                    SourceTree(
                        tree=inputs.root, modcache=inputs.cache, workspace=inputs.workspace, cache=known
                    ),
                    files,
                )
            except AttestError as error:
                reconciled = unresolved(files, error)
        return replace(found, reconciled=by_digest(inventory, reconciled))

    return read


def _tell(drafted: Drafted, *, quiet: bool) -> None:
    """What counts for nothing, always, and what to review."""
    for path, reason in drafted.unverified:
        _say(f"{path} is verified by no key and no root that was given, and names nobody: {reason}")
    if not quiet:
        for line in drafted.review:
            _say(f"review: {line}")


def _say(text: str) -> None:
    sys.stderr.write(f"attest: {escape(text)}\n")
