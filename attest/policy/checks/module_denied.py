"""The build uses a module that the policy denies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.go.requirements import matches, modules
from attest.policy.check import Check, Fault, Setting, SourceContext

if TYPE_CHECKING:
    from collections.abc import Iterator


DENY: Setting[tuple[str, ...]] = Setting(
    section="modules",
    key="deny",
    annotation=list[str],
    description="Modules that may not be used: a path, or path/... with all below it; @version for one only.",
    pattern=r"[^\s@]+(@[^\s@]+)?",
    example="github.com/dgrijalva/jwt-go",
)


def run(context: SourceContext) -> Iterator[Fault]:
    """No module of the build, replacements included, is one that the policy denies."""
    denied = DENY.asked(context)
    for module, place in modules(context.report):
        pattern = next((each for each in denied if matches(each, module)), None)
        if pattern is not None:
            yield Fault(
                message=f"{module} is used, and the policy denies {pattern}",
                hint=f"find out who needs it with `go mod why -m {module.path}`, and use another module",
                place=place,
                names=(str(module),),
            )


CHECK = Check(
    title="The build uses a module that the policy denies",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(DENY,),
    waivable=True,
)
