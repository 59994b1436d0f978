"""Fixtures: the official test data, and the validators of both formats."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def official() -> Callable[[str], Any]:
    """Read a file of the official test data, or skip where that is not beside the checkout."""
    folder = Path(os.environ.get("ATTEST_TEST_DATA") or REPOSITORY.parent / "shared" / "data")

    def load(name: str) -> Any:  # noqa: ANN401 - any JSON
        file = folder / name
        if not file.is_file():
            pytest.skip(
                f"{file} is not there: set ATTEST_TEST_DATA to the folder with the official test data"
            )
        return json.loads(file.read_text(encoding="utf-8"))

    return load
