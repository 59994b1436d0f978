"""What the checksum database serves is believed only as it was signed, whatever the bytes."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import AttestError, VerificationError
from attest.go import note, sumdb, sumdb_proofs, sumdb_setting, tlog
from attest.model.merkle import audit_root
from attest.model.place import Place
from tests.unit.go.testlog import VERIFIER, Log, line_of

PLACE = Place(file="note")
KEY = note.parse_key(VERIFIER)
LOG = Log(70_000)
LOG.root(0, 70_000)
PROOFS = sumdb_proofs.write(
    sumdb.judge(
        [line_of(7), line_of(300)],
        KEY,
        sumdb.Sources(read=Log(400).files(400, 7, 300).get),
        keep_proofs=True,
    ).proofs
)
SIZES = st.one_of(st.integers(1, 1_500), st.integers(65_000, 70_000))


@given(st.binary(max_size=300))
def test_readers_raise_their_own_errors_alone(data: bytes) -> None:
    for read in (
        lambda: note.open_note(data, KEY, PLACE),
        lambda: note.parse_key(data.decode("latin-1")),
        lambda: tlog.parse_record(data, PLACE),
        lambda: tlog.parse_tree(data.decode("latin-1"), PLACE),
        lambda: sumdb_setting.parse_setting(data.decode("latin-1")),
    ):
        with suppress(AttestError):
            read()


@given(st.binary(max_size=300), st.booleans())
def test_a_file_of_proofs_is_read_as_it_is_written_or_not_at_all(data: bytes, header: bool) -> None:
    text = b"c2sp.org/tlog-proof@v1\n" * header + data
    with suppress(AttestError):
        assert sumdb_proofs.write(sumdb_proofs.parse(text, "p")) == text


@settings(max_examples=30, deadline=None)
@given(SIZES, st.integers(0, 1 << 20))
def test_proofs_of_trees_of_any_size_lead_to_the_root_of_an_independent_one(size: int, leaf: int) -> None:
    leaf %= size
    root = LOG.root(0, size)
    tiles = tlog.Tiles(read=LOG.tiles(size).get, label="log")
    path = tlog.TileReader(tlog.TreeHead(size=size, root=root), tiles).audit_path(leaf)
    assert audit_root(leaf, LOG.root(leaf, leaf + 1), path, size) == root


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_byte_of_a_proof_can_change(data: st.DataObject) -> None:
    """The line that the changed proof is about is proven no more; the other one is, where all can be read."""
    at = data.draw(st.integers(0, len(PROOFS) - 1))
    changed = bytearray(PROOFS)
    changed[at] ^= data.draw(st.integers(1, 255))
    with suppress(AttestError):
        told = sumdb_proofs.by_module(sumdb_proofs.parse(bytes(changed), "p"))
        lines = [line_of(7), line_of(300), line_of(7, digest="h1:forged")]
        judged = sumdb.judge(lines, KEY, sumdb.Sources(read=lambda _: None, proofs=told))
        assert [line.status for line in judged.lines].count("proven") <= 1
        assert judged.lines[2].status != "proven"


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_no_bit_of_a_note_can_change(at: int, bit: int) -> None:
    data = bytearray(LOG.head(300))
    at %= len(data)
    data[at] ^= 1 << bit
    with suppress(AttestError):
        text = note.open_note(bytes(data), KEY, PLACE)
        raise AssertionError(text)


@settings(max_examples=30, deadline=None)
@given(SIZES, st.integers(0, 1 << 20), st.integers(0, 1 << 20))
def test_trees_of_any_size_agree_with_an_independent_one(size: int, leaf: int, older: int) -> None:
    leaf, older = leaf % size, older % (size + 1)
    tiles = LOG.tiles(size)
    head = tlog.TreeHead(size=size, root=LOG.root(0, size))
    reader = tlog.TileReader(head, tlog.Tiles(read=tiles.get, label="log"))
    assert reader.hash(0, leaf) == LOG.root(leaf, leaf + 1)
    assert reader.root_of(older) == LOG.root(0, older)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 1_500), st.integers(0, 1 << 20), st.data())
def test_no_bit_of_a_tile_that_is_used_can_change(size: int, leaf: int, data: st.DataObject) -> None:
    leaf %= size
    tiles = LOG.tiles(size)
    head = tlog.TreeHead(size=size, root=LOG.root(0, size))
    used: list[str] = []

    def read(name: str) -> bytes | None:
        used.append(name)
        return tiles[name]

    tlog.TileReader(head, tlog.Tiles(read=read, label="log")).hash(0, leaf)
    name = data.draw(st.sampled_from(sorted(set(used))))
    forged = bytearray(tiles[name])
    forged[data.draw(st.integers(0, len(forged) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    bad = {**tiles, name: bytes(forged)}
    try:
        tlog.TileReader(head, tlog.Tiles(read=bad.get, label="log")).hash(0, leaf)
    except VerificationError:
        return
    raise AssertionError(name)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_whatever_a_log_serves_proves_no_line_that_it_does_not_have(data: st.DataObject) -> None:
    """One file of the store is replaced, cut or changed: then a line may stay proven, another never is."""
    files = {**LOG.files(300, 7), "latest": LOG.head(280)}
    name = data.draw(st.sampled_from(sorted(files)))
    kind = data.draw(st.sampled_from(["flip", "cut", "other", "noise"]))
    content = bytearray(files[name])
    if kind == "flip":
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    elif kind == "cut":
        del content[data.draw(st.integers(0, len(content))) :]
    elif kind == "other":
        content = bytearray(files[data.draw(st.sampled_from(sorted(files)))])
    else:
        content = bytearray(data.draw(st.binary(max_size=200)))
    lines = [line_of(7), line_of(7, digest="h1:forged")]
    judged = sumdb.judge(lines, KEY, sumdb.Sources(read={**files, name: bytes(content)}.get))
    assert judged.lines[1].status != "proven"
    assert judged.lines[0].status != "contradicted" or kind == "other"
