"""An attested SBOM describes another file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault
from attest.policy.sboms import documents, speaks_for

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ArtifactContext) -> Iterator[Fault]:
    """The document itself names the digest of the file that its statement is about."""
    for piece, facts in documents(context):
        if not speaks_for(context, piece):
            continue
        said = set(facts.subject_sha256s)
        subjects = set(piece.bundle.digests) if piece.bundle else set()
        alone = len(subjects) == 1
        if (alone and said != subjects) or not said <= subjects:
            strangers = sorted(said - subjects)
            found = f"describes {strangers[0][:16]}…" if strangers else "names no digest"
            yield Fault(
                message=f"the SBOM in {piece.path} should describe {context.file.path} "
                f"({context.sha256[:16]}…), and {found}",
                hint="make the SBOM from this very file and attest it again",
            )
        for fault in facts.faults:
            yield Fault(
                message=f"the SBOM in {piece.path} should be sound, and is not: {fault}",
                hint="make the document again with a tool that writes it correctly",
            )


CHECK = Check(
    title="An attested SBOM describes another file", sees=ArtifactContext, kind="integrity", run=run
)
