"""`attest trust show|export`."""

from __future__ import annotations

import hashlib
import sys
from typing import Annotated

import typer

from attest.cli.declare import sub_command
from attest.cli.inputs import judging_time, read_file
from attest.cli.options import NowOption, OutputOption
from attest.cli.output import emit, parse_outputs
from attest.edge.clock import system_now
from attest.model.limits import DEFAULT_LIMITS

app = typer.Typer(
    help="Trust roots: what is trusted, until when, from where.",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)


@sub_command(app)
def show(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE...]", help="Trusted roots (default: the one that comes with attest)."),
    ] = None,
    *,
    output: OutputOption = None,
    now: NowOption = None,
) -> None:
    """List every authority and log that is trusted: from when, until when, by which key.

    Of a certificate's chain the issuing one's fingerprint is shown; -o json has all. The sha256 of the file
    is what a policy pins it by.
    """
    from attest.app import trust
    from attest.render.trust import to_json, to_text

    outputs = parse_outputs(output or [], ("text", "json"), "text")
    time = judging_time(now, system_now())
    found = trust.show([(each, read_file(each, DEFAULT_LIMITS.trusted_root_bytes)) for each in files or []])
    emit(
        (each.file, to_json(found, time) if each.format == "json" else to_text(found, time).encode())
        for each in outputs
    )


@sub_command(app)
def export(
    name: Annotated[str, typer.Argument(metavar="NAME", help="public-good or staging.")] = "public-good",
    *,
    output: OutputOption = None,
) -> None:
    """Write a trusted root that comes with attest, for a policy or another tool to pin (-o json=FILE).

    Its SHA-256 is told on standard error.
    """
    from attest.app import trust

    (place,) = parse_outputs(output or [], ("json",), "json")
    data = trust.embedded(name)
    emit([(place.file, data)])
    sys.stderr.write(f"sha256: {hashlib.sha256(data).hexdigest()}\n")
