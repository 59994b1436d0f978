"""What a trust root trusts, as people and programs look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from attest.model.trust_update import TrustUpdate

TrustedKind = Literal[
    "certificate-authority", "transparency-log", "certificate-transparency-log", "timestamp-authority"
]
#: Whether a member is trusted at the moment that is looked at.
Standing = Literal["trusted", "ended", "not-yet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedMember:
    """One authority or log.

    `start` and `end` are UTC and belong to the time of trust; `end` None: no end yet. `name` is its subject
    or, of a log, its host; `uri` where it is. `sha256s` (hexadecimal) are of a log's key
    (SubjectPublicKeyInfo), or of an authority's certificates (DER), the issuing one first. `expires` is when
    the first of those certificates ends, None for logs.
    """

    kind: TrustedKind
    name: str
    uri: str
    start: datetime
    end: datetime | None
    sha256s: tuple[str, ...]
    expires: datetime | None = None

    def standing(self, now: datetime) -> Standing:
        """Whether it is trusted at `now`."""
        if now < self.start:
            return "not-yet"
        return "ended" if self.end is not None and now > self.end else "trusted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustListing:
    """One trusted root: what it is called, the SHA-256 of its file by which a policy pins it, its members.

    `update` says how and when a TUF repository gave it out, None where it came in another way.
    """

    name: str
    source: str
    sha256: str
    members: tuple[TrustedMember, ...]
    update: TrustUpdate | None = None
