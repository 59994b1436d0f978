"""A required module has no release version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.go.requirements import is_pseudo, modules
from attest.policy.check import Check, Fault, Setting, Skip, SourceContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.verdict import Severity


PSEUDO_VERSIONS: Setting[Severity | Literal["allow"]] = Setting(
    section="modules",
    key="pseudo_versions",
    annotation=Literal["allow", "info", "warn", "deny"],
    description="What it is to use a commit that no version names: allow, info, warn or deny.",
)


def run(context: SourceContext) -> Iterator[Fault]:
    """Every module of the build has a version that its authors released."""
    severity = PSEUDO_VERSIONS.asked(context)
    if severity == "allow":
        raise Skip("the policy says modules.pseudo_versions: allow")
    for module, place in modules(context.report):
        if is_pseudo(module.version):
            yield Fault(
                message=f"{module} names a commit, not a release",
                hint=f"require a released version: `go get {module.path}@latest`",
                place=place,
                names=(str(module),),
                severity=severity,
            )


CHECK = Check(
    title="A required module has no release version",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(PSEUDO_VERSIONS,),
    waivable=True,
)
