"""The text of Go's module information, as it stands in the build info blob.

Source: runtime/debug/mod.go (ParseBuildInfo, BuildInfo.String), strconv/quote.go. Where Go gives the whole
text up at the first bad line, the other lines are kept here, and the bad one is told in `BuildInfo.faults`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.exe.reader import text
from attest.model.binary import BuildInfo, Module

if TYPE_CHECKING:
    from attest.model.limits import Limits

_SIMPLE_ESCAPES: Final = {
    "a": b"\a",
    "b": b"\b",
    "f": b"\f",
    "n": b"\n",
    "r": b"\r",
    "t": b"\t",
    "v": b"\v",
    "\\": b"\\",
    '"': b'"',
}
#: How many characters follow \x, \u, \U; the first makes a byte, the others a character.
_NUMERIC_ESCAPES: Final = {"x": 2, "u": 4, "U": 8}
_HEXADECIMAL: Final = frozenset("0123456789abcdefABCDEF")
_OCTAL: Final = frozenset("01234567")
_FAULTS_TOLD: Final = 20
_NAME_TOLD: Final = 200  # characters of a name in a sentence about it


def parse_modinfo(data: bytes | memoryview, go_version: str, limits: Limits) -> BuildInfo:
    """The build info of `data`, the text between the two sentinels.

    Raises `LimitError` where it names more modules or settings than the limits allow; nothing else.
    """
    content = bytes(data)
    # A module takes three lines at most: its own, its replacement's, and the empty one after that.
    most = 3 * limits.build_info_modules + limits.build_info_settings + 2
    if content.count(b"\n") > most:
        raise LimitError(f"build info of more than {most} lines")
    parser = _Parser(limits=limits)
    lines = text(content).split("\n")
    for number, line in enumerate(lines[:-1], 1):  # what no newline ends is no line
        try:
            parser.line(line)
        except FormatError as error:
            parser.faults.append(f"line {number} of the build info {error.message}")
    faults = parser.faults[:_FAULTS_TOLD]
    if len(parser.faults) > _FAULTS_TOLD:
        faults.append(f"{len(parser.faults) - _FAULTS_TOLD} more lines of the build info are as bad")
    return BuildInfo(
        go_version=go_version,
        path=parser.path or "",
        main=parser.main,
        deps=tuple(parser.deps),
        settings=tuple(parser.settings.items()),
        faults=tuple(faults),
    )


class _Parser:
    """What was read so far."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.path: str | None = None
        self.main: Module | None = None
        self.deps: list[Module] = []
        self.settings: dict[str, str] = {}
        self.faults: list[str] = []
        self.paths: set[str] = set()
        self.replaceable = ""

    def line(self, line: str) -> None:
        kind, separator, rest = line.partition("\t")
        if not separator:
            return
        match kind:
            case "path":
                if self.path is not None:
                    raise FormatError("names the main package a second time; the first was kept")
                self.path = rest
            case "mod" | "dep":
                self.replaceable = ""
                self.module(kind, rest.split("\t"))
            case "=>":
                self.replacement(rest.split("\t"))
            case "build":
                self.setting(rest)
            case _:
                pass  # a kind of line that later toolchains may add

    def module(self, kind: str, columns: list[str]) -> None:
        if len(columns) not in (2, 3):
            raise FormatError(f"has {len(columns)} columns for a module instead of 2 or 3")
        module = Module(path=columns[0], version=columns[1], sum=columns[2] if columns[2:] else "")
        if kind == "mod":
            if self.main is not None:
                raise FormatError("names the main module a second time; the first was kept")
            self.main = module
        else:
            if len(self.deps) >= self.limits.build_info_modules:
                raise LimitError(f"build info of more than {self.limits.build_info_modules} modules")
            if module.path in self.paths:
                self.faults.append(f"the build info names the module {_short(module.path)} twice")
            self.paths.add(module.path)
            self.deps.append(module)
        self.replaceable = kind

    def replacement(self, columns: list[str]) -> None:
        kind, self.replaceable = self.replaceable, ""
        if len(columns) != 3:  # noqa: PLR2004 - path, version and sum, though the sum may be empty
            raise FormatError(f"has {len(columns)} columns for a replacement instead of 3")
        new = Module(path=columns[0], version=columns[1], sum=columns[2])
        if kind == "dep":
            self.deps[-1] = replace(self.deps[-1], replace=new)
        elif kind == "mod" and self.main is not None:
            self.main = replace(self.main, replace=new)
        else:
            raise FormatError("replaces a module, and no module stands before it")

    def setting(self, rest: str) -> None:
        if rest[:1] in ('"', "`"):
            end = _quoted_end(rest)
            if end is None or rest[end : end + 1] != "=":
                raise FormatError("has a key whose quotes are wrong")
            key, raw = unquote(rest[:end]), rest[end + 1 :]
        else:
            key, separator, raw = rest.partition("=")
            if not key or not separator:
                raise FormatError("has no key=value")
        value = raw
        if raw[:1] in ('"', "`"):
            try:
                value = unquote(raw)
            except FormatError as error:
                self.faults.append(
                    f"the build setting {_short(key)} {error.message}; it was read as it stands"
                )
        # Unquoted values with spaces stay as they are: Go 1.18 wrote them so.
        if key in self.settings:
            raise FormatError(f"gives the setting {_short(key)} a second time; the first was kept")
        if len(self.settings) >= self.limits.build_info_settings:
            raise LimitError(f"build info of more than {self.limits.build_info_settings} settings")
        self.settings[key] = value


def _short(name: str) -> str:
    return name if len(name) <= _NAME_TOLD else f"{name[:_NAME_TOLD]}…"


def _quoted_end(line: str) -> int | None:
    """Where the quoted string at the start of `line` ends, None where it does not."""
    quote, at = line[0], 1
    while at < len(line):
        if line[at] == quote:
            return at + 1
        at += 2 if line[at] == "\\" and quote == '"' else 1
    return None


def unquote(quoted: str) -> str:
    """What a Go string literal means (strconv.Unquote); bytes that are no UTF-8 become U+FFFD.

    Raises `FormatError` where it is none.
    """
    inner, quote = quoted[1:-1], quoted[:1]
    if len(quoted) < 2 or quoted[-1] != quote or _quoted_end(quoted) != len(quoted):  # noqa: PLR2004 - two quotes
        raise FormatError("has a value whose quotes are wrong")
    if quote == "`":
        return inner.replace("\r", "")
    found = bytearray()
    at = 0
    while at < len(inner):
        if inner[at] != "\\":
            found += inner[at].encode()
            at += 1
            continue
        escape = inner[at + 1]  # there is one: the quoted string did not end with it
        if escape in _SIMPLE_ESCAPES:
            found += _SIMPLE_ESCAPES[escape]
            at += 2
        else:
            length = _NUMERIC_ESCAPES.get(escape, 3)
            start = at + 2 if escape in _NUMERIC_ESCAPES else at + 1
            found += _numeric(escape, inner[start : start + length], length)
            at = start + length
    return text(bytes(found))


def _numeric(escape: str, digits: str, length: int) -> bytes:
    alphabet = _HEXADECIMAL if escape in _NUMERIC_ESCAPES else _OCTAL
    if len(digits) == length and alphabet.issuperset(digits):
        value = int(digits, 16 if escape in _NUMERIC_ESCAPES else 8)
        if escape in ("u", "U"):
            if value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF:  # noqa: PLR2004 - Unicode's range, less surrogates
                return chr(value).encode()
        elif value <= 0xFF:  # noqa: PLR2004 - a byte
            return bytes([value])
    raise FormatError(f"has a value with the unknown escape \\{escape}")
