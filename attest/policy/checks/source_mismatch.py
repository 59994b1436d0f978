"""An executable does not hold what the source links for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault, NoEvidence, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ArtifactContext) -> Iterator[Fault]:
    """Modules, versions, replacements and hashes in the build info are those that the source links there."""
    if context.release.reconciled is None:
        raise Skip("no source tree was given to hold the executables against")
    found = context.release.reconciled.get(context.sha256)
    path = context.file.path
    if found is None:
        raise NoEvidence(f"{path} was not held against the source", "check that it is a Go executable")
    for image in found:
        name = f"{path} ({image.platform})" if len(found) > 1 and image.platform else path
        if image.unknown:
            yield Fault(
                message=f"{name} cannot be held against the source: {image.unknown}",
                hint="build it with the go command, by package, and keep its build information",
                outcome="no-evidence",
            )
        for each in (one for one in image.disagreements if not one.harmless):
            yield Fault(
                message=f"{name} should be built from this source: {each.message}",
                hint="build it from this very source, or give the source that it was built from",
            )


CHECK = Check(
    title="An executable does not hold what the source links for it",
    sees=ArtifactContext,
    kind="fact",
    run=run,
    waivable=True,
)
