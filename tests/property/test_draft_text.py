"""Whatever a value holds, it comes back from the YAML that is written of it, and no comment ends early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from attest.model.limits import DEFAULT_LIMITS
from attest.policy.document import read
from attest.policy.draft_text import Commented, write

if TYPE_CHECKING:
    from attest.policy.document import Value

#: YAML has no way to write lone surrogates; names of files never hold them here.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    ["null", "1", "1e3", "# x", "a: b", "- a", "<<", "{", "'", '"', "\\", "*", "on", "2026-01-01", "0x1", ""]
)
LEAVES: Any = TEXT | st.booleans() | st.integers(-(10**9), 10**9) | st.none()
KEYS = st.text("abcdefghijklmnopqrstuvwxyz_.-", min_size=1, max_size=20)
VALUES: Any = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5), st.lists(TEXT, max_size=3), st.data())
def test_what_is_written_is_read(value: dict[str, Value], comments: list[str], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(value)))
    document = Commented(value=value, above={(): tuple(comments), (key,): tuple(comments)})
    text = write(document)
    assert read(text, "f", DEFAULT_LIMITS).value == value
    assert all(each.isprintable() or each == "\n" for each in text.decode())
