"""The options of commands that sign, and what they tell of a run beside its result."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from attest.render.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.app.sign import Signing

IdentityTokenOption = Annotated[
    str | None,
    typer.Option(
        "--identity-token",
        metavar="TOKEN",
        envvar="SIGSTORE_ID_TOKEN",
        show_envvar=True,
        help="Sign keyless, as this OpenID Connect token proves; or a file with it, - for standard input.",
    ),
]
TrustConfigOption = Annotated[
    str | None,
    typer.Option(
        "--trust-config", metavar="FILE", help="The client trust configuration of the Sigstore instance."
    ),
]
TrustedRootOption = Annotated[
    str | None,
    typer.Option("--trusted-root", metavar="FILE", help="The instance's trusted root, given apart."),
]
SigningConfigOption = Annotated[
    str | None,
    typer.Option("--signing-config", metavar="FILE", help="The instance's signing configuration."),
]
StagingOption = Annotated[
    bool, typer.Option("--staging", help="Sign with Sigstore's staging instance, to try things.")
]
_JOURNAL: Final = ".attest-journal"


def is_journal(name: str) -> bool:
    """Tell the folder of a journal by its name."""
    return name.endswith(_JOURNAL)


def journal_of(target: str) -> Path:
    """Where signatures are kept until they are written: beside what is signed."""
    whole = Path(os.path.abspath(target))  # noqa: PTH100 - Path.absolute keeps the ".." in it
    return whole.parent / f"{whole.name}{_JOURNAL}"


def tell_notes(signing: Signing) -> None:
    """Tell on standard error what was found in the journal."""
    for note in signing.logged.notes if signing.logged else ():
        _note(note)


def tell_tally(signing: Signing) -> None:
    """Tell on standard error what a log has more often than it is needed."""
    tally = signing.logged.tally if signing.logged else None
    if tally is None:
        return
    if tally.doubled:
        _note(f"{tally.doubled} entries stand in the log beside those of the bundles")
    if tally.unsure:
        _note(
            f"{tally.unsure} requests were sent again, and the log does not show whether the first ones"
            " arrived: as many entries at most may stand in it beside those of the bundles"
        )


def tell_left(count: int) -> None:
    """Tell on standard error of the signatures that an interrupted run made of other things."""
    if count:
        _note(
            f"the signing journal keeps {count} signatures that this command did not need: run the command"
            " again that was interrupted, or remove the journal if its files were changed since; each may"
            " have an entry in the log that belongs to no bundle"
        )


def tell_orphans(names: Iterable[str]) -> None:
    """Tell on standard error which signatures are of nothing that is there; they are left alone."""
    for name in names:
        _note(f"{name} is by the same signer, and about no file that is here: it was changed, or is gone")


def _note(text: str) -> None:
    typer.echo(f"attest: note: {escape(text)}", err=True)
