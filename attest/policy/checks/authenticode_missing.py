"""A Windows program is not signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


REQUIRED: Setting[bool] = Setting(
    section="windows",
    key="authenticode.required",
    annotation=bool,
    description="true: the file carries an Authenticode signature.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The file carries an Authenticode signature."""
    context.only("pe")
    if REQUIRED.asked(context) and not context.flag("pe.authenticode"):
        yield Fault(
            message=f"{context.name} should carry an Authenticode signature, and has none",
            hint="sign the file before the release is attested",
        )


CHECK = Check(
    title="A Windows program is not signed",
    sees=ImageContext,
    kind="integrity",
    run=run,
    settings=(REQUIRED,),
)
