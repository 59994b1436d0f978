"""SBOMs of one file in different formats name different components."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault, NoEvidence, Setting, Skip
from attest.policy.sboms import documents, listing, own

if TYPE_CHECKING:
    from collections.abc import Iterator


FORMATS_AGREE: Setting[bool] = Setting(
    section="sbom",
    key="formats_agree",
    annotation=bool,
    description="true: all SBOMs of a file name the same components.",
)


def run(context: ArtifactContext) -> Iterator[Fault]:
    """Every accepted SBOM of the file names the same modules as the first."""
    if not FORMATS_AGREE.asked(context):
        raise Skip("the policy says sbom.formats_agree: false")
    documents(context)  # raises where there is none at all
    found = own(context)
    if not found:
        raise NoEvidence(f"{context.file.path} has no SBOM of its own", "attest an SBOM of this file alone")
    (first, reference), *others = found
    for piece, facts in others:
        if difference := facts.components ^ reference.components:
            yield Fault(
                message=f"the SBOMs in {first.path} and {piece.path} should name the same modules, "
                f"and differ in {listing(difference)}",
                hint="make both documents in one run from the same file",
            )


CHECK = Check(
    title="SBOMs of one file in different formats differ",
    sees=ArtifactContext,
    kind="fact",
    run=run,
    settings=(FORMATS_AGREE,),
    waivable=True,
)
