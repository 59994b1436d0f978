"""Calls of the services of a Sigstore instance over http and https: no other place opens sockets for them.

A call has a deadline and is tried again where that helps: after 429 and the errors of servers (5xx), after a
connection that fails, is cut or says nothing. What is sent again is the same to the byte. No redirect is
followed: what is sent is for the host that the configuration names. Proxies are those of the environment, and
authorities beside the system's those of SSL_CERT_FILE and REQUESTS_CA_BUNDLE.
Source: RFC 9110 sections 10.2.3 (Retry-After) and 15.
"""

from __future__ import annotations

import http.client
import random
import ssl
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from attest.edge.kept import Connections
from attest.errors import LimitError, ServiceError
from attest.model.ports import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CHUNK: Final = 1 << 16
_TOO_MANY: Final = 429
_NOT_IMPLEMENTED: Final = 501  # waiting does not help
_ERRORS: Final = range(500, 600)
_REDIRECTS: Final = range(300, 400)
_SHOWN: Final = 200  # characters of an answer that an error repeats
_FAILURES: Final = (OSError, http.client.HTTPException)
_HINT: Final = "try again; if it goes on, look at the status of the Sigstore instance"
_CERTIFICATE_HINT: Final = "name the file of the authority's certificates in SSL_CERT_FILE"
_PAUSE: Final = 0.5  # seconds before the second attempt, doubled before each that follows
CONNECTIONS: Final = 100  # kept open at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a call may take, in seconds: without a byte, in one attempt and altogether.

    `longest` is the longest pause, whatever a server asks for. A log may take its checkpoint interval of ten
    seconds to answer.
    """

    silence: float = 30.0
    attempt: float = 60.0
    altogether: float = 180.0
    longest: float = 30.0
    attempts: int = 7


@dataclass(slots=True, kw_only=True)
class ServiceCalls:
    """`attest.model.ports.Services` of the real world; one serves many threads."""

    connections: Connections
    patience: Patience = Patience()
    sleep: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    spread: Callable[[], float] = field(default=random.random)

    @classmethod
    def of(cls, environment: Mapping[str, str], patience: Patience | None = None) -> ServiceCalls:
        """Calls with the proxies and the authorities that the environment names.

        Raises `ServiceError` where the file of authorities cannot be read.
        """
        file = environment.get("REQUESTS_CA_BUNDLE", "")
        try:
            connections = Connections(CONNECTIONS, file)
        except OSError as error:
            raise ServiceError(
                f"cannot read the certificates of authorities in {file or 'SSL_CERT_FILE'}:"
                f" {error.strerror or error}",
                hint="set REQUESTS_CA_BUNDLE or SSL_CERT_FILE to a file of certificates (PEM)",
            ) from error
        return cls(connections=connections, patience=patience or Patience())

    def get(self, url: str, limit: int) -> Answer:
        """See `attest.model.ports.Services`."""
        return self._call(urllib.request.Request(url), limit)  # noqa: S310 - the configuration's URLs are checked

    def post(self, url: str, body: bytes, headers: Mapping[str, str], limit: int) -> Answer:
        """See `attest.model.ports.Services`."""
        request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")  # noqa: S310 - as above
        return self._call(request, limit)

    def wait(self, seconds: float) -> None:
        """See `attest.model.ports.Services`."""
        self.sleep(seconds)

    def _call(self, request: urllib.request.Request, limit: int) -> Answer:
        until = self.clock() + self.patience.altogether
        host, repeated, pause = urlsplit(request.full_url).netloc, False, _PAUSE
        for left in reversed(range(self.patience.attempts)):
            asked = 0.0
            try:
                answer = self._attempt(request, limit)
            except _FAILURES as error:
                if isinstance(error, ssl.SSLCertVerificationError):
                    raise ServiceError(
                        f"cannot reach {host}: its certificate is not trusted: {error.verify_message}",
                        hint=_CERTIFICATE_HINT,
                    ) from error
                reason = f"cannot reach {host} ({_reason(error)})"
                repeated = repeated or not isinstance(error, ConnectionRefusedError)
            else:
                if answer.status in _REDIRECTS:
                    raise ServiceError(
                        f"{host} redirects to {answer.headers.get('location', 'nowhere')[:_SHOWN]!r},"
                        " which is not followed",
                        hint="write the address of the service itself into the configuration",
                    )
                if not _again(answer.status):
                    return answer._replace(repeated=repeated)
                text = " ".join(answer.body.decode("utf-8", "replace").split())[:_SHOWN]
                reason = f"{host} answered {answer.status}: {text}"
                repeated = repeated or answer.status != _TOO_MANY
                asked = self._asked(answer.headers.get("retry-after", ""))
            wait = min(max(asked, pause * (0.5 + self.spread())), self.patience.longest)
            if not left or self.clock() + wait >= until:
                raise ServiceError(reason, hint=_HINT)
            self.sleep(wait)
            pause *= 2
        raise AssertionError  # the last attempt returns or raises

    def _asked(self, text: str) -> float:
        """The seconds that a server asks to wait for; 0 where it says nothing that is understood."""
        if text.isascii() and text.isdigit():
            return float(text[:9])
        try:
            then = parsedate_to_datetime(text)
        except ValueError:
            return 0.0
        return max(0.0, (then.astimezone(UTC) - self.now()).total_seconds())

    def _attempt(self, request: urllib.request.Request, limit: int) -> Answer:
        until = self.clock() + self.patience.attempt
        opened = self.connections.open(request, self.patience.silence)
        try:
            body = bytearray()
            while piece := opened.read1(_CHUNK):
                body += piece
                if len(body) > limit:
                    raise LimitError(
                        f"{urlsplit(request.full_url).netloc} answered more than {limit} bytes",
                        hint=_HINT,
                    )
                if self.clock() > until:
                    raise TimeoutError
            if opened.length:  # read1 does not tell what was cut off
                raise http.client.IncompleteRead(bytes(body), opened.length)
            headers = {name.lower(): value for name, value in opened.getheaders()}
            return Answer(opened.status, bytes(body), headers)
        finally:
            self.connections.done(opened)


def _again(status: int) -> bool:
    return status == _TOO_MANY or (status in _ERRORS and status != _NOT_IMPLEMENTED)


def _reason(error: Exception) -> str:
    """The kind of a failure; of one that has no kind of its own, what the system says."""
    if type(error) is OSError or isinstance(error, ssl.SSLError):
        return (error.strerror or str(error))[:_SHOWN]
    return type(error).__name__
