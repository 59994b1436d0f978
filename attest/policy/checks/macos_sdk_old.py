"""An executable was linked against an older macOS SDK than the policy allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting
from attest.policy.macos import VERSION_PATTERN, system_version, version

if TYPE_CHECKING:
    from collections.abc import Iterator


SDK: Setting[str] = Setting(
    section="macos",
    key="sdk",
    annotation=str,
    description="The oldest macOS SDK that the executable may be linked against.",
    pattern=VERSION_PATTERN,
    example="11.0",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The SDK version of the load commands is at least macos.sdk."""
    wanted = SDK.asked(context)
    found = system_version(context, "macho.sdk")
    if found < version(wanted):
        yield Fault(
            message=f"{context.name} should be linked against the macOS SDK {wanted} or later, "
            f"and says {context.word('macho.sdk')}",
            hint="build with a newer Go release or Xcode, or with -ldflags=-macsdk= since Go 1.27",
        )


CHECK = Check(
    title="An executable was linked against an older macOS SDK than allowed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SDK,),
    waivable=True,
)
