"""SPDX 3.0.1 against the official JSON Schema, which takes a minute or more for each document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from attest.sbom import spdx3
from tests.unit.sbom import validators
from tests.unit.sbom.test_formats import everything, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.bom import Bom

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("make", [everything, unknown])
def test_spdx_3_is_valid_by_the_official_schema(
    make: Callable[[], Bom], official: Callable[[str], Any]
) -> None:
    assert validators.schema_2020_errors(spdx3.to_json(make()), official("spdx/spdx-3.0.1.schema.json")) == []
