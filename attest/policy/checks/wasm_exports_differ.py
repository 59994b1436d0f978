"""A WebAssembly module exports something else than the policy declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


EXPORTS: Setting[Sequence[str]] = Setting(
    section="wasm",
    key="exports",
    annotation=list[str],
    description="The names that the WebAssembly module exports, all of them.",
    pattern=r".+",
    example="_start",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The names of the exports are exactly those of wasm.exports."""
    allowed = EXPORTS.asked(context)
    context.only("wasm", "wasm-component")
    found = {each.partition(" ")[2] for each in context.words("wasm.exports")}
    for each in sorted(set(allowed) - found):
        yield Fault(
            message=f"{context.name} should export '{each}', and does not",
            hint="export it (go:wasmexport), or take it out of wasm.exports",
        )
    for each in sorted(found - set(allowed)):
        yield Fault(
            message=f"{context.name} should not export '{each}'",
            hint="do not export it, or declare it in wasm.exports",
        )


CHECK = Check(
    title="A WebAssembly module does not export what is declared",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(EXPORTS,),
    waivable=True,
)
