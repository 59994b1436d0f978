"""`attest diff OLD NEW`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from attest.app.diff import compare_files, compare_source
from attest.app.inspect import inspect_paths
from attest.app.reconcile import SourceTree
from attest.cli.declare import Argument, Option
from attest.cli.inputs import directory, module_cache, remembered
from attest.cli.inspect import tree_of
from attest.cli.options import ModcacheOption, NoCacheOption, OutputOption
from attest.cli.output import emit, parse_outputs
from attest.edge.goenv import workspaces_wanted
from attest.errors import UsageError
from attest.model.exit_code import ExitCode
from attest.render import diff

if TYPE_CHECKING:
    from attest.model.difference import Difference

_FORMATS: Final = ("text", "json")


def command(
    old: Annotated[str, Argument(metavar="OLD", help="An executable, an SBOM, or a source tree.")],
    new: Annotated[str, Argument(metavar="NEW", help="What it is compared with.")],
    *,
    modcache: ModcacheOption = None,
    no_cache: NoCacheOption = False,
    output: OutputOption = None,
    verbose: Annotated[bool, Option("--verbose", help="Print every package and section.")] = False,
) -> None:
    """What changed between two executables or two SBOMs, or whether an SBOM is true of an executable.

    With a source directory as OLD: whether the executable holds what that source links for it. Exit 1 where
    they differ.
    """
    outputs = parse_outputs(output or [], _FORMATS, "text")
    if Path(old).is_dir():
        found = _with_source(old, new, modcache, off=no_cache)
    elif modcache is not None:
        raise UsageError("--modcache is about a source tree", hint="name the source tree as OLD")
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
