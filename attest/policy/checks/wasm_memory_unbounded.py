"""The memory of a WebAssembly module may grow further than the policy allows, or without bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


MAXIMUM: Setting[int] = Setting(
    section="wasm",
    key="memory_max",
    annotation=int,
    description="The most pages (of 64 KiB) that the memory of the WebAssembly module may grow to.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The memories of the module have maxima that are together at most wasm.memory_max pages."""
    allowed = MAXIMUM.asked(context)
    context.only("wasm", "wasm-component")
    most = f"{context.name} should not grow beyond {allowed} pages of memory"
    hint = "set a maximum in the module (Go's linker sets none), or raise wasm.memory_max"
    if context.flag("wasm.memory_unbounded"):
        yield Fault(message=f"{most}, and has no maximum", hint=hint)
    elif (found := context.number("wasm.memory_max")) > allowed:
        yield Fault(message=f"{most}, and may grow to {found}", hint=hint)


CHECK = Check(
    title="The memory of a WebAssembly module may grow further than allowed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(MAXIMUM,),
    waivable=True,
)
