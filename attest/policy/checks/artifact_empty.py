"""A file of the release has no content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ReleaseContext

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ReleaseContext) -> Iterator[Fault]:
    """No slot and no extra is an empty file: a digest of nothing proves nothing."""
    bound = [(slot.path, str(slot.platform), context.binding.file(slot)) for slot in context.slots]
    bound += [(extra.path, "", file) for extra, file in context.binding.extras]
    for path, platform, file in bound:
        if file is not None and file.identity is not None and file.identity.size == 0:
            yield Fault(
                message=f"{path} should have content, and has 0 bytes",
                hint="look for a build or upload that failed half-way, and build it again",
                platform=platform,
                subject=path,
            )


CHECK = Check(title="A file of the release is empty", sees=ReleaseContext, kind="integrity", run=run)
