"""An executable was built without -trimpath."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


TRIMPATH: Setting[bool | str] = Setting(
    section="go",
    key="trimpath",
    annotation=Literal[True, "any"],
    description="true: built with -trimpath. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The build setting -trimpath is true."""
    if TRIMPATH.asked(context) == "any":
        raise Skip("the policy says go.trimpath: any")
    value = context.build_info.setting("-trimpath")
    if value != "true":
        found = "does not say so" if value is None else f"says -trimpath={value}"
        yield Fault(
            message=f"{context.name} should be built with -trimpath, and {found}",
            hint="build with -trimpath, so that no path of the build machine is in the file",
        )


CHECK = Check(
    title="An executable was built without -trimpath",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(TRIMPATH,),
    waivable=True,
)
