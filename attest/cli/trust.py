"""`attest trust show|update|export`."""

from __future__ import annotations

import hashlib
import os
import sys
from typing import Annotated

import typer

from attest.cli.declare import sub_command
from attest.cli.inputs import judging_time, read_file
from attest.cli.instances import instance_trust
from attest.cli.options import NowOption, OutputOption
from attest.cli.output import emit, parse_outputs
from attest.edge.clock import system_now
from attest.errors import UsageError
from attest.model.limits import DEFAULT_LIMITS
from attest.model.trust_update import SIGNING_CONFIG, TRUSTED_ROOT

app = typer.Typer(
    help="Trust roots: what is trusted, until when, from where.",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)

StagingOption = Annotated[
    bool, typer.Option("--staging", help="Sigstore's staging instance, not the public good one.")
]


@sub_command(app)
def show(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE...]", help="Trusted roots (default: what is trusted without any)."),
    ] = None,
    *,
    staging: StagingOption = False,
    output: OutputOption = None,
    now: NowOption = None,
) -> None:
    """List every authority and log that is trusted: from when, until when, by which key.

    Without FILE it is the public good instance, as the last update brought it or as it came with attest. Of a
    certificate's chain the issuing one's fingerprint is shown; -o json has all. The sha256 of the file is
    what a policy pins it by.
    """
    from attest.app import trust
    from attest.render.trust import to_json, to_text

    if files and staging:
        raise UsageError("--staging is no file's", hint="name files, or give --staging")
    outputs = parse_outputs(output or [], ("text", "json"), "text")
    time = judging_time(now, system_now())
    if files:
        found = trust.show([(each, read_file(each, DEFAULT_LIMITS.trusted_root_bytes)) for each in files])
    else:
        found = trust.show_instance(instance_trust(_name(staging=staging), time))
    emit(
        (each.file, to_json(found, time) if each.format == "json" else to_text(found, time).encode())
        for each in outputs
    )


@sub_command(app)
def update(
    *,
    staging: StagingOption = False,
    tuf_url: Annotated[
        str | None,
        typer.Option("--tuf-url", metavar="URL", help="Another TUF repository, of an instance of one's own."),
    ] = None,
    root: Annotated[
        str | None,
        typer.Option("--root", metavar="FILE", help="The root metadata by which it is believed (root.json)."),
    ] = None,
    output_dir: Annotated[
        str | None,
        typer.Option("--output-dir", metavar="DIR", help="Write the documents into this folder, too."),
    ] = None,
) -> None:
    """Ask the TUF repository of a Sigstore instance what is to be trusted now, and remember it.

    sign, verify and trust show use it from then on, without asking anybody. What the repository says must be
    signed as the root metadata wants it, not be older than what it said before, and not have ended. Of
    another repository (--tuf-url with --root) the documents are written to --output-dir, for --trusted-root
    and --signing-config.
    """
    from attest.app import trust
    from attest.edge.files import make_folder
    from attest.edge.services import ServiceCalls
    from attest.edge.state import TrustFolder, find_state_folder
    from attest.edge.tuf import TufRepository
    from attest.render.trust import to_text

    if bool(tuf_url) != bool(root):
        raise UsageError("--tuf-url and --root go together", hint="give both")
    if tuf_url and staging:
        raise UsageError("--tuf-url and --staging exclude each other", hint="name one repository")
    if tuf_url and not output_dir:
        raise UsageError(
            "it is not said where the documents of this repository go", hint="name a folder with --output-dir"
        )
    if tuf_url and root:
        name, url, anchor = tuf_url, tuf_url, read_file(root, DEFAULT_LIMITS.tuf_bytes)
    else:
        name = _name(staging=staging)
        url, anchor = trust.repository_of(name)
    kept = TrustFolder(state=find_state_folder(), name=name)
    services = ServiceCalls.of(os.environ)
    repository = TufRepository(url=url, root=anchor, folder=kept.metadata, services=services)
    time = system_now()
    found, data = trust.update(name, url, repository, time)
    if output_dir:
        make_folder(output_dir)
        documents = {TRUSTED_ROOT: found.trusted_root, SIGNING_CONFIG: found.signing_config}
        emit((os.path.join(output_dir, each), content) for each, content in documents.items())  # noqa: PTH118
    kept.write(data)
    sys.stdout.write(to_text(trust.show_instance(found), time, members=False))


@sub_command(app)
def export(
    name: Annotated[str, typer.Argument(metavar="NAME", help="public-good or staging.")] = "public-good",
    *,
    output: OutputOption = None,
) -> None:
    """Write the trusted root of a public instance, for a policy or another tool to pin (-o json=FILE).

    It is the one that trust show lists. Its SHA-256 is told on standard error.
    """
    (place,) = parse_outputs(output or [], ("json",), "json")
    data = instance_trust(name, system_now()).trusted_root
    emit([(place.file, data)])
    sys.stderr.write(f"sha256: {hashlib.sha256(data).hexdigest()}\n")


def _name(*, staging: bool) -> str:
    return "staging" if staging else "public-good"
