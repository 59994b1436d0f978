"""A WebAssembly module needs more memory to start than the policy allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


MINIMUM: Setting[int] = Setting(
    section="wasm",
    key="memory_min",
    annotation=int,
    description="The most pages (of 64 KiB) that the WebAssembly module may need to start.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The memories of the module begin with at most wasm.memory_min pages."""
    allowed = MINIMUM.asked(context)
    context.only("wasm", "wasm-component")
    found = context.number("wasm.memory_min")
    if found > allowed:
        yield Fault(
            message=f"{context.name} should start with at most {allowed} pages of memory, and needs {found}",
            hint="make its data smaller, or raise wasm.memory_min",
        )


CHECK = Check(
    title="A WebAssembly module needs more memory to start than allowed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(MINIMUM,),
    waivable=True,
)
