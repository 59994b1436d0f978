"""An executable does not say how it was built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ImageContext) -> Iterator[Fault]:
    """Go's linker writes build information into every executable; here it is there."""
    info = context.report.build_info
    if info is not None and info.faults:
        yield Fault(
            message=f"{context.name} should say in one way how it was built, and {info.faults[0]}",
            hint="build it again; go version -m shows what the file says",
        )
    if info is None:
        notes = f" ({context.report.notes[0]})" if context.report.notes else ""
        yield Fault(
            message=f"{context.name} should carry Go's build information, and carries none{notes}",
            hint="build with the go command in module mode, and do not pack or rewrite the file afterwards",
        )


CHECK = Check(title="An executable carries no build information", sees=ImageContext, kind="fact", run=run)
