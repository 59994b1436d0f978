"""An ELF file lets the stack be executable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[bool | str] = Setting(
    section="elf",
    key="nx_stack",
    annotation=Literal[True, "any"],
    description="true: the stack is not executable. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The segment PT_GNU_STACK is there and not executable, or the system allows nothing else."""
    context.only("elf")
    if SETTING.asked(context) == "any":
        raise Skip("the policy says elf.nx_stack: any")
    if not context.flag("elf.nx_stack"):
        yield Fault(
            message=f"{context.name} does not ask for a stack that is not executable",
            hint="link with -z noexecstack, and mark assembly files with .note.GNU-stack",
        )


CHECK = Check(
    title="An ELF file lets the stack be executable",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
