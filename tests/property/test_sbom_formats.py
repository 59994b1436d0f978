"""Each format read back is the bill of materials that was written, but for what the table of losses names."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from attest.app.sbom import EXTENSIONS, Format, write
from attest.errors import InputError
from attest.model.bom import Bom
from attest.sbom.read import load, read
from attest.sbom.restore import restore
from tests.formats_table import reduced
from tests.property.boms import boms


@pytest.mark.parametrize("form", EXTENSIONS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(bom=boms())
def test_a_format_read_back_is_what_was_written(form: Format, bom: Bom) -> None:
    try:
        document = write(bom, form)
    except InputError as error:
        assert "json" not in form
        assert error.hint == "write it as JSON, which can hold any text"
        return
    assert restore(load(document)) == reduced(bom, form)
    assert not [each for each in read(load(document)).faults if "names" in each]
