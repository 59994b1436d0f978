"""An executable was built with a build tag that the policy does not allow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


#: The go command sets it for a frozen FIPS 140 module, which `fips140-missing` judges.
_FIPS: Final = re.compile(r"fips140v[0-9.]+")

SETTING: Setting[list[str]] = Setting(
    section="go",
    key="tags",
    annotation=list[str],
    description="The build tags that may be set; an empty list allows none.",
    example="netgo",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """Every build tag is one of go.tags."""
    allowed = SETTING.asked(context)
    for tag in context.words("go.tags"):
        if tag not in allowed and not _FIPS.fullmatch(tag):
            yield Fault(
                message=f"{context.name} was built with the tag {tag}, which is not allowed",
                hint="build without it, or allow it in go.tags",
                names=(tag,),
            )


CHECK = Check(
    title="An executable was built with a build tag that is not allowed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
