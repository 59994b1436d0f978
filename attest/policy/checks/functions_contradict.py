"""The functions in an executable contradict its build information."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[str] = Setting(
    section="go",
    key="functions",
    annotation=Literal["agree", "any"],
    description="agree: function table and build info say the same. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """CGO_ENABLED, -race and its like, processor level and Go release are those of the code."""
    if SETTING.asked(context) == "any":
        raise Skip("the policy says go.functions: any")
    for found in context.words("go.function_conflicts"):
        yield Fault(
            message=f"{context.name} contradicts itself: {found}",
            hint="build it again; its build info was not written with this code",
        )


CHECK = Check(
    title="The functions in an executable contradict its build information",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
