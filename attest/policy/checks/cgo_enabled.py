"""An executable was built with cgo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, NoEvidence, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


CGO: Setting[bool | str] = Setting(
    section="go",
    key="cgo",
    annotation=Literal[False, "any"],
    description="false: built with CGO_ENABLED=0. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The build setting CGO_ENABLED is 0."""
    if CGO.asked(context) == "any":
        raise Skip("the policy says go.cgo: any")
    value = context.build_info.setting("CGO_ENABLED")
    if value is None:
        raise NoEvidence(f"{context.name} does not say whether cgo was on", "build with CGO_ENABLED=0")
    if value != "0":
        yield Fault(
            message=f"{context.name} should be built with CGO_ENABLED=0, and says CGO_ENABLED={value}",
            hint="build with CGO_ENABLED=0, or say cgo: any for this platform",
        )


CHECK = Check(
    title="An executable was built with cgo",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(CGO,),
    waivable=True,
)
