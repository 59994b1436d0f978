"""An executable was built by a Go release older than the policy allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, NoEvidence, Setting
from attest.policy.goversion import parse

if TYPE_CHECKING:
    from collections.abc import Iterator


MIN: Setting[str] = Setting(
    section="go",
    key="min",
    annotation=str,
    description="The oldest Go release that may have built the executable.",
    pattern=r"[0-9]+\.[0-9]+(\.[0-9]+)?",
    example="1.24",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The Go release of the build information is at least go.min."""
    wanted = MIN.asked(context)
    said = context.build_info.go_version
    found = parse(said)
    least = parse(f"go{wanted}")
    if found is None or least is None:
        raise NoEvidence(
            f"{context.name} was built by '{said}', which names no Go release",
            "build with a released Go version",
        )
    if found < least:
        yield Fault(
            message=f"{context.name} should be built by Go {wanted} or later, and was built by {said}",
            hint="build it again with a newer Go release",
        )


CHECK = Check(
    title="An executable was built by a Go release older than allowed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(MIN,),
    waivable=True,
)
