"""The components of an SBOM are not those of the executable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import ArtifactContext, Check, Fault, NoEvidence, Setting, Skip
from attest.policy.sboms import accepted, expected, listing

if TYPE_CHECKING:
    from collections.abc import Iterator


AGREE_WITH: Setting[tuple[str, ...]] = Setting(
    section="sbom",
    key="agree_with",
    annotation=list[Literal["build_info"]],
    description="What the components of every SBOM must equal.",
)


def run(context: ArtifactContext) -> Iterator[Fault]:
    """Module paths and versions in the document are those that the executables themselves name."""
    if "build_info" not in AGREE_WITH.asked(context):
        raise Skip("the policy says sbom.agree_with: []")
    documents = accepted(context)
    if not documents:
        raise NoEvidence(f"{context.file.path} has no accepted SBOM", "attest an SBOM of the file")
    for piece, facts in documents:
        wanted = expected(context, piece)
        for words, modules in (
            ("lacks", wanted - facts.components),
            ("names more than is there:", facts.components - wanted),
        ):
            if modules:
                yield Fault(
                    message=f"the SBOM in {piece.path} should name the modules in {context.file.path}, "
                    f"and {words} {listing(modules)}",
                    hint="make the SBOM from this very file; attest diff shows the two sides",
                )


CHECK = Check(
    title="The components of an SBOM are not those of the executable",
    sees=ArtifactContext,
    kind="fact",
    run=run,
    settings=(AGREE_WITH,),
)
