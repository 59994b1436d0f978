"""An executable has debugging information, or none, against what the policy says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[bool] = Setting(
    section="file",
    key="dwarf",
    annotation=bool,
    description="true: the file has debugging information. false: it was left out.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The file has debugging information exactly if file.dwarf says so."""
    wanted, found = SETTING.asked(context), context.word("dwarf") != "none"
    if wanted and not found:
        yield Fault(
            message=f"{context.name} should have debugging information, and has none",
            hint="build without -ldflags=-s or -w, and do not strip the file",
        )
    if found and not wanted:
        yield Fault(
            message=f"{context.name} should have no debugging information, and has it",
            hint="build with -ldflags=-w to leave it out",
        )


CHECK = Check(
    title="Debugging information is not as declared",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
