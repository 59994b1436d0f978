"""What trust roots trust, as text and as `attest/trust/v1`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from attest.model.time import rfc3339
from attest.render.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from attest.model.documents_trust import TrustDocument, TrustUpdateDocument
    from attest.model.trust_listing import Standing, TrustedMember, TrustListing
    from attest.model.trust_update import TrustUpdate

_WORDS: Final[dict[Standing, str]] = {
    "trusted": "trusted",
    "ended": "no longer trusted",
    "not-yet": "not trusted yet",
}


def to_json(listings: Iterable[TrustListing], now: datetime) -> bytes:
    """The document as JSON: two spaces, a newline at the end."""
    document: TrustDocument = {
        "schema": "attest/trust/v1",
        "time": rfc3339(now),
        "roots": [
            {
                "name": listing.name,
                "source": listing.source,
                "sha256": listing.sha256,
                "update": _update(listing.update, now) if listing.update else None,
                "members": [
                    {
                        "kind": each.kind,
                        "name": each.name,
                        "uri": each.uri,
                        "start": rfc3339(each.start),
                        "end": rfc3339(each.end) if each.end else None,
                        "standing": each.standing(now),
                        "sha256s": list(each.sha256s),
                        "expires": rfc3339(each.expires) if each.expires else None,
                    }
                    for each in listing.members
                ],
            }
            for listing in listings
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _update(update: TrustUpdate, now: datetime) -> TrustUpdateDocument:
    return {
        "url": update.url,
        "time": rfc3339(update.time),
        "roles": [
            {
                "name": each.name,
                "version": each.version,
                "expires": rfc3339(each.expires),
                "expired": each.expires <= now,
            }
            for each in update.roles
        ],
    }


def to_text(listings: Iterable[TrustListing], now: datetime, *, members: bool = True) -> str:
    """What a person reads: what is trusted now first, each with its window and fingerprint.

    Without `members` it is only said where each root is from.
    """
    return "".join(f"{line}\n" for line in _lines(listings, now, members=members))


def _lines(listings: Iterable[TrustListing], now: datetime, *, members: bool) -> Iterator[str]:
    for listing in listings:
        where = "" if listing.source == listing.name else f", {escape(listing.source)}"
        yield f"{escape(listing.name)}{where}"
        yield f"  sha256 {listing.sha256}"
        for role in listing.update.roles if listing.update else ():
            word = "expired" if role.expires <= now else "expires"
            yield f"  TUF {escape(role.name)} {role.version} {word} at {rfc3339(role.expires)}"
        trusted = listing.members if members else ()
        for each in sorted(trusted, key=lambda one: (one.standing(now) != "trusted", one.kind)):
            yield from _member(each, now)


def _member(member: TrustedMember, now: datetime) -> Iterator[str]:
    until = f" to {rfc3339(member.end)}" if member.end else ""
    where = f" {escape(member.uri)}" if member.uri else ""
    yield f"  {member.kind.replace('-', ' ')}{where}"
    if member.name and member.name not in member.uri:
        yield f"    {escape(member.name)}"
    yield f"    {_WORDS[member.standing(now)]}: from {rfc3339(member.start)}{until}"
    if member.expires:
        yield f"    its certificates end at {rfc3339(member.expires)}"
    yield from (f"    sha256 {each}" for each in member.sha256s[:1])
