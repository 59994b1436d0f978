"""An executable was built with a profile, or without one, against what the policy says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[bool | str] = Setting(
    section="go",
    key="pgo",
    annotation=Literal[True, False, "any"],
    description="true: built with a profile. false: without one. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """A profile was given to the compiler exactly if go.pgo says so."""
    wanted = SETTING.asked(context)
    if wanted == "any":
        raise Skip("the policy says go.pgo: any")
    found = context.word("go.pgo")
    if wanted and found == "off":
        yield Fault(
            message=f"{context.name} should be built with a profile, and was built without one",
            hint="keep default.pgo in the directory of the main package, or build with -pgo=FILE",
        )
    if not wanted and found != "off":
        yield Fault(
            message=f"{context.name} should be built without a profile, and was built with {found}",
            hint="build with -pgo=off",
        )


CHECK = Check(
    title="Profile-guided optimization is not as declared",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
