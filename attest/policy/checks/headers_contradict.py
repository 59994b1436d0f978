"""The headers of an executable contradict its build information."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[str] = Setting(
    section="go",
    key="headers",
    annotation=Literal["agree", "any"],
    description="agree: headers and build info say the same. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """GOOS, GOARCH and -buildmode of the build info are those of the headers."""
    if SETTING.asked(context) == "any":
        raise Skip("the policy says go.headers: any")
    for found in context.words("go.header_conflicts"):
        yield Fault(
            message=f"{context.name} contradicts itself: {found}",
            hint="build it again; build info of another program was put into it, or its headers were changed",
        )


CHECK = Check(
    title="The headers of an executable contradict its build information",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
