"""The build uses a version that its authors retracted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import Check, Fault, Setting, Skip, SourceContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.verdict import Severity


RETRACTED: Setting[Severity | Literal["allow"]] = Setting(
    section="modules",
    key="retracted",
    annotation=Literal["allow", "info", "warn", "deny"],
    description="What it is to use a version that its authors retracted: allow, info, warn or deny.",
)


def run(context: SourceContext) -> Iterator[Fault]:
    """No module of the build is retracted in the latest go.mod of it that the module cache has."""
    severity = RETRACTED.asked(context) if context.policy is not None else "info"
    if severity == "allow":
        raise Skip("the policy says modules.retracted: allow")
    for each in context.report.notices:
        if each.kind == "retracted":
            yield Fault(
                message=f"{each.module} is retracted by its authors, as {each.said_by} says",
                hint=f"require another version: `go get {each.module.path}@latest`",
                place=each.place,
                severity=severity,
            )


CHECK = Check(
    title="The build uses a version that its authors retracted",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(RETRACTED,),
    waivable=True,
    default=True,
    severity="info",
)
