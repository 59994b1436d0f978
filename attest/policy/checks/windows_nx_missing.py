"""A Windows program lets data be run as code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


NX: Setting[bool | str] = Setting(
    section="windows",
    key="nx",
    annotation=Literal[True, "any"],
    description="true: the header marks data as not executable (DEP). any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The header asks for data execution prevention."""
    context.only("pe")
    if NX.asked(context) == "any":
        raise Skip("the policy says windows.nx: any")
    if not context.flag("pe.nx"):
        yield Fault(
            message=f"{context.name} should not let data be run, and lacks the flag NX_COMPAT",
            hint="build without the linker option that turns data execution prevention off",
        )


CHECK = Check(
    title="A Windows program lets data be run as code",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(NX,),
    waivable=True,
)
