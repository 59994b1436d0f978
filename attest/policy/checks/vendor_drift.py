"""vendor/ is not what go.mod asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.model.place import Place
from attest.policy.check import Check, Fault, Setting, Skip, SourceContext
from attest.policy.checks.go_sum_mismatch import download_hint

if TYPE_CHECKING:
    from collections.abc import Iterator


VENDOR: Setting[str] = Setting(
    section="modules",
    key="vendor",
    annotation=Literal["consistent", "exact"],
    description="consistent: vendor/ agrees with go.mod by the go command's rules, with go.sum, and with the "
    "imports; exact: it also has no other file than `go mod vendor` writes.",
)


def run(context: SourceContext) -> Iterator[Fault]:
    """The go command's rules hold, and vendor/ is what the imports ask for and go.sum vouches for."""
    if context.policy is not None:
        VENDOR.asked(context)
    report = context.report
    for fault in report.vendor_faults:
        yield Fault(message=fault.message, hint=fault.hint, place=fault.place)
    for each in report.contents_unproven:
        yield Fault(
            message=f"the vendored files of {each.module} are not proven: {each.reason}",
            hint=each.hint or download_hint(context),
            place=Place(file="vendor/modules.txt"),
            outcome="no-evidence",
        )
    if not report.vendored and not report.vendor_faults:
        raise Skip("the source tree has no vendor directory")


CHECK = Check(
    title="vendor/ is not what go.mod asks for",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(VENDOR,),
    waivable=True,
    default=True,
)
