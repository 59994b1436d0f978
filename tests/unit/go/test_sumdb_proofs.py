from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attest.errors import FormatError, LimitError
from attest.go import sumdb, sumdb_proofs
from attest.go.note import parse_key
from attest.model.limits import Limits
from attest.model.module import ModuleVersion
from attest.model.place import Place
from tests.unit.go.testlog import NAME, VERIFIER, Log, line_of, record_of

if TYPE_CHECKING:
    from attest.model.source import SumdbProof

KEY = parse_key(VERIFIER)
LOG = Log(400)
LINES = [line_of(7), line_of(7, go_mod=True), line_of(300)]


def proofs_of(log: Log = LOG, size: int = 400) -> tuple[SumdbProof, ...]:
    """Proofs as the judge keeps them, out of the tiles of a log."""
    sources = sumdb.Sources(read=log.files(size, 7, 300).get, label="log")
    return sumdb.judge(LINES, KEY, sources, keep_proofs=True).proofs


PROOFS = proofs_of()
TEXT = sumdb_proofs.write(PROOFS)


def told(text: bytes) -> list[tuple[str, str]]:
    """What is said of the lines with the proofs and the verifier key alone."""
    found = sumdb_proofs.by_module(sumdb_proofs.parse(text, "p"))
    return [
        (line.status, line.reason)
        for line in sumdb.judge(LINES, KEY, sumdb.Sources(read=lambda _: None, proofs=found)).lines
    ]


def changed(old: str, new: str) -> bytes:
    assert old.encode() in TEXT
    return TEXT.replace(old.encode(), new.encode(), 1)


def extra(text: str) -> str:
    return "extra " + base64.b64encode(text.encode()).decode()


def test_the_text_is_what_the_documentation_shows() -> None:
    first = TEXT.decode().split("c2sp.org/tlog-proof@v1\n")[1]
    head, note = first.split("\n\n", 1)
    assert head.split("\n")[:2] == [extra(record_of(7)), "index 7"]
    assert len(head.split("\n")) == 2 + 9  # 8 levels of the full tile, and the rest of the tree
    assert note.encode() == LOG.head(400)


def test_what_is_written_proves_the_lines_alone() -> None:
    assert [proof.number for proof in PROOFS] == [7, 300]
    assert told(TEXT) == [("proven", "")] * 3
    read = sumdb_proofs.parse(TEXT, "p")
    assert [str(proof.place) for proof in read] == ["p:1", "p:19"]
    assert [replace(each, place=Place(file="x")) for each in read] == [
        replace(each, place=Place(file="x")) for each in PROOFS
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 8, 255, 256, 257, 301])
def test_trees_of_every_shape(size: int) -> None:
    log = Log(size)
    lines = [line_of(number) for number in range(size)]
    sources = sumdb.Sources(read=log.files(size, *range(size)).get)
    text = sumdb_proofs.write(sumdb.judge(lines, KEY, sources, keep_proofs=True).proofs)
    found = sumdb_proofs.by_module(sumdb_proofs.parse(text, "p"))
    judged = sumdb.judge(lines, KEY, sumdb.Sources(read=lambda _: None, proofs=found))
    assert {line.status for line in judged.lines} == {"proven"}


@pytest.mark.parametrize(
    ("text", "status", "reason"),
    [
        (
            changed(extra(record_of(7)), extra(record_of(7).replace("h1:", "h1:x", 1))),
            "refused",
            "p:1: the proof of record 7 does not lead to the tree of 400 records that was signed",
        ),
        (
            changed("index 7", "index 8"),
            "refused",
            "p:1: the proof of record 8 does not lead to the tree of 400 records that was signed",
        ),
        (
            changed(base64.b64encode(PROOFS[0].hashes[3]).decode(), base64.b64encode(bytes(32)).decode()),
            "refused",
            "p:1: the proof of record 7 does not lead to the tree of 400 records that was signed",
        ),
        (
            changed(base64.b64encode(PROOFS[0].hashes[3]).decode() + "\n", ""),
            "refused",
            "p:1: the proof has 8 hashes, where record 7 of 400 needs 9",
        ),
        (changed("\n400\n", "\n401\n"), "refused", f"p:1: the signature by {NAME} on the note is wrong"),
        (
            changed("go.sum database tree", "go.sum database tree2"),
            "refused",
            f"p:1: the signature by {NAME} on the note is wrong",
        ),
        (
            changed(f"— {NAME} ", "— other "),
            "refused",
            f"p:1: the note has no signature by {NAME} with the key 00000c67",
        ),
        (
            changed(LOG.head(400).decode(), LOG.head(5).decode()),
            "refused",
            "p:1: record 7 is not in a tree of 5 records",
        ),
        (
            changed(LOG.head(400).decode(), Log(400, fork=0).head(400).decode()),
            "refused",
            "p:1: the proof of record 7 does not lead to the tree of 400 records that was signed",
        ),
        (TEXT[TEXT.index(b"c2sp.org", 10) :], "unproven", "the log has no answer about it"),
    ],
    ids=["record", "index", "hash", "count", "size", "tree", "signer", "old-head", "other-head", "missing"],
)
def test_what_was_changed_is_refused_with_its_reason(text: bytes, status: str, reason: str) -> None:
    assert told(text) == [(status, reason)] * 2 + [("proven", "")]


def test_a_proof_of_another_record_says_nothing_of_the_line() -> None:
    """A record names the module of the line and another hash, and is in the log: the line is contradicted."""
    log = Log(400, changed={7: record_of(7).replace("h1:", "h1:x", 1)})
    statuses = told(sumdb_proofs.write(_all(log)))
    assert statuses[0][0] == "contradicted"
    assert statuses[1:] == [("proven", "")] * 2


def _all(log: Log) -> tuple[SumdbProof, ...]:
    lines = [replace(line_of(7), hash="h1:x" + line_of(7).hash[3:]), *LINES]
    sources = sumdb.Sources(read=log.files(400, 7, 300).get)
    return sumdb.judge(lines, KEY, sources, keep_proofs=True).proofs


def test_the_gravest_of_several_sources_counts() -> None:
    """A proof that does not verify is not made good by a cache, nor a cache by a proof."""
    bad = sumdb_proofs.by_module(sumdb_proofs.parse(changed("index 7", "index 8"), "p"))
    good = sumdb_proofs.by_module(sumdb_proofs.parse(TEXT, "p"))
    files = LOG.files(400, 7)
    forged = {**files, "lookup/example.com/!m7@v1.0.0": b"prose"}
    for read, proofs, status in (
        (files.get, good, "proven"),
        (files.get, bad, "refused"),
        (forged.get, good, "refused"),
    ):
        judged = sumdb.judge([line_of(7)], KEY, sumdb.Sources(read=read, proofs=proofs))
        assert judged.lines[0].status == status


def test_heads_of_proofs_are_compared_too() -> None:
    proofs = sumdb_proofs.by_module(PROOFS)
    forked = Log(400, fork=390)
    sources = sumdb.Sources(read={"latest": forked.head(400)}.get, label="log", proofs=proofs)
    (fault,) = sumdb.judge(LINES, KEY, sources).faults
    assert fault.message.startswith(f"{NAME} signed two trees of 400 records")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "p: is empty"),
        (b"x", "p: does not end in a whole line"),
        (b"x\n", 'p:1: is not "c2sp.org/tlog-proof@v1"'),
        (b"\n" + TEXT, 'p:1: is not "c2sp.org/tlog-proof@v1"'),
        (changed("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"), 'p:1: is not "c2sp.org/tlog-proof@v1"'),
        (changed("extra ", "extra  "), "p:2: is not `extra` and the text"),
        (changed(extra(record_of(7)) + "\n", ""), "p:2: is not `extra` and the text"),
        (changed(extra(record_of(7)), extra("a\n\nb\n")), "p:2: the record has an empty line or control"),
        (changed(extra(record_of(7)), extra("a")), "p:2: the record has an empty line or control"),
        (changed(extra(record_of(7)), "extra /w=="), "p:2: the record is not UTF-8"),
        (changed("index 7", "index 07"), "p:3: is not `index` and the number"),
        (changed("index 7", "index 9999999999999999999"), "p:3: is not `index` and the number"),
        (changed("index 7\n", "index 7\nAAAA\n"), "p:4: is no hash of 32 bytes in base64"),
        (changed("index 7\n", "index 7\nécole\n"), "p:4: is no hash of 32 bytes in base64"),
        (changed("index 300", "index 7"), "p:19: the proof of record 7 is not in order"),
        (b"c2sp.org/tlog-proof@v1\n", "p:2: ends in the middle of a proof"),
        (b"".join(TEXT.partition(b"\n\n")[:2]), "p:14: a proof without the signed note of a tree head"),
    ],
)
def test_texts_that_are_none(text: bytes, reason: str) -> None:
    with pytest.raises(FormatError) as caught:
        sumdb_proofs.parse(text, "p")
    assert str(caught.value).startswith(reason)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(sumdb_proofs_bytes=10), "p: larger than 10 bytes"),
        (Limits(sumdb_answer_bytes=10), "p:2: a record of 147 bytes, more than the 10"),
        (Limits(inclusion_hashes=8), "p:12: more than 8 hashes, which no tree needs"),
        (Limits(note_bytes=10), "p:14: a note of 193 bytes, more than the 10"),
    ],
)
def test_limits(limits: Limits, reason: str) -> None:
    with pytest.raises(LimitError) as caught:
        sumdb_proofs.parse(TEXT, "p", limits=limits)
    assert str(caught.value).startswith(reason)


def test_a_note_that_no_text_can_hold() -> None:
    for note in (b"no newline", b"a\nc2sp.org/tlog-proof@v1\n"):
        with pytest.raises(FormatError, match="a note that no file of proofs can hold"):
            sumdb_proofs.write([replace(PROOFS[0], note=note)])


def test_by_module() -> None:
    proof = replace(PROOFS[0], text="a v1 h1:x\na v1/go.mod h1:y\nb v2/go.mod h1:z\nnot this\n")
    found = sumdb_proofs.by_module([proof])
    assert found == {
        ModuleVersion(path="a", version="v1"): (proof,),
        ModuleVersion(path="b", version="v2"): (proof,),
    }


def test_the_text_of_the_same_proofs_never_changes() -> None:
    assert (Path(__file__).parents[3] / "testdata" / "sumdb" / "two.tlog-proof").read_bytes() == TEXT
