from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attest.edge.journal import JournalFolder
from attest.errors import FormatError, LimitError, OutputError, ReadError
from attest.model.limits import Limits
from attest.signing.journal import Record, context_of, read_record, write_record

if TYPE_CHECKING:
    from pathlib import Path

RECORD = Record(
    context=context_of(["a"]),
    key="file-" + "ab" * 32,
    signature=b"signature",
    certificate=b"certificate",
    timestamps=(b"t1", b"t2"),
    sizes=(("https://log.example", 2**40),),
)


@pytest.mark.parametrize(
    "record", [RECORD, replace(RECORD, bundle=b"{}", sizes=(), certificate=b"", doubled=2, unsure=1)]
)
def test_a_record_is_read_as_it_was_written(record: Record) -> None:
    assert read_record(write_record(record), record.name) == record


def test_a_record_that_was_cut_off_anywhere_is_none() -> None:
    data = write_record(RECORD)
    for length in range(len(data) - 1):
        with pytest.raises(FormatError):
            read_record(data[:length], RECORD.name)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": "attest/journal/v2"}, "is not 'attest/journal/v1'"),
        ({"key": "file-x"}, "says not what is signed"),
        ({"private": "x"}, "has the unknown member 'private'"),
        ({"signature": "?"}, "is no base64"),
        ({"context": "other"}, "the journal's record belongs into"),
        ({"key": "statement-" + "ab" * 32}, "the journal's record belongs into statement-"),
    ],
)
def test_records_that_are_none(changes: dict[str, object], said: str) -> None:
    document = {**json.loads(write_record(RECORD)), **changes}
    with pytest.raises(FormatError, match=said):
        read_record(json.dumps(document).encode(), RECORD.name)


def test_contexts_differ() -> None:
    assert context_of(["a", "b"]) != context_of(["ab"])


@pytest.fixture
def journal(tmp_path: Path) -> JournalFolder:
    return JournalFolder(folder=tmp_path / "dist.attest-journal")


def test_files_are_kept_until_they_are_removed(journal: JournalFolder) -> None:
    assert journal.read() == {}
    journal.remove(["absent.json"])
    journal.put("a.json", b"1")
    journal.put("a.json", b"2")
    journal.put("b.json", b"3")
    (journal.folder / ".c.json.attest-tmp").write_bytes(b"half")
    (journal.folder / "folder.json").mkdir()
    assert journal.read() == {"a.json": b"2", "b.json": b"3"}
    assert journal.set_aside("b.json") == str(journal.folder / "b.unreadable")
    assert journal.read() == {"a.json": b"2"}
    journal.remove(["a.json"])
    assert sorted(each.name for each in journal.folder.iterdir()) == ["b.unreadable", "folder.json"]
    (journal.folder / "b.unreadable").unlink()
    (journal.folder / "folder.json").rmdir()
    journal.remove([])
    assert not journal.folder.exists()


def test_what_cannot_be_kept_is_told(journal: JournalFolder) -> None:
    with pytest.raises(OutputError, match="cannot keep the signing journal: no such file"):
        JournalFolder(folder=journal.folder / "absent" / "deep").put("a.json", b"")
    with pytest.raises(OutputError, match="cannot keep the signing journal"):
        journal.set_aside("absent.json")
    journal.folder.mkdir()
    (journal.folder / "a.json").mkdir()
    with pytest.raises(OutputError, match="cannot keep the signing journal"):
        journal.remove(["a.json"])


def test_a_journal_that_is_none(journal: JournalFolder) -> None:
    journal.folder.write_text("a file")
    with pytest.raises(ReadError):
        journal.read()


def test_a_journal_beyond_the_limits(journal: JournalFolder) -> None:
    journal.put("a.json", b"12345")
    journal.put("b.json", b"1")
    with pytest.raises(LimitError, match="2 files, more than the 1 that are read of a journal"):
        replace(journal, limits=Limits(journal_files=1)).read()
    with pytest.raises(LimitError, match="5 bytes, more than the 4"):
        replace(journal, limits=Limits(journal_bytes=4)).read()


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_is_not_followed(journal: JournalFolder, tmp_path: Path) -> None:
    journal.put("a.json", b"1")
    (tmp_path / "victim").write_bytes(b"precious")
    (journal.folder / ".b.json.attest-tmp").symlink_to(tmp_path / "victim")
    with pytest.raises(OutputError, match="cannot keep the signing journal"):
        journal.put("b.json", b"2")
    assert (tmp_path / "victim").read_bytes() == b"precious"
