"""The report formats of `-o`, for every command that ends in a verdict."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Final

from attest.cli.options import wants_color
from attest.cli.output import Output, emit, parse_outputs
from attest.errors import UsageError
from attest.render.report_json import to_json
from attest.render.report_text import to_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from attest.model.verdict import Verdict

FORMATS: Final = ("text", "json")


def report_outputs(values: Sequence[str] | None, *, outside: Path | None = None) -> tuple[Output, ...]:
    """The reports that `-o` asks for; `UsageError` for one inside the release directory `outside`.

    A file written there would be part of the next release that is judged.
    """
    outputs = parse_outputs(values or [], FORMATS, "text")
    for output in outputs:
        if outside is not None and output.file and _inside(output.file, str(outside)):
            raise UsageError(
                f"-o: {output.file} lies in the release directory",
                hint="write reports beside it, not into it",
            )
    return outputs


def _inside(file: str, folder: str) -> bool:
    where, folder = os.path.realpath(file), os.path.realpath(folder)
    return where == folder or where.startswith(folder + os.sep)


def report(
    verdict: Verdict, outputs: Sequence[Output], *, color: str, verbose: bool, quiet: bool = False
) -> int:
    """Write every report and give the exit code, which no format changes."""
    results: list[tuple[str, bytes]] = []
    for output in outputs:
        if output.format == "json":
            results.append((output.file, to_json(verdict)))
        elif not (quiet and not output.file):
            terminal = not output.file and sys.stdout.isatty()
            width = 80 if output.file else shutil.get_terminal_size((80, 24)).columns  # heeds COLUMNS
            colored = wants_color(color, os.environ, terminal=terminal)
            text = to_text(verdict, width=width, color=colored, verbose=verbose)
            results.append((output.file, text.encode("utf-8", "backslashreplace")))
    emit(results)
    return int(verdict.exit_code)
