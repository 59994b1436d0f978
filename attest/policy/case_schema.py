"""The shape of a file of policy tests, version attest/v1: which keys there are and of which type."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from attest.policy.schema import Name, Strict, Text, Words, keys_at

_TIME: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
_HEX: Final = r"^([0-9a-fA-F]{2})+$"
Time = Annotated[str, Field(pattern=_TIME)]
File = Annotated[str, Field(min_length=1, max_length=4096)]


class RenameEntry(Strict):
    """A file of the release under another name."""

    from_: Annotated[File, Field(alias="from")]
    to: File


class ContentEntry(Strict):
    """A file of the release and what is in it: a file `with` beside the tests, or `text`."""

    path: File
    with_: Annotated[File | None, Field(alias="with")] = None
    text: Annotated[str, Field(max_length=65_536)] | None = None


class AppendEntry(Strict):
    """Bytes at the end of a file of the release: `text`, or `hex` digits."""

    path: File
    text: Text | None = None
    hex: Annotated[str, Field(pattern=_HEX, max_length=65_536)] | None = None


class ChangeEntry(Strict):
    """One change of the release in a case, which is made in memory; `remove` takes patterns."""

    remove: Words | None = None
    rename: RenameEntry | None = None
    replace: ContentEntry | None = None
    add: ContentEntry | None = None
    append: AppendEntry | None = None


class FindingEntry(Strict):
    """A finding that is expected; `platform` and `subject` are patterns, whose `*` stops at a slash.

    It stands for all that fit; with `count` for exactly so many. Without `waived_by` nobody answers for it.
    """

    check: Text
    platform: Text | None = None
    subject: Text | None = None
    outcome: Literal["fail", "no-evidence", "error"] | None = None
    severity: Literal["deny", "warn", "info"] | None = None
    waived_by: Name | None = None
    count: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class ExpectEntry(Strict):
    """What must come of a case: an exit code or a verdict, and the findings, which are all that there are.

    `warnings: ignored` leaves findings that do not deny out where they are not expected; `exact: false` all
    that are not expected. `error` is a part of what is said where the exit code is 4.
    """

    exit: Annotated[int, Field(ge=0, le=4)] | None = None
    verdict: Literal["pass", "deny", "undecided", "nothing"] | None = None
    error: Text | None = None
    findings: Annotated[list[FindingEntry], Field(default_factory=list, max_length=4096)]
    warnings: Literal["listed", "ignored"] | None = None
    exact: bool = True


class Circumstances(Strict):
    """What a case is judged from; folders and files are named relative to the tests.

    The files of `evidence` lie in the release, too.
    """

    release: File | None = None
    evidence: File | None = None
    source: File | None = None
    modcache: File | None = None
    now: Time | None = None
    version: Text | None = None
    tag: Text | None = None
    revision: Text | None = None
    platforms: Words | None = None


class DefaultsEntry(Circumstances):
    """What holds for every case that does not say it itself."""

    warnings: Literal["listed", "ignored"] | None = None


class CaseEntry(Circumstances):
    """A release, changed or not, judged at a time, and what must come of it."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    change: Annotated[list[ChangeEntry], Field(default_factory=list, max_length=256)]
    expect: ExpectEntry


class TestsDocument(Strict):
    """A file of policy tests: one policy, many cases."""

    __test__ = False  # pytest takes the name for its own

    api_version: Annotated[Literal["attest/v1"], Field(alias="apiVersion")]
    kind: Literal["ReleasePolicyTests"]
    policy: File
    defaults: DefaultsEntry = DefaultsEntry()
    cases: Annotated[list[CaseEntry], Field(min_length=1, max_length=4096)]


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a file of policy tests."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "attest/policy-tests/v1",
        **TestsDocument.model_json_schema(by_alias=True),
    }


@cache
def _schema() -> dict[str, Any]:
    return TestsDocument.model_json_schema(by_alias=True)


def known_keys(location: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that a file of tests may have at a place in it, for hints."""
    return keys_at(_schema(), location)
