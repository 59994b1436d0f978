"""Which module, import and file paths are valid, and how they are written in the module cache.

A path or version only ever becomes a name in the cache through `escape_path` and `escape_version`, which
refuse whatever could lead out of it. Source: golang.org/x/mod/module (CheckPath, EscapePath, ...).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from attest.errors import FormatError
from attest.go import semver

if TYPE_CHECKING:
    from attest.model.place import Place

_Kind = Literal["module", "import", "file"]

_ALLOWED: Final = {
    "module": re.compile(r"[-._~0-9A-Za-z]+"),
    "import": re.compile(r"[-._~+0-9A-Za-z]+"),
    "file": re.compile(r"[-!#$%&()+,.=@\[\]^_{}~ 0-9A-Za-z]+"),
}
_WINDOWS_NAMES: Final = frozenset(
    {"CON", "PRN", "AUX", "NUL"} | {f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10)}
)
_SHORT_NAME: Final = re.compile(r".*~[0-9]+", re.DOTALL)
_FIRST: Final = re.compile(r"[-.0-9a-z]+")
_MAJOR: Final = re.compile(r"(.+)/v([0-9.]+)", re.DOTALL)
_GOPKG: Final = re.compile(r"(.+)(\.v(?:0|[1-9][0-9]*)(?:-unstable)?)", re.DOTALL)
#: An element that breaks no rule of any kind, but for names that Windows keeps to itself.
_PLAIN: Final = re.compile(r"[0-9A-Za-z_](?:[-0-9A-Za-z_.]*[-0-9A-Za-z_])?")
_SHORT: Final = 64  # characters of a path element whose verdict is worth keeping
_HINT: Final = "see the rules for module paths in the Go modules reference"


def _characters_ok(element: str, kind: _Kind) -> bool:
    """Files may also have letters of any script in their names (unicode.IsLetter, which is str.isalpha)."""
    rest = _ALLOWED[kind].sub("", element)
    return not rest or (kind == "file" and rest.isalpha())


def _element_fault(element: str, kind: _Kind) -> str:
    # Real paths say the same short words again and again, module zips most of all.
    return _short_element_fault(element, kind) if len(element) <= _SHORT else _find_fault(element, kind)


def _find_fault(element: str, kind: _Kind) -> str:
    short = element.partition(".")[0]
    if _PLAIN.fullmatch(element) and short.upper() not in _WINDOWS_NAMES:
        return ""
    faults = (
        (not element, "empty path element"),
        (not element.strip("."), f"invalid path element {element!r}"),
        (element.startswith(".") and kind == "module", "leading dot in path element"),
        (element.endswith("."), "trailing dot in path element"),
        (not _characters_ok(element, kind), f"invalid char in path element {element!r}"),
        (short.upper() in _WINDOWS_NAMES, f"{short!r} disallowed as path element component on Windows"),
        (
            kind != "file" and _SHORT_NAME.fullmatch(short) is not None,
            "trailing tilde and digits in path element",
        ),
    )
    return next((fault for found, fault in faults if found), "")


_short_element_fault = lru_cache(maxsize=1 << 13)(_find_fault)


def _fault(path: str, kind: _Kind) -> str:
    if not path:
        return "empty string"
    if path.startswith("-") and kind != "file":
        return "leading dash"
    if "//" in path:
        return "double slash"
    if path.endswith("/"):
        return "trailing slash"
    return next((fault for each in path.split("/") if (fault := _element_fault(each, kind))), "")


def file_path_fault(path: str) -> str:
    """Why `path` is no valid file path of a module zip; "" where it is one (CheckFilePath)."""
    return _fault(path, "file")


def import_path_fault(path: str) -> str:
    """Why `path` is no valid import path; "" where it is one (CheckImportPath)."""
    return _fault(path, "import")


def module_path_fault(path: str) -> str:
    """Why `path` is no valid path of a module that can be downloaded; "" where it is one (CheckPath)."""
    if fault := _fault(path, "module"):
        return fault
    first = path.partition("/")[0]
    if "." not in first:
        return "missing dot in first path element"
    if not _FIRST.fullmatch(first):
        return "invalid char in first path element"
    return "" if split_major(path) else "invalid version"


def split_major(path: str) -> tuple[str, str] | None:
    """The path before its major version suffix and the suffix ("/v2", ".v3" or ""); None where malformed.

    "/v0", "/v1", leading zeros and dots in the suffix are malformed, and gopkg.in paths must have one
    (SplitPathVersion).
    """
    if path.startswith("gopkg.in/"):
        match = _GOPKG.fullmatch(path)
        return (match[1], match[2]) if match else None
    match = _MAJOR.fullmatch(path)
    if match is None:
        return (path, "")
    number = match[2]
    if "." in number or number.startswith("0") or number == "1":
        return None
    return (match[1], f"/v{number}")


def major_fault(version: str, suffix: str) -> str:
    """Why `version` does not fit the major version suffix of its path; "" where it does (CheckPathMajor)."""
    suffix = suffix.removesuffix("-unstable") if suffix.startswith(".v") else suffix
    if version.startswith("v0.0.0-") and suffix == ".v1":
        return ""
    found = semver.major(version)
    if not suffix:
        if found in ("v0", "v1") or version.endswith(semver.INCOMPATIBLE):
            return ""
        return f"should be v0 or v1, not {found}"
    return "" if found == suffix[1:] else f"should be {suffix[1:]}, not {found}"


def _escape(text: str) -> str:
    return re.sub("[A-Z]", lambda match: f"!{match[0].lower()}", text)


def _unescape(text: str) -> str | None:
    if not text.isascii() or re.search(r"[A-Z]|!(?![a-z])", text):
        return None
    return re.sub("!([a-z])", lambda match: match[1].upper(), text)


def escape_path(path: str, *, place: Place | None = None) -> str:
    """`path` as it is written in the cache and by proxies: each capital letter as "!" and its small one.

    Raises `FormatError` at `place` where the path is malformed.
    """
    if fault := module_path_fault(path):
        raise FormatError(f"malformed module path {path!r}: {fault}", place=place, hint=_HINT)
    return _escape(path)


def escape_version(version: str, *, place: Place | None = None) -> str:
    """`version` as it is written in the cache; `FormatError` at `place` where it is no plain file name."""
    if _element_fault(version, "file") or "!" in version or not version.isascii():
        raise FormatError(
            f"version {version!r} invalid: disallowed version string", place=place, hint="name a version"
        )
    return _escape(version)


def unescape_path(escaped: str, *, place: Place | None = None) -> str:
    """The module path that is written as `escaped`; `FormatError` at `place` where it is none."""
    path = _unescape(escaped)
    if path is None or module_path_fault(path):
        raise FormatError(f"invalid escaped module path {escaped!r}", place=place, hint=_HINT)
    return path


def unescape_version(escaped: str, *, place: Place | None = None) -> str:
    """The version that is written as `escaped`; `FormatError` at `place` where it is none."""
    version = _unescape(escaped)
    if version is None or _element_fault(version, "file"):
        raise FormatError(f"invalid escaped version {escaped!r}", place=place, hint="name a version")
    return version


def has_prefix(path: str, prefix: str) -> bool:
    """Tell whether `path` is `prefix` or lies below it, element by element."""
    return path == prefix or path.startswith(f"{prefix}/")
