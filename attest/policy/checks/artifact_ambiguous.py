"""Two files for one slot, or one file for two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ReleaseContext
from attest.policy.discover import folded

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ReleaseContext) -> Iterator[Fault]:
    """Evidence is bound by digest and files by name, so each artifact has both to itself."""
    paths: dict[str, list[str]] = {}
    for file in context.binding.inventory.files:
        paths.setdefault(folded(file.path), []).append(file.path)
    contents = context.binding.subjects()
    for slot in context.slots:
        same_name = [path for path in sorted(paths.get(folded(slot.path), ())) if path != slot.path]
        for other in same_name:
            yield Fault(
                message=f"{slot.path} is the file of {slot.name}, and {other} is the same name where case or "
                "Unicode composition does not count",
                hint="keep one of the two names",
                platform=str(slot.platform),
                subject=slot.path,
            )
        bound = context.binding.file(slot)
        digest = bound.identity.sha256 if bound is not None and bound.identity is not None else ""
        for other in contents.get(digest, ()):
            if other != slot.path:
                yield Fault(
                    message=f"{slot.path} is the file of {slot.name}, and {other} holds the same bytes, so "
                    "that evidence about one is evidence about both",
                    hint="ship each artifact once, under one name",
                    platform=str(slot.platform),
                    subject=slot.path,
                )


CHECK = Check(
    title="Two files for one slot, or one file for two", sees=ReleaseContext, kind="integrity", run=run
)
