"""An executable is no longer what Go's linker wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


BUILD_ID: Setting[str] = Setting(
    section="go",
    key="build_id",
    annotation=Literal["matches", "any"],
    description="matches: the file still has the hash in its Go build ID. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The hash in the Go build ID, computed again, is that of the file."""
    if BUILD_ID.asked(context) == "any":
        raise Skip("the policy says go.build_id: any")
    if not context.flag("go.build_id_matches"):
        yield Fault(
            message=f"{context.name} was changed after linking: its hash is not that in its Go build ID",
            hint="ship what go build wrote: leave symbols out with -ldflags=-s, and do not strip or patch",
        )


CHECK = Check(
    title="An executable was changed after Go's linker wrote it",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(BUILD_ID,),
    waivable=True,
)
