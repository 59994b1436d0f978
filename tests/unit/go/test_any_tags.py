from __future__ import annotations

import pytest

from attest.go import constraint
from attest.go.any_tags import can_hold


@pytest.mark.parametrize(
    ("header", "held"),
    [
        ("", True),
        ("//go:build linux && !linux", True),
        ("//go:build ignore", False),
        ("//go:build !ignore", True),
        ("//go:build ignore || linux", True),
        ("//go:build ignore && linux", False),
        ("//go:build !(ignore || !linux)", True),
        ("//go:build !(ignore && linux)", True),
        ("//go:build !(linux || !ignore)", False),
        ("//go:build a &&", False),
        ("//go:build a\n//go:build b", False),
        ("// +build ignore", False),
        ("// +build !cgo,ignore windows", True),
        ("// +build a\n// +build ignore", False),
    ],
)
def test_every_tag_but_ignore_is_true_and_false(header: str, held: bool) -> None:
    assert can_hold(constraint.read(f"{header}\n\npackage x\n")) is held
