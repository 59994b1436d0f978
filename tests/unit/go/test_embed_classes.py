from __future__ import annotations

import warnings

import pytest

from attest.go.embed import path_matches


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("[:--]", "-", False),
        ("[+--]", ",", True),
        (r"[\--a]", "A", True),
        ("[a-c]", "b", True),
        (r"[\d]", "d", True),
        (r"[\d]", "7", False),
        ("[a&&b]", "&", True),
        ("[^a-c]", "d", True),
        ("[^a-c]", "b", False),
        (r"[\]]", "]", True),
    ],
)
def test_members_of_a_class(pattern: str, name: str, *, fits: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert path_matches(pattern, name) == fits
