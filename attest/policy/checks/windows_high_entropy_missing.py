"""A Windows program does not use addresses of 64 bits to be moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


HIGH_ENTROPY: Setting[bool | str] = Setting(
    section="windows",
    key="high_entropy",
    annotation=Literal[True, "any"],
    description="true: the header allows high-entropy addresses. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The header allows high-entropy addresses, and they can take effect."""
    context.only("pe")
    if HIGH_ENTROPY.asked(context) == "any":
        raise Skip("the policy says windows.high_entropy: any")
    if not context.flag("pe.high_entropy_va"):
        yield Fault(
            message=f"{context.name} should use high-entropy addresses, and lacks the flag HIGH_ENTROPY_VA",
            hint="build for a platform of 64 bits with the default build mode",
        )
    elif not context.flag("pe.aslr"):
        yield Fault(
            message=f"{context.name} should use high-entropy addresses, and cannot be loaded anywhere at all",
            hint="build with the default build mode or with -buildmode=pie",
        )


CHECK = Check(
    title="A Windows program does not use addresses of 64 bits to be moved",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(HIGH_ENTROPY,),
    waivable=True,
)
