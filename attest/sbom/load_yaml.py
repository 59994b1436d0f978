"""An SPDX 2.2 or 2.3 YAML document as the JSON document that says the same.

Source: https://yaml.org/spec/1.2.2/. The document is built from the events of the parser, so that nothing
but mappings, sequences and scalars is ever made: tags and aliases are refused (few aliases can stand for
any number of nodes), and a scalar is text whatever it looks like, since SPDX has no other values that
are read. Depth and number of nodes are held against the limits while they come.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from attest.errors import FormatError, LimitError
from attest.model.place import Place

if TYPE_CHECKING:
    from attest.model.limits import Limits
    from attest.model.statement import Json

_HINT: Final = "write the SBOM again with its tool"
#: Plain scalars that are no text (YAML 1.2, 10.2.1.1 and 10.2.1.2).
_WORDS: Final[dict[str, Json]] = {"null": None, "~": None, "": None, "true": True, "false": False}


def load_yaml(data: bytes, *, file: str, limits: Limits) -> dict[str, Json]:
    """The one document in `data`.

    Raises `FormatError` for what is no YAML, no mapping, or holds aliases, tags, or a key twice, `LimitError`
    beyond the limits.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # of C where there is one
    try:
        builder = _Builder(file=file, limits=limits)
        for event in yaml.parse(data.decode("utf-8"), Loader=loader):
            builder.take(event)
    except UnicodeDecodeError as error:
        raise FormatError(
            "is no YAML: its bytes are no UTF-8", place=Place(file=file, offset=error.start), hint=_HINT
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed"
        raise FormatError(
            f"is no YAML: {problem}",
            place=Place(file=file, line=mark.line + 1 if mark else None),
            hint=_HINT,
        ) from error

    if not builder.documents or not isinstance(builder.documents[0], dict):
        raise FormatError("is YAML, but no mapping", place=Place(file=file), hint=_HINT)
    return builder.documents[0]


@dataclass(slots=True, kw_only=True)
class _Builder:
    file: str
    limits: Limits
    documents: list[Json] = field(default_factory=list)
    #: What is being filled, innermost last: a mapping with the key that waits for its value, or a sequence.
    stack: list[tuple[dict[str, Json] | list[Json], list[str]]] = field(default_factory=list)
    count: int = 0

    def take(self, event: Any) -> None:  # noqa: ANN401 - an untyped library's class
        """Add what an event says. Events are told apart by name: the library is not loaded here."""
        match type(event).__name__:
            case "ScalarEvent":
                self.node(event)
                # A key is text, whatever it looks like.
                owner, waiting = self.stack[-1] if self.stack else ([], [])
                value = event.value
                if event.implicit[0] and (isinstance(owner, list) or waiting):
                    value = _WORDS.get(value, value)
                self.put(value, event)
            case "MappingStartEvent":
                self.enter({}, event)
            case "SequenceStartEvent":
                self.enter([], event)
            case "MappingEndEvent" | "SequenceEndEvent":
                self.stack.pop()
            case "AliasEvent":
                raise self.refuse("has an alias, which is not followed", event)
            case "DocumentStartEvent" if self.documents:
                raise self.refuse("holds more than one document", event)

    def refuse(self, what: str, event: Any) -> FormatError:  # noqa: ANN401 - as above
        return FormatError(what, place=Place(file=self.file, line=event.start_mark.line + 1), hint=_HINT)

    def node(self, event: Any) -> None:  # noqa: ANN401 - as above
        self.count += 1
        if self.count > self.limits.sbom_nodes:
            raise LimitError(
                f"more than {self.limits.sbom_nodes} nodes of YAML", place=Place(file=self.file), hint=_HINT
            )
        if event.tag is not None and event.tag != "!":
            raise self.refuse(f"has the tag {event.tag[:64]!r}, which is not read", event)

    def enter(self, made: dict[str, Json] | list[Json], event: Any) -> None:  # noqa: ANN401 - as above
        self.node(event)
        if len(self.stack) >= self.limits.json_depth:
            raise LimitError(
                f"mappings and sequences are nested more than {self.limits.json_depth} levels deep",
                place=Place(file=self.file, line=event.start_mark.line + 1),
                hint="no SBOM needs that depth",
            )
        self.put(made, event)
        self.stack.append((made, []))

    def put(self, value: Json, event: Any) -> None:  # noqa: ANN401 - as above
        if not self.stack:
            self.documents.append(value)
            return
        owner, waiting = self.stack[-1]
        if isinstance(owner, list):
            owner.append(value)
        elif waiting:
            owner[waiting.pop()] = value
        elif not isinstance(value, str):
            raise self.refuse("has a key that is no text", event)
        elif value in owner:
            raise self.refuse(f"has the key {value[:64]!r} twice in one mapping", event)
        else:
            waiting.append(value)
