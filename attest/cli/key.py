"""`attest key generate|show|import`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.inputs import read_file
from attest.cli.password import read_password
from attest.cli.signers import key_source
from attest.edge.files import FileSink
from attest.errors import UsageError
from attest.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from attest.app.keys import KeyDescription, KeyFiles

app = typer.Typer(
    help="Signing keys of one's own.",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)

_PREFIX = Annotated[str, typer.Option("--output-prefix", metavar="NAME", help="Write NAME.key and NAME.pub.")]
_PRIVATE = Annotated[
    str | None, typer.Option("--private-key", metavar="FILE", help="Where the private key goes.")
]
_PUBLIC = Annotated[
    str | None, typer.Option("--public-key", metavar="FILE", help="Where the public key goes.")
]
_FORMAT = Annotated[
    str,
    typer.Option("--format", metavar="pkcs8|cosign", help="Of the private key; cosign's is encrypted."),
]
_ENCRYPT = Annotated[
    bool, typer.Option("--encrypt", help="Encrypt the private key with ATTEST_KEY_PASSWORD, or ask.")
]
_FORCE = Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")]


@app.command()
def generate(
    *,
    kind: Annotated[
        str,
        typer.Option("--type", metavar="TYPE", help="p256, p384, rsa-2048, rsa-3072, rsa-4096 or ed25519."),
    ] = "p256",
    form: _FORMAT = "pkcs8",
    output_prefix: _PREFIX = "attest",
    private_key: _PRIVATE = None,
    public_key: _PUBLIC = None,
    encrypt: _ENCRYPT = False,
    force: _FORCE = False,
) -> None:
    """Make a key pair in two files; ECDSA P-256 unless --type says other."""
    from attest.app.keys import generate_key

    names = private_key or f"{output_prefix}.key", public_key or f"{output_prefix}.pub"
    files = _files(names, form, encrypt=encrypt, force=force)
    _tell(generate_key(FileSink(), os.path.lexists, files, kind), files)


@app.command(name="import")
def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A private key, in any format.")],
    *,
    form: _FORMAT = "pkcs8",
    output_prefix: _PREFIX = "attest",
    private_key: _PRIVATE = None,
    public_key: _PUBLIC = None,
    encrypt: _ENCRYPT = False,
    force: _FORCE = False,
) -> None:
    """Write a private key that is there in another format, with its public half."""
    from attest.app.keys import import_key

    data = read_file(file, DEFAULT_LIMITS.key_bytes)
    names = private_key or f"{output_prefix}.key", public_key or f"{output_prefix}.pub"
    files = _files(names, form, encrypt=encrypt, force=force)
    _tell(import_key(FileSink(), os.path.lexists, files, data, file, read_password), files)


@app.command()
def show(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="A file, public or private, pkcs11:URI or exec:COMMAND.")
    ],
) -> None:
    """Print a key's algorithm, its fingerprint and its public half."""
    from attest.app.keys import describe_external, describe_key

    source = key_source(key)
    if source is not None:
        shown = describe_external(source)
    else:
        shown = describe_key(read_file(key, DEFAULT_LIMITS.key_bytes), key, read_password)
    kind = "private" if shown.private else "public"
    typer.echo(f"algorithm: {shown.algorithm} ({kind})\nsha256:    {shown.sha256}\nhint:      {shown.hint}")
    typer.echo(shown.pem.decode(), nl=False)
    _note(shown)


def _files(names: tuple[str, str], form: str, *, encrypt: bool, force: bool) -> KeyFiles:
    """What is to be written; the password is asked once nothing else is in the way."""
    from dataclasses import replace

    from attest.app.keys import KeyFiles, check_files

    files = KeyFiles(private=names[0], public=names[1], form=form, force=force)
    check_files(os.path.lexists, files)
    if not encrypt and form != "cosign":
        return files
    password = read_password(new=True, what="new password of the private key")
    if not password:
        raise UsageError("an empty password encrypts nothing", hint="choose one, or leave out --encrypt")
    return replace(files, password=password)


def _tell(made: KeyDescription, files: KeyFiles) -> None:
    typer.echo(f"private key: {files.private}\npublic key:  {files.public}\nsha256:      {made.sha256}")
    _note(made)


def _note(key: KeyDescription) -> None:
    if key.note:
        typer.echo(f"attest: note: {key.note}", err=True)
