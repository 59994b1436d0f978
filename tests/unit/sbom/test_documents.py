"""testdata/sbom: documents that were written once stay readable whole, in every format."""

from __future__ import annotations

from typing import Final

import pytest

from attest.app.sbom import EXTENSIONS, Format, write
from attest.sbom.collect import canonical
from attest.sbom.read import load
from attest.sbom.restore import restore
from tests.conftest import REPOSITORY
from tests.unit.sbom.test_formats import everything

FOLDER: Final = REPOSITORY / "testdata" / "sbom"
FILES: Final[dict[Format, str]] = {
    form: f"everything.{extension}" for form, extension in EXTENSIONS.items() if not form.endswith("@1.7")
}


@pytest.mark.parametrize("form", FILES)
def test_what_was_written_once_is_read_whole(form: Format) -> None:
    file = FOLDER / FILES[form]
    assert restore(load(file.read_bytes(), file=file.name)) == canonical(everything())


def test_no_other_document_lies_there() -> None:
    assert {each.name for each in FOLDER.iterdir()} == {*FILES.values(), "README.md"}


if __name__ == "__main__":
    for each, name in FILES.items():
        (FOLDER / name).write_bytes(write(everything(), each))
