from __future__ import annotations

import pytest

from attest.render.escape import escape


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name.txt", "plain name.txt"),
        ("naïve-日本", "naïve-日本"),
        ("a\nb\tc\x1b[0m", "a\\x0ab\\x09c\\x1b[0m"),
        ("right\u202eleft", "right\\u202eleft"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("line\u2028break", "line\\u2028break"),
        ("lone\udcff", "lone\\udcff"),
        ("tag\U000e0041", "tag\\U000e0041"),
    ],
)
def test_what_is_invisible_or_misleading_is_written_out(text: str, shown: str) -> None:
    assert escape(text) == shown
