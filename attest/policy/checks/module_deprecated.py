"""The build uses a module that its authors gave up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, SourceContext
from attest.policy.notices import how_bad, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.source import ModuleNotice
    from attest.policy.check import Fault

DEPRECATED = how_bad("deprecated", "use a module that its authors deprecated")


def run(context: SourceContext) -> Iterator[Fault]:
    """No module of the build is deprecated in the latest go.mod of it that the module cache has."""
    return told(context, "deprecated", DEPRECATED, _fault)


def _fault(each: ModuleNotice) -> tuple[str, str]:
    return (
        f"{each.module} is deprecated, as {each.said_by} says: {each.reason}",
        "use what its authors name in its place",
    )


CHECK = Check(
    title="The build uses a module that its authors gave up",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(DEPRECATED,),
    waivable=True,
    default=True,
    severity="info",
)
