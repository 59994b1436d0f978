"""Go release numbers in order.

Source: https://go.dev/doc/toolchain#version and `go/version`: `go1.N`, `go1.N.P`, `go1.NrcK`, `go1.NbetaK`;
what follows a space, `-` or `+` (experiments, vendors) does not count. Development versions name no release.
"""

from __future__ import annotations

import re
from typing import Final

_VERSION: Final = re.compile(
    r"go([0-9]{1,9})\.([0-9]{1,9})(?:\.([0-9]{1,9})|(rc|beta)([0-9]{1,9}))?(?:[ +-].*)?", re.DOTALL
)
_PRE: Final = {"beta": 0, "rc": 1}
_RELEASE: Final = 2


def parse(text: str) -> tuple[int, ...] | None:
    """A release as a tuple that compares as releases do, None where `text` names none."""
    match = _VERSION.fullmatch(text)
    if match is None or re.search(r"-devel|-[0-9a-f]{7,}", text):
        return None
    major, minor, patch, pre, number = match.groups()
    stage = _PRE[pre] if pre else _RELEASE
    return int(major), int(minor), stage, int(number or patch or 0)
