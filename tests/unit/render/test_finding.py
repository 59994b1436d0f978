from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attest.model.place import Place
from attest.render.finding import Roots, fingerprints, ranked, said
from tests.unit.render.verdicts import ABSENT, ALL, CRASH, DRIFT, INFORMATION, ROOTS, WAIVED, WARNING

if TYPE_CHECKING:
    from attest.model.verdict import Finding


@pytest.mark.parametrize(
    ("finding", "place"),
    [
        (DRIFT, Place(file="src/tool/vendor/modules.txt", line=3)),
        (ABSENT, Place(file="dist/tool_linux_amd64")),
        (
            replace(ABSENT, place=Place(file="checksums.txt", line=2)),
            Place(file="dist/checksums.txt", line=2),
        ),
        (WARNING, Place(file="release.yaml")),
        (replace(DRIFT, place=Place(file="/abs/go.mod")), Place(file="/abs/go.mod")),
    ],
)
def test_a_finding_points_at_a_file_as_seen_from_here(finding: Finding, place: Place) -> None:
    assert ROOTS.locate(finding) == place


def test_without_roots_names_stay_as_they_are() -> None:
    assert str(Roots().locate(DRIFT)) == "vendor/modules.txt:3"
    assert str(Roots().locate(WARNING)) == "go.mod"


def test_the_worst_comes_first_and_waived_last() -> None:
    mixed = [WAIVED, INFORMATION, WARNING, CRASH, DRIFT]
    assert ranked(mixed) == [CRASH, DRIFT, WARNING, INFORMATION, WAIVED]


def test_outcome_platform_and_waiver_stand_behind_the_message() -> None:
    assert said(ABSENT) == "tool_linux_amd64 should be signed [linux/amd64] (no evidence)"
    assert said(WAIVED) == "waived drift (waived by W-1)"


def test_a_fingerprint_is_unique_and_survives_a_moved_line() -> None:
    moved = replace(DRIFT, place=Place(file="vendor/modules.txt", line=9))
    assert fingerprints([DRIFT])[DRIFT] == fingerprints([moved])[moved]
    names = fingerprints([*ALL, moved])
    assert len(set(names.values())) == len(ALL) + 1
