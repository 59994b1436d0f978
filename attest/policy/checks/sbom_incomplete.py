"""An SBOM lacks elements of a standard that the policy names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault, NoEvidence, Setting, Skip
from attest.policy.sboms import documents, speaks_for
from attest.sbom.elements import Standard, missing, takes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.described import Described


REQUIRE: Setting[tuple[Standard, ...]] = Setting(
    section="sbom",
    key="require",
    annotation=list[Standard],
    description="Standards whose elements every SBOM has: cisa-2026, ntia or bsi.",
)


def run(context: ArtifactContext) -> Iterator[Fault]:
    """Every accepted SBOM has the elements of each standard that is about documents of its format.

    Where a standard takes none of the formats in which there is an SBOM of the file, all of them are held
    against it, and the format is among what is missing.
    """
    wanted = REQUIRE.asked(context)
    if not wanted:
        raise Skip("the policy says sbom.require: []")
    found: list[tuple[str, bool, Described]] = []
    for piece, facts in documents(context):
        if facts.described is None:
            raise NoEvidence(
                f"the SBOM in {piece.path} was not read for the elements of standards",
                "check that its predicate is an SBOM document",
            )
        found.append((piece.path, speaks_for(context, piece), facts.described))
    for standard in sorted(set(wanted)):
        fitting = [each for each in found if takes(standard, each[2])]
        for path, speaks, described in fitting or found:
            for each in missing(described, [standard]) if speaks else ():
                yield Fault(
                    message=f"the SBOM in {path} should have every element of {standard}, "
                    f"and lacks one: {each}",
                    hint=each.hint,
                )


CHECK = Check(
    title="An SBOM lacks elements of a standard that the policy names",
    sees=ArtifactContext,
    kind="fact",
    run=run,
    settings=(REQUIRE,),
    waivable=True,
)
