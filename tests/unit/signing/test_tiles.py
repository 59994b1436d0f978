"""Entries and proofs from tiles, held against the tree that the log of the tests makes in another way."""

from __future__ import annotations

import pytest

from attest.errors import ServiceError
from attest.signing.tiles import Tiles, tile_path
from tests.sigstack.log import Log, path

SIZES = [1, 2, 3, 255, 256, 257, 300, 511, 512, 513]


def log_of(size: int) -> Log:
    log = Log("localhost")
    for number in range(size):
        body = b"entry %d" % number
        log.bodies.append(body)
        log.leaves.append(_leaf(body))
    return log


def _leaf(body: bytes) -> bytes:
    from tests.sigstack.log import leaf_hash

    return leaf_hash(body)


@pytest.mark.parametrize("size", SIZES)
def test_every_kind_of_tree(size: int) -> None:
    log = log_of(size)
    tiles = Tiles(log.resource, size)
    for index in {0, 1, size // 2, size - 2, size - 1, 255, 256} & set(range(size)):
        assert tiles.entry(index) == b"entry %d" % index
        assert list(tiles.proof(index)) == path(index, log.leaves)


def test_a_tree_of_three_levels_names_its_tiles() -> None:
    """C2SP tlog-tiles: names in groups of three digits, all but the last with an x."""
    assert tile_path("0", 5, 10_000) == "tile/0/005"
    assert tile_path("0", 1234067, 400_000_000) == "tile/0/x001/x234/067"
    assert tile_path("entries", 1000, 256_001) == "tile/entries/x001/000.p/1"
    assert tile_path("1", 0, 3) == "tile/1/000.p/3"


def test_entries_are_counted() -> None:
    log = log_of(300)
    log.leaves[290] = log.leaves[270] = log.leaves[5]
    tiles = Tiles(log.resource, 300)
    assert tiles.others(log.leaves[5], 5, 0) == 2
    assert tiles.others(log.leaves[5], 270, 6) == 1
    assert tiles.others(log.leaves[5], 5, 6) == 2
    assert tiles.others(log.leaves[5], 5, 291) == 0


def test_a_log_that_does_not_fit_together() -> None:
    log = log_of(10)
    with pytest.raises(ServiceError, match="the log told of entry 10, and has 10"):
        Tiles(log.resource, 10).entry(10)
    with pytest.raises(ServiceError, match=r"the log does not serve tile/entries/000\.p/10"):
        Tiles(lambda _: None, 10).entry(3)
    with pytest.raises(ServiceError, match="entry 3 is not among the log's entries"):
        Tiles(lambda _: b"\0\1a\0\1b\0\1c\0\5d", 10).entry(3)
    with pytest.raises(ServiceError, match="a tile of the log has no hash 1"):
        Tiles(lambda _: bytes(40), 10).proof(0)
