"""The source tree is not the version that the release's tag names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.checkout import VersionClaim
from attest.model.place import Place
from attest.policy.check import Check, Fault, Skip, SourceContext
from attest.sbom.main_version import contradictions, tree_claim

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: SourceContext) -> Iterator[Fault]:
    """A main module of the tree has, by its repository, the version that the tag names."""
    tag = (context.policy.source.tag if context.policy else "") or context.tag
    if not tag:
        raise Skip("neither the policy (source.tag) nor the run (--tag) names a tag")
    if context.source is None:
        raise Skip("no source tree was given")
    versions = context.source.versions
    claims = [(path, claim) for path, told in versions if (claim := tree_claim(told))]
    if not claims:
        unknown = next((told.version.unknown_because for _, told in versions), "nobody asked version control")
        raise Skip(unknown)
    wanted = VersionClaim(source="option", version=tag.rpartition("/")[2])
    if all(any(contradictions((wanted, claim))) for _, claim in claims):
        path, claim = claims[0]
        yield Fault(
            message=f"the tree should be {path} {wanted.version}, as the tag {tag} says, and is {claim}",
            hint=f"check out the tag: `git checkout {tag}`, and fetch tags where the clone has none",
            place=Place(file=context.source.main.top.file),
        )


CHECK = Check(
    title="The source tree is not the version that the tag names",
    sees=SourceContext,
    kind="fact",
    run=run,
    severity="warn",
    waivable=True,
    default=True,
)
