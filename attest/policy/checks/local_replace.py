"""A module is replaced by a directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.go.requirements import allows, replacements
from attest.policy.check import Check, Fault, Setting, SourceContext

if TYPE_CHECKING:
    from collections.abc import Iterator


DENY_LOCAL: Setting[bool] = Setting(
    section="modules",
    key="replace.deny_local",
    annotation=bool,
    description="true: no module is replaced by a directory, unless replace.allow names it.",
)
ALLOW: Setting[tuple[str, ...]] = Setting(
    section="modules",
    key="replace.allow",
    annotation=list[str],
    description="The replacements that there may be, as `old [version] => new [version]`.",
    pattern=r"\S+( \S+)? => \S+( \S+)?",
    example="example.com/fork => example.com/ours",
)


def run(context: SourceContext) -> Iterator[Fault]:
    """No replace line names a directory, which no checksum covers."""
    denied = context.policy is not None and DENY_LOCAL.asked(context)
    allowed = ALLOW.of(context) or ()
    for each in replacements(context.report):
        if each.local and not any(allows(entry, each) for entry in allowed):
            yield Fault(
                message=f"{each.old} is replaced by the directory {each.new}, which no checksum covers",
                hint="publish the change and require its version; where it is meant, "
                "name it in modules.replace.allow",
                place=each.place,
                names=(str(each.old), str(each.new)),
                severity="deny" if denied else None,
            )


CHECK = Check(
    title="A module is replaced by a directory",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(DENY_LOCAL, ALLOW),
    waivable=True,
    default=True,
    severity="info",
)
