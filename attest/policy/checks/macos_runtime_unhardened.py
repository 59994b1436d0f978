"""An executable is signed without the hardened runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting
from attest.policy.macos import signature

if TYPE_CHECKING:
    from collections.abc import Iterator


HARDENED: Setting[bool] = Setting(
    section="macos",
    key="hardened_runtime",
    annotation=Literal[True],
    description="true: the code signature turns the hardened runtime on.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The code directory has the flag of the hardened runtime."""
    HARDENED.asked(context)
    if signature(context) == "none":
        why = "has no code signature, which alone turns it on"
    elif context.flag("macho.hardened_runtime"):
        return
    else:
        why = "its code signature leaves it off"
    yield Fault(
        message=f"{context.name} should run with the hardened runtime, and {why}",
        hint="sign with codesign --options runtime",
    )


CHECK = Check(
    title="An executable is signed without the hardened runtime",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(HARDENED,),
    waivable=True,
)
