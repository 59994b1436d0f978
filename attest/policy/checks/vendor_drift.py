"""vendor/ is not what go.mod asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, Setting, Skip, SourceContext

if TYPE_CHECKING:
    from collections.abc import Iterator


VENDOR: Setting[str] = Setting(
    section="modules",
    key="vendor",
    annotation=Literal["consistent"],
    description="consistent: vendor/modules.txt agrees with go.mod by the rules of the go command.",
)


def run(context: SourceContext) -> Iterator[Fault]:
    """The go command's consistency rules hold between go.mod and vendor/modules.txt."""
    if context.policy is not None:
        VENDOR.asked(context)
    report = context.report
    for fault in report.vendor_faults:
        yield Fault(message=fault.message, hint=fault.hint, place=fault.place)
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
