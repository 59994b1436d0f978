"""An executable was not signed by the team that the policy names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, NoEvidence, Setting
from attest.policy.macos import ROOT, distrusted, signature

if TYPE_CHECKING:
    from collections.abc import Iterator


TEAM: Setting[str] = Setting(
    section="macos",
    key="team",
    annotation=str,
    description="The team identifier of Apple that must have signed the executable.",
    pattern=r"[A-Z0-9]{10}",
    example="A1B2C3D4E5",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """A certificate that counts names the team, and so does the code directory."""
    wanted = TEAM.asked(context)
    if signature(context) != "cms":
        raise NoEvidence(
            f"{context.name} is not signed with a certificate, and so by no team",
            "sign it with the team's certificate",
        )
    why = distrusted(context)
    if why:
        raise NoEvidence(f"no team has signed {context.name}: {why}", "sign it with the team's certificate")
    for whose, name in (("certificate", "certificate_team"), ("code directory", "signature_team")):
        found = context.word(f"macho.{name}")
        if found != wanted:
            yield Fault(
                message=f"{context.name} should be signed by the team {wanted}, "
                f"and its {whose} names {found}",
                hint="sign it with the team's certificate, or mend macos.team",
            )


CHECK = Check(
    title="An executable was not signed by the team that is asked for",
    sees=ImageContext,
    kind="integrity",
    run=run,
    settings=(TEAM, ROOT),
)
