"""A section of an executable is larger than the policy allows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, NoEvidence, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[int] = Setting(
    section="file",
    key="max_section_bytes",
    annotation=dict[str, int],
    description="The size in the file that sections may have at most, in bytes, by name.",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """Each section that file.max_section_bytes names has at most that size; several of one name together."""
    limits = SETTING.asked_by_name(context)
    if not context.report.sections:
        raise NoEvidence(
            f"nothing tells the sections of {context.name}", "build it without removing the section table"
        )
    sizes: Counter[str] = Counter()
    for section in context.report.sections:
        sizes[section.name] += section.file_size
    for name, most in sorted(limits.items()):
        if sizes[name] > most:
            yield Fault(
                message=f"the section {name} of {context.name} should have {most} bytes at most, "
                f"and has {sizes[name]}",
                hint="look at what is in it, or raise file.max_section_bytes",
                names=(name,),
            )


CHECK = Check(
    title="A section is larger than allowed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
