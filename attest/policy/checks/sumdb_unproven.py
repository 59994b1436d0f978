"""The checksum database does not prove all of go.sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, NoEvidence, Skip, SourceContext
from attest.policy.checks.go_sum_mismatch import GO_SUM
from attest.policy.checks.sumdb_mismatch import asked, called

if TYPE_CHECKING:
    from collections.abc import Iterator

_HINT = (
    "ask the database with --online; or fetch the modules with it into a fresh cache: move go.sum away, "
    "go mod tidy, compare"
)


def run(context: SourceContext) -> Iterator[Fault]:
    """Every line of go.sum that is not excluded is proven by the checksum database."""
    report = asked(context)
    count = len(report.lines)
    excluded = [line for line in report.lines if line.status == "excluded"]
    proven = sum(line.status == "proven" for line in report.lines)
    told = (
        f"{proven} of {count} lines of go.sum are proven, {len(excluded)} excluded by GONOSUMDB or GOPRIVATE"
    )
    unproven = [line for line in report.lines if line.status == "unproven"]
    if not report.required:
        first = f"; not proven is {called(unproven[0])}: {unproven[0].reason}" if unproven else ""
        raise Skip(f"only --sumdb require asks for all: {told}{first}")
    for line in unproven:
        yield Fault(
            message=f"{called(line)} is not proven: {line.reason}",
            hint=_HINT,
            place=line.place,
            outcome="no-evidence",
        )
    if excluded and len(excluded) == count:
        raise NoEvidence(
            f"GONOSUMDB or GOPRIVATE excludes all {count} lines of go.sum",
            "narrow the patterns to your own modules, or leave --sumdb require out",
        )
    if (not unproven and proven < count) or not count:
        raise Skip(told)


CHECK = Check(
    title="The checksum database does not prove all of go.sum",
    sees=SourceContext,
    kind="integrity",
    run=run,
    settings=(GO_SUM,),
    default=True,
)
