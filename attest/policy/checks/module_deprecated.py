"""The build uses a module that its authors gave up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, Setting, Skip, SourceContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.verdict import Severity


DEPRECATED: Setting[Severity | Literal["allow"]] = Setting(
    section="modules",
    key="deprecated",
    annotation=Literal["allow", "info", "warn", "deny"],
    description="What it is to use a module that its authors deprecated: allow, info, warn or deny.",
)


def run(context: SourceContext) -> Iterator[Fault]:
    """No module of the build is deprecated in the latest go.mod of it that the module cache has."""
    severity = DEPRECATED.asked(context) if context.policy is not None else "info"
    if severity == "allow":
        raise Skip("the policy says modules.deprecated: allow")
    for each in context.report.notices:
        if each.kind == "deprecated":
            yield Fault(
                message=f"{each.module} is deprecated, as {each.said_by} says: {each.reason}",
                hint="use what its authors name in its place",
                place=each.place,
                severity=severity,
            )


CHECK = Check(
    title="The build uses a module that its authors gave up",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(DEPRECATED,),
    waivable=True,
    default=True,
    severity="info",
)
