"""The toolchain line of go.mod or go.work says nothing that the go line does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.go.goversion import before, from_toolchain
from attest.go.main_modules import go_version
from attest.policy.check import Check, Fault, Skip, SourceContext

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(context: SourceContext) -> Iterator[Fault]:
    """The toolchain line, where there is one, names a newer release than the go line."""
    if context.source is None:
        raise Skip("no source tree was given")
    # In a workspace only go.work asks for a toolchain.
    top, go = context.report.main.top, go_version(context.report.main)
    version = from_toolchain(top.toolchain)
    if version and not before(go, version):
        yield Fault(
            message=f"the line `toolchain {top.toolchain}` is without effect: the go line asks for {go}",
            hint="remove the line (`go get toolchain@none`), or name a newer release",
            place=top.toolchain_place,
        )


CHECK = Check(
    title="The toolchain line of go.mod says nothing that the go line does not say",
    sees=SourceContext,
    kind="fact",
    run=run,
    waivable=True,
    default=True,
    severity="info",
)
