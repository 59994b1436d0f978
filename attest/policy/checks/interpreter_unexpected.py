"""An ELF file names a dynamic loader that the policy does not allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[list[str]] = Setting(
    section="elf",
    key="interpreters",
    annotation=list[str],
    description="The dynamic loaders that may be named.",
    pattern=r"/.+",
    example="/lib64/ld-linux-x86-64.so.2",
)

#: Kinds of link that need no loader of their own.
_WITHOUT = frozenset({"static", "static-pie", "shared", "object"})


def run(context: ImageContext) -> Iterator[Fault]:
    """The dynamic loader is one of elf.interpreters."""
    context.only("elf")
    allowed = SETTING.asked(context)
    if context.report.fact("elf.interpreter") is None and context.word("link") in _WITHOUT:
        raise Skip(f"{context.name} names no dynamic loader")
    found = context.word("elf.interpreter")
    if found not in allowed:
        yield Fault(
            message=f"{context.name} should name the loader {' or '.join(allowed)}, and names {found}",
            hint="set it with -ldflags=-I or the linker of the target, or allow it in elf.interpreters",
        )


CHECK = Check(
    title="An ELF file names another dynamic loader than allowed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
