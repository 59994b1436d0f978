"""Nobody knows which licence a module is under."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.policy.check import ArtifactContext, Check, Fault, Setting, Skip
from attest.policy.licenses import rules, stated
from attest.policy.sboms import listing
from attest.sbom.license_terms import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.verdict import Severity


UNKNOWN: Setting[Severity | Literal["allow"]] = Setting(
    section="sbom",
    key="licenses.unknown",
    annotation=Literal["allow", "info", "warn", "deny"],
    description="What it is where an SBOM does not tell a module's licence: allow, info, warn or deny.",
)


def run(context: ArtifactContext) -> Iterator[Fault]:
    """Every accepted SBOM tells, of each of its modules, an expression of licences that SPDX knows."""
    severity = UNKNOWN.of(context)
    asked = rules(context)
    if severity is None and asked is None:
        raise Skip("the policy sets no sbom.licenses.unknown, allow or deny")
    if severity == "allow":
        raise Skip("the policy says sbom.licenses.unknown: allow")
    known = asked or Rules()
    missing: dict[str, list[tuple[str, str]]] = {}
    for piece, module, expressions in stated(context):
        if not expressions or any(known.faults(each) is None for each in expressions):
            missing.setdefault(piece.path, []).append((module.path, module.version))
    for path, modules in missing.items():
        count = f"{len(modules)} modules" if len(modules) > 1 else "one module"
        yield Fault(
            message=f"the SBOM in {path} should tell every module's licence, and does not of {count}: "
            f"{listing(modules)}",
            hint="make it with attest sbom --source or --modcache, or state the licence under licenses: "
            "in the policy",
            severity=severity,
        )


CHECK = Check(
    title="Nobody knows which licence a module is under",
    sees=ArtifactContext,
    kind="fact",
    run=run,
    settings=(UNKNOWN,),
    waivable=True,
)
