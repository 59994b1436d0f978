"""An ELF file needs a shared library that the policy does not allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[list[str]] = Setting(
    section="elf",
    key="libraries",
    annotation=list[str],
    description="The shared libraries that may be needed, by the names in the file.",
    example="libc.so.6",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """Every needed library is one of elf.libraries."""
    context.only("elf")
    allowed = SETTING.asked(context)
    for library in context.words("libraries"):
        if library not in allowed:
            yield Fault(
                message=f"{context.name} needs the shared library {library}, which is not allowed",
                hint="build without it (perhaps with CGO_ENABLED=0), or allow it in elf.libraries",
                names=(library,),
            )


CHECK = Check(
    title="An ELF file needs a shared library that is not allowed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
