"""`attest key generate|show`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.inputs import read_file
from attest.cli.password import read_password
from attest.edge.files import FileSink
from attest.errors import UsageError
from attest.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from attest.app.keys import KeyDescription

app = typer.Typer(
    help="Signing keys of one's own.",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)


@app.command()
def generate(
    *,
    output_prefix: Annotated[
        str, typer.Option("--output-prefix", metavar="NAME", help="Write NAME.key and NAME.pub.")
    ] = "attest",
    private_key: Annotated[
        str | None, typer.Option("--private-key", metavar="FILE", help="Where the private key goes.")
    ] = None,
    public_key: Annotated[
        str | None, typer.Option("--public-key", metavar="FILE", help="Where the public key goes.")
    ] = None,
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help="Encrypt the private key with ATTEST_KEY_PASSWORD, or ask.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
) -> None:
    """Make an ECDSA P-256 key pair in two PEM files."""
    from attest.app.keys import generate_key

    private, public = private_key or f"{output_prefix}.key", public_key or f"{output_prefix}.pub"
    password = read_password(new=True) if encrypt else b""
    if encrypt and not password:
        raise UsageError("an empty password encrypts nothing", hint="choose one, or leave out --encrypt")
    made = generate_key(FileSink(), os.path.lexists, private, public, password=password, force=force)
    typer.echo(f"private key: {private}\npublic key:  {public}\nsha256:      {made.sha256}")


@app.command()
def show(file: Annotated[str, typer.Argument(metavar="FILE", help="A PEM file, public or private.")]) -> None:
    """Print a key's algorithm, its fingerprint and its public half."""
    from attest.app.keys import describe_key

    data = read_file(file, DEFAULT_LIMITS.key_bytes)
    typer.echo(_text(describe_key(data, file, read_password)), nl=False)


def _text(key: KeyDescription) -> str:
    kind = "private" if key.private else "public"
    lines = (f"algorithm: {key.algorithm} ({kind})", f"sha256:    {key.sha256}", f"hint:      {key.hint}")
    return "\n".join((*lines, key.pem.decode()))
