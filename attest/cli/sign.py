"""`attest sign TARGET…`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.inputs import open_file, read_file
from attest.cli.options import ProgressOption, QuietOption
from attest.cli.signing_options import (
    IdentityTokenOption,
    SigningConfigOption,
    StagingOption,
    TrustConfigOption,
    TrustedRootOption,
    is_journal,
    journal_of,
    tell_left,
    tell_notes,
    tell_orphans,
    tell_tally,
)
from attest.edge.clock import system_now
from attest.edge.files import DirectoryTree, FileSink
from attest.edge.progress import progress
from attest.errors import NothingToVerifyError, UsageError
from attest.model.limits import DEFAULT_LIMITS
from attest.model.pieces import sha256_of

if TYPE_CHECKING:
    from attest.app.sign import Signature
    from attest.cli.signers import SigningOptions

_EVIDENCE = ".sigstore.json"


def command(
    targets: Annotated[list[str], typer.Argument(metavar="TARGET...", help="Files, or directories of them.")],
    *,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="KEY", help="What signs: FILE, pkcs11:URI or exec:COMMAND."),
    ] = None,
    identity_token: IdentityTokenOption = None,
    trust_config: TrustConfigOption = None,
    trusted_root: TrustedRootOption = None,
    signing_config: SigningConfigOption = None,
    staging: StagingOption = False,
    predicate: Annotated[
        str | None,
        typer.Option("--predicate", metavar="FILE", help="Sign this document as a statement about TARGET."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--type", metavar="spdx|cdx|URI", help="What the predicate is."),
    ] = None,
    statement: Annotated[
        str | None,
        typer.Option("--statement", metavar="FILE", help="Sign this in-toto statement about TARGET."),
    ] = None,
    one_statement: Annotated[
        bool, typer.Option("--one-statement", help="With --predicate: one statement about all files.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be signed and published; ask nobody.")
    ] = False,
    quiet: QuietOption = False,
    no_progress: ProgressOption = False,
) -> None:
    """Sign files, each as FILE.sigstore.json beside it, keyless or with a key.

    A statement about all files of a directory is release.KIND.intoto.sigstore.json in it; above 1,024 files
    there are several. Signatures that the same signer made of files that are no more are told.

    Keyless, and with a key where an instance is named, signatures are published in its transparency log.
    """
    from attest.app.sign import sign_all
    from attest.cli.signers import SigningOptions, signing_of

    if (predicate is None) != (kind is None):
        raise UsageError("--predicate and --type go together", hint="give both, or neither")
    if predicate and statement:
        raise UsageError("--predicate and --statement exclude each other", hint="give one of them")
    if one_statement and not predicate:
        raise UsageError("--one-statement is about a predicate", hint="give --predicate and --type")
    options = SigningOptions(
        key=key,
        identity_token=identity_token,
        trust_config=trust_config,
        trusted_root=trusted_root,
        signing_config=signing_config,
        staging=staging,
    )
    with progress(wanted=not (quiet or no_progress)) as show:
        digests: dict[str, str] = {}
        evidence: list[str] = []
        for target in targets:
            found = _files(target)
            evidence += (file for file in found if file != target and file.endswith(_EVIDENCE))
            for file in found:
                if file == target or not file.endswith(_EVIDENCE):
                    show(f"reading {file}")
                    digests[file] = _sha256(file)
        if not digests:
            raise NothingToVerifyError(
                "there is no file to sign", hint="name a file, or a directory with files"
            )
        together = _together(targets, digests) if one_statement else None
        wanted = _wanted(digests, predicate, kind, statement, together)
        if dry_run:
            _tell_plan(options, digests, len(wanted))
            return
        journal = journal_of(targets[0])
        signing = signing_of(options, journal)
        tell_notes(signing)
        there = {each.name: _present(each.name) for each in wanted}
        keeping = signing.keeping(there, system_now())
        try:
            made = sign_all(keeping, wanted, width=signing.width, done=lambda name: show(f"signed {name}"))
            FileSink(staging=journal).write(
                {name: data for name, data in made.items() if there[name] != data}
            )
            tell_left(signing.finish())
        finally:
            tell_tally(signing)
    others = {name: _present(name) for name in evidence if name not in there}
    tell_orphans(signing.orphans(others, digests.values(), system_now()))
    for each in wanted:
        typer.echo(each.name)


def _wanted(
    digests: dict[str, str],
    predicate: str | None,
    kind: str | None,
    statement: str | None,
    together: tuple[str, dict[str, str]] | None,
) -> list[Signature]:
    from attest.app.sign import document_signatures, file_signatures, statement_signature

    if statement:
        payload = read_file(statement, DEFAULT_LIMITS.bundle_bytes)
        return [statement_signature(file, sha256, payload) for file, sha256 in digests.items()]
    if predicate and kind:
        document = read_file(predicate, DEFAULT_LIMITS.sbom_bytes)
        if together:
            name, subjects = together
            return document_signatures(name, subjects, {kind: document})
        return [
            each
            for file, sha256 in digests.items()
            for each in document_signatures(file, {Path(file).name: sha256}, {kind: document})
        ]
    return [each for file, sha256 in digests.items() for each in file_signatures({file: sha256})]


def _together(targets: list[str], digests: dict[str, str]) -> tuple[str, dict[str, str]]:
    """What a statement about all files is called, and what it calls them: by their paths in a directory."""
    subjects: dict[str, str] = {}
    for file, sha256 in digests.items():
        folders = [each for each in targets if file.startswith(f"{each.rstrip('/')}/")]
        name = file[len(max(folders, key=len).rstrip("/")) + 1 :] if folders else Path(file).name
        if subjects.setdefault(name, sha256) != sha256:
            raise UsageError(
                f"two files are called {name!r}", hint="sign them in two runs, or name their directory"
            )
    folder = Path(targets[0]) if len(targets) == 1 and Path(targets[0]).is_dir() else Path(targets[0]).parent
    return str(folder / "release"), subjects


def _present(name: str) -> bytes:
    """What lies where a bundle goes, b"" where there is nothing that could be one."""
    if not os.path.isfile(name) or os.path.getsize(name) > DEFAULT_LIMITS.bundle_bytes:  # noqa: PTH113, PTH202 - a name as it was given
        return b""
    return read_file(name, DEFAULT_LIMITS.bundle_bytes)


def _tell_plan(options: SigningOptions, digests: dict[str, str], count: int) -> None:
    """What would be signed, and what everybody could read of it."""
    from attest.app.sign import public_hosts
    from attest.cli.signers import configuration_for, describe_signer

    options.check()
    typer.echo(f"signed by: {describe_signer(options)}")
    hosts = public_hosts(configuration_for(options)) if options.instance or not options.key else ()
    for host in hosts:
        typer.echo(f"published by {host}: {count} entries, each with its digest and who signed")
    if not hosts:
        typer.echo("published: nothing")
    for file, sha256 in digests.items():
        typer.echo(f"sha256:{sha256}  {file}")


def _sha256(file: str) -> str:
    with open_file(file) as opened:
        return sha256_of(opened.data)


def _files(target: str) -> list[str]:
    """The file, or every file below a directory, sorted; links are not followed."""
    if not os.path.isdir(target) or os.path.islink(target):  # noqa: PTH112, PTH114 - a name as it was given
        return [target]
    tree, found, queue = DirectoryTree.of(target), [], [""]
    while queue:
        folder = queue.pop()
        for entry in tree.entries(folder):
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.kind == "directory" and not is_journal(entry.name):
                queue.append(name)
            elif entry.kind == "file":
                found.append(f"{target.rstrip('/')}/{name}")
    return sorted(found)
