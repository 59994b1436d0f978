"""What states the version of an executable's main module contradicts itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Skip
from attest.sbom.identity import main_claims
from attest.sbom.main_version import contradictions, sentence, tree_claim

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ImageContext) -> Iterator[Fault]:
    """Build info, the variable that -X set, and the repository of the source tree name one version."""
    info = context.report.build_info
    if info is None or info.faults:
        raise Skip(f"{context.name} carries no build information, or it is damaged: other checks tell")
    main = info.main
    source = context.artifact.release.source
    told = dict(source.versions).get(main.path) if source and main else None
    claims = main_claims(context.report)
    tree = tree_claim(told) if told else None
    if len(claims) + bool(tree) < 2:  # noqa: PLR2004 - it takes two to contradict each other
        raise Skip(f"no two sources state the version of the main module of {context.name}")
    for one, other in contradictions((*((tree,) if tree else ()), *claims)):
        yield Fault(
            message=sentence(context.name, one, other),
            hint="tag the commit, build in a clean clone with its tags, and set -X from it or not at all",
        )


CHECK = Check(
    title="What states the version of an executable's main module contradicts itself",
    sees=ImageContext,
    kind="fact",
    run=run,
    severity="warn",
    waivable=True,
)
