"""vendor/ has other files than `go mod vendor` writes, or lacks some, that no build reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, Skip, SourceContext
from attest.policy.checks.vendor_drift import VENDOR

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: SourceContext) -> Iterator[Fault]:
    """vendor/ is exactly what `go mod vendor` writes."""
    if VENDOR.asked(context) != "exact":
        raise Skip("the policy does not ask for modules.vendor: exact")
    report = context.report
    if not report.vendored:
        raise Skip("the source tree has no vendor directory")
    for fault in report.vendor_untidy:
        yield Fault(message=fault.message, hint=fault.hint, place=fault.place)


CHECK = Check(
    title="vendor/ has other files than `go mod vendor` writes",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(VENDOR,),
    waivable=True,
)
