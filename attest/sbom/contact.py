"""How to reach who makes a document or a component: an e-mail address or a URL, as BSI TR-03183-2 asks for.

Of a module it is the page that its path leads to; of what is shipped, and of the document, who runs attest
gives it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.sbom.identity import STD, producer

if TYPE_CHECKING:
    from attest.model.bom import Bom, BomComponent

_EMAIL: Final = re.compile(r"[^@\s<>:/]+@[^@\s<>:/]+")
_URL: Final = re.compile(r"https?://[^\s<>/]+(?:/[^\s<>]*)?")


def is_email(text: str) -> bool:
    """Tell whether a contact is an e-mail address."""
    return bool(_EMAIL.fullmatch(text))


def is_contact(text: str) -> bool:
    """Tell whether that is an e-mail address or a URL of the web."""
    return is_email(text) or bool(_URL.fullmatch(text))


def contact_of(bom: Bom, component: BomComponent) -> str:
    """The contact of who creates a component, "" where none is known."""
    supplier = component.supplier
    if not supplier.value:
        return ""
    if supplier == bom.supplier:
        return bom.supplier_contact
    path = STD if component.kind in {"std", "toolchain"} else component.name
    return f"https://{supplier.value}" if supplier == producer(path) else ""
