"""An executable asks for an entitlement that the policy does not allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip
from attest.policy.macos import signature

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


ENTITLEMENTS: Setting[Sequence[str]] = Setting(
    section="macos",
    key="entitlements",
    annotation=list[str],
    description="The entitlements that the executable may ask for: KEY, or KEY=VALUE with the value in JSON.",
    pattern=r"[^\s=]+(=\S.*)?",
    example="com.apple.security.cs.allow-jit",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """Every entitlement that grants something is in macos.entitlements."""
    allowed = ENTITLEMENTS.asked(context)
    if signature(context) == "none":
        raise Skip(f"{context.name} has no code signature, and so no entitlements")
    for each in context.words("macho.entitlements"):
        key, _, value = each.partition("=")
        if value != "false" and key not in allowed and each not in allowed:
            yield Fault(
                message=f"{context.name} should not ask for the entitlement {each}",
                hint="sign without it, or allow it in macos.entitlements",
                names=(each,),
            )


CHECK = Check(
    title="An executable asks for an entitlement that is not allowed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(ENTITLEMENTS,),
    waivable=True,
)
