"""An executable was packed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


PACKED: Setting[str] = Setting(
    section="file",
    key="packed",
    annotation=Literal["denied", "any"],
    description="denied: no packer (UPX and others) compressed the executable. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """What runs is what lies in the file."""
    if PACKED.asked(context) == "any":
        raise Skip("the policy says file.packed: any")
    if context.flag("packed"):
        packer = context.word("packer")
        by = "UPX" if packer == "UPX" else "a packer that is not known"
        yield Fault(
            message=f"{context.name} was packed by {by}",
            hint="ship what go build wrote: leave symbols out with -ldflags='-s -w', and compress archives",
        )


CHECK = Check(
    title="An executable was packed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(PACKED,),
    waivable=True,
)
