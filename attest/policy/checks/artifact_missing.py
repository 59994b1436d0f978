"""A slot or an extra of the policy has no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ReleaseContext

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ReleaseContext) -> Iterator[Fault]:
    """Every required slot and every extra is a regular file of the release."""
    entries = {file.path: file for file in context.binding.inventory.files}
    for slot in context.slots:
        if context.binding.file(slot) is not None:
            continue
        entry = entries.get(slot.path)
        if entry is None and not slot.required:
            continue
        what = "there is none" if entry is None else f"a {entry.kind} stands there"
        yield Fault(
            message=f"the file {slot.path} for {slot.name} is expected, and {what}",
            hint="build and add it, or say required: false for its platform",
            platform=str(slot.platform),
            subject=slot.path,
        )
    for extra, file in context.binding.extras:
        if file is None:
            yield Fault(
                message=f"the extra {extra.path} is expected, and there is no such file",
                hint="add it, or take it out of artifacts.extras",
                subject=extra.path,
            )


CHECK = Check(
    title="A file that the policy expects is not there", sees=ReleaseContext, kind="integrity", run=run
)
