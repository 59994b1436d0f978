from __future__ import annotations

import hashlib

import pytest

from attest.errors import AttestError, FormatError, ReadError, VerificationError
from attest.go import tlog
from attest.model.place import Place
from tests.unit.go.testlog import Log

PLACE = Place(file="answer")
ROOT = "nND/nri/U0xuHUrYSy0HtMeal2vzD9V4k/BO79C+QeI="


def reader(log: Log, size: int, files: dict[str, bytes] | None = None) -> tlog.TileReader:
    found = log.tiles(size) if files is None else files
    head = tlog.TreeHead(size=size, root=log.root(0, size))
    return tlog.TileReader(head, tlog.Tiles(read=found.get, label="log"))


def test_a_published_leaf() -> None:
    text = (
        "github.com/transparency-dev/tessera v1.0.0 h1:4OT1V9xJLa5NnYlFWWlCdZkCm18/o12rdd+bCTje7XE=\n"
        "github.com/transparency-dev/tessera v1.0.0/go.mod h1:TLvfjlkbmsmKVEJUtzO2eb9Q2IBnK3EJ0dI4G0oxEOU=\n"
    )
    assert tlog.leaf_hash(text).hex() == "0fa57c511c3b2ffcc0a05ad63172568d265aaf9844e9b636a0978795396f2ab1"


@pytest.mark.parametrize("more", ["", "for later\n", "a\n\nb\n"])
def test_a_tree_head(more: str) -> None:
    head = tlog.parse_tree(f"go.sum database tree\n2\n{ROOT}\n{more}", PLACE)
    assert head.size == 2
    assert len(head.root) == 32


@pytest.mark.parametrize(
    "text",
    [
        "",
        "go.sum database tree\n",
        f"go.sum database tree\n2\n{ROOT}",
        f"go.sum database tree\n02\n{ROOT}\n",
        f"go.sum database tree\n-2\n{ROOT}\n",
        f"go.sum database tree\n9223372036854775808\n{ROOT}\n",
        f"go.sum database tree\n{'9' * 5000}\n{ROOT}\n",
        f"go.sum database tree\n\u0662\n{ROOT}\n",
        f"go.sum database tree \n2\n{ROOT}\n",
        "go.sum database tree\n2\nAAAA\n",
        f"go.sum database tree\n2\n{ROOT[:-2]}J=\n",
    ],
)
def test_no_tree_head(text: str) -> None:
    with pytest.raises(FormatError, match="states no tree head"):
        tlog.parse_tree(text, PLACE)


def test_a_record_ends_at_the_first_empty_line() -> None:
    record = tlog.parse_record(b"7\na v1 h1:x\nb\n\nrest\n\nmore\n", PLACE)
    assert (record.number, record.text, record.note) == (7, "a v1 h1:x\nb\n", b"rest\n\nmore\n")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is no answer"),
        (b"7", "is no answer"),
        (b"7\ntext\n", "is no answer"),
        (b"x\ntext\n\n", "is no answer"),
        (b"-1\ntext\n\n", "is no answer"),
        (b"007\ntext\n\n", "is no answer"),
        (b"9223372036854775808\ntext\n\n", "is no answer"),
        (b"\xff\ntext\n\n", "is no answer"),
        (b"7\n\ntext\n\n", "empty line"),
        (b"7\n\n\n\n", "empty line"),
        (b"7\nte\x00xt\n\n", "control characters"),
        (b"7\nte\rxt\n\n", "control characters"),
        (b"7\nte\xffxt\n\n", "is not UTF-8"),
    ],
)
def test_no_record(data: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        tlog.parse_record(data, PLACE)


@pytest.mark.parametrize(
    ("level", "number", "width", "name"),
    [
        (4, 0, 1, "tile/8/4/000.p/1"),
        (0, 5, 256, "tile/8/0/005"),
        (3, 1234067, 8, "tile/8/3/x001/x234/067.p/8"),
        (0, 999, 256, "tile/8/0/999"),
        (0, 1000, 255, "tile/8/0/x001/000.p/255"),
    ],
)
def test_names_of_tiles(level: int, number: int, width: int, name: str) -> None:
    assert tlog.tile_name(level, number, width) == name


LOG = Log(70_000)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 300, 511, 512, 65_535, 65_536, 65_537, 70_000])
def test_hashes_are_those_of_an_independent_tree(size: int) -> None:
    read = reader(LOG, size)
    for older in {0, 1, 2, 3, 7, 255, 256, 257, 299, 4_711, 65_536, 65_600, size - 1, size} & {
        *range(size + 1)
    }:
        assert read.root_of(older) == LOG.root(0, older)
    for leaf in {0, 1, 5, 255, 256, 65_535, 65_536, size - 1} & {*range(size)}:
        assert read.hash(0, leaf) == LOG.root(leaf, leaf + 1)
        assert read.hash(0, leaf) == tlog.leaf_hash(LOG.record(leaf))
    for level, number in ((3, 1), (8, 0), (9, 1), (16, 0), (10, 63)):
        if (number + 1) << level <= size:
            assert read.hash(level, number) == LOG.root(number << level, (number + 1) << level)


def test_outside_the_tree_there_is_no_hash() -> None:
    with pytest.raises(ValueError, match=r"\(0, 5\) lies outside a tree of 5 records"):
        reader(LOG, 5).hash(0, 5)


def test_each_tile_that_is_used_must_be_genuine() -> None:
    """Every tile of every chain, each replaced by one that is right in form."""
    size, leaf = 66_000, 70
    genuine = LOG.tiles(size)
    used = {"tile/8/0/000", "tile/8/1/000", "tile/8/2/000.p/1", "tile/8/1/001.p/1", "tile/8/0/257.p/208"}
    seen: list[str] = []

    def read(name: str) -> bytes | None:
        seen.append(name)
        return genuine[name]

    head = tlog.TreeHead(size=size, root=LOG.root(0, size))
    assert tlog.TileReader(head, tlog.Tiles(read=read, label="log")).hash(0, leaf) == LOG.root(leaf, leaf + 1)
    assert set(seen) == used
    assert len(seen) == len(used)
    for name in sorted(used):
        forged = bytearray(genuine[name])
        forged[-1] ^= 1
        with pytest.raises(VerificationError, match="to the tree of 66000 records that was signed"):
            reader(LOG, size, {**genuine, name: bytes(forged)}).hash(0, leaf)


def test_cve_2026_56865_no_tile_is_used_unauthenticated() -> None:
    """Of 300 records the root is made of four subtrees in two tiles: the next tile to be read is the third.

    A client that counted subtrees instead of tiles skipped it, and so believed a forged one.
    """
    log = Log(300)
    files = log.tiles(300)
    assert sorted(files) == ["tile/8/0/000", "tile/8/0/001.p/44", "tile/8/1/000.p/1"]
    forged = hashlib.sha256(b"\0forged").digest()
    tile = files["tile/8/0/000"]
    files["tile/8/0/000"] = tile[: 5 * 32] + forged + tile[6 * 32 :]
    with pytest.raises(
        VerificationError, match="the tile tile/8/0/000 does not belong to the tree of 300 rec"
    ):
        reader(log, 300, files).hash(0, 5)


@pytest.mark.parametrize(
    ("change", "error", "reason"),
    [
        (None, ReadError, "the tile tile/8/0/001.p/44 is not there"),
        (b"", ReadError, "the tile tile/8/0/001.p/44 is not there"),
        (b"x" * 44 * 31, VerificationError, "has 1364 bytes, which is no tile of 44 hashes"),
        (b"x" * 43 * 32, VerificationError, "has 1376 bytes, which is no tile of 44 hashes"),
        (b"x" * 257 * 32, VerificationError, "has 8224 bytes, which is no tile of 44 hashes"),
        (b"x" * 44 * 32, VerificationError, "the tiles at the edge do not belong to the tree of 300 records"),
    ],
)
def test_bad_tiles(change: bytes | None, error: type[AttestError], reason: str) -> None:
    files = Log(300).tiles(300)
    files.pop("tile/8/0/001.p/44")
    if change is not None:
        files["tile/8/0/001.p/44"] = change
    with pytest.raises(error, match=reason):
        reader(Log(300), 300, files).hash(0, 5)


def test_a_wider_tile_serves_for_a_partial_one() -> None:
    files = LOG.tiles(300)
    files["tile/8/0/001.p/44"] = LOG.tiles(400)["tile/8/0/001.p/144"]
    assert reader(LOG, 300, files).hash(0, 299) == LOG.root(299, 300)


def test_the_empty_tree() -> None:
    assert reader(LOG, 0, {}).root_of(0) == hashlib.sha256().digest()
