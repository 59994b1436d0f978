"""An executable was built from a changed source tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, NoEvidence, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


VCS_MODIFIED: Setting[bool | str] = Setting(
    section="go",
    key="vcs_modified",
    annotation=Literal[False, "any"],
    description="false: built from a commit without changes. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The build information names a commit and says that nothing was changed since."""
    if VCS_MODIFIED.asked(context) == "any":
        raise Skip("the policy says go.vcs_modified: any")
    value = context.build_info.setting("vcs.modified")
    if value is None:
        raise NoEvidence(
            f"{context.name} does not say whether its source tree was changed",
            "build in a clone with its version control data and with -buildvcs=true",
        )
    if value != "false":
        yield Fault(
            message=f"{context.name} should be built from an unchanged commit, and says vcs.modified={value}",
            hint="build from a fresh clone; files that no one committed count as changes too",
        )


CHECK = Check(
    title="An executable was built from a changed source tree",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(VCS_MODIFIED,),
    waivable=True,
)
