"""The `-o FORMAT[@VERSION][=FILE]` option: what to write and where, all of it or nothing."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.edge.files import FileSink
from attest.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One thing to write; `file` is "" for standard output, `version` "" for the format's default."""

    format: str
    version: str
    file: str


def parse_outputs(values: Sequence[str], formats: Sequence[str], default: str) -> tuple[Output, ...]:
    """The outputs that the options ask for, in their order; `default` on standard output where none.

    Raises `UsageError` for an unknown format and for two outputs in one place.
    """
    outputs = tuple(_parse(value, formats) for value in values or [default])
    places = [output.file for output in outputs]
    for place in places:
        if places.count(place) > 1:
            where = f"the file {place}" if place else "standard output"
            raise UsageError(
                f"-o: two outputs for {where}", hint="give each a file of its own: -o FORMAT=FILE"
            )
    return outputs


def _parse(value: str, formats: Sequence[str]) -> Output:
    kind, separator, file = value.partition("=")
    name, _, version = kind.partition("@")
    names = sorted({each.partition("@")[0] for each in formats})
    if name not in names:
        raise UsageError(f"-o: unknown format {name!r}", hint=f"one of {', '.join(names)}")
    if version and kind not in formats:
        known = sorted(each for each in formats if each.startswith(f"{name}@"))
        raise UsageError(
            f"-o: {name} has no version {version!r} here", hint=f"one of {', '.join([name, *known])}"
        )
    if separator and not file:
        raise UsageError(f"-o: no file after {value!r}", hint="write -o FORMAT=FILE, or -o FORMAT alone")
    return Output(format=name, version=version, file=file)


def emit(results: Iterable[tuple[str, bytes]], *, extra: dict[str, bytes] | None = None) -> None:
    """Write each (file, bytes); the file "" is standard output and comes after all files are in place."""
    files = dict(extra or {})
    printed: list[bytes] = []
    for file, data in results:
        if file:
            files[file] = data
        else:
            printed.append(data)
    FileSink().write(files)
    for data in printed:
        try:
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            # The interpreter flushes standard output once more when it ends, and must not fail on it again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise OutputError(
                f"cannot write to standard output: {(error.strerror or str(error)).lower()}",
                hint="free some space, or write to a file elsewhere with -o FORMAT=FILE",
            ) from error
