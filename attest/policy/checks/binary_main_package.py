"""An executable was built from another main package or module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator


MAIN_PATH: Setting[str] = Setting(
    section="go",
    key="main_path",
    annotation=str,
    description="Import path of the main package.",
    pattern=r"[^\s@\\]+",
    example="example.com/acme/widget/cmd/widget",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """Main package and main module are those that the policy names."""
    main_path = MAIN_PATH.of(context)
    module = context.artifact.release.policy.source.go_module
    if main_path is None and not module:
        raise Skip("the policy sets neither go.main_path nor source.go_module")
    info = context.build_info
    if main_path is not None and info.path != main_path:
        yield Fault(
            message=f"{context.name} should be built from {main_path}, "
            f"and is built from {info.path or 'nothing named'}",
            hint="build the right command, by its import path",
        )
    found = info.main.path if info.main else ""
    if module and found != module:
        yield Fault(
            message=f"{context.name} should have the main module {module}, and has {found or 'none'}",
            hint="build in the source tree of that module, by package and not by file names",
        )


CHECK = Check(
    title="An executable was built from another main package or module",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(MAIN_PATH,),
)
