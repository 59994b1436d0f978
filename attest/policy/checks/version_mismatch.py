"""The version in an executable is not the tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, NoEvidence, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ImageContext) -> Iterator[Fault]:
    """The main module's version equals the tag (of a module in a folder: what follows the last slash)."""
    release = context.artifact.release
    tag = release.policy.source.tag or release.tag
    if not tag:
        raise Skip("neither the policy (source.tag) nor the run (--tag) names a tag")
    main = context.build_info.main
    if main is None:
        raise NoEvidence(
            f"{context.name} names no main module", "build by package, not by file names, in module mode"
        )
    if main.version != tag.rpartition("/")[2]:
        yield Fault(
            message=f"{context.name} should have version {tag}, and has {main.version or 'none'}",
            hint="tag the commit first, then build in a clean clone with Go 1.24 or later",
        )


CHECK = Check(
    title="The version in an executable is not the tag",
    sees=ImageContext,
    kind="fact",
    run=run,
    waivable=True,
)
