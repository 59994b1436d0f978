"""A YAML 1.2 document as plain values, with the line of every one of them.

Source: YAML 1.2.2 (https://yaml.org/spec/1.2.2/), the core schema of section 10.3. What makes one text mean
two things is refused: duplicate keys, tags, several documents, keys that are not plain strings, a %YAML
directive for another version. Aliases and the merge key `<<` are expanded within the limits, so that a
small text cannot become a large document. Values are built from the parser's events without recursion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from attest.errors import AttestError, FormatError, LimitError
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.limits import Limits

#: A value of a YAML document: what JSON can say.
Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]
Path = tuple[str | int, ...]

_INT: Final = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]{1,40}|[0-9]{1,40}(\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,3})?")
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_MERGE: Final = "<<"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The value of a document; `lines` and `columns` give the 1-based place of every path into it.

    A path is a tuple of keys and indexes; () is the document. The place of a mapping's value is that of its
    key. `mistakes` are duplicate keys, which do not keep the rest from being read. Of a document joined from
    several, `files` gives the file of every path.
    """

    file: str
    value: Value
    lines: dict[Path, int]
    mistakes: tuple[AttestError, ...]
    files: dict[Path, str] = field(default_factory=dict)
    columns: dict[Path, int] = field(default_factory=dict)

    def exact(self, path: Path) -> Place:
        """The same as `place`, with the column."""
        while path and path not in self.lines:
            path = path[:-1]
        return replace(self.place(path), column=self.columns.get(path))

    def place(self, path: Path) -> Place:
        """Where a path stands, or else the nearest thing around it that stands somewhere."""
        while path and path not in self.lines:
            path = path[:-1]
        return Place(file=self.files.get(path, self.file), line=self.lines.get(path, 1))


@dataclass(slots=True)
class _Node:
    """A value under construction; `size` and `depth` count what an alias to it would add."""

    line: int
    column: int
    value: Value | _Open = None
    merge: bool = False
    size: int = 1
    depth: int = 1


@dataclass(slots=True)
class _Open:
    """The children of a sequence or mapping; `key` is the key that waits for its value."""

    mapping: bool
    anchor: str | None
    items: list[_Node] = field(default_factory=list)
    pairs: dict[str, _Node] = field(default_factory=dict)
    merges: list[_Node] = field(default_factory=list)
    key: _Node | None = None


def read(data: bytes, file: str, limits: Limits) -> Document:
    """Read one document.

    Raises `attest.errors.FormatError` or `attest.errors.LimitError` with the line where reading stopped.
    """
    if len(data) > limits.policy_bytes:
        raise LimitError(
            f"the file has {len(data)} bytes, more than the {limits.policy_bytes} allowed",
            place=Place(file=file),
            hint="a policy is a small text; check that this is the right file",
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(
            "the file is not UTF-8",
            place=Place(file=file, line=data.count(b"\n", 0, error.start) + 1),
            hint="save it as UTF-8",
        ) from error
    if "\0" in text:
        raise FormatError(
            "the file holds a NUL character",
            place=Place(file=file, line=text.count("\n", 0, text.index("\0")) + 1),
            hint="check that this is a text file",
        )
    reader = _Reader(file, limits)
    for event in _events(text, file):
        reader.take(event)
    if reader.root is None:
        raise FormatError(
            "the file is empty", place=Place(file=file), hint="start from a ready policy: attest policy init"
        )
    lines: dict[Path, int] = {}
    columns: dict[Path, int] = {}
    value = _plain(reader.root, lines, columns)
    return Document(file=file, value=value, lines=lines, columns=columns, mistakes=tuple(reader.mistakes))


def _events(text: str, file: str) -> Iterator[Any]:
    """The parser's events; its errors become ours."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).split("\n", 1)[0] or "it cannot be parsed"
        raise FormatError(
            f"this is not YAML: {problem}",
            place=Place(file=file, line=mark.line + 1, column=mark.column + 1) if mark else Place(file=file),
            hint="check indentation, quotes and brackets around this line",
        ) from error
    except (ValueError, IndexError, AttributeError, TypeError, AssertionError) as error:
        # The scanner leaks these on some malformed escapes and directives.
        raise FormatError(
            "this is not YAML", place=Place(file=file), hint="check escapes and directives (%)"
        ) from error


class _Reader:
    """Takes events one by one and keeps what is open on a stack of its own."""

    def __init__(self, file: str, limits: Limits) -> None:
        self.root: _Node | None = None
        self.mistakes: list[AttestError] = []
        self._file = file
        self._limits = limits
        self._stack: list[_Node] = []
        self._anchors: dict[str, _Node] = {}
        self._nodes = 0
        self._documents = 0

    def take(self, event: Any) -> None:  # noqa: ANN401 - ruamel's events have no common typed base
        """Put one event where it belongs."""
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        match type(event).__name__:
            case "DocumentStartEvent":
                self._begin(event, line)
            case "ScalarEvent":
                self._refuse_tag(event, line)
                plain = bool(event.implicit[0])
                merge = plain and event.value == _MERGE
                node = _Node(
                    line=line,
                    column=column,
                    value=_scalar(event.value) if plain else event.value,
                    merge=merge,
                )
                self._anchor(event.anchor, node)
                self._add(node)
            case "AliasEvent":
                self._alias(event.anchor, line)
            case "SequenceStartEvent" | "MappingStartEvent":
                self._refuse_tag(event, line)
                mapping = type(event).__name__ == "MappingStartEvent"
                opened = _Open(mapping=mapping, anchor=event.anchor)
                self._stack.append(_Node(line=line, column=column, value=opened))
                if len(self._stack) > self._limits.yaml_depth:
                    raise self._deep(line)
            case "SequenceEndEvent" | "MappingEndEvent":
                self._close()
            case _:
                pass

    def _begin(self, event: Any, line: int) -> None:  # noqa: ANN401 - as in take
        self._documents += 1
        if self._documents > 1:
            raise self._error(line, "a second YAML document begins here", "keep one document in a file")
        version = getattr(event, "version", None)
        if version is not None and tuple(version) != (1, 2):
            raise self._error(line, "%YAML names another version than 1.2", "leave the directive out")

    def _refuse_tag(self, event: Any, line: int) -> None:  # noqa: ANN401 - as in take
        if event.tag is not None:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            raise self._error(line, f"the tag {tag} is not allowed", "write the value without a tag")

    def _alias(self, name: str, line: int) -> None:
        target = self._anchors.get(name)
        if target is None:
            raise self._error(line, f"the alias *{name} has no finished anchor before it", "define it above")
        if len(self._stack) + target.depth > self._limits.yaml_depth:
            raise self._deep(line)
        self._add(target)

    def _add(self, node: _Node) -> None:
        """Count a finished node and hang it into what is open."""
        self._nodes += node.size
        if self._nodes > self._limits.yaml_nodes:
            raise LimitError(
                f"the document has more than {self._limits.yaml_nodes} values (aliases expanded)",
                place=Place(file=self._file, line=node.line),
                hint="split the policy, or use fewer aliases",
            )
        self._hang(node)

    def _hang(self, node: _Node) -> None:
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        parent.size += node.size
        parent.depth = max(parent.depth, node.depth + 1)
        children = parent.value
        if not isinstance(children, _Open):  # pragma: no cover - only open nodes are on the stack
            raise TypeError
        if not children.mapping:
            children.items.append(node)
        elif children.key is None:
            if not isinstance(node.value, str):
                raise self._error(node.line, "a key is not a string", "put the key in quotes")
            children.key = node
        else:
            key, children.key = children.key, None
            self._pair(children, key, node)

    def _pair(self, children: _Open, key: _Node, node: _Node) -> None:
        if key.merge:
            children.merges.append(node)
            return
        name = str(key.value)
        if name in children.pairs:
            self.mistakes.append(
                self._error(
                    key.line,
                    f"the key '{name}' is there twice, first in line {children.pairs[name].line}",
                    "keep one of them",
                )
            )
            return
        children.pairs[name] = _Node(
            line=key.line, column=key.column, value=node.value, size=node.size, depth=node.depth
        )

    def _close(self) -> None:
        node = self._stack.pop()
        children = node.value
        if not isinstance(children, _Open):  # pragma: no cover - only open nodes are on the stack
            raise TypeError
        for merged in children.merges:
            self._merge(children, merged)
        self._anchor(children.anchor, node)
        self._nodes += 1  # its children were counted when they were added
        self._hang(node)

    def _merge(self, children: _Open, merged: _Node) -> None:
        """Add the keys of a `<<` value (a mapping, or a sequence of them) that are not there yet."""
        value = merged.value
        each_of = value.items if isinstance(value, _Open) and not value.mapping else [merged]
        for each in each_of:
            if not isinstance(each.value, _Open) or not each.value.mapping:
                raise self._error(merged.line, "<< needs a mapping or a list of mappings", "write *alias")
            for name, node in each.value.pairs.items():
                children.pairs.setdefault(name, node)

    def _anchor(self, name: str | None, node: _Node) -> None:
        if name is not None:
            self._anchors[name] = node

    def _deep(self, line: int) -> LimitError:
        return LimitError(
            f"the document is nested deeper than {self._limits.yaml_depth} levels",
            place=Place(file=self._file, line=line),
            hint="check brackets and indentation",
        )

    def _error(self, line: int, message: str, hint: str) -> FormatError:
        return FormatError(message, place=Place(file=self._file, line=line), hint=hint)


def _scalar(text: str) -> Value:
    """A plain scalar by the core schema; numbers that are too long stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _plain(root: _Node, lines: dict[Path, int], columns: dict[Path, int]) -> Value:
    """Plain values of a finished tree, noting every place; depth is bounded by the reader."""

    def build(node: _Node, path: Path) -> Value:
        lines[path], columns[path] = node.line, node.column
        if not isinstance(node.value, _Open):
            return node.value
        if node.value.mapping:
            return {name: build(each, (*path, name)) for name, each in node.value.pairs.items()}
        return [build(each, (*path, index)) for index, each in enumerate(node.value.items)]

    return build(root, ())
