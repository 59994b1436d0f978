"""`attest sbom --require`: the elements of standards, in documents that are written or that are there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from attest.app.sbom import STANDARDS, is_document, lacking
from attest.cli.inputs import open_file
from attest.errors import UsageError
from attest.model.exit_code import ExitCode
from attest.model.limits import DEFAULT_LIMITS
from attest.render.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attest.app.sbom import Missing, Standard

_HEAD = 1 << 16


def standards(names: Sequence[str]) -> tuple[Standard, ...]:
    """The standards that --require names; `UsageError` for any other."""
    for each in names:
        if each not in STANDARDS:
            raise UsageError(f"--require: {each!r} is no choice", hint=f"one of {', '.join(STANDARDS)}")
    return tuple(each for each in STANDARDS if each in names)


def given_documents(targets: Iterable[str]) -> dict[str, bytes]:
    """The targets that are SBOMs by their content, with their bytes."""
    found: dict[str, bytes] = {}
    for each in targets:
        with open_file(each) as file:
            if is_document(bytes(file.data[:_HEAD])):
                # One byte more than is read of an SBOM, so that what is too large is told as that.
                found[each] = bytes(file.data[: DEFAULT_LIMITS.sbom_bytes + 1])
    return found


def require_of(documents: Mapping[str, bytes], required: Sequence[Standard]) -> None:
    """Hold documents that are there against standards, and say of each what it lacks, or that it has all."""
    missing = {name: lacking(content, required, file=name) for name, content in documents.items()}
    words = ", ".join(required)
    whole = [f"{escape(name)} has every element of {words}\n" for name, found in missing.items() if not found]
    sys.stdout.write("".join(whole))
    refuse_missing(missing.items())


def refuse_missing(documents: Iterable[tuple[str, Sequence[Missing]]]) -> None:
    """List the required elements that documents lack; any ends the command with exit 1."""
    lines = dict.fromkeys(
        f"attest: {escape(name)}: {escape(str(each))}\n  hint: {each.hint}\n"
        for name, missing in documents
        for each in missing
    )
    sys.stderr.write("".join(lines))
    if lines:
        raise typer.Exit(ExitCode.DENIED)
