"""A file has no SBOM of its own in a format that the policy asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import ArtifactContext, Check, Fault, Setting
from attest.policy.sboms import own

if TYPE_CHECKING:
    from collections.abc import Iterator


REQUIRED_FORMATS: Setting[tuple[str, ...]] = Setting(
    section="sbom",
    key="required_formats",
    annotation=list[Literal["spdx-2.3", "cyclonedx-1.6"]],
    description="Formats in which every artifact has an SBOM of its own.",
)


def run(context: ArtifactContext) -> Iterator[Fault]:
    """For each format an accepted attestation about this file alone carries a document in it."""
    wanted = REQUIRED_FORMATS.asked(context)
    found = {f"{facts.format}-{facts.spec_version}" for _, facts in own(context)}
    for each in wanted:
        if each not in found:
            said = ", ".join(sorted(found))
            yield Fault(
                message=f"{context.file.path} should have an attested SBOM in {each}, and has "
                f"{f'only {said}' if said else 'none'}",
                hint="make it with attest sbom or attest release, and sign it as the named identity",
            )


CHECK = Check(
    title="A file has no attested SBOM in a required format",
    sees=ArtifactContext,
    kind="integrity",
    run=run,
    settings=(REQUIRED_FORMATS,),
)
