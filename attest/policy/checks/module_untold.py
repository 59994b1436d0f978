"""An executable holds code of modules that its build information does not name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[str] = Setting(
    section="go",
    key="modules",
    annotation=Literal["told", "any"],
    description="told: the build info names all modules in the program. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """Every module in the names of source files is in the build info, in that version."""
    if SETTING.asked(context) == "any":
        raise Skip("the policy says go.modules: any")
    for module in context.words("go.modules_untold"):
        yield Fault(
            message=f"{context.name} holds code of {module}, which its build information does not name",
            hint="build it again; every SBOM made from the build info would miss this module",
            names=(module,),
        )


CHECK = Check(
    title="An executable holds modules that its build information does not name",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
