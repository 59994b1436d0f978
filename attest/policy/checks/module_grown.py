"""The code of a module grew more since the previous release than the policy allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.sizes import code_sizes
from attest.policy.check import ArtifactContext, Check, Fault, NoEvidence, Setting
from attest.policy.previous import counterpart

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[int] = Setting(
    section="file",
    key="max_module_growth_bytes",
    annotation=int,
    description="How many bytes of code more than in the previous release each module may have.",
)


def run(context: ArtifactContext) -> Iterator[Fault]:
    """No module, the standard library included, has more code than before by more than the limit."""
    most = SETTING.asked(context)
    old = counterpart(context)
    before = code_sizes(old.report) if old.report else None
    after = code_sizes(context.report)
    for path, sizes in ((old.path, before), (context.file.path, after)):
        if sizes is None:
            raise NoEvidence(
                f"nothing tells how much code of which module is in {path}",
                "give the previous release itself, or what attest inspect -o json wrote about it",
            )
    since = f"since {old.path}"
    for module, size in sorted((after or {}).items()):
        known = (before or {}).get(module, 0)
        if size - known > most:
            yield Fault(
                message=f"{module or 'code of no known module'} in {context.file.path} should have grown by "
                f"{most} bytes of code at most {since} ({known} bytes), and grew by {size - known} to {size}",
                hint="look at which packages grew with attest diff, or raise file.max_module_growth_bytes",
                names=(module,),
            )


CHECK = Check(
    title="The code of a module grew more than allowed",
    sees=ArtifactContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
