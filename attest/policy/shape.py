"""A YAML document held against a strict model: all that is wrong, each as a sentence with its place."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from attest.errors import AttestError, FormatError

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.place import Place
    from attest.policy.document import Document, Path

M = TypeVar("M", bound=BaseModel)
_WANTED: Final = {
    "model_type": "a mapping",
    "dict_type": "a mapping",
    "list_type": "a list",
    "int_type": "a whole number",
    "bool_type": "true or false",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape(Generic[M]):
    """What a document should be: its model, which keys may stand at a place, and how messages call it.

    `begins` says what one begins with, `start` how to come by a first one. With `columns` places tell them.
    """

    model: type[M]
    known_keys: Callable[[Path], tuple[str, ...]]
    name: str
    begins: str
    start: str
    columns: bool = False


def validated(read: Document, shape: Shape[M], mistakes: list[AttestError]) -> M | None:
    """The document by the model. Without its unknown keys it is read on, so that all mistakes are found."""
    value = read.value
    if not isinstance(value, dict):
        mistakes.append(FormatError(shape.begins, place=_at(read, (), shape), hint=shape.start))
        return None
    try:
        return shape.model.model_validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False)
    mistakes.extend(_mistake(read, shape, fault) for fault in faults)
    for fault in faults:
        if fault["type"] == "extra_forbidden":
            _remove(value, fault["loc"])
    try:
        return shape.model.model_validate(value)
    except ValidationError:
        return None


def _at(read: Document, location: Path, shape: Shape[M]) -> Place:
    return read.exact(location) if shape.columns else read.place(location)


def _remove(value: Any, location: Path) -> None:  # noqa: ANN401 - any part of a YAML document
    """Take a key out of the document."""
    for step in location[:-1]:
        value = value[step]
    value.pop(location[-1], None)


def _mistake(read: Document, shape: Shape[M], fault: Any) -> AttestError:  # noqa: ANN401 - pydantic's ErrorDetails
    """One fault of the schema as a sentence."""
    location: Path = tuple(step for step in fault["loc"] if step != "[key]")
    place = _at(read, location, shape)
    name = ".".join(map(str, location)) or shape.name
    found = _shown(fault["input"])
    match fault["type"]:
        case "extra_forbidden":
            return _unknown(shape, location, place)
        case "missing":
            return FormatError(f"'{name}' is missing", place=place, hint=f"add the key '{location[-1]}' here")
        case "literal_error":
            expected = fault["ctx"]["expected"].replace("True", "true").replace("False", "false")
            message, hint = f"'{name}' should be {expected}, and is {found}", "use one of these words"
        case "string_type":
            message, hint = f"'{name}' should be text, and is {found}", "put the value in quotes"
        case "string_pattern_mismatch":
            pattern = fault["ctx"]["pattern"]
            message, hint = f"'{name}' has the value {found}, which cannot be one", f"it must match {pattern}"
        case "model_type" | "dict_type" | "list_type" | "int_type" | "bool_type" as kind:
            message, hint = f"'{name}' should be {_WANTED[kind]}, and is {found}", "mend the value"
        case "too_short" | "string_too_short":
            message, hint = f"'{name}' is empty", "say what it should hold, or leave the key out"
        case _:
            told = fault["msg"].removeprefix("Input should be ")
            message, hint = f"'{name}' should be {told}, and is {found}", "mend the value"
    return FormatError(message, place=place, hint=hint)


def _unknown(shape: Shape[M], location: Path, place: Place) -> FormatError:
    """An unknown key, with the known one that looks most like it."""
    key = str(location[-1])
    known = shape.known_keys(location[:-1])
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.7)
    where = f" in '{'.'.join(map(str, location[:-1]))}'" if len(location) > 1 else ""
    hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(known)}"
    return FormatError(f"unknown key '{key}'{where}", place=place, hint=hint)


def _shown(value: object) -> str:
    """A value as a message shows it, cut short."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f"'{value}'" if isinstance(value, str) else f"the number {value}"
    return text if len(text) <= 80 else f"{text[:77]}…'"  # noqa: PLR2004 - one line of a terminal
