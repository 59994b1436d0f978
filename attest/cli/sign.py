"""`attest sign TARGET…`."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Annotated

import typer

from attest.cli.inputs import open_file, read_file
from attest.cli.signers import signer_of
from attest.edge.files import DirectoryTree, FileSink
from attest.errors import NothingToVerifyError, UsageError
from attest.model.limits import DEFAULT_LIMITS

_EVIDENCE = ".sigstore.json"


def command(
    targets: Annotated[list[str], typer.Argument(metavar="TARGET...", help="Files, or directories of them.")],
    *,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="KEY", help="What signs: FILE, pkcs11:URI or exec:COMMAND."),
    ] = None,
    identity_token: Annotated[
        str | None,
        typer.Option(
            "--identity-token",
            metavar="TOKEN",
            envvar="SIGSTORE_ID_TOKEN",
            show_envvar=True,
            help="Sign keyless, as this OpenID Connect token proves.",
        ),
    ] = None,
    trust_config: Annotated[
        str | None,
        typer.Option(
            "--trust-config", metavar="FILE", help="The client trust configuration of the Sigstore instance."
        ),
    ] = None,
    predicate: Annotated[
        str | None,
        typer.Option("--predicate", metavar="FILE", help="Sign this document as a statement about TARGET."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--type", metavar="spdx|cdx", help="What the predicate is.")
    ] = None,
) -> None:
    """Sign files, each as FILE.sigstore.json beside it, keyless or with a key."""
    from attest.app.sign import sign_documents, sign_files

    if (predicate is None) != (kind is None):
        raise UsageError("--predicate and --type go together", hint="give both, or neither")
    digests = {file: _sha256(file) for target in targets for file in _files(target)}
    if not digests:
        raise NothingToVerifyError("there is no file to sign", hint="name a file, or a directory with files")
    document = read_file(predicate, DEFAULT_LIMITS.sbom_bytes) if predicate else b""
    signer, _ = signer_of(key, identity_token, trust_config)
    made: dict[str, bytes] = {}
    for file, sha256 in digests.items():
        if kind:
            made |= sign_documents(signer, file, {Path(file).name: sha256}, {kind: document})
        else:
            made |= sign_files(signer, {file: sha256})
    FileSink().write(made)
    for name in made:
        typer.echo(name)


def _sha256(file: str) -> str:
    with open_file(file) as opened:
        return hashlib.sha256(opened.data).hexdigest()


def _files(target: str) -> list[str]:
    """The file, or every file below a directory that is no bundle itself, sorted; links are not followed."""
    if not os.path.isdir(target) or os.path.islink(target):  # noqa: PTH112, PTH114 - a name as it was given
        return [target]
    tree, found, queue = DirectoryTree.of(target), [], [""]
    while queue:
        folder = queue.pop()
        for entry in tree.entries(folder):
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.kind == "directory":
                queue.append(name)
            elif entry.kind == "file" and not name.endswith(_EVIDENCE):
                found.append(f"{target.rstrip('/')}/{name}")
    return sorted(found)
