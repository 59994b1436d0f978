"""A file grew more since the previous release than the policy allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault, Setting, Skip
from attest.policy.previous import counterpart

if TYPE_CHECKING:
    from collections.abc import Iterator


BYTES: Setting[int] = Setting(
    section="file",
    key="max_growth_bytes",
    annotation=int,
    description="How many bytes larger than in the previous release the file may be.",
)
PERCENT: Setting[int] = Setting(
    section="file",
    key="max_growth_percent",
    annotation=int,
    description="How many percent larger than in the previous release the file may be.",
)


def run(context: ArtifactContext) -> Iterator[Fault]:
    """The file is larger than its counterpart of the previous release by the limits at most."""
    most, percent = BYTES.of(context), PERCENT.of(context)
    if most is None and percent is None:
        raise Skip("the policy sets neither file.max_growth_bytes nor file.max_growth_percent")
    old = counterpart(context)
    size = context.size
    grown = size - old.size
    name, since = context.file.path, f"since {old.path} ({old.size} bytes), and grew by"
    hint = "look at what grew with attest diff, or raise the limit"
    if most is not None and grown > most:
        yield Fault(
            message=f"{name} should have grown by {most} bytes at most {since} {grown} to {size}",
            hint=hint,
        )
    if percent is not None and grown * 100 > percent * old.size:
        by = f"{grown / old.size:.1%}" if old.size else "all of it"
        yield Fault(
            message=f"{name} should have grown by {percent}% at most {since} {by} to {size}",
            hint=hint,
        )


CHECK = Check(
    title="A file grew more than allowed",
    sees=ArtifactContext,
    kind="fact",
    run=run,
    settings=(BYTES, PERCENT),
    waivable=True,
)
