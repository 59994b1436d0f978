"""The report formats of `-o`, for every command that ends in a verdict."""

from __future__ import annotations

import importlib
import os
import posixpath
import sys
from typing import TYPE_CHECKING, Final

from attest import __version__
from attest.cli.options import wants_color
from attest.cli.output import Output, emit, parse_outputs
from attest.errors import UsageError
from attest.render.finding import Roots
from attest.render.report_text import to_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from attest.model.verdict import Verdict

_COLUMNS: Final = 80
#: The formats for machines; text is for people, and the only one that heeds terminals and --quiet.
_MACHINES: Final = ("json", "sarif", "junit", "github", "gitlab-codequality", "markdown", "html")
FORMATS: Final = ("text", *_MACHINES)
#: A signed statement rather than a report: for `attest verify --policy` alone (`attest.cli.summaries`).
VSA: Final = "vsa"


def _rendered(form: str, verdict: Verdict, roots: Roots) -> bytes:
    """The report in a format for machines; only that format's writer is loaded."""
    if form == "json":
        from attest.render.report_json import to_json

        return to_json(verdict)
    if form == "sarif":
        from attest.render.sarif import to_sarif

        return to_sarif(verdict, tool_version=__version__, roots=roots)
    name = form.replace("-", "_")
    writer = getattr(importlib.import_module(f"attest.render.{name}"), f"to_{name}")
    return bytes(writer(verdict, roots=roots))


def report_outputs(
    values: Sequence[str] | None, *, outside: Path | None = None, summaries: bool = False
) -> tuple[Output, ...]:
    """The reports that `-o` asks for; `UsageError` for one inside the release directory `outside`.

    A file written there would be part of the next release that is judged. `summaries` says that `-o vsa` may
    be among them.
    """
    outputs = parse_outputs(values or [], (*FORMATS, VSA) if summaries else FORMATS, "text")
    for output in outputs:
        if outside is not None and output.file and inside(output.file, str(outside)):
            raise UsageError(
                f"-o: {output.file} lies in the release directory",
                hint="write reports beside it, not into it",
            )
    return outputs


def inside(file: str, folder: str) -> bool:
    """Tell whether `file` is `folder` or lies below it, links followed."""
    where, folder = os.path.realpath(file), os.path.realpath(folder)
    return where == folder or where.startswith(folder + os.sep)


def report_roots(
    *, source: str | None = None, release: str | None = None, policy: str | None = None
) -> Roots:
    """Where findings point, from the paths that the user gave; relative to where attest runs."""
    root = "" if source is None else _from_here(source)
    return Roots(
        source=root,
        release="" if release is None else _from_here(release),
        fallback=posixpath.join(root, "go.mod") if policy is None else _from_here(policy),
    )


def _from_here(path: str) -> str:
    """A path as reports name it: relative where it lies below the working directory, else absolute."""
    absolute = os.path.abspath(path)  # noqa: PTH100 - a link keeps the name by which the user knows it
    here = os.getcwd()  # noqa: PTH109 - beside abspath, which is of os too
    if absolute == here:
        return ""
    relative = (
        os.path.relpath(absolute, here) if absolute.startswith(here.rstrip(os.sep) + os.sep) else absolute
    )
    return relative.replace(os.sep, "/")


def _columns() -> int:
    """The width of the terminal, which COLUMNS overrides; as shutil has it, which takes long to import."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or _COLUMNS
    except (OSError, ValueError, AttributeError):  # no terminal, or none of a real file
        return _COLUMNS


def report(
    verdict: Verdict,
    outputs: Sequence[Output],
    *,
    roots: Roots,
    color: str,
    verbose: bool,
    quiet: bool = False,
    beside: Sequence[tuple[str, bytes]] = (),
) -> int:
    """Write every report, and the files `beside` them, and give the exit code, which no format changes."""
    results: list[tuple[str, bytes]] = list(beside)
    for output in outputs:
        if output.format == VSA:
            continue  # they are among those beside
        if output.format in _MACHINES:
            results.append((output.file, _rendered(output.format, verdict, roots)))
        elif not (quiet and not output.file):
            terminal = not output.file and sys.stdout.isatty()
            width = _COLUMNS if output.file else _columns()
            colored = wants_color(color, os.environ, terminal=terminal)
            text = to_text(verdict, width=width, color=colored, verbose=verbose)
            results.append((output.file, text.encode("utf-8", "backslashreplace")))
    emit(results)
    return int(verdict.exit_code)
