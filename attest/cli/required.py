"""`attest sbom --require`: the elements of standards, in documents that are written or that are there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.app.sbom import STANDARDS, is_document, lacking
from attest.cli.inputs import open_file
from attest.errors import UsageError
from attest.model.exit_code import ExitCode
from attest.model.limits import DEFAULT_LIMITS
from attest.render.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attest.app.sbom import Missing, Standard

_HEAD: Final = 1 << 16


def standards(names: Sequence[str]) -> tuple[Standard, ...]:
    """The standards that --require names; `UsageError` for any other."""
    for each in names:
        if each not in STANDARDS:
            raise UsageError(f"--require: {each!r} is no choice", hint=f"one of {', '.join(STANDARDS)}")
    return tuple(each for each in STANDARDS if each in names)


def hold_documents(targets: Sequence[str], required: Sequence[Standard], *, writing: bool) -> bool:
    """Hold SBOMs against standards, where the targets are SBOMs; tell whether they are."""
    found = _documents(each for each in targets if Path(each).is_file())
    if not found:
        return False
    if not required:
        raise UsageError(
            f"{next(iter(found))} is a document, not an executable",
            hint="an SBOM is held against a standard with --require, as --require cisa-2026",
        )
    if len(found) < len(set(targets)) or writing:
        raise UsageError(
            "SBOMs are held against standards in a run of their own",
            hint="name SBOMs and --require alone; nothing is written",
        )
    missing = {name: lacking(content, required, file=name) for name, content in found.items()}
    words = ", ".join(required)
    sys.stdout.write(
        "".join(f"{escape(name)} has every element of {words}\n" for name in found if not missing[name])
    )
    refuse_missing(missing.items())
    return True


def _documents(targets: Iterable[str]) -> dict[str, bytes]:
    """The targets that are documents by their content, with their bytes."""
    found: dict[str, bytes] = {}
    for each in targets:
        with open_file(each) as file:
            if is_document(bytes(file.data[:_HEAD])):
                # One byte more than is read of an SBOM, so that what is too large is told as that.
                found[each] = bytes(file.data[: DEFAULT_LIMITS.sbom_bytes + 1])
    return found


def refuse_missing(documents: Iterable[tuple[str, Sequence[Missing]]]) -> None:
    """List the required elements that documents lack; any ends the command with exit 1."""
    lines = dict.fromkeys(
        f"attest: {escape(name)}: {escape(str(each))}\n  hint: {each.hint}\n"
        for name, missing in documents
        for each in missing
    )
    sys.stderr.write("".join(lines))
    if lines:
        sys.exit(ExitCode.DENIED)
