"""The components of an SBOM are not those of the executable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from attest.policy.check import ArtifactContext, Check, Fault, NoEvidence, Setting, Skip
from attest.policy.sboms import documents, expected, listing, speaks_for
from attest.sbom.sums import other_sums

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.policy.evidence import Piece


AGREE_WITH: Setting[tuple[str, ...]] = Setting(
    section="sbom",
    key="agree_with",
    annotation=list[Literal["build_info"]],
    description="What the components of every SBOM must equal.",
)


_HINT: Final = "make the SBOM from this very file; attest diff shows the two sides"


def run(context: ArtifactContext) -> Iterator[Fault]:
    """Module paths and versions in the document are those that the executables themselves name.

    So are their h1 hashes, where both tell one.
    """
    if "build_info" not in AGREE_WITH.asked(context):
        raise Skip("the policy says sbom.agree_with: []")
    for piece, facts in documents(context):
        known = context.release.expected.get(context.sha256)
        if known is None:
            raise NoEvidence(f"{context.file.path} does not tell its modules", "build it with the go command")
        lacking, surplus = known - facts.components, frozenset[tuple[str, str]]()
        if speaks_for(context, piece):
            wanted = expected(context, piece)
            if wanted is None:
                yield _unknown(piece)
            else:
                surplus = facts.components - wanted
        for words, modules in (("lacks", lacking), ("names more than is there:", surplus)):
            if modules:
                yield Fault(
                    message=f"the SBOM in {piece.path} should name the modules in {context.file.path}, "
                    f"and {words} {listing(modules)}",
                    hint=_HINT,
                )
        for each in other_sums(facts, context.file.report) if context.file.report else ():
            yield Fault(
                message=f"the SBOM in {piece.path} gives {each.module} the hash {each.told}, "
                f"and {context.file.path} was built with {' or '.join(each.there)}",
                hint=_HINT,
            )


def _unknown(piece: Piece) -> Fault:
    """A document about several files, one of which is not there: told of the document, not of the others."""
    return Fault(
        message=f"the SBOM in {piece.path} should be about executables of the release, "
        "and is also about another file",
        hint="make the document again from the files that are in the release",
        platform="",
        subject=piece.path,
        outcome="no-evidence",
    )


CHECK = Check(
    title="The components of an SBOM are not those of the executable",
    sees=ArtifactContext,
    kind="fact",
    run=run,
    settings=(AGREE_WITH,),
)
