"""The document `attest/test-results/v1`, as typed dictionaries (see `attest.model.documents`)."""

from __future__ import annotations

from typing import Literal, TypedDict

from attest.model.documents import PolicyDocument
from attest.model.policy_test import CoveredKind, MismatchKind
from attest.model.verdict import Decision


class MismatchDocument(TypedDict):
    """One thing that came out otherwise than expected, and where that is expected, counted from 1."""

    kind: MismatchKind
    message: str
    line: int
    column: int


class CaseDocument(TypedDict):
    """A case and what came of it; `verdict` is null where the policy or the words were refused."""

    name: str
    line: int
    as_expected: bool
    exit_code: Literal[0, 1, 2, 3, 4]
    verdict: Decision | None
    mismatches: list[MismatchDocument]


class CoverageDocument(TypedDict):
    """In how many cases a part of the policy was seen.

    A rule or check to pass and to fail (whatever the severity), a `when` to hold and to leave something out,
    a waiver to be used and not to be.
    """

    kind: CoveredKind
    id: str
    passed: int
    failed: int


class TestedDocument(TypedDict):
    """One file of tests; `unseen` are the policy's own rules that no case has seen failing."""

    file: str
    policy_file: str
    policy: PolicyDocument | None
    cases: list[CaseDocument]
    coverage: list[CoverageDocument]
    unseen: list[str]
    not_asked: list[str]


class TestResultsDocument(TypedDict):
    """What came of the tests of policies; `failed` counts the cases that did not come out as expected."""

    schema: Literal["attest/test-results/v1"]
    failed: int
    files: list[TestedDocument]
