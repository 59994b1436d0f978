from __future__ import annotations

from itertools import combinations

import pytest

from attest.go import semver

#: Canonical forms, in order; equal ones share a line.
ORDER = [
    ["bad", "", "v", "v1-alpha.beta.gamma", "v1-pre", "v1+meta", "v1.2-pre", "v1.2+meta", "v1.2.3-",
    "v1.2.3+",
     "v1.2.3-01", "v1.2.3-a..b", "v1.2.3+a..b", "v01", "v1.02", "1.0.0", "v1.0.0.0", "v1.2.3 ",
     "v1.2.3-\u00e9"],
    ["v0.0.0-20240102030405-abcdefabcdef"],
    ["v0.1.0"],
    ["v1.0.0-0"],
    ["v1.0.0-1"],
    ["v1.0.0-2"],
    ["v1.0.0-10"],
    ["v1.0.0--1"],
    ["v1.0.0-alpha"],
    ["v1.0.0-alpha.1"],
    ["v1.0.0-alpha.beta"],
    ["v1.0.0-beta"],
    ["v1.0.0-beta.2"],
    ["v1.0.0-beta.11"],
    ["v1.0.0-rc.1"],
    ["v1", "v1.0", "v1.0.0", "v1.0.0+meta", "v1.0.0+incompatible"],
    ["v1.2", "v1.2.0"],
    ["v1.2.3-456"],
    ["v1.2.3-456.789"],
    ["v1.2.3-456-789"],
    ["v1.2.3-456a"],
    ["v1.2.3-pre", "v1.2.3-pre+meta"],
    ["v1.2.3", "v1.2.3+meta"],
    ["v1.10.0"],
    ["v2.0.0"],
    ["v10.0.0"],
]  # fmt: skip


@pytest.mark.parametrize("line", ORDER, ids=lambda line: line[0])
def test_equal(line: list[str]) -> None:
    assert {semver.compare(one, other) for one in line for other in line} == {0}


def test_order() -> None:
    for low, high in combinations(ORDER, 2):
        assert semver.compare(low[-1], high[-1]) == -1, (low, high)
        assert semver.compare(high[-1], low[-1]) == 1, (low, high)


def test_valid() -> None:
    assert not any(map(semver.is_valid, ORDER[0]))
    assert all(semver.is_valid(each) for line in ORDER[1:] for each in line)


@pytest.mark.parametrize(
    ("version", "canonical", "major"),
    [
        ("v1", "v1.0.0", "v1"),
        ("v1.2", "v1.2.0", "v1"),
        ("v1.2.3-pre+meta", "v1.2.3-pre", "v1"),
        ("v4.0.0+incompatible", "v4.0.0+incompatible", "v4"),
        ("v4.0.0+incompatible.1", "v4.0.0", "v4"),
        ("v1.2.3-01", "", ""),
        ("x", "", ""),
    ],
)
def test_canonical(version: str, canonical: str, major: str) -> None:
    assert semver.canonical(version) == canonical
    assert semver.major(version) == major


def test_numbers_of_any_length() -> None:
    long = f"v1.{'9' * 100_000}.0"
    assert semver.compare(long, "v1.10.0") == 1
    assert semver.compare("v1.0.0-" + "1" * 100_000, "v1.0.0-9") == 1
