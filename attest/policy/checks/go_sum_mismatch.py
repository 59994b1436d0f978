"""A module is not what go.sum says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attest.go.main_modules import Replacements
from attest.policy.check import Check, Fault, NoEvidence, Setting, SourceContext

if TYPE_CHECKING:
    from collections.abc import Iterator


GO_SUM: Setting[str] = Setting(
    section="modules",
    key="go_sum",
    annotation=Literal["verify"],
    description="verify: go.sum is complete and every line equals the bytes of the module.",
)


def download_hint(context: SourceContext) -> str:
    """How to get the modules whose bytes are not there; of what else helps, only what helps here."""
    report = context.report
    others = []
    if context.policy is None and report.graph_unproven is None:
        others.append("--online")
    if report.vendored:
        others.append("--manifest")
    return f"run `go mod download`{', or give ' if others else ''}{' or '.join(others)}"


def run(context: SourceContext) -> Iterator[Fault]:
    """Every line of go.sum equals the hash of the bytes in the module cache."""
    if context.policy is not None:
        GO_SUM.asked(context)
    report = context.report
    for proof in report.proofs:
        if proof.status == "mismatch":
            what = "go.mod of " if proof.kind == "go.mod" else ""
            yield Fault(
                message=f"{what}{proof.module} should have the hash {proof.recorded}, "
                f"and {f'is no module: {proof.reason}' if proof.reason else f'has {proof.computed}'}"
                f"{f'; {proof.odd}' if proof.odd else ''}",
                hint="do not update go.sum: find out who changed the module or the line "
                "(go clean -modcache, then download again)",
                place=proof.place,
            )
    absent = [proof for proof in report.proofs if proof.status == "absent"]
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise NoEvidence(
            f"{absent[0].module}{more} of go.sum could not be compared: "
            f"{absent[0].reason or 'not in the module cache'}",
            download_hint(context),
        )
    replacements = Replacements.of(report.main)
    hashed = any((replacements.of_module(each.module) or each.module).version for each in report.main.require)
    if not report.proofs and hashed:
        raise NoEvidence("no line of go.sum could be compared", download_hint(context))


CHECK = Check(
    title="A module is not what go.sum says",
    sees=SourceContext,
    kind="integrity",
    run=run,
    settings=(GO_SUM,),
    default=True,
)
