"""The option `--sumdb`, and what the go command keeps of the checksum database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from attest.edge.files import DirectoryTree
from attest.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from attest.app.sumdb import SumdbEvidence

MODES: Final = ("off", "cache", "require")

SumdbOption = Annotated[
    str,
    typer.Option(
        "--sumdb",
        metavar="|".join(MODES),
        help="Prove go.sum against Go's checksum database, as far as the module cache goes, or wholly.",
    ),
]


def sumdb_evidence(mode: str, cache: DirectoryTree | None) -> SumdbEvidence | None:
    """The evidence beside a module cache, by the go command's settings; None for the mode "off".

    Raises `UsageError` for an unknown mode and for settings that name no database.
    """
    if mode not in MODES:
        raise UsageError(f"--sumdb: {mode!r} is no choice", hint=f"one of {', '.join(MODES)}")
    if mode == "off":
        return None
    from attest.app.sumdb import SumdbEvidence, database_key
    from attest.edge.goenv import find_module_cache, find_sumdb_settings

    settings = find_sumdb_settings()
    # Tree heads lie beside the cache that they belong to; those of another cache prove nothing about it.
    heads: Path | None = None
    if cache is not None:
        own = cache.root == find_module_cache()
        heads = settings.heads if own else cache.root.parent / "sumdb"
    return SumdbEvidence(
        key=database_key(settings.database),
        excluded=settings.excluded,
        required=mode == "require",
        cache=cache,
        heads=DirectoryTree(heads, str(heads)) if heads is not None and heads.is_dir() else None,
    )
