"""An executable was built for a test: with the race detector, a sanitizer or coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[bool | str] = Setting(
    section="go",
    key="instrumented",
    annotation=Literal[False, "any"],
    description="false: no race detector, sanitizer or coverage. any: not asked.",
)


_KINDS: Final = ("race", "msan", "asan", "cover")


def run(context: ImageContext) -> Iterator[Fault]:
    """Neither the build settings nor the functions show race, msan, asan or cover."""
    if SETTING.asked(context) == "any":
        raise Skip("the policy says go.instrumented: any")
    told = {name: context.flag(f"go.{name}") for name in _KINDS}
    linked = context.words("go.sanitizers")
    for name in _KINDS:
        if told[name] or name in linked:
            found = f"says -{name}=true" if told[name] else f"holds functions of {name}"
            yield Fault(
                message=f"{context.name} should be built without -{name}, and {found}",
                hint=f"build what is shipped without -{name}",
            )


CHECK = Check(
    title="An executable was built with the race detector, a sanitizer or coverage",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
