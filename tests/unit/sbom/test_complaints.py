"""What users of other tools complained about: the tests, cases and pages that answer it are there."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

TABLE: dict[int, dict[str, Any]] = YAML(typ="safe").load(REPOSITORY / "testdata" / "complaints.yaml")
ANSWERS = {"test", "case", "page", "left_out", "open"}


@cache
def functions_of(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text("utf-8"))
    return frozenset(each.name for each in tree.body if isinstance(each, ast.FunctionDef))


def test_no_row_is_missing_or_there_twice() -> None:
    assert list(TABLE) == list(range(1, 81))


@pytest.mark.parametrize("number", TABLE)
def test_every_row_has_one_answer_that_is_there(number: int) -> None:
    row = TABLE[number]
    assert row["where"]
    assert row["about"]
    (kind,) = row.keys() - {"where", "about"}
    assert kind in ANSWERS
    answer = row[kind]
    assert answer
    if kind == "test":
        name, _, test = answer.partition("::")
        assert test in functions_of(REPOSITORY / name)
    if kind == "case":
        assert any((REPOSITORY / "testdata" / "checks" / answer).glob("*/case.yaml"))
    if kind == "page":
        assert (REPOSITORY / answer).is_file()
