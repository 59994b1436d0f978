from __future__ import annotations

from itertools import pairwise

import pytest

from attest.go import goversion

ORDER = [
    "bad",
    "1",
    "1.2",
    "1.16rc1",
    "1.16",
    "1.20.1",
    "1.21",
    "1.21alpha1",
    "1.21rc1",
    "1.21rc2",
    "1.21rc10",
    "1.21.0",
    "1.21.1",
    "1.22",
    "1.100",
    "2",
]


def test_order() -> None:
    for low, high in pairwise(ORDER):
        assert goversion.before(low, high), (low, high)
        assert not goversion.before(high, low), (low, high)


def test_missing_patches_before_1_21_are_zero() -> None:
    assert not goversion.before("1.20", "1.20.0")
    assert not goversion.before("1.20.0", "1.20")
    assert goversion.before("1.21", "1.21.0")


def test_no_go_line_is_1_16() -> None:
    assert goversion.before("", "1.17")
    assert not goversion.before("", "1.16")


@pytest.mark.parametrize(
    ("version", "minor"),
    [
        ("1.27.3", 27),
        ("1.27", 27),
        ("1.28rc1", 28),
        ("1", 0),
        ("", 0),
        ("2.1", 0),
        ("1.99999999", 0),
        ("default", 0),
    ],
)
def test_minor(version: str, minor: int) -> None:
    assert goversion.minor(version) == minor
