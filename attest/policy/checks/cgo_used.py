"""An executable holds code that cgo made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[bool | str] = Setting(
    section="go",
    key="cgo_used",
    annotation=Literal[False, "any"],
    description="false: no cgo is linked. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The package runtime/cgo is not linked."""
    if SETTING.asked(context) == "any":
        raise Skip("the policy says go.cgo_used: any")
    if context.flag("go.cgo_used"):
        yield Fault(
            message=f"{context.name} should hold no cgo, and runtime/cgo is linked",
            hint="build with CGO_ENABLED=0, or say cgo_used: any for this platform",
        )


CHECK = Check(
    title="An executable holds cgo",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
