"""Step 1: from the bytes of a policy file to a `Policy`, or to all of its mistakes at once.

A mistake is an error of its own with file and line. A policy with one mistake judges nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from attest.errors import AttestError, InputError, PolicyError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.policy import document, schema
from attest.policy.bases import resolve
from attest.policy.build import Builder
from attest.policy.shape import Shape, validated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from attest.model.ports import ReadBeside
    from attest.policy.document import Document
    from attest.policy.model import Policy


_SHAPE: Final = Shape(
    model=schema.Document,
    known_keys=schema.known_keys,
    name="the policy",
    begins="a policy is a mapping that begins with apiVersion: attest/v1",
    start="start from a ready policy: attest policy init",
)


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
    parsed = validated(read, _SHAPE, mistakes) if not resolved.mistakes or read is not own else None
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
