"""An ELF file leaves more writable after relocation than the policy allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[str] = Setting(
    section="elf",
    key="relro",
    annotation=Literal["partial", "full"],
    description="What must be read-only after relocation: partial, or full.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """RELRO is at least elf.relro; a static program has nothing that a loader relocates."""
    context.only("elf")
    wanted = SETTING.asked(context)
    if (link := context.word("link")) in ("static", "object"):
        raise Skip(f"{context.name} is {link}: no loader relocates it")
    found = context.word("elf.relro")
    if found not in ("full", wanted):
        yield Fault(
            message=f"{context.name} should have {wanted} RELRO, and has {found}",
            hint="link with -z relro and, for full, -z now (-ldflags=-bindnow with Go's own linker)",
        )


CHECK = Check(
    title="An ELF file leaves more writable after relocation than allowed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
