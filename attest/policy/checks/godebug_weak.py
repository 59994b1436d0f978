"""An executable starts with GODEBUG settings that weaken security."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[list[str]] = Setting(
    section="go",
    key="godebug_weak",
    annotation=list[str],
    description="The weakening GODEBUG settings that may be built in, as name=value; [] allows none.",
    pattern=r"[a-z0-9]+=[a-z0-9]+",
    example="tlssha1=1",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """Every built-in GODEBUG setting that weakens security is in go.godebug_weak."""
    allowed = SETTING.asked(context)
    for setting in context.words("go.debug_weak"):
        if setting not in allowed:
            yield Fault(
                message=f"{context.name} starts with GODEBUG {setting}, which weakens security",
                hint="raise the go line of the main module's go.mod, or set it with a godebug line there",
                names=(setting,),
            )


CHECK = Check(
    title="An executable starts with GODEBUG settings that weaken security",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
