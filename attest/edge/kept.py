"""HTTP connections that stay open from one answer to the next: a handshake takes longer than most answers.

A connection is used again where its last answer was read to its very end and the server lets it live (RFC
9112, section 9.3); where a server has closed it meanwhile, the request is sent again on a new one. Which
proxy is asked for what is `urllib.request.ProxyHandler`'s matter, as the environment says.
"""

from __future__ import annotations

import http.client
import os
import ssl
import threading
import urllib.request
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    _Make: TypeAlias = Callable[[str], http.client.HTTPConnection]
    _Ask: TypeAlias = Callable[[urllib.request.Request, _Make], http.client.HTTPResponse]

_MOST: Final = 8  # connections kept at a time, where nothing is said; the one used least lately makes room

#: What makes two connections the same: the process, the scheme, the host or proxy, and the host behind that.
_Key = tuple[int, str, str, str]


class Connections:
    """An opener whose connections are kept, `most` at a time.

    It gives every answer as it is and follows no redirect. `authorities` is a file of certificates (PEM) of
    authorities that are trusted beside the system's.
    """

    def __init__(self, most: int = _MOST, authorities: str = "") -> None:
        self._most = most
        self._lock = threading.Lock()
        self._idle: list[tuple[_Key, http.client.HTTPConnection]] = []
        self._busy: dict[http.client.HTTPResponse, tuple[_Key, http.client.HTTPConnection]] = {}
        self._proxies = urllib.request.getproxies()
        # One for all: to read the certificates of the system takes longer than a small answer.
        self._context = ssl.create_default_context()
        if authorities:
            self._context.load_verify_locations(cafile=authorities)

    def open(self, request: urllib.request.Request, timeout: float) -> http.client.HTTPResponse:
        """The answer, to be handed to `done`. Raises `OSError` and `http.client.HTTPException`."""
        director = urllib.request.OpenerDirector()
        director.add_handler(urllib.request.ProxyHandler(self._proxies))
        director.add_handler(_Plain(self._ask))
        director.add_handler(_Secure(self._ask, self._context))
        answer: http.client.HTTPResponse = director.open(request, timeout=timeout)
        return answer

    def done(self, answer: http.client.HTTPResponse) -> None:
        """Keep the connection of an answer that was read to its end; close every other."""
        whole = answer.length == 0 or (answer.chunked and answer.isclosed())
        answer.close()
        with self._lock:
            key, connection = self._busy.pop(answer)
            if not whole or answer.will_close:
                connection.close()
                return
            self._idle.append((key, connection))
            if len(self._idle) > self._most:
                self._idle.pop(0)[1].close()

    def __del__(self) -> None:
        """Whoever forgets them closes them."""
        self.close()

    def close(self) -> None:
        """Close those that nobody uses."""
        with self._lock:
            while self._idle:
                self._idle.pop()[1].close()

    def _ask(self, request: urllib.request.Request, make: _Make) -> http.client.HTTPResponse:
        tunnel = getattr(request, "_tunnel_host", None)  # as ProxyHandler leaves it for a handler
        # A process that was forked has the sockets of the other: they are not used by both.
        key = (os.getpid(), request.type, request.host, tunnel or "")
        headers = {name.title(): value for name, value in request.header_items()}
        login = {"Proxy-Authorization": headers.pop("Proxy-Authorization", "")} if tunnel else {}
        while (connection := self._take(key)) is not None:
            try:
                return self._send(key, connection, request, headers)
            except TimeoutError:
                raise  # it was open
            except (OSError, http.client.HTTPException):
                if request.data is not None:
                    raise  # what was sent may have been done: whether to send it again is the caller's matter
                continue  # closed meanwhile
        connection = make(request.host)
        if tunnel:
            connection.set_tunnel(tunnel, headers={name: value for name, value in login.items() if value})
        return self._send(key, connection, request, headers)

    def _take(self, key: _Key) -> http.client.HTTPConnection | None:
        with self._lock:
            for at in reversed(range(len(self._idle))):
                if self._idle[at][0] == key:
                    return self._idle.pop(at)[1]
        return None

    def _send(
        self,
        key: _Key,
        connection: http.client.HTTPConnection,
        request: urllib.request.Request,
        headers: dict[str, str],
    ) -> http.client.HTTPResponse:
        try:
            body = request.data if isinstance(request.data, bytes) else None
            connection.request(request.get_method(), request.selector, body=body, headers=headers)
            answer = connection.getresponse()
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._busy[answer] = (key, connection)
        return answer


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, ask: _Ask) -> None:
        super().__init__()
        self._ask = ask

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self._ask(req, lambda host: http.client.HTTPConnection(host, timeout=req.timeout))


class _Secure(urllib.request.HTTPSHandler):
    def __init__(self, ask: _Ask, context: ssl.SSLContext) -> None:
        super().__init__(context=context)
        self._ask = ask
        self._secure = context

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self._ask(
            req, lambda host: http.client.HTTPSConnection(host, timeout=req.timeout, context=self._secure)
        )
