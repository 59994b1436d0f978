from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.model.json_text import json_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner) | st.tuples(inner, inner)
    ),
)


@given(VALUES)
def test_it_is_the_text_of_the_standard_library(value: object) -> None:
    assert json_text(value) == json.dumps(value, indent=2, ensure_ascii=False)


@pytest.mark.parametrize("value", [{"a": {1, 2}}, [b"x"]])
def test_what_is_no_json_is_not_written(value: object) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        json_text(value)
