"""An ELF file has relocations in its code, which the loader must make writable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[bool | str] = Setting(
    section="elf",
    key="textrel",
    annotation=Literal[False, "any"],
    description="false: no relocations in code. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """There is no DT_TEXTREL."""
    context.only("elf")
    if SETTING.asked(context) == "any":
        raise Skip("the policy says elf.textrel: any")
    if context.flag("elf.textrel"):
        yield Fault(
            message=f"{context.name} has relocations in its code",
            hint="compile C and assembly code with -fPIC, and link with -z text",
        )


CHECK = Check(
    title="An ELF file has relocations in its code",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
