"""What several checks of Mach-O files need: versions, and whom a code signature is by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.policy.check import Setting, Skip

if TYPE_CHECKING:
    from attest.policy.check import ImageContext

#: SHA-256 of "Apple Root CA", which all Developer ID certificates lead to (Apple PKI).
APPLE_ROOT: Final = "b0b1730ecbc7ff4505142c49f1295e6eda6bcaed7e2c68c5be91b5a11001f024"

VERSION_PATTERN: Final = r"[0-9]{1,5}\.[0-9]{1,3}(\.[0-9]{1,3})?"

ROOT: Setting[str] = Setting(
    section="macos",
    key="root",
    annotation=str,
    description="The SHA-256 of the root certificate of code signatures; Apple's where it is not set.",
    pattern=r"[0-9a-f]{64}",
    example=APPLE_ROOT,
)


def version(text: str) -> tuple[int, ...]:
    """X.Y or X.Y.Z in numbers that compare."""
    numbers = tuple(int(each) for each in text.split("."))
    return (*numbers, *(0,) * (3 - len(numbers)))


def system_version(context: ImageContext, name: str) -> tuple[int, ...]:
    """A version that the file says; `Skip` where it is none for macOS, `NoEvidence` where it is silent."""
    context.only("macho")
    system = context.word("macho.platform")
    if system != "macos":
        raise Skip(f"{context.name} is built for {system}")
    return version(context.word(name))


def signature(context: ImageContext) -> str:
    """The kind of code signature: none, ad-hoc, cms; raises `Skip` and `NoEvidence` as facts do."""
    context.only("macho")
    return context.word("macho.signature")


def distrusted(context: ImageContext) -> str:
    """Why the certificates of a CMS signature prove nothing, "" where they do; `NoEvidence` where unknown."""
    if not context.flag("macho.cms_holds"):
        return "its CMS signature does not hold"
    wanted = ROOT.of(context) or APPLE_ROOT
    found = context.word("macho.certificate_root")
    if found != wanted:
        return f"its certificates lead to the root {found[:16]}, not {wanted[:16]}"
    return ""
