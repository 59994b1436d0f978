"""The build uses a version that its authors retracted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, SourceContext
from attest.policy.notices import how_bad, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.source import ModuleNotice
    from attest.policy.check import Fault

RETRACTED = how_bad("retracted", "use a version that its authors retracted")


def run(context: SourceContext) -> Iterator[Fault]:
    """No module of the build is retracted in the latest go.mod of it that the module cache has."""
    return told(context, "retracted", RETRACTED, _fault)


def _fault(each: ModuleNotice) -> tuple[str, str]:
    return (
        f"{each.module} is retracted by its authors, as {each.said_by} says",
        f"require another version: `go get {each.module.path}@latest`",
    )


CHECK = Check(
    title="The build uses a version that its authors retracted",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(RETRACTED,),
    waivable=True,
    default=True,
    severity="info",
)
