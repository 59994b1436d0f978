"""The checksum database that the go command would ask, asked for each thing once and in parallel."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from attest.go import sumdb_remote
from attest.go.proxy import without_password
from attest.model.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.go.proxy import ModuleProxy
    from attest.go.sumdb_setting import Database
    from attest.model.limits import Limits

_T = TypeVar("_T")

#: Questions that are under way at once: they wait for the network, not for a processor.
CONNECTIONS: Final = 16


@dataclass(slots=True, kw_only=True)
class OnlineLog:
    """The database, below the first proxy of GOPROXY that passes it on, else itself.

    Nothing that it gives is proven, and nothing is kept beyond this object. No connection is opened before
    the first `read`.
    """

    database: Database
    proxy: ModuleProxy
    limits: Limits = DEFAULT_LIMITS
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _bases: dict[str, Future[str]] = field(default_factory=dict, init=False)
    _answers: dict[str, Future[bytes | None]] = field(default_factory=dict, init=False)

    def base(self) -> str:
        """The URL below which is asked; raises as `attest.go.sumdb_remote.find_base`."""
        return self._once(
            self._bases,
            "",
            lambda: sumdb_remote.find_base(
                self.database, self.proxy.steps, self.proxy.downloads, self.limits
            ),
        )

    def label(self) -> str:
        """What messages call it: where it is asked, the database's name where that is not known."""
        found = self._bases.get("")
        if found is None or not found.done() or found.exception():
            return self.database.key.name
        return without_password(found.result())

    def read(self, wanted: str) -> bytes | None:
        """What the log has by a name of its protocol; raises what the downloads raise."""
        return self._once(
            self._answers,
            wanted,
            lambda: sumdb_remote.fetch(self.base(), wanted, self.proxy.downloads, self.limits),
        )

    def _once(self, known: dict[str, Future[_T]], name: str, ask: Callable[[], _T]) -> _T:
        """What `ask` gives; whoever wants the same at the same time waits for that."""
        with self._lock:
            future = known.get(name)
            if future is None:
                mine = known[name] = Future()
        if future is not None:
            return future.result()
        try:
            mine.set_result(ask())
        except BaseException as error:
            mine.set_exception(error)
            raise
        return mine.result()
