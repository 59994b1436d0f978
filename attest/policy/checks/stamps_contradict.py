"""The stamps of version, commit and time in an executable contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[str] = Setting(
    section="go",
    key="stamps",
    annotation=Literal["agree", "any"],
    description="agree: version, commit and time fit each other. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """Version, vcs.revision, vcs.time, vcs.modified and -X values fit each other."""
    if SETTING.asked(context) == "any":
        raise Skip("the policy says go.stamps: any")
    for found in context.words("go.stamp_conflicts"):
        yield Fault(
            message=f"{context.name} contradicts itself: {found}",
            hint="build it in a fresh clone with an empty module cache, and tell -X the commit that is built",
        )


CHECK = Check(
    title="Version, commit and time in an executable contradict each other",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
