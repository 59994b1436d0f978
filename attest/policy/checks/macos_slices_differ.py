"""The slices of a universal file were not built from the same source by the same toolchain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.exe.slices import differences
from attest.policy.check import ArtifactContext, Check, Fault, NoEvidence, Skip
from attest.policy.slots import UNIVERSAL

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ArtifactContext) -> Iterator[Fault]:
    """The build info of all slices agrees, apart from what the architecture decides."""
    if context.slot.platform.goarch != UNIVERSAL:
        raise Skip("the slot is not universal")
    slices = [each.report for each in context.report.slices]
    if len(slices) < 2:  # noqa: PLR2004 - what two of them say is compared
        raise Skip(f"{context.file.path} has not several slices")
    differing = differences(slices)
    if differing is None:
        raise NoEvidence(
            f"a slice of {context.file.path} has no whole build information to compare",
            "build every slice with the go command",
        )
    if differing:
        yield Fault(
            message=f"the slices of {context.file.path} should come from one build, "
            f"and differ in {', '.join(differing)}",
            hint="build all slices from one commit with one Go release before they are joined",
        )


CHECK = Check(
    title="The slices of a universal file come from different builds",
    sees=ArtifactContext,
    kind="fact",
    run=run,
    waivable=True,
)
