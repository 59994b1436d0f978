from __future__ import annotations

import hashlib
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from attest.app import processes
from attest.app.inspect import inspect_file, inspect_paths
from attest.cli import main as cli
from attest.cli.inspect import tree_of
from attest.edge.files import DirectoryTree
from attest.errors import ReadError
from attest.exe.identity import identify
from tests.fakes import MemoryTree
from tests.unit.exe.builders import go_elf, go_pe, go_wasm

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.ports import Tree

FILES = {"linux": go_elf(), "windows.exe": go_pe(), "module.wasm": go_wasm(), "text": b"hello\n"}


def memory(path: str) -> tuple[Tree, str]:
    return MemoryTree(files=FILES, unreadable=frozenset({"secret"})), path


@pytest.mark.parametrize("jobs", [0, 1, 3])
def test_files_come_in_the_order_given_with_identity_and_report(jobs: int) -> None:
    names = ["windows.exe", "linux", "text", "module.wasm", "linux"]
    inspected = inspect_paths(names, tree_of=memory, jobs=jobs)
    assert [each.path for each in inspected] == names
    assert [each.report.container.format for each in inspected] == ["pe", "elf", "unknown", "wasm", "elf"]
    for each in inspected:
        assert each.identity.sha256 == hashlib.sha256(FILES[each.path]).hexdigest()
        assert each.identity.size == len(FILES[each.path])


def test_no_files_give_nothing() -> None:
    assert inspect_paths([], tree_of=memory) == ()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_that_cannot_be_read_ends_it(jobs: int) -> None:
    with pytest.raises(ReadError, match="secret: permission denied"):
        inspect_paths(["linux", "secret", "absent"], tree_of=memory, jobs=jobs)


@pytest.mark.parametrize("absent", [(), ("absent",)])
def test_processes_find_what_threads_find(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, absent: tuple[str, ...]
) -> None:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    paths = [str(tmp_path / name) for name in (*FILES, *FILES, *FILES, *absent)]
    expected = inspect_paths(paths[:12], tree_of=tree_of, jobs=1)
    answered: list[int] = []
    told = processes.apply

    def watched(*arguments: object, **settings: object) -> dict[int, object]:
        found: dict[int, object] = told(*arguments, **settings)  # type: ignore[arg-type] # passed on as they are
        answered.extend(found)
        return found

    monkeypatch.setattr(processes, "apply", watched)
    with pytest.raises(ReadError, match="no such file") if absent else nullcontext():
        assert inspect_paths(paths, tree_of=tree_of, jobs=2) == expected
    assert len(answered) >= 8


def test_a_mapped_file_is_let_go(tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
        inspected = inspect_file(DirectoryTree.of(tmp_path), name, path="shown")
        assert inspected.path == "shown"
        assert inspected.identity == identify(memoryview(data))


def test_a_link_that_the_user_names_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(go_elf())
    try:
        (tmp_path / "link").symlink_to("real")
    except OSError:
        pytest.skip("links cannot be made here")
    (inspected,) = inspect_paths([str(tmp_path / "link")], tree_of=tree_of)
    assert inspected.path == str(tmp_path / "link")
    assert inspected.report.container.format == "elf"


def test_the_command_writes_text_and_json(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    file, out = tmp_path / "linux", tmp_path / "out.json"
    file.write_bytes(go_elf())
    assert cli.run(["inspect", str(file), "-o", "text", "-o", f"json={out}"]) == 0
    printed = capsysbinary.readouterr().out.decode()
    assert "  built with  go1.27.3 for linux/amd64\n" in printed
    assert b'"schema": "attest/inspect/v1"' in out.read_bytes()


def test_colours_are_for_standard_output_alone(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    file, out = tmp_path / "text", tmp_path / "out.txt"
    file.write_bytes(b"x")
    assert cli.run(["inspect", str(file), "--color", "always", "-o", "text", "-o", f"text={out}"]) == 0
    assert b"\x1b[33m  ! no Go build information\x1b[0m\n" in capsysbinary.readouterr().out
    assert b"\x1b" not in out.read_bytes()


def test_an_unreadable_file_is_exit_2_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "linux").write_bytes(go_elf())
    out = tmp_path / "out.json"
    arguments = ["inspect", str(tmp_path / "linux"), str(tmp_path / "absent"), "-o", f"json={out}"]
    assert cli.run(arguments) == 2
    assert "absent: no such file or directory" in capsys.readouterr().err
    assert not out.exists()
