"""Identity tokens (OpenID Connect): what one says of itself, so that a wrong one is told before it is sent.

Source: RFC 7519 sections 4.1 and 7.2. The signature is the certificate authority's matter.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from attest.errors import FormatError, LimitError, ServiceError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.strict_json import Node, loads
from attest.trust.roots import utc

AUDIENCE: Final = "sigstore"
_FILE: Final = "identity token"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*")
_HINT: Final = f"get a new identity token, with the audience {AUDIENCE!r}, and sign at once"
_LATEST: Final = 253_402_300_799  # the last second of the year 9999, which datetime can hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token, who it says that its bearer is (`identity`: e-mail address or subject), and when it ends."""

    raw: str = field(repr=False)
    issuer: str
    identity: str
    ends: datetime

    def check(self, now: datetime) -> None:
        """Raise `ServiceError` where it has expired."""
        if now > self.ends:
            raise ServiceError(
                f"the identity token has expired: it was valid until {utc(self.ends)}, and now is {utc(now)}",
                hint=_HINT,
            )


def looks_like_token(text: str) -> bool:
    """Tell a token from the name of a file that holds one."""
    return _TOKEN.fullmatch(text) is not None


def read_token(raw: str, now: datetime, limits: Limits = DEFAULT_LIMITS) -> Token:
    """Read the claims of a token.

    Raises `LimitError` for one that is too long, `FormatError` for what is none, `ServiceError` for one that
    is for another audience, not valid yet or not any more; the message says what was seen.
    """
    if len(raw) > limits.identity_token_bytes:
        raise LimitError(
            f"an identity token of {len(raw)} characters, more than the {limits.identity_token_bytes} that"
            " are read",
            hint=_HINT,
        )
    claims = _claims(raw, limits)
    email, subject = claims.get("email"), claims.get("sub")
    token = Token(
        raw=raw,
        issuer=claims.need("iss").text(),
        identity=(email or subject or claims.need("sub")).text(),
        ends=_time(claims.need("exp")),
    )
    audience = claims.need("aud").value
    if audience not in (AUDIENCE, [AUDIENCE]):
        raise ServiceError(
            f"the identity token is for another audience: {audience!r:.80}, and {AUDIENCE!r} is wanted",
            hint=_HINT,
        )
    token.check(now)
    return token


def _claims(raw: str, limits: Limits) -> Node:
    match = _TOKEN.fullmatch(raw)
    if match is None:
        raise FormatError(
            "the identity token is no JSON Web Token: it has not three parts of base64 with dots between",
            hint=_HINT,
        )
    part = match[1]
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as error:
        raise FormatError("the identity token's claims are no base64", hint=_HINT) from error
    value = loads(data, file=_FILE, max_bytes=limits.identity_token_bytes, max_depth=limits.json_depth)
    return Node(value=value, file=_FILE)


def _time(node: Node) -> datetime:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise node.fail("is no time in seconds since 1970", hint=_HINT)
    return datetime.fromtimestamp(value, UTC)
