"""A build was given an external parameter that the policy does not name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault, Skip
from attest.policy.provenance import provenances

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attest.model.statement import Json


def run(context: ArtifactContext) -> Iterator[Fault]:
    """Every external parameter of every accepted provenance is named: who starts a build chooses them."""
    asked = [rule for rule in context.slot.attestations if rule.provenance and rule.provenance.parameters]
    if not asked:
        raise Skip("the policy sets no external_parameters")
    for rule in asked:
        wanted = rule.provenance.parameters if rule.provenance else None
        for piece, provenance in provenances(context, rule):
            for path in sorted(set(parameter_paths(provenance.external_parameters))):
                if wanted is not None and path not in wanted.allow:
                    yield Fault(
                        message=f"{piece.path} should have no external parameter but those that the policy "
                        f"names, and has {path}",
                        hint="build without it, or name it in external_parameters.allow",
                        severity=wanted.on_unknown,
                        names=(piece.path, path),
                    )


def parameter_paths(parameters: Mapping[str, Json], above: str = "") -> Iterator[str]:
    """The paths of everything that is set, lists as one; what is empty sets nothing."""
    for name, value in parameters.items():
        path = f"{above}{name}"
        if isinstance(value, dict):
            yield from parameter_paths(value, f"{path}.")
        elif value not in (None, "", []):
            yield path


CHECK = Check(
    title="A build was given an external parameter that the policy does not name",
    sees=ArtifactContext,
    kind="fact",
    run=run,
    waivable=True,
)
