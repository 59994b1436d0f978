"""A file is no eBPF object, or one of another byte order than declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[str] = Setting(
    section="ebpf",
    key="machine",
    annotation=Literal["bpfel", "bpfeb"],
    description="The machine of the eBPF object: bpfel (little-endian) or bpfeb.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The file is an eBPF object for ebpf.machine."""
    wanted = SETTING.asked(context)
    found = context.report.fact("ebpf.machine")
    if found != wanted:
        container = context.report.container
        other = found or f"a file of format {container.format} for {container.arch or 'an unknown machine'}"
        yield Fault(
            message=f"{context.name} should be an eBPF object for {wanted}, and is {other}",
            hint="compile it with clang -target bpfel or -target bpfeb",
        )


CHECK = Check(
    title="A file is no eBPF object of the declared byte order",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
