"""What `--online` opens: the module proxy and the checksum database that the go command would ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.app.sumdb import find_database
from attest.app.sumdb_online import OnlineLog
from attest.edge.goenv import find_go_settings, read_netrc
from attest.edge.proxy import ProxyDownloads
from attest.errors import FormatError, UsageError
from attest.go.proxy import ModuleProxy, parse_auth, parse_list, parse_netrc
from attest.model.limits import DEFAULT_LIMITS

__all__ = ["ModuleProxy", "checksum_database", "module_proxy"]

if TYPE_CHECKING:
    from attest.model.limits import Limits


def module_proxy(limits: Limits = DEFAULT_LIMITS) -> ModuleProxy:
    """The proxies that GOPROXY, GONOPROXY, GOPRIVATE and GOAUTH name, as the go command finds these.

    Nothing is asked yet. Raises `UsageError` where GOPROXY is set nowhere or is no list of proxies.
    """
    settings = find_go_settings("GOPROXY", "GONOPROXY", "GOPRIVATE", "GOAUTH")
    if not settings["GOPROXY"]:
        raise UsageError(
            "--online: no module proxy is known: GOPROXY is not set, and no Go installation sets it",
            hint="set it, as in: export GOPROXY=https://proxy.example",
        )
    try:
        steps = parse_list(settings["GOPROXY"])
    except FormatError as error:
        raise UsageError(f"--online: {error.message}", hint=error.hint) from error
    netrc, other = parse_auth(settings["GOAUTH"])
    return ModuleProxy(
        steps=steps,
        no_proxy=settings["GONOPROXY"] or settings["GOPRIVATE"],
        downloads=ProxyDownloads(
            passwords=parse_netrc(read_netrc(limits.netrc_bytes)) if netrc else {},
            other_auth=other,
            limits=limits,
        ),
    )


def checksum_database(setting: str, proxy: ModuleProxy, limits: Limits = DEFAULT_LIMITS) -> OnlineLog | None:
    """The checksum database that GOSUMDB names, None where it is off; nothing is asked yet.

    Raises `UsageError` where GOSUMDB names none.
    """
    database = find_database(setting)
    return OnlineLog(database=database, proxy=proxy, limits=limits) if database else None
