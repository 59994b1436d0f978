from __future__ import annotations

import pytest

from attest.errors import FormatError
from attest.intoto.digests import dir_hash


def test_a_hash_of_go_sum_is_written_in_hexadecimal() -> None:
    # The example of the specification.
    found = dir_hash("h1:Khu2En+0gcYPZ2kuIihfswbzxv/mIHXgzPZ018Oty48=")
    assert found == "2a1bb6127fb481c60f67692e22285fb306f3c6ffe62075e0ccf674d7c3adcb8f"


@pytest.mark.parametrize(
    "text", ["", "h1:", "h1:AAAA", "h1:?", "Khu2En+0gcYPZ2kuIihfswbzxv/mIHXgzPZ018Oty48="]
)
def test_what_is_no_such_hash_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="is no h1 hash"):
        dir_hash(text)
