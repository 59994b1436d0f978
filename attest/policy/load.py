"""Step 1: from the bytes of a policy file to a `Policy`, or to all of its mistakes at once.

A mistake is an error of its own with file and line. A policy with one mistake judges nothing.
"""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from attest.errors import AttestError, FormatError, InputError, PolicyError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.policy import document, schema
from attest.policy.bases import resolve
from attest.policy.build import Builder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from attest.model.ports import ReadBeside
    from attest.policy.document import Document, Path
    from attest.policy.model import Policy


_WANTED: Final = {
    "model_type": "a mapping",
    "dict_type": "a mapping",
    "list_type": "a list",
    "int_type": "a whole number",
    "bool_type": "true or false",
}


def load(
    data: bytes,
    file: str,
    *,
    variables: Mapping[str, str],
    now: datetime,
    read_beside: ReadBeside | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Policy:
    """The policy in `data`.

    `file` is what messages call it; `variables` holds "version" and "tag" as far as the run sets them (one
    that is used and not set is a mistake); `now` is compared with metadata.expires; `read_beside` gives what
    the policy extends.
    Raises `attest.errors.PolicyError`, whose `mistakes` are in the order of the file.
    """
    return load_parsed(
        data, file, variables=variables, now=now, read_beside=read_beside, limits=limits
    ).policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A policy, and the document that it was made from, as values and as they are in the file."""

    policy: Policy
    parsed: schema.Document
    document: Document


def load_parsed(
    data: bytes,
    file: str,
    *,
    variables: Mapping[str, str],
    now: datetime,
    read_beside: ReadBeside | None,
    limits: Limits,
) -> Loaded:
    """The same, with the document that it was made from."""
    try:
        own = document.read(data, file, limits)
    except InputError as error:
        raise _error(file, [error]) from error
    resolved = resolve(own, read_beside, limits)
    read = resolved.document
    mistakes: list[AttestError] = [*read.mistakes, *resolved.mistakes]
    parsed = _validated(read, mistakes) if not resolved.mistakes or read is not own else None
    if parsed is None:
        raise _error(file, mistakes)
    builder = Builder(read, parsed, variables=variables, now=now, limits=limits)
    policy = builder.policy(hashlib.sha256(data).hexdigest(), resolved.overrides)
    mistakes += builder.mistakes
    if policy is None or mistakes:
        raise _error(file, mistakes)
    return Loaded(policy=policy, parsed=parsed, document=read)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a policy file, as `attest policy schema` prints it."""
    return schema.json_schema()


def _error(file: str, mistakes: list[AttestError]) -> PolicyError:
    """One error for all mistakes, in the order of the file."""
    ordered = tuple(sorted(mistakes, key=lambda each: _order(file, each)))
    first = ordered[0]
    if len(ordered) == 1:
        return PolicyError(first.message, place=first.place, hint=first.hint, mistakes=ordered)
    return PolicyError(
        f"the policy has {len(ordered)} mistakes",
        place=Place(file=file),
        hint="attest policy explain, and docs of the policy language",
        mistakes=ordered,
    )


def _order(file: str, mistake: AttestError) -> tuple[bool, str, int, str]:
    """The mistakes of the policy itself come first, then those of the ones that it extends."""
    place = mistake.place or Place(file=file)
    return (place.file != file, place.file, place.line or 0, mistake.message)


def _validated(read: Document, mistakes: list[AttestError]) -> schema.Document | None:
    """The document by the schema. Without its unknown keys it is read on, so that all mistakes are found."""
    from pydantic import ValidationError

    value = read.value
    if not isinstance(value, dict):
        mistakes.append(
            FormatError(
                "a policy is a mapping that begins with apiVersion: attest/v1",
                place=read.place(()),
                hint="start from a ready policy: attest policy init",
            )
        )
        return None
    try:
        return schema.Document.model_validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False)
    mistakes.extend(_mistake(read, fault) for fault in faults)
    for fault in faults:
        if fault["type"] == "extra_forbidden":
            _remove(value, fault["loc"])
    try:
        return schema.Document.model_validate(value)
    except ValidationError:
        return None


def _remove(value: Any, location: Path) -> None:  # noqa: ANN401 - any part of a YAML document
    """Take a key out of the document."""
    for step in location[:-1]:
        value = value[step]
    value.pop(location[-1], None)


def _mistake(read: Document, fault: Any) -> AttestError:  # noqa: ANN401 - pydantic's ErrorDetails
    """One fault of the schema as a sentence."""
    location: Path = tuple(step for step in fault["loc"] if step != "[key]")
    place = read.place(location)
    name = ".".join(map(str, location)) or "the policy"
    found = _shown(fault["input"])
    match fault["type"]:
        case "extra_forbidden":
            return _unknown(location, place)
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


def _unknown(location: Path, place: Place) -> FormatError:
    """An unknown key, with the known one that looks most like it."""
    key = str(location[-1])
    known = schema.known_keys(location[:-1])
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
