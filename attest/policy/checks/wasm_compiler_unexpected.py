"""A WebAssembly module was made by a compiler that the policy does not allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


COMPILER: Setting[Sequence[str]] = Setting(
    section="wasm",
    key="compiler",
    annotation=list[str],
    description="The compilers that may have made the WebAssembly module.",
    pattern=r"go|tinygo|rust|emscripten|clang|assemblyscript|zig|swift",
    example="go",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The compiler that shows in the module is in wasm.compiler."""
    allowed = COMPILER.asked(context)
    context.only("wasm", "wasm-component")
    found = context.word("wasm.compiler")
    if found not in allowed:
        yield Fault(
            message=f"{context.name} should be made by {' or '.join(allowed) or 'no compiler'}, "
            f"and was made by {found}",
            hint="build it with the compiler that the policy names",
        )


CHECK = Check(
    title="A WebAssembly module was made by another compiler",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(COMPILER,),
    waivable=True,
)
