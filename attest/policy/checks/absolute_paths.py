"""An executable names directories of the machine that built it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[bool | str] = Setting(
    section="go",
    key="absolute_paths",
    annotation=Literal[False, "any"],
    description="false: no source file has an absolute path. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """No source file in the function table is named by an absolute path."""
    if SETTING.asked(context) == "any":
        raise Skip("the policy says go.absolute_paths: any")
    count = context.number("go.absolute_path_count")
    if count:
        first = context.words("go.absolute_paths")[0]
        others = f" and {count - 1} more" if count > 1 else ""
        yield Fault(
            message=f"{context.name} should name no directory of the build machine, "
            f"and names {first}{others}",
            hint="build with -trimpath",
        )


CHECK = Check(
    title="An executable names directories of the machine that built it",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
