"""A module is under a licence that the policy does not allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault, Skip
from attest.policy.licenses import ALLOW, DENY, rules, stated

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ArtifactContext) -> Iterator[Fault]:
    """What every accepted SBOM says of a module's licence is allowed; unknown ones are another check's."""
    asked = rules(context)
    if asked is None:
        raise Skip("the policy sets no sbom.licenses.allow and no sbom.licenses.deny")
    for _, module, expressions in stated(context):
        faults = {fault for each in expressions for fault in asked.faults(each) or ()}
        if faults:
            said, named = " AND ".join(expressions), " and ".join(sorted(faults))
            yield Fault(
                message=f"{module} is under {said}, and the policy does not allow {named}",
                hint="use another module; where the licence was read wrong, state it under licenses:",
                names=(str(module), *sorted(faults)),
            )


CHECK = Check(
    title="A module is under a licence that the policy does not allow",
    sees=ArtifactContext,
    kind="fact",
    run=run,
    settings=(ALLOW, DENY),
    waivable=True,
)
