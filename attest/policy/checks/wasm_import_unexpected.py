"""A WebAssembly module imports from a module that the policy does not allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


IMPORTS: Setting[Sequence[str]] = Setting(
    section="wasm",
    key="imports",
    annotation=list[str],
    description="The modules that the WebAssembly module may import from.",
    pattern=r".+",
    example="wasi_snapshot_preview1",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """Every module of the imports is in wasm.imports."""
    allowed = IMPORTS.asked(context)
    context.only("wasm", "wasm-component")
    for each in context.words("wasm.import_modules"):
        if each not in allowed:
            yield Fault(
                message=f"{context.name} should not import from the module '{each}'",
                hint="take out what imports it (go:wasmimport), or allow it in wasm.imports",
                names=(each,),
            )


CHECK = Check(
    title="A WebAssembly module imports from a module that is not allowed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(IMPORTS,),
    waivable=True,
)
