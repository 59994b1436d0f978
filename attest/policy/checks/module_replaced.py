"""A module is replaced by another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.go.requirements import allows, replacements
from attest.policy.check import Check, Fault, SourceContext
from attest.policy.checks.local_replace import ALLOW, DENY_LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: SourceContext) -> Iterator[Fault]:
    """Every replacement is one that the policy names; without a policy each is information."""
    asked = context.policy is not None
    allowed = ALLOW.asked(context) if asked else ()
    # A list of what there may be holds for directories too, unless they are denied by their own check.
    told_elsewhere = not asked or bool(DENY_LOCAL.of(context))
    for each in replacements(context.report):
        if each.local and told_elsewhere:
            continue
        if not any(allows(entry, each) for entry in allowed):
            yield Fault(
                message=f"{each.old} is replaced by {each.new}"
                + (", which the policy does not allow" if asked else ""),
                hint="remove the line, or name it in modules.replace.allow: "
                f'"{each.old.path} => {each.new.path}"',
                place=each.place,
                names=(str(each.old), str(each.new)),
                severity="deny" if asked else None,
            )


CHECK = Check(
    title="A module is replaced by another one",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(ALLOW, DENY_LOCAL),
    waivable=True,
    default=True,
    severity="info",
)
