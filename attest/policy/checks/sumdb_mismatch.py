"""go.sum is not what Go's checksum database says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, Skip, SourceContext
from attest.policy.checks.go_sum_mismatch import GO_SUM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.source import SumdbLine, SumdbReport


def asked(context: SourceContext) -> SumdbReport:
    """What the database proves; `Skip` where neither the policy nor the run asks."""
    if context.policy is not None:
        GO_SUM.asked(context)
        if context.source is None:
            raise Skip("no source tree was given, and go-sum-mismatch denies that")
    if context.report.sumdb is None:
        raise Skip("the checksum database was not asked")
    return context.report.sumdb


def called(line: SumdbLine) -> str:
    """What messages call a line of go.sum."""
    return f"go.mod of {line.module}" if line.kind == "go.mod" else str(line.module)


def run(context: SourceContext) -> Iterator[Fault]:
    """Nothing that the checksum database says contradicts go.sum, and all that it says verifies."""
    report = asked(context)
    for fault in report.faults:
        yield Fault(message=fault.message, hint=fault.hint, place=fault.place)
    refused: dict[str, list[SumdbLine]] = {}
    for line in report.lines:
        if line.status == "contradicted":
            yield Fault(
                message=f"{called(line)} is not what {report.database} says: {line.reason}",
                hint="trust neither line nor module: find out where the line came from "
                "(version control knows), and compare with another machine",
                place=line.place,
            )
        elif line.status == "refused":
            refused.setdefault(line.reason, []).append(line)
    for reason, lines in refused.items():
        about = f"{called(lines[0])}{f' and {len(lines) - 1} more' if len(lines) > 1 else ''}"
        yield Fault(
            message=f"the answer of {report.database} about {about} does not verify: {reason}",
            hint="go clean -modcache, then go mod download; if it comes back, someone changes what you get",
            place=lines[0].place,
        )
    if not any(line.status in ("proven", "contradicted", "refused") for line in report.lines):
        raise Skip("nothing is known of what the checksum database says of go.sum")


CHECK = Check(
    title="go.sum is not what Go's checksum database says",
    sees=SourceContext,
    kind="integrity",
    run=run,
    settings=(GO_SUM,),
    default=True,
)
