"""Who makes documents, who ships what they describe, and under which licence: what people state."""

from __future__ import annotations

import re
from typing import Final

from attest.errors import UsageError
from attest.sbom.contact import is_contact

_PARTY: Final = re.compile(r"(?P<name>[^<>]*?)\s*(?:<(?P<contact>[^<>]+)>)?")


def party(option: str, text: str) -> tuple[str, str]:
    """Name and contact of "NAME", "NAME <CONTACT>" or "<CONTACT>"; a contact alone is the name too.

    Raises `UsageError` for what is neither an e-mail address nor a URL; `option` is its name in messages.
    """
    found = _PARTY.fullmatch(text.strip())
    contact = (found["contact"] or "").strip() if found else ""
    if found is None or (contact and not is_contact(contact)):
        what = contact or text
        raise UsageError(
            f"{option}: {what!r} is neither a name nor an e-mail address or a URL",
            hint=f"as in {option} 'Example Ltd <sbom@example.com>'",
        )
    return found["name"] or contact, contact


def shipped_under(option: str, text: str) -> str:
    """The SPDX expression `text` in its usual form, "" for none; `UsageError` for what is no expression."""
    if not text:
        return ""
    from attest.sbom.licenses import parse_expression

    found = parse_expression(text)
    if found is None:
        raise UsageError(
            f"{option}: {text!r} is no expression of licences that SPDX knows",
            hint="as in 'Apache-2.0' or 'MIT AND LicenseRef-Example' (https://spdx.org/licenses/)",
        )
    return found
