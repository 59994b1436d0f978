"""go.mod of a main module, read as strictly as the go command reads it.

Sources: golang.org/x/mod/modfile/rule.go (strict parsing, no version fixing); cmd/go/internal/modload for
which replacement holds. The order of checks and the words of refusals follow modfile.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from attest.errors import FormatError, LimitError
from attest.go import gomod_syntax, semver, text
from attest.go.module_path import import_path_fault, major_fault, split_major
from attest.model.limits import DEFAULT_LIMITS
from attest.model.module import GoMod, ModuleVersion, Replace, Require, Retract, Use
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attest.go.gomod_syntax import Line
    from attest.model.limits import Limits

_GO_VERSION: Final = re.compile(r"[1-9][0-9]*\.(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))?(?:[a-z]+[0-9]+)?")
_LAX_GO_VERSION: Final = re.compile(r"v?([1-9][0-9]*\.(?:0|[1-9][0-9]*))[^0-9].*", re.DOTALL)
_TOOLCHAIN: Final = re.compile(r"default|go1(?:\..*)?", re.DOTALL)
_DIRECTORY: Final = re.compile(r"\.{1,2}(?:[/\\].*)?|[/\\].*|[A-Za-z]:.*", re.DOTALL)
_INTERVAL: Final = ("[", None, ",", None, "]")

_T = TypeVar("_T")


def parse(data: bytes, file: str = "go.mod", *, limits: Limits = DEFAULT_LIMITS) -> GoMod:
    """The go.mod of a main module; `file` is what to call it in places.

    Raises `FormatError` at the first line that the go command would refuse, and where there is no module
    line; `LimitError` for a file larger than `limits.go_mod_bytes`.
    """
    if len(data) > limits.go_mod_bytes:
        raise LimitError(f"larger than {limits.go_mod_bytes} bytes", place=Place(file=file))
    reader = DirectiveReader()
    for line in gomod_syntax.parse(data, file):
        read = _VERBS.get(line.verb)
        if read is None:
            raise _refusal(line, f"unknown directive: {line.verb}", f"known are: {', '.join(sorted(_VERBS))}")
        read(reader, line)
        reader.places[line.verb] = line.place
    if reader.module is None:
        raise FormatError(
            "no module declaration in go.mod",
            place=Place(file=file),
            hint="add a line `module example.com/path` with the module's path",
        )
    return GoMod(
        file=file,
        module=reader.module,
        go_place=reader.places.get("go"),
        toolchain_place=reader.places.get("toolchain"),
        go=reader.go or "",
        toolchain=reader.toolchain or "",
        require=tuple(reader.require),
        replace=reader.replacements(),
        exclude=tuple(reader.exclude),
        exclude_places=tuple(reader.exclude.values()),
        tool=_first(reader.tool),
        retract=tuple(reader.retract),
        godebug=tuple(reader.godebug),
        ignore=_first(reader.ignore),
    )


def parse_dependency(data: bytes, file: str = "go.mod", *, limits: Limits = DEFAULT_LIMITS) -> GoMod:
    """The go.mod of a module that others require, as laxly as the go command reads it.

    Only its module, go, require and ignore lines count, and others may be anything. `module` is "" where
    there is no module line. Raises as `parse` does.
    """
    if len(data) > limits.go_mod_bytes:
        raise LimitError(f"larger than {limits.go_mod_bytes} bytes", place=Place(file=file))
    reader = DirectiveReader()
    for line in gomod_syntax.parse(data, file, lax=True):
        if line.verb == "go":
            reader.read_go_lax(line)
        elif line.verb in ("module", "require", "ignore"):
            _VERBS[line.verb](reader, line)
    return GoMod(
        file=file,
        module=reader.module or "",
        go=reader.go or "",
        toolchain="",
        require=tuple(reader.require),
        replace=(),
        exclude=(),
        tool=(),
        ignore=_first(reader.ignore),
    )


class DirectiveReader:
    """What has been read so far of a go.mod or go.work; each method takes a line of its verb.

    They raise `FormatError` where the go command would refuse the line.
    """

    def __init__(self) -> None:
        self.module: str | None = None
        self.go: str | None = None
        self.toolchain: str | None = None
        self.places: dict[str, Place] = {}
        self.require: list[Require] = []
        self.replace: list[Replace] = []
        self.exclude: dict[ModuleVersion, Place] = {}
        self.retract: list[Retract] = []
        self.godebug: list[tuple[str, str]] = []
        self.tool: list[str] = []
        self.ignore: list[str] = []
        self.use: list[Use] = []

    def read_module(self, line: Line) -> None:
        """Take a `module` line."""
        if self.module is not None:
            raise _refusal(line, "repeated module statement", "keep one module line")
        self.module = _string(line, _only(line, "usage: module module/path"))
        if fault := import_path_fault(self.module):
            raise _refusal(line, f"malformed module path {self.module!r}: {fault}", "mend the module's path")

    def read_go(self, line: Line) -> None:
        """Take a `go` line."""
        if self.go is not None:
            raise _refusal(line, "repeated go statement", "keep one go line")
        version = _only(line, "go directive expects exactly one argument")
        if not _GO_VERSION.fullmatch(version):
            message = f"invalid go version '{version}': must match format 1.23.0"
            raise _refusal(line, message, "write the version as 1.23 or 1.23.0")
        self.go = version

    def read_go_lax(self, line: Line) -> None:
        """As `read_go`, but what follows a version in its word is passed over."""
        match = _LAX_GO_VERSION.fullmatch(line.words[0]) if len(line.words) == 1 else None
        strict = match is None or _GO_VERSION.fullmatch(line.words[0])
        self.read_go(line if match is None or strict else replace(line, words=(match[1],)))

    def read_toolchain(self, line: Line) -> None:
        """Take a `toolchain` line."""
        if self.toolchain is not None:
            raise _refusal(line, "repeated toolchain statement", "keep one toolchain line")
        name = _only(line, "toolchain directive expects exactly one argument")
        if not _TOOLCHAIN.fullmatch(name):
            message = f"invalid toolchain version '{name}': must match format go1.23.0 or default"
            raise _refusal(line, message, "write the name as go1.23.0, or default")
        self.toolchain = name

    def read_godebug(self, line: Line) -> None:
        """Take a `godebug` line."""
        usage = "usage: godebug key=value"
        word = _only(line, usage)
        key, equals, value = word.partition("=")
        if not equals or re.search("[\"`',]", word):
            raise _refusal(line, usage, "write one key=value without quotes")
        self.godebug.append((key, value))

    def read_require(self, line: Line) -> None:
        """Take a `require` line."""
        indirect = text.fields(line.comment)
        self.require.append(
            Require(
                module=_path_and_version(line),
                indirect=indirect == ["indirect"] or (len(indirect) > 1 and indirect[0] == "indirect;"),
                place=line.place,
            )
        )

    def read_exclude(self, line: Line) -> None:
        """Take a `exclude` line."""
        self.exclude.setdefault(_path_and_version(line), line.place)

    def read_replace(self, line: Line) -> None:
        """Take a `replace` line."""
        self.replace.append(_replace(line))

    def read_retract(self, line: Line) -> None:
        """Take a `retract` line."""
        words = line.words
        if words[:1] != ("[",):
            low = _version(line, "", words[0]) if words and words[0] != "(" else ""
            if not low:
                raise _refusal(line, "expected '[' or version", "write a version, or [low, high]")
            self._retract(line, low, low, words[1:])
            return
        versions: list[str] = []
        for expected, word in zip(_INTERVAL, words, strict=False):
            if expected is None:
                versions.append(_version(line, "", word))
            elif word != expected:
                raise _refusal(line, f"expected '{expected}' after version", "write [low, high]")
        if len(words) < len(_INTERVAL):
            raise _refusal(line, "interval without an end", "write [low, high]")
        self._retract(line, versions[0], versions[1], words[len(_INTERVAL) :])

    def _retract(self, line: Line, low: str, high: str, rest: tuple[str, ...]) -> None:
        if rest:
            raise _refusal(line, f'unexpected token after version: "{rest[0]}"', "remove what follows")
        self.retract.append(Retract(low=low, high=high))

    def read_tool(self, line: Line) -> None:
        """Take a `tool` line."""
        self.tool.append(_string(line, _only(line, "tool directive expects exactly one argument")))

    def read_ignore(self, line: Line) -> None:
        """Take a `ignore` line."""
        self.ignore.append(_string(line, _only(line, "ignore directive expects exactly one argument")))

    def read_use(self, line: Line) -> None:
        """Take a `use` line."""
        path = _string(line, _only(line, "usage: use local/dir"))
        self.use.append(Use(path=path, place=line.place))

    def replacements(self) -> tuple[Replace, ...]:
        """Of replacements for the same module the last one counts, at its own place in the file."""
        return _last(self.replace, lambda each: each.old)


_VERBS: Final[dict[str, Callable[[DirectiveReader, Line], None]]] = {
    "module": DirectiveReader.read_module,
    "go": DirectiveReader.read_go,
    "toolchain": DirectiveReader.read_toolchain,
    "godebug": DirectiveReader.read_godebug,
    "require": DirectiveReader.read_require,
    "exclude": DirectiveReader.read_exclude,
    "replace": DirectiveReader.read_replace,
    "retract": DirectiveReader.read_retract,
    "tool": DirectiveReader.read_tool,
    "ignore": DirectiveReader.read_ignore,
}


def _refusal(line: Line, message: str, hint: str) -> FormatError:
    return FormatError(message, place=line.place, hint=hint)


def _only(line: Line, usage: str) -> str:
    if len(line.words) != 1:
        raise _refusal(line, usage, f"write one word after {line.verb}")
    return line.words[0]


def _string(line: Line, word: str) -> str:
    """The value of a word: only "…" quotes, the other quotes are reserved (modfile.parseString)."""
    if word.startswith('"'):
        value = text.unquote(word)
        if value is None:
            raise _refusal(line, f"invalid quoted string: {word}", "mend the quoted string")
        return value
    if re.search("[\"'`]", word):
        message = "invalid quoted string: unquoted string cannot contain quote"
        raise _refusal(line, message, 'quote the whole word as "…" or remove the quote')
    return word


def _version(line: Line, path: str, word: str) -> str:
    version = semver.canonical(_string(line, word))
    if not version:
        subject = f"{line.verb} {path}: " if path else ""
        message = f'{subject}version "{word}" invalid: must be of the form v1.2.3'
        raise _refusal(line, message, "write a full version, as v1.2.3")
    return version


def _suffix(line: Line, path: str) -> str:
    parts = split_major(path)
    if parts is None:
        raise _refusal(line, f"{line.verb} {path}: invalid module path", "mend the path's version suffix")
    return parts[1]


def _checked(line: Line, path: str, word: str) -> ModuleVersion:
    version = _version(line, path, word)
    if fault := major_fault(version, _suffix(line, path)):
        message = f'{line.verb} {path}: version "{version}" invalid: {fault}'
        raise _refusal(line, message, "make the path's suffix and the major version fit")
    return ModuleVersion(path=path, version=version)


def _path_and_version(line: Line) -> ModuleVersion:
    if len(line.words) != len(("path", "version")):
        usage = f"usage: {line.verb} module/path v1.2.3"
        raise _refusal(line, usage, "write the module's path and one version")
    return _checked(line, _string(line, line.words[0]), line.words[1])


def _replace(line: Line) -> Replace:
    words = line.words
    arrow = 1 if words[1:2] == ("=>",) else 2
    if words[arrow : arrow + 1] != ("=>",) or not arrow + 2 <= len(words) <= arrow + 3:
        message = "usage: replace module/path [v1.2.3] => other/module v1.4, or => ../local/directory"
        raise _refusal(line, message, "write old => new")
    path = _string(line, words[0])
    _suffix(line, path)
    old = (
        _checked(line, path, words[1])
        if arrow == len(("path", "version"))
        else ModuleVersion(path=path, version="")
    )
    new = _string(line, words[arrow + 1])
    directory = _DIRECTORY.fullmatch(new) is not None
    if len(words) == arrow + 2:
        if not directory:
            message = (
                "replacement module without version must be directory path (rooted or starting with . or ..)"
            )
            raise _refusal(line, message, "add the replacement's version, or write ./directory")
        if "\\" in new:
            # The go command refuses it everywhere but on Windows; a verdict must not depend on the machine.
            message = "replacement directory appears to be Windows path"
            raise _refusal(line, message, "write it with /, which works everywhere")
        return Replace(old=old, new=ModuleVersion(path=new, version=""), place=line.place)
    version = _version(line, new, words[arrow + 2])
    if directory:
        message = f'replacement module directory path "{new}" cannot have version'
        raise _refusal(line, message, "remove the version")
    return Replace(old=old, new=ModuleVersion(path=new, version=version), place=line.place)


def _first(values: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(values))


def _last(values: Iterable[Replace], key: Callable[[Replace], ModuleVersion]) -> tuple[Replace, ...]:
    """Of replacements for the same module the last one counts, at its own place in the file."""
    kept = {key(each): each for each in values}
    return tuple(each for each in values if kept[key(each)] is each)
