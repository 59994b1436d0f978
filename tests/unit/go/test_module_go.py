from __future__ import annotations

import pytest

from attest.errors import FormatError
from attest.go.module_go import go_line


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("module x\n", ""),
        ("module x\n\ngo 1.20 // old\n", "1.20"),
        ("go 1.24rc2", "1.24rc2"),
        ("go 1.21.3", "1.21.3"),
        ("go v1.21.0-foo", "1.21"),
        ("go 1.14.x", "1.14"),
        ("go 1 2", ""),
        ("unknown thing\ngo 1.9\n", "1.9"),
    ],
)
def test_the_go_line(text: str, version: str) -> None:
    assert go_line(text.encode(), "go.mod") == version


def test_what_is_no_go_mod() -> None:
    with pytest.raises(FormatError):
        go_line(b"\xff\xff(", "go.mod")
