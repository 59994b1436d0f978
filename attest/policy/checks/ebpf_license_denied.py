"""An eBPF object tells the kernel no licence, or one that the policy does not allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[list[str]] = Setting(
    section="ebpf",
    key="licenses",
    annotation=list[str],
    description="The licences that the object may tell the kernel.",
    example="GPL",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The section license holds one of ebpf.licenses."""
    allowed = SETTING.asked(context)
    machine = context.word("ebpf.machine")
    found = context.report.fact("ebpf.license")
    if found not in allowed:
        said = f"'{found}'" if found is not None else "none"
        yield Fault(
            message=f"{context.name} ({machine}) should tell the licence {' or '.join(allowed)}, "
            f"and tells {said}",
            hint='set it with char _license[] SEC("license"), or allow it in ebpf.licenses',
        )


CHECK = Check(
    title="An eBPF object tells the kernel another licence than allowed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
