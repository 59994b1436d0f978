"""A Windows program is started as something else than declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


SUBSYSTEM: Setting[str] = Setting(
    section="windows",
    key="subsystem",
    annotation=Literal["console", "gui"],
    description="console: with a console window. gui: without one.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The subsystem of the header is the one of the policy."""
    context.only("pe")
    wanted = SUBSYSTEM.asked(context)
    found = context.word("pe.subsystem")
    if found != wanted:
        yield Fault(
            message=f"{context.name} should be a {wanted} program, and its subsystem is {found}",
            hint="build with -ldflags=-H=windowsgui for gui, and without it for console",
        )


CHECK = Check(
    title="A Windows program is started as something else than declared",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SUBSYSTEM,),
    waivable=True,
)
