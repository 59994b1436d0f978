"""Artifacts of one release were built from different commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, NoEvidence, ReleaseContext, Skip
from attest.policy.checks.vcs_modified import VCS_MODIFIED

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: ReleaseContext) -> Iterator[Fault]:
    """Every image of every artifact names one vcs.revision, and the run's --revision where it is given."""
    found: dict[str, list[tuple[str, str]]] = {}
    silent: list[str] = []
    for artifact in context.judged():
        report = artifact.file.report
        for image in report.images if report else ():
            info = image.build_info
            revision = info.setting("vcs.revision") if info and not info.faults else None
            if revision:
                found.setdefault(revision, []).append((artifact.file.path, str(artifact.slot.platform)))
            else:
                silent.append(artifact.file.path)
        if report is None:
            silent.append(artifact.file.path)
    if found:
        # The expected commit, or the one that most artifacts name (the first of these by name).
        usual = context.revision or min(found, key=lambda each: (-len(found[each]), each))
        for revision, where in found.items():
            for path, platform in dict.fromkeys(where) if revision != usual else ():
                yield Fault(
                    message=f"{path} should be built from commit {usual[:12]}, "
                    f"and is built from {revision[:12]}",
                    hint="build all platforms from one tag in one pipeline",
                    platform=platform,
                    subject=path,
                )
    if (
        not found
        and not context.revision
        and not any(VCS_MODIFIED.of(each) is False for each in context.judged())
    ):
        raise Skip("no artifact names a commit, and neither policy nor run asks for one")
    if silent:
        raise NoEvidence(
            f"{silent[0]} names no commit",
            "build in a clone with its version control data and with -buildvcs=true",
        )


CHECK = Check(
    title="Artifacts of one release were built from different commits",
    sees=ReleaseContext,
    kind="fact",
    run=run,
)
