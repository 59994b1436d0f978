"""A WebAssembly module can do what the policy does not allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


CAPABILITIES: Setting[Sequence[str]] = Setting(
    section="wasm",
    key="capabilities",
    annotation=list[str],
    description="What the imports of the WebAssembly module may let it do.",
    pattern=r"args|env|clock|random|fd-read|fd-write|fs-read|fs-write|net|sched|exit|js|other",
    example="clock",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """Every capability that the imports give is in wasm.capabilities."""
    allowed = CAPABILITIES.asked(context)
    context.only("wasm", "wasm-component")
    for each in context.words("wasm.capabilities"):
        if each not in allowed:
            yield Fault(
                message=f"{context.name} should not have the capability '{each}'",
                hint="attest inspect lists the imports that give it; allow it in wasm.capabilities",
                names=(each,),
            )


CHECK = Check(
    title="A WebAssembly module can do what is not allowed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(CAPABILITIES,),
    waivable=True,
)
