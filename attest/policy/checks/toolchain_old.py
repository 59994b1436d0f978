"""go.mod lets an older Go release build the module than the policy allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.go.goversion import DEFAULT
from attest.model.place import Place
from attest.policy.check import Check, Fault, NoEvidence, Setting, Skip, SourceContext
from attest.policy.goversion import parse

if TYPE_CHECKING:
    from collections.abc import Iterator


GO_MIN: Setting[str] = Setting(
    section="modules",
    key="go_min",
    annotation=str,
    description="The oldest language version that the go line of go.mod may say.",
    pattern=r"[0-9]+\.[0-9]+(\.[0-9]+)?",
    example="1.24",
)
TOOLCHAIN_MIN: Setting[str] = Setting(
    section="modules",
    key="toolchain_min",
    annotation=str,
    description="The oldest Go release that the toolchain line of go.mod, or else its go line, may ask for.",
    pattern=r"[0-9]+\.[0-9]+(\.[0-9]+)?",
    example="1.25.3",
)


def run(context: SourceContext) -> Iterator[Fault]:
    """The go line, and the release that go.mod asks for, are at least those of the policy."""
    go_min, toolchain_min = GO_MIN.of(context), TOOLCHAIN_MIN.of(context)
    if go_min is None and toolchain_min is None:
        raise Skip("the policy sets neither modules.go_min nor modules.toolchain_min")
    go_mod = context.report.go_mod
    line = f"go{go_mod.go or DEFAULT}"
    said = f"go {go_mod.go}" if go_mod.go else f"no go version, which means {DEFAULT}"
    named = go_mod.toolchain not in ("", "default")
    if go_min is not None and _older(line, go_min):
        yield Fault(
            message=f"go.mod should say go {go_min} or later, and says {said}",
            hint=f"run `go mod edit -go={go_min}` and build with it",
            place=go_mod.go_place or Place(file=go_mod.file),
        )
    # A toolchain line that is older than the go line does not count: the go command refuses to use it.
    asked = [line, go_mod.toolchain] if named else [line]
    if toolchain_min is not None and all(_older(each, toolchain_min) for each in asked):
        found = f"toolchain {go_mod.toolchain}" if named else said
        yield Fault(
            message=f"go.mod should ask for Go {toolchain_min} or later, and says {found}",
            hint=f"run `go mod edit -toolchain=go{toolchain_min}`",
            place=(go_mod.toolchain_place if named else go_mod.go_place) or Place(file=go_mod.file),
        )


def _older(name: str, least: str) -> bool:
    found, wanted = parse(name), parse(f"go{least}")
    if found is None or wanted is None:
        raise NoEvidence(f"go.mod says '{name}', which names no Go release", "write it like go1.25.3")
    return found < wanted


CHECK = Check(
    title="go.mod lets an older Go release build the module than allowed",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(GO_MIN, TOOLCHAIN_MIN),
    waivable=True,
)
