"""An ELF file says itself where the loader searches for libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[bool | str] = Setting(
    section="elf",
    key="rpath",
    annotation=Literal[False, "any"],
    description="false: neither DT_RPATH nor DT_RUNPATH. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """There is neither DT_RPATH nor DT_RUNPATH."""
    context.only("elf")
    if SETTING.asked(context) == "any":
        raise Skip("the policy says elf.rpath: any")
    for name in ("rpath", "runpath"):
        paths = context.words(f"elf.{name}")
        if paths:
            yield Fault(
                message=f"{context.name} has the {name} '{':'.join(paths)}'",
                hint="link without -rpath (Go's flag -r, or -Wl,-rpath in CGO_LDFLAGS)",
            )


CHECK = Check(
    title="An ELF file says where the loader searches for libraries",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
