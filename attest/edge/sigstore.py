"""Keyless signing with the services of a Sigstore instance: certificate authority, timestamps, log.

The `sigstore` library has no deadlines of its own, and most of what it raises when a service fails is no
error of its own kind: here every call has a deadline, and every failure is one `ServiceError`.
"""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

from attest.errors import FormatError, LimitError, ServiceError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.strict_json import Node, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sigstore.models import Bundle, ClientTrustConfig
    from sigstore.sign import Signer

T = TypeVar("T")

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_CONFIG_HINT: Final = "give the client trust configuration of the Sigstore instance that signs"
_IDENTITY_HINT: Final = (
    "get a new identity token, with the audience that the instance wants, and sign at once"
)
_RETRY_HINT: Final = "try again; if it goes on, look at the status of the Sigstore instance"
_SHOWN: Final = 200  # characters of a service's answer that an error repeats
#: Errors of the library that have no message of their own, by the name of their (private) class.
_BY_NAME: Final = {
    "ExpiredIdentity": ("the identity token has expired", _IDENTITY_HINT),
    "IdentityError": ("the identity token lacks claims that are needed", _IDENTITY_HINT),
    "ExpiredCertificate": ("the signing certificate has expired", _IDENTITY_HINT),
}
DEADLINE: Final = 60.0  # seconds; a log may take its checkpoint interval of 10 s to answer

# Without a handler of its own the library's warnings would appear on standard error, unasked and unescaped.
logging.getLogger("sigstore").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class SigstoreSigner:
    """Signs with one short-lived certificate, which was asked for when this was made."""

    _signer: Signer
    _timestamps: int
    _deadline: float

    @classmethod
    def connect(
        cls,
        trust_config: bytes,
        token: str,
        *,
        file: str,
        deadline: float = DEADLINE,
        limits: Limits = DEFAULT_LIMITS,
    ) -> SigstoreSigner:
        """Get a certificate for the identity that `token` proves, from the instance of `trust_config`.

        `trust_config` is a client trust configuration (JSON) that errors call `file`; `deadline` is in
        seconds for each call. Raises `FormatError` and `LimitError` for the configuration, `ServiceError`
        for what a service or the token is at fault for.
        """
        from sigstore.oidc import IdentityToken
        from sigstore.sign import SigningContext

        config = _read_config(trust_config, file, limits)
        if len(token) > limits.identity_token_bytes:
            raise LimitError(
                f"an identity token of {len(token)} characters, more than the"
                f" {limits.identity_token_bytes} that are read",
                hint=_IDENTITY_HINT,
            )
        context = _told("read the signing configuration", lambda: SigningContext.from_trust_config(config))
        identity = _told("read the identity token", lambda: IdentityToken(token))

        def ask() -> Signer:
            # The library's context manager holds nothing open: the signer outlives it.
            with context.signer(identity) as signer:
                return signer

        signer = _within(deadline, "get a signing certificate", ask)
        return cls(signer, len(config.signing_config.get_tsas()), deadline)

    def sign_blob(self, sha256: str) -> bytes:
        """A bundle with a signature over the file with this SHA-256 (hexadecimal)."""
        from sigstore.hashes import Hashed
        from sigstore_models.common.v1 import HashAlgorithm

        hashed = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=bytes.fromhex(sha256))
        return self._sign(f"sign sha256:{sha256}", lambda: self._signer.sign_artifact(hashed))

    def sign_statement(self, payload: bytes) -> bytes:
        """A bundle with a signed DSSE envelope around an in-toto statement."""
        from sigstore.dsse import Statement

        return self._sign("sign a statement", lambda: self._signer.sign_dsse(Statement(payload)))

    def _sign(self, doing: str, call: Callable[[], Bundle]) -> bytes:
        text = _within(self._deadline, doing, call).to_json()
        material = json.loads(text)["verificationMaterial"].get("timestampVerificationData", {})
        # The library goes on without a timestamp where an authority fails.
        if len(material.get("rfc3161Timestamps", ())) < self._timestamps:
            raise ServiceError(f"cannot {doing}: a timestamp authority did not answer", hint=_RETRY_HINT)
        return text.encode() + b"\n"


def _read_config(data: bytes, file: str, limits: Limits) -> ClientTrustConfig:
    from sigstore.models import ClientTrustConfig

    value = loads(data, file=file, max_bytes=limits.trusted_root_bytes, max_depth=limits.json_depth)
    services = Node(value=value, file=file).need("signingConfig")
    for name in ("caUrls", "oidcUrls", "rekorTlogUrls", "tsaUrls"):
        found = services.get(name)
        for each in found.items(limits.trusted_roots) if found else ():
            _check_url(each.need("url"), secret=name == "caUrls")
    try:
        return ClientTrustConfig.from_json(data.decode())
    except Exception as error:  # a mix of the library's and pydantic's errors, which share no base
        raise FormatError(
            f"is no client trust configuration: {_first_line(error)}",
            place=Place(file=file),
            hint=_CONFIG_HINT,
        ) from error


def _check_url(node: Node, *, secret: bool) -> None:
    """Refuse URLs with passwords, of other schemes, and in the clear where the identity token goes."""
    try:
        url = urlsplit(node.text())
        host = url.hostname
    except ValueError as error:
        raise node.fail("is no URL", hint=_CONFIG_HINT) from error
    if url.scheme not in ("https", "http") or not host or url.username is not None:
        raise node.fail("is no https URL without user name", hint=_CONFIG_HINT)
    if secret and url.scheme == "http" and host not in _LOOPBACK:
        raise node.fail("is http, and the identity token must not travel in the clear", hint=_CONFIG_HINT)


def _within(deadline: float, doing: str, call: Callable[[], T]) -> T:
    """The result of `call`, or an error after `deadline` seconds; the call itself cannot be stopped."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - told to the caller, in the other thread
            errors.append(error)

    thread = threading.Thread(target=run, name="attest-signing", daemon=True)
    thread.start()
    thread.join(deadline)
    if errors:
        return _told(doing, lambda: _raise(errors[0]))
    if not results:
        raise ServiceError(f"cannot {doing}: no answer within {deadline:g} seconds", hint=_RETRY_HINT)
    return results[0]


def _raise(error: BaseException) -> T:  # type: ignore[type-var]  # stands for any result: it never has one
    raise error


def _told(doing: str, call: Callable[[], T]) -> T:
    """The result of `call`; whatever it raises becomes a `ServiceError` that says what was being done."""
    try:
        return call()
    except Exception as error:
        reason, hint = _explain(error)
        raise ServiceError(f"cannot {doing}: {reason}", hint=hint) from error


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _explain(error: BaseException) -> tuple[str, str]:
    """Why a call failed and how to mend it, from the error and its causes.

    Fulcio's reasons are lost in the library's own error; the HTTP answer beneath still has them.
    """
    for each in _chain(error):
        known = _explain_cause(each)
        if known:
            return known
    name = type(error).__name__
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name == "InvalidBundle":
        return f"the services' answers make no valid bundle: {_first_line(error)}", _RETRY_HINT
    return f"{name}: {_first_line(error)}", _RETRY_HINT


def _explain_cause(error: BaseException) -> tuple[str, str] | None:
    import jwt
    import requests

    match error:
        case jwt.ExpiredSignatureError():
            return _BY_NAME["ExpiredIdentity"]
        case jwt.InvalidAudienceError():
            return "the identity token is for another audience", _IDENTITY_HINT
        case jwt.PyJWTError():
            return f"the identity token cannot be used: {_first_line(error)}", _IDENTITY_HINT
        case requests.HTTPError(response=requests.Response() as response):
            refused = 400 <= response.status_code < 500  # noqa: PLR2004 - RFC 9110, client errors
            answer = " ".join(response.text.split())[:_SHOWN]
            told = f"{_host(response.url)} answered {response.status_code}: {answer}"
            return told, _IDENTITY_HINT if refused else _RETRY_HINT
        case requests.RequestException(request=request) if request is not None:
            return f"cannot reach {_host(request.url)} ({type(error).__name__})", _RETRY_HINT
        case _:
            return None


def _host(url: str | bytes | None) -> str:
    text = url.decode("ascii", "replace") if isinstance(url, bytes) else url or ""
    return urlsplit(text).netloc or "the service"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:_SHOWN]
