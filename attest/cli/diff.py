"""`attest diff OLD NEW`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from attest.app.diff import compare_files, compare_source
from attest.app.diff_reports import compare_reports
from attest.app.inspect import inspect_paths
from attest.app.reconcile import SourceTree
from attest.app.report import is_report
from attest.cli.declare import Argument, Option
from attest.cli.inputs import directory, module_cache, open_file, remembered
from attest.cli.inspect import tree_of
from attest.cli.options import ModcacheOption, NoCacheOption, OutputOption
from attest.cli.output import emit, parse_outputs
from attest.edge.goenv import workspaces_wanted
from attest.errors import UsageError
from attest.model.exit_code import ExitCode
from attest.model.limits import DEFAULT_LIMITS
from attest.render import diff

if TYPE_CHECKING:
    from attest.model.difference import Difference

_FORMATS: Final = ("text", "json")
#: Where a report has begun at the latest.
_HEAD: Final = 4096


def command(
    old: Annotated[str, Argument(metavar="OLD", help="An executable, an SBOM, a report, or a source tree.")],
    new: Annotated[str, Argument(metavar="NEW", help="What it is compared with.")],
    *,
    modcache: ModcacheOption = None,
    no_cache: NoCacheOption = False,
    output: OutputOption = None,
    verbose: Annotated[bool, Option("--verbose", help="Print every package and section.")] = False,
) -> None:
    """What changed between two executables, SBOMs or verdicts, or whether an SBOM is true of an executable.

    Verdicts are reports in JSON, as attest verify -o json writes them. With a source directory as OLD:
    whether the executable holds what that source links for it. Exit 1 where they differ.
    """
    outputs = parse_outputs(output or [], _FORMATS, "text")
    is_source = Path(old).is_dir()
    if modcache is not None and not is_source:
        raise UsageError("--modcache is about a source tree", hint="name the source tree as OLD")
    reports = {each: data for each in (old, new) if (data := _report(each)) is not None}
    if old in reports and new in reports:
        found = compare_reports((reports[old], old), (reports[new], new))
    elif reports:
        (one,) = reports
        raise UsageError(
            f"{one} is a report, and {new if one == old else old} is none",
            hint="compare two reports of attest verify -o json, or two files of a release",
        )
    elif is_source:
        found = _with_source(old, new, modcache, off=no_cache)
    else:
        found = compare_files((*tree_of(old), old), (*tree_of(new), new))
    results: list[tuple[str, bytes]] = []
    for each in outputs:
        as_text = each.format == "text"
        content = diff.to_text(found, verbose=verbose).encode() if as_text else diff.to_json(found)
        results.append((each.file, content))
    emit(results)
    if not found.same:
        sys.exit(ExitCode.DENIED)


def _report(path: str) -> bytes | None:
    """The bytes of a file that says that it is a report; None for everything else."""
    if Path(path).is_dir():
        return None
    with open_file(path) as opened:
        if bytes(opened.data[:_HEAD]).lstrip()[:1] != b"{" or opened.size > DEFAULT_LIMITS.report_bytes:
            return None
        data = bytes(opened.data)
    return data if is_report(data, path) else None


def _with_source(folder: str, program: str, modcache: str | None, *, off: bool) -> Difference:
    tree = directory(folder)
    (inspected,) = inspect_paths([program], tree_of=tree_of)
    with remembered(off=off) as known:
        return compare_source(
            SourceTree(
                tree=tree,
                modcache=module_cache(modcache, tree),
                workspace=workspaces_wanted(),
                cache=known,
            ),
            inspected,
        )
