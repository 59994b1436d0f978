"""testdata/advisories.yaml: every row has tests that are named after it, and the page tells them."""

from __future__ import annotations

import re

import pytest

from tests.advisories_table import PAGE, ROWS, functions, page


def word(text: str) -> str:
    """An advisory as a test's name has it."""
    return re.sub("[^a-z0-9]+", "_", text.lower())


def test_no_row_is_missing() -> None:
    assert list(ROWS) == list(range(1, 41))


@pytest.mark.parametrize("number", ROWS)
def test_every_row_has_tests_that_are_named_after_it(number: int) -> None:
    row = ROWS[number]
    assert row.keys() - {"ids", "where", "about"} in ({"tests"}, {"left_out"})
    assert row.get("tests") or row.get("left_out")
    for name in row.get("tests", ()):
        assert name in functions()
        assert any(word(each) in name for each in row["ids"]), name


def test_every_test_belongs_to_a_row() -> None:
    named = {name for row in ROWS.values() for name in row.get("tests", ())}
    assert {name for name, file in functions().items() if file != "test_table.py"} == named


def test_the_page_is_the_tables() -> None:
    """`python -m tests.advisories_table` writes it."""
    assert PAGE.read_text("utf-8") == page()
