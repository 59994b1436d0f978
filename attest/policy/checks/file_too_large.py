"""A file is larger than the policy allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[int] = Setting(
    section="file",
    key="max_bytes",
    annotation=int,
    description="The size that the file may have at most, in bytes.",
)


def run(context: ArtifactContext) -> Iterator[Fault]:
    """The size of the file is at most file.max_bytes."""
    most = SETTING.asked(context)
    size = context.size
    if size > most:
        yield Fault(
            message=f"{context.file.path} should have {most} bytes at most, and has {size}",
            hint="look at what grew with attest inspect, or raise file.max_bytes",
        )


CHECK = Check(
    title="A file is larger than allowed",
    sees=ArtifactContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
