"""A Windows program is loaded at the same address every time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


ASLR: Setting[bool | str] = Setting(
    section="windows",
    key="aslr",
    annotation=Literal[True, "any"],
    description="true: address space layout randomisation is effective. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The program may be loaded anywhere, and has the relocations for it."""
    context.only("pe")
    if ASLR.asked(context) == "any":
        raise Skip("the policy says windows.aslr: any")
    if context.flag("pe.aslr"):
        return
    needed = {"pe.dynamic_base": "the flag DYNAMIC_BASE", "pe.relocations": "base relocations"}
    lacks = [what for fact, what in needed.items() if not context.flag(fact)]
    yield Fault(
        message=f"{context.name} should be loaded anywhere (ASLR), and lacks {' and '.join(lacks)}",
        hint="build with the default build mode or with -buildmode=pie",
    )


CHECK = Check(
    title="A Windows program is loaded at the same address every time",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(ASLR,),
    waivable=True,
)
