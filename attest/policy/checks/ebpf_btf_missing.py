"""An eBPF object has no type information (BTF)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[bool | str] = Setting(
    section="ebpf",
    key="btf",
    annotation=Literal[True, "any"],
    description="true: the object has BTF. any: not asked.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The section .BTF is there."""
    if SETTING.asked(context) == "any":
        raise Skip("the policy says ebpf.btf: any")
    if not context.flag("ebpf.btf"):
        yield Fault(
            message=f"{context.name} has no BTF",
            hint="compile with clang -g, and do not strip .BTF (llvm-strip -g keeps it)",
        )


CHECK = Check(
    title="An eBPF object has no type information",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
