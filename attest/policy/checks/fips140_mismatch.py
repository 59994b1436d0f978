"""The FIPS 140 code of an executable is not what the linker hashed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext
from attest.policy.checks.fips140_missing import SETTING

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ImageContext) -> Iterator[Fault]:
    """The hash of the FIPS 140 module, computed again, is the recorded one, where go.fips140 asks for it."""
    SETTING.asked(context)
    if not context.flag("go.fips140_matches"):
        yield Fault(
            message=f"{context.name} has FIPS 140 code that was changed: its hash is not the recorded one",
            hint="ship what go build wrote; such a program stops as soon as it starts",
        )


CHECK = Check(
    title="The FIPS 140 code of an executable does not have its hash",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
