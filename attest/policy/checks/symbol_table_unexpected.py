"""An executable has a symbol table, or none, against what the policy says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[bool] = Setting(
    section="file",
    key="symbol_table",
    annotation=bool,
    description="true: the file has a symbol table. false: it was left out.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The file has a symbol table exactly if file.symbol_table says so."""
    wanted, found = SETTING.asked(context), context.flag("symbol_table")
    if wanted and not found:
        yield Fault(
            message=f"{context.name} should have a symbol table, and has none",
            hint="build without -ldflags=-s, and do not strip the file",
        )
    if found and not wanted:
        yield Fault(
            message=f"{context.name} should have no symbol table, and has one",
            hint="build with -ldflags=-s to leave it out",
        )


CHECK = Check(
    title="The symbol table is not as declared",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
