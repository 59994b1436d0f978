"""go.mod excludes a version of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, Skip, SourceContext
from attest.policy.checks.go_sum_mismatch import GO_SUM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.module import ModuleVersion
    from attest.model.place import Place
    from attest.model.source import SourceReport


def run(context: SourceContext) -> Iterator[Fault]:
    """No version that go.mod excludes is vendored; each exclude line is information.

    What requires an excluded version is told by import-unresolved.
    """
    if context.policy is not None:
        GO_SUM.asked(context)
        if context.source is None:
            raise Skip("no source tree was given, and go-sum-mismatch denies that")
    report = context.report
    vendored = _vendored(report)
    lines = [
        line
        for each in report.main.modules
        for line in zip(each.go_mod.exclude, each.go_mod.exclude_places, strict=True)
    ]
    for module, place in lines:
        if module in vendored:
            yield Fault(
                message=f"{module} is excluded in {place}, and vendored all the same",
                hint="remove the exclude line, or run `go mod tidy` and `go mod vendor`",
                place=vendored[module],
                names=(str(module),),
                severity="deny",
            )
        else:
            yield Fault(
                message=f"{module} is excluded; that counts in this module alone, and `go install` of it by "
                "version is refused",
                hint="require the version that you mean; a library's users are helped by retract alone",
                place=place,
            )


def _vendored(report: SourceReport) -> dict[ModuleVersion, Place]:
    """The versions that vendor/ holds though nothing requires them by name or replaces them, and where."""
    listed = report.modules_txt.modules if report.modules_txt else ()
    required = {each.module for each in report.main.require}
    return {
        each.module: each.place for each in listed if each.replacement is None and each.module not in required
    }


CHECK = Check(
    title="go.mod excludes a version of a module",
    sees=SourceContext,
    kind="fact",
    run=run,
    settings=(GO_SUM,),
    waivable=True,
    default=True,
    severity="info",
)
