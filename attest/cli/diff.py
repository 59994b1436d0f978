"""`attest diff OLD NEW`."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from attest.app.diff import compare_files
from attest.cli.inspect import tree_of
from attest.cli.options import OutputOption
from attest.cli.output import emit, parse_outputs
from attest.model.exit_code import ExitCode
from attest.render import diff

_FORMATS: Final = ("text", "json")


def command(
    old: Annotated[str, typer.Argument(metavar="OLD", help="An executable, or an SBOM.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="What it is compared with.")],
    *,
    output: OutputOption = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print every package and section.")] = False,
) -> None:
    """What changed between two executables or two SBOMs, or whether an SBOM is true of an executable.

    Exit 1 where they differ.
    """
    outputs = parse_outputs(output or [], _FORMATS, "text")
    found = compare_files((*tree_of(old), old), (*tree_of(new), new))
    results: list[tuple[str, bytes]] = []
    for each in outputs:
        as_text = each.format == "text"
        content = diff.to_text(found, verbose=verbose).encode() if as_text else diff.to_json(found)
        results.append((each.file, content))
    emit(results)
    if not found.same:
        raise typer.Exit(ExitCode.DENIED)
