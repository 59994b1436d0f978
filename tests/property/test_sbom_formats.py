"""Each format read back is the bill of materials that was written, but for what the table of losses names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from attest.app.sbom import EXTENSIONS, Format, write
from attest.errors import InputError
from attest.sbom.read import load, read
from attest.sbom.restore import restore
from tests.formats_table import reduced
from tests.property.boms import any_text, boms, one_line

if TYPE_CHECKING:
    from attest.model.bom import Bom

few = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
every_format = pytest.mark.parametrize("form", EXTENSIONS)


@every_format
@few
@given(bom=boms(one_line))
def test_a_format_read_back_is_what_was_written(form: Format, bom: Bom) -> None:
    document = load(write(bom, form))
    assert restore(document) == reduced(bom, form)
    faults = read(document).faults
    assert not [each for each in faults if "not in the document" in each or "is there twice" in each]


@every_format
@few
@given(bom=boms(any_text))
def test_text_is_written_whole_or_refused(form: Format, bom: Bom) -> None:
    try:
        document = write(bom, form)
    except InputError as error:
        refusal = error
    else:
        assert restore(load(document)) == reduced(bom, form)
        return
    assert refusal.hint == "write it as JSON, which can hold any text"
    assert "json" not in form
    assert "yaml" not in form
