"""`-o vsa=FILE` of `attest verify --policy`: verification summaries, a file for each artifact."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest import __version__
from attest.cli.reports import VSA
from attest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.app.policy import LoadedPolicy
    from attest.cli.output import Output
    from attest.model.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryOptions:
    """What `--vsa-verifier`, `--vsa-resource` and `--vsa-key` say."""

    verifier: str | None
    resource: str | None
    key: str | None

    def check(self, outputs: Sequence[Output]) -> None:
        """Raise `UsageError` where what a summary must tell is not there, or there is no summary."""
        from attest.app.summary import refuse_verifier

        if any(each.format == VSA for each in outputs):
            refuse_verifier(self.verifier, self.resource)
            return
        for option, value in (
            ("--vsa-verifier", self.verifier),
            ("--vsa-resource", self.resource),
            ("--vsa-key", self.key),
        ):
            if value is not None:
                raise UsageError(
                    f"{option} is about a summary", hint="ask for one: -o vsa={artifact}.vsa.json"
                )


def refuse_one_file(outputs: Sequence[Output], loaded: LoadedPolicy) -> None:
    """Raise `UsageError` for one file where there are several artifacts."""
    from attest.app.summary import ARTIFACT

    for each in outputs:
        if each.format == VSA and ARTIFACT not in each.file and len(loaded.policy.slots) > 1:
            raise UsageError(
                f"-o vsa: one file for {len(loaded.policy.slots)} artifacts",
                hint="write -o vsa=FILE with {artifact} in FILE, for instance vsa/{artifact}.vsa.json",
            )


def summary_files(
    outputs: Sequence[Output], options: SummaryOptions, verdict: Verdict
) -> list[tuple[str, bytes]]:
    """The files to write; none, and a line on standard error, where nothing was decided."""
    from attest.app.summary import ARTIFACT, signed_summaries, summaries

    wanted = [each for each in outputs if each.format == VSA]
    if not wanted:
        return []
    made = summaries(
        verdict,
        verifier=options.verifier or "",
        resource=options.resource or "",
        version=__version__,
    )
    if not made:
        sys.stderr.write("attest: no summary is written: nothing was decided\n")
    if options.key is not None and made:
        from attest.cli.signers import key_signer_of

        made = signed_summaries(made, key_signer_of(options.key))
    return [(each.file.replace(ARTIFACT, path), data) for each in wanted for path, data in made.items()]
