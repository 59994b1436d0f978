"""A Windows program loads a DLL that the policy does not name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


IMPORTS: Setting[list[str]] = Setting(
    section="windows",
    key="imports",
    annotation=list[str],
    description="The DLLs that the program may import from, at once or delayed; case does not matter.",
    pattern=r"[^\s/\\]+",
    example="kernel32.dll",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """Every DLL in the import tables is one that the policy names."""
    context.only("pe")
    allowed = {each.lower() for each in IMPORTS.asked(context)}
    named = (*context.words("libraries"), *context.words("pe.delay_libraries"))
    for dll in sorted({each.lower() for each in named} - allowed):
        yield Fault(
            message=f"{context.name} imports {dll}, which windows.imports does not name",
            hint="find out what needs it, or add it to windows.imports",
            names=(dll,),
        )


CHECK = Check(
    title="A Windows program loads a DLL that the policy does not name",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(IMPORTS,),
    waivable=True,
)
