"""An ELF file is not linked as the policy declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


Kind = Literal["static", "static-pie", "pie", "dynamic", "dynamic-pie", "shared", "object"]
SETTING: Setting[list[str]] = Setting(
    section="elf",
    key="link",
    annotation=list[Kind],
    description="The kinds of link that are allowed.",
    example="static",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The kind of link is one of elf.link."""
    context.only("elf")
    allowed = SETTING.asked(context)
    found = context.word("link")
    if found not in allowed:
        yield Fault(
            message=f"{context.name} should be linked as {' or '.join(allowed)}, and is {found}",
            hint="build with the -buildmode, CGO_ENABLED and -extldflags that make it so, or mend elf.link",
        )


CHECK = Check(
    title="An ELF file is not linked as declared",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
