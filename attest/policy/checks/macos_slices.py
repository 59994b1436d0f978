"""A universal file has not exactly the declared architectures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault, Skip
from attest.policy.slots import UNIVERSAL

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ArtifactContext) -> Iterator[Fault]:
    """Every declared slice is there, and no other."""
    if context.slot.platform.goarch != UNIVERSAL:
        raise Skip("the slot is not universal")
    wanted = sorted(context.slot.slices)
    found = sorted(each.report.container.arch or "unknown" for each in context.report.slices)
    if found != wanted:
        yield Fault(
            message=f"{context.file.path} should have the slices {', '.join(wanted)}, and has "
            f"{', '.join(found) or 'none'}",
            hint="join the files of exactly these architectures, or mend slices in the policy",
        )


CHECK = Check(
    title="A universal file has not exactly the declared slices",
    sees=ArtifactContext,
    kind="integrity",
    run=run,
)
