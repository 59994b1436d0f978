"""The settings about Go's checksum database: GOSUMDB says which and where, GONOSUMDB for which modules not.

Sources: cmd/go/internal/modfetch (sumdb.go: dbDial, useSumDB; key.go); golang.org/x/mod/module
(MatchPrefixPatterns). GOINSECURE and `GOPROXY=direct` do not switch the database off, as in Go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError
from attest.go import note, proxy
from attest.model.place import Place

if TYPE_CHECKING:
    from attest.go.note import VerifierKey

DEFAULT: Final = "sum.golang.org"
#: Databases that a setting may name without their key: the trust root of the go command (key.go).
_KEYS: Final = {DEFAULT: "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"}
#: The same database under another name for another network.
_ALIASES: Final = {"sum.golang.google.cn": (DEFAULT, "https://sum.golang.google.cn")}
_MOST_WORDS: Final = len(("key", "URL"))
#: host[/path] and nothing that a URL or a file system reads in another way.
_NAME: Final = re.compile(
    r"[a-z0-9.-]*[a-z0-9](?::[0-9]+)?(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*", re.IGNORECASE
)
_TOOLCHAIN: Final = "golang.org/toolchain"
_HINT: Final = "set GOSUMDB to sum.golang.org, to a verifier key, or to off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A checksum database: the key that signs its tree heads, and the URL to ask.

    `url` is "" where GOSUMDB names none: then the proxies are asked first, and `https://<name>` last. It
    says nothing about trust.
    """

    key: VerifierKey
    url: str = ""


def parse_setting(text: str) -> Database | None:
    """The database that GOSUMDB names; None for `off`, the public one for "".

    The forms are a known name or a verifier key, and after it perhaps a URL. Raises `FormatError` for
    anything else.
    """
    place = Place(file="GOSUMDB")
    words = text.split() or [DEFAULT]
    if words == ["off"]:
        return None
    if len(words) > _MOST_WORDS:
        raise FormatError(f"{text[:200]!r} has too many words", place=place, hint=_HINT)
    if len(words) == 1:
        words = list(_ALIASES.get(words[0], words))
    name, url = words[0], words[1] if len(words) > 1 else ""
    if "+" not in name and name not in _KEYS:
        raise FormatError(f"the key of {name[:200]!r} is not known", place=place, hint=_HINT)
    key = note.parse_key(_KEYS.get(name, name), place)
    if not _NAME.fullmatch(key.name):
        message = f"{key.name[:200]!r} is no name of a database, which is host[/path]"
        raise FormatError(message, place=place, hint=_HINT)
    if url and (fault := proxy.url_fault(url)):
        raise FormatError(f"{proxy.without_password(url)[:200]!r} {fault}", place=place, hint=_HINT)
    return Database(key=key, url=url)


def is_excluded(path: str, patterns: str) -> bool:
    """Tell whether GONOSUMDB, a list of patterns with commas between, keeps a module from the database.

    Each pattern is held against as many leading elements of the path as it has itself. Toolchains are never
    excluded.
    """
    return path != _TOOLCHAIN and proxy.matches(patterns, path)
