"""Modules were compared by hashes that earlier runs remembered, and their bytes were not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, Skip, SourceContext
from attest.policy.checks.go_sum_mismatch import GO_SUM

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: SourceContext) -> Iterator[Fault]:
    """Every hash that is compared with go.sum was computed in this run."""
    if context.policy is not None:
        GO_SUM.asked(context)
        if context.source is None:
            raise Skip("no source tree was given, and go-sum-mismatch denies that")
    proofs = [each for each in context.report.proofs if each.status != "absent"]
    known = [each for each in proofs if each.remembered]
    if known:
        yield Fault(
            message=f"{len(known)} of {len(proofs)} lines of go.sum were compared "
            "with hashes that an earlier run remembered",
            hint="leave --trust-cache out: then every module is hashed again",
            place=known[0].place,
        )


CHECK = Check(
    title="Hashes of modules are those of an earlier run",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(GO_SUM,),
    waivable=True,
    default=True,
    severity="info",
)
