"""The table of commands: what each is for, and the module that is imported only when it runs.

Every module of the table defines `command`, a function with typer's annotations, or `app`, a
`typer.Typer` of sub-commands.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Command(NamedTuple):
    """A command of the table."""

    module: str
    sentence: str


COMMANDS: Final[dict[str, Command]] = {
    "check": Command("attest.cli.check", "Does the source tree mean what go.mod, go.sum and vendor/ say?"),
    "inspect": Command("attest.cli.inspect", "Everything that can be known about an executable, unrun."),
    "sbom": Command("attest.cli.sbom", "SBOMs of a source tree or of executables, for each platform."),
    "diff": Command("attest.cli.diff", "What changed between two executables, SBOMs or verdicts."),
    "provenance": Command(
        "attest.cli.provenance", "SLSA provenance from the CI environment and the build info."
    ),
    "sign": Command("attest.cli.sign", "Sign files and in-toto statements, keyless or with a key."),
    "verify": Command("attest.cli.verify", "May this ship? A release against its policy, or one file."),
    "release": Command("attest.cli.release", "check, sbom, provenance, sign and verify in one run."),
    "policy": Command("attest.cli.policy", "Work on a policy."),
    "key": Command("attest.cli.key", "Signing keys of one's own."),
    "trust": Command("attest.cli.trust", "Trust roots: what is trusted, until when, from where."),
    "schema": Command("attest.cli.schema", "The JSON Schema of a document that attest writes or reads."),
}
