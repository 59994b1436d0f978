"""The checksum database over the network: whom to ask, and for what.

Sources: cmd/go/internal/modfetch (sumdb.go: initBase, ReadRemote; proxy.go: TryProxies);
https://go.dev/design/25530-sumdb, "Proxying a Checksum Database"; https://c2sp.org/tlog-tiles for full tiles
instead of partial ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from attest.errors import AttestError, LimitError, ServiceError
from attest.go import tlog
from attest.go.proxy import DIRECT, OFF

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.go.proxy import Step
    from attest.go.sumdb_setting import Database
    from attest.model.limits import Limits
    from attest.model.ports import Downloads

SUPPORTED: Final = "supported"
_PARTIAL: Final = ".p/"
_AS_IT_IS: Final = "/!@+"  # in a path, as the go command sends it


def find_base(database: Database, steps: Iterable[Step], downloads: Downloads, limits: Limits) -> str:
    """The URL below which the database is asked.

    That is the URL of GOSUMDB where there is one; else the first proxy of GOPROXY that says it passes such
    questions on; else the database itself. Raises what `downloads` raise where a proxy fails and the next
    must not be asked.
    """
    if database.url:
        return database.url.rstrip("/")
    name = database.key.name
    failed: AttestError | None = None
    for step in steps:
        if step.url == DIRECT:
            failed = None
            break
        if step.url == OFF:
            break
        base = f"{step.url.rstrip('/')}/sumdb/{name}"
        try:
            with downloads.open(f"{base}/{SUPPORTED}", limits.sumdb_answer_bytes) as file:
                if file is not None:
                    return base
        except (ServiceError, LimitError) as error:
            failed = error
            if not step.after_any_error:
                break
    if failed:
        raise failed
    return f"https://{name}"


def size_limit(wanted: str, limits: Limits) -> int:
    """The most bytes that what the log calls `wanted` can have."""
    kind = wanted.partition("/")[0]
    return {"tile": tlog.TILE_BYTES, "lookup": limits.sumdb_answer_bytes}.get(kind, limits.note_bytes)


def fetch(base: str, wanted: str, downloads: Downloads, limits: Limits) -> bytes | None:
    """What the database below `base` has by a name of its protocol; None where it has nothing.

    A full tile is taken where the partial one is gone, as it is once the tree has grown. Raises what
    `downloads` raise.
    """
    for name in (wanted, *((wanted.partition(_PARTIAL)[0],) if _PARTIAL in wanted else ())):
        with downloads.open(f"{base}/{quote(name, safe=_AS_IT_IS)}", size_limit(wanted, limits)) as file:
            if file is not None:
                return bytes(file.data)
    return None
