"""A file lacks the verification summary that the policy asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault
from attest.policy.summaries import asked, lacking, mine, summaries

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ArtifactContext) -> Iterator[Fault]:
    """A summary by an accepted verifier says that the file passed, at the levels that are asked for."""
    rules = asked(context)
    found = summaries(context)
    told: list[str] = []
    for piece, summary in found:
        for rule in rules:
            if not mine(rule, piece, summary):
                continue
            if summary.result == "PASSED" and not (
                fault := lacking(rule, piece, summary, context.release.now)
            ):
                return
            told.append(f"{piece.path} {fault if summary.result == 'PASSED' else 'says FAILED'}")
    names = " or ".join(sorted({rule.verifier for rule in rules}))
    others = sorted({summary.verifier for _, summary in found})
    have = "; ".join(told) or (f"there is one by {', '.join(others)}" if others else "there is none")
    yield Fault(
        message=f"{context.file.path} should have a verification summary by {names}, and {have}",
        hint="have the verifier judge the file, or name it in vsa.accept",
    )


CHECK = Check(
    title="A file lacks the verification summary that the policy asks for",
    sees=ArtifactContext,
    kind="integrity",
    run=run,
)
