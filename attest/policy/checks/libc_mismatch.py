"""An ELF file needs another C library than the policy declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


Library = Literal["glibc", "musl", "uclibc", "bionic", "bsd", "solaris"]
SETTING: Setting[str] = Setting(
    section="elf",
    key="libc",
    annotation=Library,
    description="The C library that the executable may need.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The loader and the libraries belong to elf.libc."""
    context.only("elf")
    wanted = SETTING.asked(context)
    if not context.words("libraries") and context.word("link") in ("static", "static-pie", "shared"):
        raise Skip(f"{context.name} needs no shared library")
    found = context.word("elf.libc")
    if found != wanted:
        yield Fault(
            message=f"{context.name} should need {wanted}, and needs {found}",
            hint="build it with CGO_ENABLED=0, or with the C compiler of that library",
        )


CHECK = Check(
    title="An ELF file needs another C library than declared",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
