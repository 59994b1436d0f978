"""An executable needs a newer macOS than the policy promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting
from attest.policy.macos import VERSION_PATTERN, system_version, version

if TYPE_CHECKING:
    from collections.abc import Iterator


OLDEST: Setting[str] = Setting(
    section="macos",
    key="oldest",
    annotation=str,
    description="The oldest macOS that must be able to run the executable.",
    pattern=VERSION_PATTERN,
    example="12.0",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The minimum macOS of the load commands is at most macos.oldest."""
    wanted = OLDEST.asked(context)
    found = system_version(context, "macho.minimum_os")
    if found > version(wanted):
        yield Fault(
            message=f"{context.name} should run on macOS {wanted}, "
            f"and needs {context.word('macho.minimum_os')} or later",
            hint="build with an older Go release, or with -ldflags=-macos= since Go 1.27",
        )


CHECK = Check(
    title="An executable needs a newer macOS than it should",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(OLDEST,),
    waivable=True,
)
