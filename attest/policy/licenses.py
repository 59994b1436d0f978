"""What the licence checks share: which licences a policy allows, and what SBOMs say of modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.go.requirements import matches
from attest.model.module import ModuleVersion
from attest.policy.check import ArtifactContext, Setting
from attest.policy.sboms import documents, speaks_for
from attest.sbom.license_terms import Rules, term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.policy.evidence import Piece

ALLOW: Final[Setting[tuple[str, ...]]] = Setting(
    section="sbom",
    key="licenses.allow",
    annotation=list[str],
    description="The licences that modules may be under, as SPDX calls them; no other one is allowed then.",
    example="Apache-2.0",
)
DENY: Final[Setting[tuple[str, ...]]] = Setting(
    section="sbom",
    key="licenses.deny",
    annotation=list[str],
    description="The licences that no module may be under, as SPDX calls them.",
    example="AGPL-3.0-only",
)


def rules(context: ArtifactContext) -> Rules | None:
    """What the policy says of licences; None where it says nothing."""
    allow, deny = ALLOW.of(context), DENY.of(context)
    if allow is None and deny is None:
        return None
    return Rules(
        allow=None if allow is None else frozenset(filter(None, map(term, allow))),
        deny=frozenset(filter(None, map(term, deny or ()))),
    )


def stated(context: ArtifactContext) -> Iterator[tuple[Piece, ModuleVersion, tuple[str, ...]]]:
    """Every component of the accepted SBOMs with its licence expressions, all of which hold; none if unknown.

    What `licenses` of the policy states about a module holds for it alone. Raises as
    `attest.policy.sboms.documents` does.
    """
    overrides = context.release.policy.licenses
    for piece, facts in documents(context):
        if not speaks_for(context, piece):
            continue
        told = dict(facts.licenses)
        for path, version in sorted(facts.components):
            module = ModuleVersion(path=path, version=version)
            by_hand = next((each.expression for each in overrides if matches(each.module, module)), None)
            yield piece, module, (by_hand,) if by_hand else told.get((path, version), ())
