"""A verification summary says that the file failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault
from attest.policy.summaries import asked, summaries

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ArtifactContext) -> Iterator[Fault]:
    """No accepted summary says FAILED, whichever verifier it is by: one that passed does not outvote it."""
    asked(context)
    for piece, summary in summaries(context):
        if summary.result == "FAILED":
            yield Fault(
                message=f"{context.file.path} should have failed nowhere, and {summary.verifier} says in "
                f"{piece.path} that it did",
                hint="look at the policy and the inputs that the summary names",
                names=(piece.path, summary.verifier),
            )


CHECK = Check(
    title="A verification summary says that the file failed",
    sees=ArtifactContext,
    kind="integrity",
    run=run,
)
