"""The module proxy protocol: where the bytes of a line of go.sum can be asked for, and in which order.

Sources: cmd/go/internal/modfetch/proxy.go (proxyList, TryProxies, newProxyRepo);
https://go.dev/ref/mod#goproxy-protocol; golang.org/x/mod/module (MatchPrefixPatterns);
cmd/go/internal/auth/netrc.go.
"""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from attest.errors import AttestError, FormatError, LimitError, ServiceError
from attest.go.embed import path_matches
from attest.go.module_path import escape_path, escape_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.limits import Limits
    from attest.model.module import GoSumLine
    from attest.model.ports import Downloads, OpenFile

OFF: Final = "off"
DIRECT: Final = "direct"
_WORDS: Final = (OFF, DIRECT)
_SCHEMES: Final = ("http", "https", "file")
_HINT: Final = "set GOPROXY to the address of a module proxy, as https://, http:// or file://"
_GO_HINT: Final = "run `go mod download` first: attest itself asks module proxies alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entry of GOPROXY: a URL, "off" or "direct".

    `after_any_error` tells whether the next entry is asked after every error (the entry ends in "|") or only
    where this one says that it has no such module.
    """

    url: str
    after_any_error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleProxy:
    """The proxies to ask, in order; modules that match `no_proxy` (GONOPROXY) are asked of none."""

    steps: tuple[Step, ...]
    no_proxy: str
    downloads: Downloads

    @contextmanager
    def open(self, line: GoSumLine, limits: Limits) -> Iterator[tuple[OpenFile, str]]:
        """The bytes that `line` is about, unproven, for as long as the context lasts, and whence they come.

        Raises `FormatError` for a module that has no name on a proxy, `ServiceError` where none gives the
        bytes, `LimitError` where one gives more than `limits` allow.
        """
        path = escape_path(line.module.path, place=line.place)
        version = escape_version(line.module.version, place=line.place)
        if matches(self.no_proxy, line.module.path):
            raise ServiceError(
                f"{line.module} matches GONOPROXY or GOPRIVATE: no proxy is asked for it", hint=_GO_HINT
            )
        suffix, limit = (
            (".zip", limits.module_zip_bytes) if line.kind == "zip" else (".mod", limits.go_mod_bytes)
        )
        name = f"{quote(path)}/@v/{quote(version)}{suffix}"
        error: AttestError = ServiceError(f"no proxy of GOPROXY has {line.module}", hint=_GO_HINT)
        for step in self.steps:
            if step.url in _WORDS:
                raise _refusal(step.url, line)
            url = f"{step.url.rstrip('/')}/{name}"
            with ExitStack() as stack:
                try:
                    file = stack.enter_context(self.downloads.open(url, limit))
                except (ServiceError, LimitError) as failure:
                    error = failure
                    if not step.after_any_error:
                        break
                    continue
                if file is not None:
                    yield file, without_password(url)
                    return
        raise error


def _refusal(word: str, line: GoSumLine) -> ServiceError:
    if word == OFF:
        return ServiceError(f"{line.module} is not asked for: GOPROXY says off", hint=_HINT)
    return ServiceError(
        f"{line.module} is not asked for: direct, as GOPROXY says, needs the go command", hint=_GO_HINT
    )


def parse_list(text: str) -> tuple[Step, ...]:
    """The entries of GOPROXY in order, up to the first "off" or "direct".

    Raises `FormatError` for an entry that is no URL of a proxy, and where there is no entry.
    """
    steps: list[Step] = []
    for entry, separator in re.findall(r"([^,|]*)([,|]?)", text):
        url = entry.strip()
        if not url:
            continue
        if url not in _WORDS and re.search("[.:/]", url) and ":/" not in url and not url.startswith("/"):
            url = f"https://{url}"
        if fault := "" if url in _WORDS else url_fault(url):
            raise FormatError(f"GOPROXY: {without_password(url)!r} {fault}", hint=_HINT)
        steps.append(Step(url=url, after_any_error=separator == "|"))
        if url in _WORDS:
            break
    if not steps:
        raise FormatError("GOPROXY has no entry", hint=_HINT)
    return tuple(steps)


def url_fault(url: str) -> str:
    """What is wrong with the address of a proxy or a checksum database, "" where nothing is."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return "is no URL"
    if parts.scheme not in _SCHEMES:
        return "has no scheme that can be asked" if parts.scheme else "has no scheme"
    if parts.query or parts.fragment:
        return "has a query or a fragment"
    if parts.scheme == "file":
        return "" if not parts.netloc and parts.path.startswith("/") else "is no file:///path"
    return "" if host else "names no host"


def without_password(url: str) -> str:
    """The URL without user name and password."""
    return re.sub(r"^([a-zA-Z][a-zA-Z0-9+.-]*:/+)[^/]*@", r"\1", url)


def matches(patterns: str, path: str) -> bool:
    """Tell whether a pattern of a comma-separated list matches the first elements of a module path.

    A pattern with n slashes is held against n+1 elements; malformed patterns match nothing.
    """
    elements = path.split("/")
    for each in patterns.split(","):
        pattern = each.removesuffix("/")
        count = pattern.count("/") + 1
        if pattern and count <= len(elements) and path_matches(pattern, "/".join(elements[:count])):
            return True
    return False


def parse_netrc(text: str) -> dict[str, tuple[str, str]]:
    """Login and password by machine, as the go command reads a .netrc; the first entry counts."""
    found: dict[str, tuple[str, str]] = {}
    entry: dict[str, str] = {}
    in_macro = False
    for line in text.split("\n"):
        if in_macro:
            in_macro = bool(line)
            continue
        words = line.split()
        for key, value in zip(words[::2], words[1::2], strict=False):
            if key == "machine":
                entry = {}
            entry[key] = value
            in_macro = in_macro or key == "macdef"
            if {"machine", "login", "password"} <= entry.keys():
                found.setdefault(entry["machine"], (entry["login"], entry["password"]))
                entry = {}
        if len(words) % 2 and words[-1] == "default":
            break
    return found


def parse_auth(text: str) -> tuple[bool, str]:
    """Of GOAUTH, whether .netrc may be read, and the name of a way to log in that is not supported, else "".

    The entries stand with semicolons between; where there is none, it is netrc. Commands are never run, and
    their arguments are never repeated.
    """
    names = [words[0] for entry in text.split(";") if (words := entry.split())] or ["netrc"]
    other = [name for name in names if name not in ("netrc", "off")]
    return "netrc" in names, other[0] if other else ""
