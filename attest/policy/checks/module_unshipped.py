"""A required module gives packages only on platforms that are not shipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, Skip, SourceContext

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: SourceContext) -> Iterator[Fault]:
    """Every required module that programs of any platform hold is in one that is shipped."""
    if context.source is None:
        raise Skip("no source tree was given")
    if context.source.unshipped is None:
        raise Skip("attest check --platform or --policy says what is shipped, and asks for this")
    for each in context.source.unshipped:
        yield Fault(message=each.message, hint=each.hint, place=each.place)


CHECK = Check(
    title="A required module gives packages only on platforms that are not shipped",
    sees=SourceContext,
    kind="fact",
    run=run,
    waivable=True,
    default=True,
    severity="info",
)
