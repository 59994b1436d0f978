"""A module has more code in an executable than the policy allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.model.sizes import code_sizes
from attest.policy.check import Check, Fault, ImageContext, NoEvidence, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[int] = Setting(
    section="file",
    key="max_module_bytes",
    annotation=dict[str, int],
    description='The code that modules may have at most, in bytes, by module path; "std" is the standard '
    'library, "*" every module that is not named.',
)
_OTHERS: Final = "*"


def run(context: ImageContext) -> Iterator[Fault]:
    """The code of each module is at most what file.max_module_bytes says of it."""
    limits = SETTING.asked_by_name(context)
    sizes = code_sizes(context.report)
    if sizes is None:
        raise NoEvidence(
            f"nothing tells how much code of which module is in {context.name}",
            "check that it is an executable of Go's toolchain; a file that was packed or damaged hides it",
        )
    for module, size in sorted(sizes.items()):
        most = limits.get(module, limits.get(_OTHERS))
        if most is not None and size > most:
            yield Fault(
                message=f"{module or 'code of no known module'} should have {most} bytes of code at most in "
                f"{context.name}, and has {size}",
                hint="look at its packages with attest inspect -o json, or raise file.max_module_bytes",
                names=(module,),
            )


CHECK = Check(
    title="A module has more code than allowed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
