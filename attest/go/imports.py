"""The header of a Go source file: its build constraint, package name, imports and embed patterns.

Only the text up to the last import is read, and for files that embed others the `//go:embed` lines after it.
Sources: go/build/read.go (readGoInfo, isValidImport, parseGoEmbed).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from attest.go import constraint, text

if TYPE_CHECKING:
    from attest.go.constraint import Constraint, Demand

_BOM: Final = "\ufeff"
#: White space and semicolons, // comments, and /* */ comments that end.
_SKIP: Final = re.compile(r"(?:[ \f\t\r\n;]+|//[^\n]*(?:\n|\Z)|/\*.*?\*/)*+", re.DOTALL)
_IDENT: Final = re.compile(r"[A-Za-z0-9_\x80-\U0010ffff]+")
_STRING: Final = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`', re.DOTALL)
#: An import as nearly all are written, with what stands before it; every other one is read step by step.
_PLAIN_IMPORT: Final = re.compile(
    r"""(?:[ \f\t\r\n;]+|//[^\n]*\n)*+(?:\.|[A-Za-z_][A-Za-z0-9_]*)?[ \t]*"([-A-Za-z0-9._~/+]+)\""""
)
#: What may hide a //go:embed line: strings, runes and comments are passed over whole.
_EMBED: Final = re.compile(
    r"""//go:embed[ \t]+([^\n]*) | //[^\n]* | /\*.*?(?:\*/|\Z)
      | "(?:[^"\\\n]|\\.)*" | `[^`]*(?:`|\Z) | '(?:[^'\\\n]|\\.)*'""",
    re.VERBOSE | re.DOTALL,
)
_EMBED_WORD: Final = re.compile(r'[ \t]*("(?:[^"\\\n]|\\.)*"|`[^`\n]*`|[^ \t\r\n"`][^ \t\r\n]*)')
_ILLEGAL: Final = frozenset("!\"#$%&'()*,:;<=>?[\\]^{|}`\ufffd")


class Import(NamedTuple):  # one of tens of thousands: a tuple is made in a third of the time
    """An imported path and the 1-based line that its import stands in."""

    path: str
    line: int


class SourceHeader(NamedTuple):  # likewise
    """What a source file says before its declarations.

    `constraint.error` is why the file cannot be read at all. `error` is why it cannot be read as Go ("" where
    it can) and `line` where, which matters only where its constraint holds; `package` and `imports` then are
    what stands before the error. `embeds` are the patterns of its `//go:embed` lines. `ended` tells whether
    something other than an import was seen after the header, so that it is surely whole.
    """

    constraint: Constraint
    package: str = ""
    imports: tuple[Import, ...] = ()
    embeds: tuple[str, ...] = ()
    error: str = ""
    line: int = 0
    ended: bool = True

    @property
    def uses_cgo(self) -> bool:
        """Tell whether the file imports "C", and so is built only with cgo."""
        for path, _ in self.imports:  # noqa: SIM110 - asked so often that a generator would be felt
            if path == "C":
                return True
        return False


class _SyntaxError(ValueError):
    """Where the header breaks the grammar; becomes `SourceHeader.error`."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.clause = -1  # the end of the package clause, -1 where there is none
        self.end = 0  # of the last import, before the comments after it
        self.package = ""
        self.imports: list[tuple[str, int]] = []

    def read(self) -> None:
        self._keyword("package")
        self.package = self._match(_IDENT, "a package name")
        self.clause = self.end = self.position
        while self._peek() == "i":
            self._keyword("import")
            if self._peek() == "(":
                self.position += 1
                self._plain_imports()
                while self._peek() != ")":
                    self._import()
                    self._plain_imports()
                self.position += 1
            else:
                self._import()
            self.end = self.position

    def _peek(self) -> str:
        skipped = _SKIP.match(self.source, self.position)
        self.position = skipped.end() if skipped else self.position
        if self.source.startswith("/*", self.position):
            raise _SyntaxError("comment not terminated", self.position)
        return self.source[self.position : self.position + 1]

    def _match(self, pattern: re.Pattern[str], what: str) -> str:
        self._peek()
        match = pattern.match(self.source, self.position)
        if match is None:
            raise _SyntaxError(f"syntax error: expected {what}", self.position)
        self.position = match.end()
        return match[0]

    def _keyword(self, word: str) -> None:
        self._peek()
        start = self.position
        if self._match(_IDENT, f"'{word}'") != word:
            raise _SyntaxError(f"syntax error: expected '{word}'", start)

    def _plain_imports(self) -> None:
        while match := _PLAIN_IMPORT.match(self.source, self.position):
            self.imports.append((match[1], match.start(1) - 1))
            self.position = match.end()

    def _import(self) -> None:
        if self._peek() == ".":
            self.position += 1
        elif _IDENT.match(self.source, self.position):
            self._match(_IDENT, "a name")
        self._peek()
        start = self.position
        literal = self._match(_STRING, "an import path")
        path = text.unquote(literal)
        if path is None or not _valid_import(path):
            raise _SyntaxError(f"invalid import path: {literal}", start)
        self.imports.append((path, start))


def _valid_import(path: str) -> bool:
    return bool(path) and all(  # go/build/read.go: isValidImport
        each not in _ILLEGAL and unicodedata.category(each)[0] in "LMNPS" for each in path
    )


def read(data: bytes) -> SourceHeader:
    """The header of a source file from its bytes; a fault becomes `SourceHeader.error`, nothing is raised."""
    # As the go command, which decodes nothing here: a byte that is no UTF-8 is a fault only inside a path.
    source = data.decode("utf-8", "replace").removeprefix(_BOM)
    reader = _Reader(source)
    error, at = "", 0
    try:
        reader.read()
    except _SyntaxError as fault:
        error, at = str(fault), fault.position
    # A constraint stands before the first token, and so before the end of the package clause.
    found = constraint.read(source if reader.clause < 0 else source[: reader.clause])
    nul = source.find("\0", 0, reader.position + 1)
    if nul >= 0:
        found = replace(found, error="unexpected NUL in input", line=source.count("\n", 0, nul) + 1)
    imports = _with_lines(source, reader.imports)
    embedding = not error and any(each.path == "embed" for each in imports)
    return SourceHeader(
        constraint=found,
        package=reader.package,
        imports=imports,
        embeds=_embeds(source, reader.end) if embedding else (),
        error=error,
        line=source.count("\n", 0, at) + 1 if error else 0,
        ended=reader.position < len(source),
    )


def demands(data: bytes) -> tuple[Demand, ...]:
    """The lines of a Go file's header that decide; raises as `attest.go.constraint.demands`."""
    return constraint.demands(data.decode("utf-8", "replace").removeprefix(_BOM))


def leading_comments(data: bytes) -> str | None:
    """The comments that a source file begins with; None where the go command cannot read them.

    They are all that it reads of files in other languages than Go, which it takes as built then.
    Source: go/build/read.go (readComments).
    """
    source = data.decode("utf-8", "replace").removeprefix(_BOM)
    skipped = _SKIP.match(source)
    end = skipped.end() if skipped else 0
    return None if source[end : end + 1] == "/" or source.find("\0", 0, end + 1) >= 0 else source[:end]


def _with_lines(source: str, imports: list[tuple[str, int]]) -> tuple[Import, ...]:
    found: list[Import] = []
    line, counted = 1, 0
    for path, start in imports:
        line += source.count("\n", counted, start)
        counted = start
        found.append(Import(path=path, line=line))
    return tuple(found)


def _embeds(source: str, start: int) -> tuple[str, ...]:
    patterns: list[str] = []
    for match in _EMBED.finditer(source, start):
        for word in _EMBED_WORD.findall(match[1] or ""):
            value = text.unquote(word) if word[0] in '"`' else word
            if value:
                patterns.append(value)
    return tuple(patterns)
