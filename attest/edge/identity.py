"""Identity tokens from where this runs: a build service that hands them out, or a person with a browser."""

from __future__ import annotations

import logging

from attest.errors import ServiceError

_HINT = "give --identity-token, or sign with --key"

# Without a handler of its own the library's warnings would appear on standard error, unasked and unescaped.
logging.getLogger("sigstore").addHandler(logging.NullHandler())


def ambient_token() -> str | None:
    """The token of the build service that this runs in, None outside of any.

    Raises `ServiceError` where it fails.
    """
    from sigstore.oidc import IdentityError, detect_credential

    try:
        return detect_credential()
    except (IdentityError, OSError) as error:
        raise ServiceError(
            f"this looks like a build service, and it gives no identity token: {_first_line(error)}",
            hint="on GitHub Actions the job needs `permissions: id-token: write`; elsewhere give"
            " --identity-token",
        ) from error


def asked_token(issuer: str) -> str:
    """A token for whoever logs in at `issuer`, in a browser or by a code that is typed in here."""
    from sigstore.oidc import Issuer

    try:
        return str(Issuer(issuer).identity_token())
    except Exception as error:  # the library's errors here share no base, and none derives from its own
        raise ServiceError(f"nobody logged in at {issuer}: {_first_line(error)}", hint=_HINT) from error


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
