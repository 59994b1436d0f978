from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attest.app.inspect import inspect_targets
from attest.app.inspect_archive import inspect_archive
from attest.cli import main as cli
from attest.exe.identity import identify
from attest.exe.inspect import inspect
from attest.model.limits import DEFAULT_LIMITS, Limits
from tests.fakes import MemoryTree
from tests.unit.archive.builders import apk, cpio, deb, entry, rpm, tar, zipped
from tests.unit.exe.builders import go_elf, go_pe, go_wasm

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.binary import InspectedFile

FILES = {"bin/widget": go_elf(), "bin/widget.exe": go_pe(), "README": b"hello\n"}


def look(data: bytes, limits: Limits = DEFAULT_LIMITS) -> tuple[InspectedFile, ...]:
    found = inspect_archive(memoryview(data), "dist.tar", depth="full", limits=limits)
    assert found is not None
    return found


@pytest.mark.parametrize("data", [tar(FILES), zipped(FILES), deb(FILES), rpm(cpio(FILES)), apk(FILES)])
def test_executables_are_judged_inside_of_archives(data: bytes) -> None:
    archive, *members = look(data)
    assert archive.report.container.format == "archive"
    assert archive.identity == identify(memoryview(data))
    assert archive.report.notes == ()
    assert archive.report.fact("archive.executables") == 2
    assert [each.path for each in members] == ["dist.tar!bin/widget", "dist.tar!bin/widget.exe"]
    for each in members:
        content = memoryview(FILES[each.path.partition("!")[2]])
        assert each.report == inspect(content)
        assert each.identity == identify(content)


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (tar({"../evil": b""}), "the name ../evil leads out of the archive"),
        (tar({"/etc/evil": b""}), "the name /etc/evil leads out of the archive"),
        (tar({"..\\evil": b""}), "the name ..\\evil leads out of the archive"),
        (zipped({"C:/evil": b""}), "the name C:/evil leads out of the archive"),
        (tar({"a": b"", "./a": b""}), "two members are called a"),
        (tar({"in.zip": zipped(FILES)}), "in.zip is an archive in an archive, and is not looked into"),
        (
            tar({}, entry("a", tarfile.SYMTYPE, "../../x")),
            "the link a leads out of the archive, to ../../x",
        ),
        (zipped({}, link="/etc"), "the link link leads out of the archive, to /etc"),
        (tar({"a": bytes(600)})[:1000], "the content of a member is cut off"),
        (deb(FILES, "none"), "a Debian package with no data.tar"),
    ],
)
def test_hostile_archives_give_notes(data: bytes, note: str) -> None:
    assert note in look(data)[0].report.notes


def test_links_that_stay_inside_and_those_of_packages_are_counted_alone() -> None:
    archive, *_ = look(tar({}, entry("a/b", tarfile.SYMTYPE, "../c"), entry("d", tarfile.LNKTYPE, "a")))
    assert (archive.report.notes, archive.report.fact("archive.links")) == ((), 2)
    assert look(rpm(cpio({}, link="/etc")))[0].report.notes == ()


def test_what_was_read_before_the_damage_stands() -> None:
    whole = tar(FILES)
    archive, *members = look(whole[: whole.index(b"MZ") + 10])
    assert [each.path for each in members] == ["dist.tar!bin/widget"]
    assert archive.report.notes == ("the content of a member is cut off",)
    assert archive.report.fact("archive.files") is None


def test_limits_of_members() -> None:
    (archive,) = look(tar({"big": go_elf()}), replace(DEFAULT_LIMITS, archive_member_bytes=9))
    assert archive.report.notes == ("big has more than 9 bytes, and is not looked into",)
    (archive,) = look(tar({"a": b"", "b": b""}), replace(DEFAULT_LIMITS, archive_members=1))
    assert archive.report.notes == ("more than 1 members",)
    (archive,) = look(tar({f"../{each}": b"" for each in range(60)}))
    assert len(archive.report.notes) == 51
    assert archive.report.notes[-1] == "10 more notes"


def test_headers_alone_have_no_digest() -> None:
    with pytest.raises(ValueError, match="the file was not hashed"):
        _ = identify(memoryview(b"x"), depth="headers").sha256
    found = inspect_archive(memoryview(tar(FILES)), "a", depth="headers", limits=DEFAULT_LIMITS)
    assert found is not None
    assert [each.identity.digests for each in found] == [None, None, None]


TREE = MemoryTree(
    files={
        "a.tar": tar(FILES),
        "sub/module.wasm": go_wasm(),
        "sub/text": b"text",
        "sub/docs.tar": tar({"README": b"x"}),
        "sub/broken.zip": b"PK\x03\x04 no zip at all",
    },
    symlinks=frozenset({"sub/link"}),
)


@pytest.mark.parametrize("jobs", [1, 3])
def test_directories_give_executables_and_archives_that_hold_some(jobs: int) -> None:
    found = inspect_targets(
        ["dist/", "sub/text", "sub/docs.tar"],
        tree_of=lambda path: (TREE, path),
        folder_of=lambda path: TREE if path == "dist/" else None,
        jobs=jobs,
    )
    assert [each.path for each in found] == [
        "dist/a.tar",
        "dist/a.tar!bin/widget",
        "dist/a.tar!bin/widget.exe",
        "dist/sub/broken.zip",
        "dist/sub/module.wasm",
        "sub/text",
        "sub/docs.tar",
    ]


def test_a_directory_of_too_many_files_is_refused() -> None:
    from attest.errors import LimitError

    with pytest.raises(LimitError, match="more than 2 files"):
        inspect_targets(
            ["d"],
            tree_of=lambda path: (TREE, path),
            folder_of=lambda _: TREE,
            limits=replace(DEFAULT_LIMITS, release_files=2),
        )


def test_the_command_looks_into_directories(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "a.zip").write_bytes(zipped(FILES))
    (tmp_path / "dist" / "notes").write_bytes(b"notes")
    assert cli.run(["inspect", str(tmp_path / "dist"), "--headers", "-o", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [each["path"].rpartition("/")[2] for each in document["files"]] == [
        "a.zip",
        "widget",
        "widget.exe",
    ]
    assert all("sha256" not in each and each["size"] for each in document["files"])
