"""go.mod lets an older Go release build the module than the policy allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.go.goversion import DEFAULT, WORK_DEFAULT
from attest.model.module import GoMod, GoWork, MainModules
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
    """The go lines, and the release that go.mod or go.work asks for, are at least those of the policy."""
    go_min, toolchain_min = GO_MIN.of(context), TOOLCHAIN_MIN.of(context)
    if go_min is None and toolchain_min is None:
        raise Skip("the policy sets neither modules.go_min nor modules.toolchain_min")
    main = context.report.main
    # The go line of each member is the language of its packages; go.work's counts where there is one.
    files: list[GoMod | GoWork] = [each.go_mod for each in main.modules]
    for file in (main.work, *files) if main.work else files:
        if go_min is not None and _older(_line(file, main), go_min, file):
            yield Fault(
                message=f"{file.file} should say go {go_min} or later, and says {_said(file, main)}",
                hint=f"run `{_edit(file)} -go={go_min}` and build with it",
                place=file.go_place or Place(file=file.file),
            )
    # In a workspace only go.work asks for a toolchain.
    top = main.top
    named = top.toolchain not in ("", "default")
    # A toolchain line that is older than the go line does not count: the go command refuses to use it.
    asked = [_line(top, main), top.toolchain] if named else [_line(top, main)]
    if toolchain_min is not None and all(_older(each, toolchain_min, top) for each in asked):
        found = f"toolchain {top.toolchain}" if named else _said(top, main)
        yield Fault(
            message=f"{top.file} should ask for Go {toolchain_min} or later, and says {found}",
            hint=f"run `{_edit(top)} -toolchain=go{toolchain_min}`",
            place=(top.toolchain_place if named else top.go_place) or Place(file=top.file),
        )


def _default(file: GoMod | GoWork, main: MainModules) -> str:
    return WORK_DEFAULT if file is main.work else DEFAULT


def _line(file: GoMod | GoWork, main: MainModules) -> str:
    return f"go{file.go or _default(file, main)}"


def _said(file: GoMod | GoWork, main: MainModules) -> str:
    return f"go {file.go}" if file.go else f"no go version, which means {_default(file, main)}"


def _edit(file: GoMod | GoWork) -> str:
    return f"go {'mod' if isinstance(file, GoMod) else 'work'} edit"


def _older(name: str, least: str, file: GoMod | GoWork) -> bool:
    found, wanted = parse(name), parse(f"go{least}")
    if found is None or wanted is None:
        raise NoEvidence(f"{file.file} says '{name}', which names no Go release", "write it like go1.25.3")
    return found < wanted


CHECK = Check(
    title="go.mod lets an older Go release build the module than allowed",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(GO_MIN, TOOLCHAIN_MIN),
    waivable=True,
)
