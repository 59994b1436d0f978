"""The syntax of go.mod: lines of words, single or in blocks, with // comments.

What the words mean is `attest.go.gomod`'s business. Source: golang.org/x/mod/modfile/read.go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from attest.errors import FormatError
from attest.go import text
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

_Kind = Literal["newline", "punctuation", "word", "comment", "line comment", "end"]

_BLANK: Final = re.compile(r"[ \t\r]*")
_PUNCTUATION: Final = frozenset("()[]{},")
_STRING: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`\n]*`', re.DOTALL)
#: A run that may be a word: it still ends at "//" and at the first character that is not printable.
_RUN: Final = re.compile(rf"[^()\[\]{{}},{text.SPACE}]+")
_LINE_ENDS: Final = ("newline", "comment", "end")
#: The verbs of go.mod that may open a block.
GO_MOD_BLOCKS: Final = frozenset(
    {"module", "godebug", "require", "exclude", "replace", "retract", "tool", "ignore"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One directive: its verb, its words, and the text of the comment after it (without "//")."""

    verb: str
    words: tuple[str, ...]
    comment: str
    place: Place


@dataclass(frozen=True, slots=True)
class _Token:
    kind: _Kind
    text: str
    line: int


class _Lexer:
    """The tokens of a file; `comment` follows words on its line, `line comment` stands alone on its own."""

    def __init__(self, source: str, file: str) -> None:
        self.source = source
        self.file = file
        self.position = 0
        self.line = 1
        self.words_on_line = False

    def error(self, message: str, hint: str, line: int | None = None) -> FormatError:
        return FormatError(message, place=Place(file=self.file, line=line or self.line), hint=hint)

    def tokens(self) -> Iterator[_Token]:
        while True:
            token = self._next()
            yield token
            if token.kind == "end":
                return

    def _next(self) -> _Token:
        blank = _BLANK.match(self.source, self.position)
        self.position = blank.end() if blank else self.position
        line = self.line
        if self.position >= len(self.source):
            return _Token("end", "", line)
        if self.source.startswith("//", self.position):
            end = self.source.find("\n", self.position)
            end = len(self.source) if end < 0 else end
            comment = self.source[self.position + 2 : end].removesuffix("\r")
            # The line's end belongs to its comment.
            self.position = end + 1
            kind: _Kind = "comment" if self.words_on_line else "line comment"
            self._end_line()
            return _Token(kind, comment, line)
        character = self.source[self.position]
        if character == "\n":
            self.position += 1
            self._end_line()
            return _Token("newline", character, line)
        self.words_on_line = True
        if character in _PUNCTUATION:
            self.position += 1
            return _Token("punctuation", character, line)
        return _Token("word", self._word(character), line)

    def _end_line(self) -> None:
        self.line += 1
        self.words_on_line = False

    def _word(self, character: str) -> str:
        if character in '"`':
            string = _STRING.match(self.source, self.position)
            if string is None:
                raise self.error("unterminated string", "close the quotation mark on the same line")
            self.position = string.end()
            return string[0]
        run = _RUN.match(self.source, self.position)
        word = run[0].partition("//")[0] if run else ""
        if "/*" in word:
            raise self.error(
                "mod files must use // comments (not /* */ comments)", "write // before the comment"
            )
        if not word.isprintable():
            word = word[: next(at for at, each in enumerate(word) if not each.isprintable())]
        if not word:
            raise self.error(f"unexpected input character {character!r}", "remove the character")
        self.position += len(word)
        return word


def parse(
    data: bytes, file: str, *, blocks: frozenset[str] = GO_MOD_BLOCKS, lax: bool = False
) -> tuple[Line, ...]:
    """The directives of a go.mod or go.work, with blocks taken apart, in file order.

    `blocks` are the verbs that blocks may have; where `lax`, others are left out with all that is in them.
    Raises `FormatError` for bytes that are no UTF-8, characters that cannot stand there, strings and blocks
    without an end, and blocks of unknown kind.
    """
    try:
        source = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(
            "invalid UTF-8", place=Place(file=file, line=line), hint="save the file as UTF-8"
        ) from error
    return tuple(_Lines(_Lexer(source, file), blocks, lax=lax).lines())


class _Lines:
    """The directives of a file, with blocks taken apart."""

    def __init__(self, lexer: _Lexer, blocks: frozenset[str], *, lax: bool) -> None:
        self.lexer = lexer
        self.blocks = blocks
        self.lax = lax

    def lines(self) -> Iterator[Line]:
        tokens = self.lexer.tokens()
        for token in tokens:
            if token.kind in ("newline", "line comment", "end"):
                continue
            words, end = _words(tokens)
            words = [token.text, *words]
            if words[-1] == "(" and len(words) > 1:
                yield from self._block(tokens, words[:-1], token.line)
            elif words[-2:] == ["(", ")"] and len(words) > len("()"):
                self._known(words[:-2], token.line)
            else:
                yield self._line(words, end, token.line)

    def _line(self, words: list[str], end: _Token, line: int) -> Line:
        return Line(
            verb=words[0],
            words=tuple(words[1:]),
            comment=end.text if end.kind == "comment" else "",
            place=Place(file=self.lexer.file, line=line),
        )

    def _known(self, words: list[str], line: int) -> bool:
        """Tell whether the block counts; a lax reader passes over those that it does not know."""
        known = len(words) == 1 and words[0] in self.blocks
        if not known and not self.lax:
            raise self.lexer.error(
                f"unknown block type: {' '.join(words)}",
                f"blocks are of one verb alone: {', '.join(sorted(self.blocks))}",
                line,
            )
        return known

    def _block(self, tokens: Iterator[_Token], opening: list[str], start: int) -> Iterator[Line]:
        known = self._known(opening, start)
        for token in tokens:
            if token.kind == "end":
                break
            if token.kind in ("newline", "comment", "line comment"):
                continue
            words, end = _words(tokens)
            if token.text == ")":
                if words:
                    raise self.lexer.error(
                        "syntax error (expected newline after closing paren)",
                        "put what follows on a line of its own",
                        token.line,
                    )
                return
            if known:
                yield self._line([opening[0], token.text, *words], end, token.line)
        raise self.lexer.error(
            f"syntax error (unterminated block started at line {start})",
            "close the block with ) on a line of its own",
        )


def _words(tokens: Iterator[_Token]) -> tuple[list[str], _Token]:
    """The words up to the end of the line, and the token that ends it."""
    words: list[str] = []
    for token in tokens:
        if token.kind in _LINE_ENDS:
            return words, token
        words.append(token.text)
    raise AssertionError  # the last token ends the last line
