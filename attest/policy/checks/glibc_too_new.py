"""An ELF file needs a newer GNU C library than the policy allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[str] = Setting(
    section="elf",
    key="glibc_max",
    annotation=str,
    description="The newest version of the GNU C library that may be needed.",
    pattern=r"[0-9]{1,9}\.[0-9]{1,9}(\.[0-9]{1,9})?",
    example="2.31",
)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in version.split("."))


def run(context: ImageContext) -> Iterator[Fault]:
    """The highest symbol version of the GNU C library is at most elf.glibc_max."""
    context.only("elf")
    most = SETTING.asked(context)
    if context.report.fact("elf.glibc") is None:
        if not context.words("libraries"):
            raise Skip(f"{context.name} needs no shared library")
        if (library := context.word("elf.libc")) != "glibc":
            raise Skip(f"{context.name} needs {library}")
    found = context.word("elf.glibc")
    if _numbers(found) > _numbers(most):
        yield Fault(
            message=f"{context.name} should run with glibc {most}, and needs glibc {found}",
            hint="build it on an older system or with CGO_ENABLED=0",
        )


CHECK = Check(
    title="An ELF file needs a newer GNU C library than allowed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
