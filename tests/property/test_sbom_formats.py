"""Each format read back is the bill of materials that was written, but for what the table of losses names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attest.app.sbom import EXTENSIONS, Format, write
from attest.errors import AttestError, InputError
from attest.sbom.describe import describe
from attest.sbom.read import load, read
from attest.sbom.restore import restore
from tests.formats_table import reduced
from tests.property.boms import any_text, boms, one_line
from tests.unit.sbom.test_formats import BOMS

if TYPE_CHECKING:
    from attest.model.bom import Bom

few = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
documents = {form: write(BOMS["everything"](), form) for form in EXTENSIONS}
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


@every_format
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_document_with_bits_flipped_is_read_or_refused(form: Format, data: st.DataObject) -> None:
    document = bytearray(documents[form])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(document) - 1))
        document[at] ^= 1 << data.draw(st.integers(0, 7))
    hints = []
    for reader in (read, restore, describe):
        try:
            reader(load(bytes(document)))
        except AttestError as error:
            hints.append(error.hint)
    assert all(hints)
