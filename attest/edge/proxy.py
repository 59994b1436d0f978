"""Downloads from module proxies over http, https and file: the one place that opens sockets for them.

Passwords go to the host that they are for, over https or to this machine, and never along a redirect to
another host. Source: cmd/go/internal/web/http.go; cmd/go/internal/auth; RFC 9110 section 15.4.
"""

from __future__ import annotations

import base64
import http.client
import mmap
import os
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

from attest.edge.files import DirectoryTree, MappedFile, release
from attest.edge.kept import Connections
from attest.errors import LimitError, ReadError, ServiceError
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from attest.model.limits import Limits

_CHUNK: Final = 1 << 18
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_GONE: Final = (404, 410)
_UNAUTHORIZED: Final = (401, 403, 407)
_OK: Final = 200
_UNREAD: Final = 1 << 14  # bytes of an answer that nobody reads
_HINT: Final = "try again, or run `go mod download` and then attest without --online"
_AUTH_HINT: Final = (
    "put login and password into .netrc and netrc into GOAUTH, or run `go mod download` and then attest "
    "without --online"
)
_FAILURES: Final = (OSError, http.client.HTTPException, ValueError)
TIMEOUT: Final = 30.0  # seconds without a byte
PAUSES: Final = (0.2, 1.0)  # seconds before the second and the third attempt where a connection fails
DEADLINE: Final = 300.0  # seconds for one file


@dataclass(slots=True, kw_only=True)
class ProxyDownloads:
    """`attest.model.ports.Downloads` of the real world; one may serve several threads.

    `passwords` gives login and password by host; `other_auth` names a way to log in that GOAUTH asks for and
    that is not taken, "" for none. `timeout` is in seconds without a byte, `deadline` in seconds for a whole
    file, `pauses` in seconds before it is tried again where the connection fails. A host that cannot be
    reached or is too slow is not asked again.
    """

    passwords: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    other_auth: str = ""
    timeout: float = TIMEOUT
    deadline: float = DEADLINE
    pauses: tuple[float, ...] = PAUSES
    limits: Limits = DEFAULT_LIMITS
    _down: dict[str, str] = field(default_factory=dict, init=False)
    _kept: Connections | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    @contextmanager
    def open(self, url: str, limit: int) -> Iterator[MappedFile | None]:
        """The content of a URL, mapped; it lies in a temporary file without a name and is gone afterwards."""
        parts = urlsplit(url)
        if parts.scheme == "file":
            with _local(parts, limit) as found:
                yield found
            return
        with tempfile.TemporaryFile() as file:
            if not self._within_deadline(
                parts.netloc, lambda: self._patiently(lambda: self._fetch(parts, limit, file))
            ):
                yield None
                return
            file.flush()
            if not file.seek(0, os.SEEK_END):
                yield MappedFile(data=memoryview(b""))
                return
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            view = memoryview(mapped)
            try:
                yield MappedFile(data=view)
            finally:
                release(view, mapped)

    def _within_deadline(self, netloc: str, fetch: Callable[[], bool]) -> bool:
        """What `fetch` gives; a server that sends a byte now and then is left alone after the deadline."""
        host = netloc.rpartition("@")[2]
        if host in self._down:
            raise ServiceError(self._down[host], hint=_HINT)
        results: list[bool] = []
        errors: list[BaseException] = []

        def run() -> None:
            try:
                results.append(fetch())
            except BaseException as error:  # noqa: BLE001 - told to the caller, in the other thread
                errors.append(error)

        thread = threading.Thread(target=run, name="attest-download", daemon=True)
        thread.start()
        thread.join(self.deadline)
        if results:
            return results[0]
        if errors and not isinstance(errors[0], _FAILURES):
            raise errors[0]
        reason = _reason(errors[0]) if errors else f"no whole answer within {self.deadline:g} seconds"
        self._down[host] = f"{host} cannot be asked: {reason}"
        raise ServiceError(self._down[host], hint=_HINT)

    def _patiently(self, fetch: Callable[[], bool]) -> bool:
        """What `fetch` gives, asked again after a pause where the connection fails: of many, a few do."""
        for pause in self.pauses:
            try:
                return fetch()
            except _FAILURES as error:
                if isinstance(getattr(error, "reason", error), TimeoutError):
                    raise  # that took long enough
                time.sleep(pause)
        return fetch()

    def _fetch(self, first: SplitResult, limit: int, file: IO[bytes]) -> bool:
        """Write the content into `file`; False where it is not there."""
        parts = first
        file.seek(0)
        file.truncate()
        for _ in range(self.limits.proxy_redirects + 1):
            request = urllib.request.Request(  # noqa: S310 - the scheme is http or https: see _next
                urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])),
                headers={"User-Agent": "attest"},
            )
            if _origin(parts) == _origin(first) and (password := self._password(first)):
                request.add_unredirected_header("Authorization", password)
            connections = self._connections()
            answer = connections.open(request, self.timeout)
            try:
                if answer.status == _OK:
                    _save(answer, limit, file, parts)
                    return True
                answer.read(_UNREAD)  # a short one to its end, so that its connection can be kept
                if answer.status in _GONE:
                    return False
                if answer.status not in _REDIRECTS:
                    raise self._refusal(parts, answer.status)
                parts = _next(parts, answer.headers.get("Location") or "")
            finally:
                connections.done(answer)
        raise ServiceError(
            f"{_host(first)} redirects more than {self.limits.proxy_redirects} times", hint=_HINT
        )

    def _connections(self) -> Connections:
        with self._lock:
            if self._kept is None:
                self._kept = Connections()
            return self._kept

    def __del__(self) -> None:
        if (kept := getattr(self, "_kept", None)) is not None:
            kept.close()

    def _refusal(self, parts: SplitResult, code: int) -> ServiceError:
        said = f"{_host(parts)} answered {code}"
        if code in _UNAUTHORIZED and self.other_auth:
            said += f", and GOAUTH asks for {self.other_auth!r}, which is not supported and was not run"
            return ServiceError(said, hint=_AUTH_HINT)
        return ServiceError(said, hint=_HINT)

    def _password(self, parts: SplitResult) -> str:
        """The Authorization header for a URL: its own user name and password, else those of .netrc."""
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            return ""
        known = self.passwords.get(parts.hostname or "")
        if parts.username is not None:
            known = (unquote(parts.username), unquote(parts.password or ""))
        return f"Basic {base64.b64encode(':'.join(known).encode()).decode()}" if known else ""


def _save(answer: http.client.HTTPResponse, limit: int, file: IO[bytes], parts: SplitResult) -> None:
    size = 0
    while chunk := answer.read1(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise LimitError(
                f"{_host(parts)} sends more than the {limit} bytes that are read of such a file", hint=_HINT
            )
        file.write(chunk)
    if answer.length:
        raise ServiceError(f"the answer of {_host(parts)} ends {answer.length} bytes early", hint=_HINT)


def _next(parts: SplitResult, location: str) -> SplitResult:
    """Where a redirect leads: to http or https, and never from https to http."""
    found = urlsplit(urljoin(urlunsplit(parts), location))
    if found.scheme not in ("http", "https") or (parts.scheme, found.scheme) == ("https", "http"):
        raise ServiceError(f"{_host(parts)} redirects to what is no {parts.scheme} address", hint=_HINT)
    return found


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _reason(error: BaseException) -> str:
    told = error.reason if isinstance(error, urllib.error.URLError) else error
    text = getattr(told, "strerror", "") or str(told) or type(told).__name__
    return " ".join(text.split())


@contextmanager
def _local(parts: SplitResult, limit: int) -> Iterator[MappedFile | None]:
    path = Path(os.path.realpath(urllib.request.url2pathname(parts.path)))
    if not path.exists():
        yield None
        return
    try:
        with DirectoryTree.of(path.parent).open(path.name) as file:
            if file.size > limit:
                raise LimitError(f"larger than {limit} bytes", place=Place(file=str(path)), hint=_HINT)
            yield file
    except ReadError as error:
        raise ServiceError(f"the module proxy {error}", hint=error.hint) from error
