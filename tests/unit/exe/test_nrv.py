"""NRV streams: what was compressed comes back, and damaged streams say what is wrong with them."""

from __future__ import annotations

import random
import struct
from contextlib import suppress
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.exe.nrv import Variant, decompress
from attest.model.bounds import BoundsError
from tests.unit.exe.upx_packer import Word, nrv

VARIANTS: tuple[Variant, ...] = get_args(Variant)
WORDS: tuple[Word, ...] = get_args(Word)

noise = random.Random(7).randbytes(1 << 17)  # noqa: S311 - the same in every run
#: Far and near matches, long and short ones, one that overlaps itself, and the last distance again.
DATA = (
    noise[:70_000] + noise[:40] + b"ab" * 900 + noise[3:5000] + noise[4990:5100] + b"x" + noise[5001:5013]
) + bytes(3000)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("word", WORDS)
def test_what_was_compressed_comes_back(variant: Variant, word: Word) -> None:
    packed = nrv(DATA, variant, word)
    assert len(packed) < len(DATA) - 1000
    assert decompress(packed, len(DATA), variant, word) == DATA


@given(
    st.sampled_from(VARIANTS),
    st.sampled_from(WORDS),
    st.lists(
        st.sampled_from([b"a", b"abcd", b"\0" * 300, b"0123456789" * 9]) | st.binary(max_size=40), max_size=9
    ),
)
def test_any_bytes_come_back(variant: Variant, word: Word, parts: list[bytes]) -> None:
    data = b"".join(parts)
    assert decompress(nrv(data, variant, word), len(data), variant, word) == data


SMALL = b"hello, hello, hello, world, hello" + bytes(60)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_stream_that_is_cut_off_says_so_at_every_offset(variant: Variant) -> None:
    packed = nrv(SMALL, variant)
    for size in range(len(packed)):
        with pytest.raises(BoundsError, match=f"is cut off after {size} bytes"):
            decompress(packed[:size], len(SMALL), variant)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_size_must_be_the_one_that_is_said(variant: Variant) -> None:
    packed = nrv(SMALL, variant)
    with pytest.raises(BoundsError, match=f"of {len(SMALL)} bytes instead of the {len(SMALL) + 1}"):
        decompress(packed, len(SMALL) + 1, variant)
    with pytest.raises(BoundsError, match=f"larger than the {len(SMALL) - 1} bytes"):
        decompress(packed, len(SMALL) - 1, variant)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_distance_beyond_the_beginning_is_refused(variant: Variant) -> None:
    # A match at once: the last distance is 1 where nothing is yet.
    with pytest.raises(BoundsError, match="points before its beginning, at 0x0"):
        decompress(struct.pack("<I", 0b0_01_1 << 28 | 0x0FFFFFFF), 100, variant)


def test_a_number_that_never_ends_is_refused() -> None:
    with pytest.raises(BoundsError, match="a number that never ends"):
        decompress(bytes(400), 100, "2B")


@given(st.sampled_from(VARIANTS), st.sampled_from(WORDS), st.data())
def test_damaged_streams_give_bytes_or_an_error(variant: Variant, word: Word, data: st.DataObject) -> None:
    packed = bytearray(nrv(SMALL, variant, word))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(BoundsError):
        assert len(decompress(bytes(packed), len(SMALL), variant, word)) == len(SMALL)
