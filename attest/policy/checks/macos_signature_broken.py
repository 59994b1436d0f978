"""A code signature is not the one of this file: something was changed after signing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.policy.check import Check, Fault, ImageContext, Skip
from attest.policy.macos import signature

if TYPE_CHECKING:
    from collections.abc import Iterator

#: By fact, what it means that the fact is false.
_BROKEN: Final = {
    "macho.page_hashes": "a page has another hash than its code signature says",
    "macho.blob_hashes": "its requirements or entitlements are not those that its code signature hashes",
    "macho.code_limit_covers": "its code signature leaves a part of the program out",
}
_HINT: Final = "sign as the last step of the build; strip, upx and install_name_tool come before"


def run(context: ImageContext) -> Iterator[Fault]:
    """Every hash of the code signature, computed again, is right, and they are over the whole program."""
    kind = signature(context)
    if kind == "none":
        raise Skip(f"{context.name} has no code signature")
    for name, why in _BROKEN.items():
        if not context.flag(name):
            yield Fault(message=f"{context.name} was changed after it was signed: {why}", hint=_HINT)
    if kind == "cms" and not context.flag("macho.cms_holds"):
        why = "; ".join(context.words("macho.cms_faults"))
        yield Fault(message=f"the CMS signature of {context.name} does not hold: {why}", hint=_HINT)


CHECK = Check(
    title="A code signature does not match the file that carries it",
    sees=ImageContext,
    kind="integrity",
    run=run,
)
