"""Build constraints: `//go:build` and `// +build` expressions, and which of them a file's header holds.

Sources: go/build/constraint/expr.go (both grammars and their limits); go/build/build.go (parseFileHeader,
shouldBuild: where a constraint may stand).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.go import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: An expression in postfix order: tags and the operators "!", "&&" and "||". Postfix, as a hostile file may
#: nest a thousand parentheses, more than Python's call stack bears.
Expression = tuple[str, ...]

_MAX_TERMS: Final = 1000
_MAX_OLD_OPERATORS: Final = 100
_TOKEN: Final = re.compile(r"[ \t]*(?:(\(|\)|!|&&|\|\|)|([\w.]+)|(\Z)|(.))", re.DOTALL)
_BINDING: Final = {"||": 1, "&&": 2, "!": 3}
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+\Z")  # found one by one: megabytes may follow the header
_GO_BUILD: Final = "//go:build"
_PLUS_BUILD: Final = "+build"
#: What a malformed `// +build` word counts as: a tag that nobody sets.
_IGNORE: Final = "ignore"


class ConstraintError(ValueError):
    """A constraint that breaks the grammar; `Constraint.error` says so, nothing else lets it out."""


def holds(expression: Expression, tag: Callable[[str], bool]) -> bool:
    """Tell whether the expression holds, where `tag` tells which words do."""
    stack: list[bool] = []
    for word in expression:
        if word == "!":
            stack.append(not stack.pop())
        elif word in _BINDING:
            right, left = stack.pop(), stack.pop()
            stack.append((left and right) if word == "&&" else (left or right))
        else:
            stack.append(tag(word))
    return stack.pop()


def decisive(expression: Expression, tag: Callable[[str], bool]) -> tuple[bool, tuple[str, ...]]:
    """Whether the expression holds, and the tags that make it so, in their order, each once.

    Where any of them were the other way, the rest being as it is, so could the expression be.
    """
    stack: list[tuple[bool, dict[str, None]]] = []
    for word in expression:
        if word == "!":
            value, tags = stack.pop()
            stack.append((not value, tags))
        elif word in _BINDING:
            right, left = stack.pop(), stack.pop()
            value = (left[0] and right[0]) if word == "&&" else (left[0] or right[0])
            # Both sides are needed for a true "&&" and a false "||"; else those that alone suffice.
            sides = (each[1] for each in (left, right) if each[0] == value)
            stack.append((value, {name: None for side in sides for name in side}))
        else:
            stack.append((tag(word), {word: None}))
    value, tags = stack.pop()
    return value, tuple(tags)


def _valid_tag(word: str) -> bool:
    return bool(word) and all(each.isalpha() or each.isdecimal() or each in "_." for each in word)


class _Parser:
    """`or = and {"||" and}`, `and = not {"&&" not}`, `not = ["!"] atom`, `atom = tag | "(" or ")"`."""

    def __init__(self) -> None:
        self.output: list[str] = []
        self.operators: list[str] = []
        self.terms = 1
        self.operand_next = True

    def parse(self, source: str) -> Expression:
        for match in _TOKEN.finditer(source):
            operator, word, end, other = match.groups()
            if other or (word and not _valid_tag(word)):
                raise ConstraintError(f"invalid syntax at {other or word}")
            if end is not None:
                break
            (self._operand if self.operand_next else self._operator)(operator or word, is_tag=bool(word))
            if self.terms > _MAX_TERMS:
                raise ConstraintError("build expression too large")
        if self.operand_next:
            raise ConstraintError("unexpected end of expression")
        self._reduce(0)
        if self.operators:
            raise ConstraintError("missing close paren")
        return tuple(self.output)

    def _operand(self, word: str, *, is_tag: bool) -> None:
        negated = self.operators[-1:] == ["!"]
        if is_tag:
            self.output.append(word)
            self.operand_next = False
        elif word == "!" and negated:
            raise ConstraintError("double negation not allowed")
        elif word in ("!", "("):
            self.operators.append(word)
            self.terms += word == "("
        else:
            raise ConstraintError(f"unexpected token {word}")

    def _operator(self, word: str, *, is_tag: bool) -> None:
        if word == ")":
            self._reduce(0)
            if not self.operators:
                raise ConstraintError("unexpected token )")
            self.operators.pop()
        elif not is_tag and word in ("&&", "||"):
            self._reduce(_BINDING[word])
            self.operators.append(word)
            self.terms += 1
            self.operand_next = True
        else:
            raise ConstraintError(f"unexpected token {word}")

    def _reduce(self, binding: int) -> None:
        """Move the operators that bind at least as strongly to the output, up to the open parenthesis."""
        while self.operators and _BINDING.get(self.operators[-1], -1) >= binding:
            self.output.append(self.operators.pop())


def parse_go_build(expression: str) -> Expression:
    """The expression after `//go:build`; `ConstraintError` where it breaks the grammar."""
    return _Parser().parse(expression)


def parse_plus_build(expression: str) -> Expression:
    """The expression after `// +build`: any of the words, each a list of tags that must all hold.

    Raises `ConstraintError` for more than a hundred operators.
    """
    output: list[str] = []
    operators = -1
    for clause in text.fields(expression):
        literals = clause.split(",")
        operators += len(literals)
        if operators > _MAX_OLD_OPERATORS:
            raise ConstraintError("expression too complex for // +build lines")
        first = not output
        for position, literal in enumerate(literals):
            output += _old_literal(literal)
            if position:
                output.append("&&")
        if not first:
            output.append("||")
    return tuple(output) or (_IGNORE,)


def _old_literal(literal: str) -> Expression:
    if literal.startswith("!!") or literal == "!":
        return (_IGNORE,)
    name = literal.removeprefix("!")
    tag = name if _valid_tag(name) else _IGNORE
    return (tag,) if name == literal else (tag, "!")


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """What a file's header demands: every one of `expressions`.

    `error` is why the header cannot be read ("" where it can) and `line` the line it stands in.
    """

    expressions: tuple[Expression, ...] = ()
    error: str = ""
    line: int = 0

    def holds(self, tag: Callable[[str], bool]) -> bool:
        """Tell whether the file is built, where `tag` tells which words hold."""
        return not self.expressions or all(holds(each, tag) for each in self.expressions)


_NONE: Final = Constraint()


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A line of a file's header that decides, as it is written but for white space around it."""

    line: int
    text: str
    expression: Expression


def read(source: str) -> Constraint:
    """The constraint in the leading comments of a source file.

    A `//go:build` line counts anywhere before the first other token and alone decides; `// +build` lines
    count only before the last blank line of the leading run of `//` comments.
    """
    if _GO_BUILD not in source and _PLUS_BUILD not in source:
        return _NONE  # as in most files
    header = _scan(source)
    if len(header.new) > 1:
        return Constraint(error="multiple //go:build comments", line=header.new[1][0])
    try:
        return Constraint(expressions=tuple(each.expression for each in _demands(header)))
    except ConstraintError as error:
        return Constraint(error=f"parsing //go:build line: {error}", line=header.new[0][0])


def demands(source: str) -> tuple[Demand, ...]:
    """The lines whose expressions `read` gives; raises `ConstraintError` where it gives an error."""
    if _GO_BUILD not in source and _PLUS_BUILD not in source:
        return ()
    header = _scan(source)
    if len(header.new) > 1:
        raise ConstraintError("multiple //go:build comments")
    return tuple(_demands(header))


def _demands(header: _Header) -> Iterator[Demand]:
    for line, expression in header.new:
        yield Demand(line=line, text=f"{_GO_BUILD} {expression}", expression=parse_go_build(expression))
    for line, expression in () if header.new else header.old:
        try:
            parsed = parse_plus_build(expression)
        except ConstraintError:
            continue  # as go/build does: such a line demands nothing
        yield Demand(line=line, text=f"// {_PLUS_BUILD} {expression}", expression=parsed)


@dataclass(frozen=True, slots=True)
class _Header:
    new: list[tuple[int, str]]
    old: list[tuple[int, str]]


def _after(line: str, word: str) -> str | None:
    """What follows `word` and white space on `line`; None where another word goes on."""
    rest = line.removeprefix(word)
    trimmed = text.trim_space(rest)
    return trimmed if len(line) > len(rest) and (not rest or len(trimmed) < len(rest)) else None


def _scan(source: str) -> _Header:
    new: list[tuple[int, str]] = []
    old: list[tuple[int, str]] = []
    candidates: list[tuple[int, str]] = []  # `// +build` lines after the last blank line
    ended = in_comment = False
    for number, match in enumerate(_LINE.finditer(source), start=1):
        line = text.trim_space(match[0])
        if not line and not ended:
            old += candidates
            candidates = []
            continue
        ended = ended or not line.startswith("//")
        if not in_comment and (found := _after(line, _GO_BUILD)) is not None:
            new.append((number, found))
        if not ended and (found := _after(text.trim_space(line[2:]), _PLUS_BUILD)) is not None:
            candidates.append((number, found))
        in_comment, more = _comments(line, in_comment=in_comment)
        if not more:
            break
    return _Header(new, old)


def _comments(line: str, *, in_comment: bool) -> tuple[bool, bool]:
    """Whether the line ends inside /* */, and whether it holds nothing but comments."""
    while line:
        if in_comment:
            _, end, line = line.partition("*/")
            in_comment = not end
        elif line.startswith("//"):
            return False, True
        elif line.startswith("/*"):
            in_comment, line = True, line[2:]
        else:
            return False, False
        line = text.trim_space(line)
    return in_comment, True
