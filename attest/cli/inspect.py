"""`attest inspect FILE…`."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Final

from attest.app.inspect import inspect_targets, locate_in
from attest.cli.declare import Argument, Option
from attest.cli.options import ColorOption, JobsOption, OutputOption, wants_color
from attest.cli.output import emit, parse_outputs
from attest.edge.files import DirectoryTree
from attest.errors import UsageError
from attest.render.escape import escape
from attest.render.inspect_json import to_json

_FORMATS: Final = ("text", "json")


def command(
    files: Annotated[
        list[str] | None, Argument(metavar="[FILE...]", help="Executables, archives, directories.")
    ] = None,
    *,
    output: OutputOption = None,
    jobs: JobsOption = 0,
    color: ColorOption = "auto",
    verbose: Annotated[bool, Option("--verbose", help="Print every module, setting and fact.")] = False,
    headers: Annotated[
        bool,
        Option("--headers", help="Read build info and headers alone: fast, and no digest."),
    ] = False,
    at: Annotated[
        str,
        Option(
            "--at",
            metavar="ADDRESS",
            help="Name the function at an address (in WebAssembly an offset in the file).",
        ),
    ] = "",
    source: Annotated[
        str | None,
        Option("--files", metavar="DIR", help="Instead: which source files are built where, and why."),
    ] = None,
    platform: Annotated[
        list[str] | None,
        Option(
            "--platform", metavar="GOOS/GOARCH", help="--files: where; repeatable, or all (default: here)."
        ),
    ] = None,
    cgo: Annotated[bool, Option("--cgo", help="--files: with cgo.")] = False,
    tags: Annotated[str, Option("--tags", metavar="TAG,...", help="--files: with these build tags.")] = "",
) -> None:
    """Everything that can be known about an executable, without running it."""
    if source is not None:
        from attest.cli.inspect_files import listed

        if files or at or headers:
            raise UsageError("--files is about source files, and goes with no executable, --at or --headers")
        emit(
            listed(source, platforms=platform or [], tags=tags, cgo=cgo, output=output or [], verbose=verbose)
        )
        return
    if platform or cgo or tags:
        raise UsageError(
            "--platform, --cgo and --tags are about source files", hint="name their directory with --files"
        )
    if not files:
        raise UsageError("no file is named", hint="attest inspect FILE")
    if at:
        sys.stdout.write(f"{_located(files, output, at)}\n")
        return
    outputs = parse_outputs(output or [], _FORMATS, "text")
    colored = wants_color(color, os.environ, terminal=sys.stdout.isatty())
    inspected = inspect_targets(
        files,
        tree_of=tree_of,
        folder_of=folder_of,
        jobs=jobs,
        depth="headers" if headers else "full",
    )
    results: list[tuple[str, bytes]] = []
    for each in outputs:
        if each.format == "json":
            results.append((each.file, to_json(inspected)))
        else:
            from attest.render.inspect_text import to_text

            text = to_text(inspected, color=colored and not each.file, verbose=verbose)
            results.append((each.file, text.encode("utf-8", "backslashreplace")))
    emit(results)


def _located(files: list[str], output: list[str] | None, at: str) -> str:
    """The line that `--at` prints: function, how far into it, and its source file."""
    if len(files) != 1 or output:
        raise UsageError("--at asks about one file, and prints text alone")
    place = _address(at)
    tree, name = tree_of(files[0])
    found = locate_in(tree, name, place)
    where = f" in {found.file}" if found.file else ""
    return escape(f"{at}: {found.function} + {found.offset:#x}{where} ({found.source})")


def _address(at: str) -> int:
    """A number as engines and debuggers print it: hexadecimal after 0x, else decimal."""
    try:
        return int(at, 16 if at[:2].lower() == "0x" else 10)
    except ValueError:
        raise UsageError(
            f"'{at}' is no address", hint="give a number such as 0x4a3f20, or a decimal one"
        ) from None


def folder_of(path: str) -> DirectoryTree | None:
    """The tree below a directory that is named; None for everything else."""
    return DirectoryTree.of(path) if os.path.isdir(path) else None  # noqa: PTH112 - cheaper than a Path


def tree_of(path: str) -> tuple[DirectoryTree, str]:
    """The directory that a named file is in, and its name there.

    A link that the user names is followed; the file that it leads to is opened without following any.
    """
    # Plain strings: pathlib takes longer to load than the headers of a file to read.
    folder, name = os.path.split(os.path.realpath(path))
    return DirectoryTree(folder, os.path.dirname(path)), name  # noqa: PTH120 - the label as it was written
