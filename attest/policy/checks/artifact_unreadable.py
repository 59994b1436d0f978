"""A file of the release could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ReleaseContext

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ReleaseContext) -> Iterator[Fault]:
    """What cannot be read cannot be judged; the run ends undecided."""
    platforms = {slot.path: str(slot.platform) for slot, _ in context.binding.slots}
    for file in context.binding.inventory.files:
        if file.error or (file.kind == "file" and file.identity is None):
            yield Fault(
                message=f"{file.path} should be readable, and is not: {file.error or 'it was not hashed'}",
                hint="check its permissions and the disk, then run again",
                platform=platforms.get(file.path, ""),
                subject=file.path,
                outcome="error",
            )


CHECK = Check(title="A file of the release cannot be read", sees=ReleaseContext, kind="integrity", run=run)
