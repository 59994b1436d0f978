"""The script that builds the example gives the same bytes anywhere and says what stops it."""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from testdata.widget import build as script

if TYPE_CHECKING:
    from pathlib import Path

    from testdata.widget.build import Layout

# An executable of each kind whose bytes depend on where it was built most: with and without a wasm linker.
FEW = tuple(
    each for each in script.ARTIFACTS if each.name.endswith(("widget_1.0.0_linux_amd64", "wasip1_wasm.wasm"))
)


@pytest.fixture(scope="module")
def elsewhere(widget_release: Layout, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Two of the artifacts built again in a folder of another length with a space in its name.

    The compiled packages come from the build cache, as the full rebuild below does not; linking is done anew.
    """
    out = tmp_path_factory.mktemp("another") / "a folder elsewhere"
    return script.build(out, artifacts=FEW, gocache=widget_release.source.parents[2] / "gocache")


def test_same_bytes_elsewhere(widget_release: Layout, elsewhere: Layout) -> None:
    assert elsewhere.revision == widget_release.revision
    assert len(FEW) == 2
    for each in FEW:
        assert (elsewhere.dist / each.name).read_bytes() == (widget_release.dist / each.name).read_bytes()


def test_no_universal_file_without_both_slices(elsewhere: Layout) -> None:
    assert {each.name for each in elsewhere.dist.iterdir()} == {*(each.name for each in FEW), "checksums.txt"}


@pytest.mark.integration
def test_whole_release_is_the_same_from_a_cold_cache(widget_release: Layout, tmp_path: Path) -> None:
    again = script.build(tmp_path / "again")
    assert script.files_below(again.dist) == script.files_below(widget_release.dist)


def test_current_build_is_reused(widget_release: Layout) -> None:
    before = (widget_release.source.parent / "stamp.json").stat().st_mtime_ns
    assert script.build(widget_release.source.parent) == widget_release
    assert (widget_release.source.parent / "stamp.json").stat().st_mtime_ns == before


@pytest.mark.parametrize("spoil", ["artifact", "checksums", "source", "untracked", "proxy", "stamp"])
def test_spoilt_build_is_not_reused(elsewhere: Layout, spoil: str, tmp_path: Path) -> None:
    out = tmp_path / "copy"
    shutil.copytree(elsewhere.source.parent, out)
    env = script.environment(out)
    version = script.run([script.find_go(), "env", "GOVERSION"], cwd=out, env=env).strip()
    key = script.fingerprint(version, FEW)
    (out / "dist" / "evidence.json").write_text("{}", encoding="utf-8")
    assert script.reusable(out, key, env) == elsewhere.revision, "more files in dist/ do no harm"
    assert script.reusable(out, key[::-1], env) is None, "other inputs"
    match spoil:
        case "artifact":
            (out / "dist" / FEW[0].name).write_bytes(b"changed")
        case "checksums":
            (out / "dist" / "checksums.txt").write_bytes(b"")
        case "source":
            (out / "source" / "go.sum").write_bytes(b"")
        case "untracked":
            (out / "source" / "new.go").write_bytes(b"")
        case "proxy":
            script.remove(out / "proxy")
        case "stamp":
            (out / "stamp.json").write_bytes(b"[]")
    assert script.reusable(out, key, env) is None


def test_proxy_is_the_same_bytes_each_time(widget_release: Layout, tmp_path: Path) -> None:
    script.make_proxy(script.MODULES, tmp_path)
    assert script.files_below(tmp_path) == script.files_below(widget_release.proxy)


def test_proxy_serves_canonical_zips(widget_release: Layout) -> None:
    zips = sorted(widget_release.proxy.rglob("*.zip"))
    assert len(zips) == 6
    for each in zips:
        module = each.parent.parent.relative_to(widget_release.proxy).as_posix()
        with zipfile.ZipFile(each) as archive:
            names = archive.namelist()
            assert names == sorted(names)
            assert all(name.startswith(f"{module}@{each.stem}/") for name in names)
            assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert archive.read(f"{module}@{each.stem}/go.mod") == each.with_suffix(".mod").read_bytes()
        assert each.with_name("list").read_text(encoding="utf-8") == f"{each.stem}\n"


def test_upper_case_module_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loud@v1.0.0").mkdir()
    (tmp_path / "loud@v1.0.0" / "go.mod").write_text("module example.com/Loud\n", encoding="utf-8")
    with pytest.raises(script.BuildError, match="lower-case module paths only"):
        script.make_proxy(tmp_path, tmp_path / "proxy")


def test_update_writes_what_is_committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "widget"
    shutil.copytree(
        script.WIDGET, copy, ignore=shutil.ignore_patterns("vendor", "go.sum", "__pycache__", "keys")
    )
    committed = script.source_files()
    monkeypatch.setattr(script, "WIDGET", copy)
    script.update(go=script.find_go())
    assert script.source_files() == committed


def test_environment_points_into_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOFLAGS", "-mod=vendor")
    monkeypatch.setenv("GIT_DIR", "somewhere")
    env = script.environment(tmp_path)
    assert env["GOFLAGS"] == ""
    assert "GIT_DIR" not in env
    folders = ("HOME", "XDG_CONFIG_HOME", "APPDATA", "TMPDIR", "GOCACHE", "GOMODCACHE", "GOPATH")
    assert all(env[name].startswith(str(tmp_path)) for name in folders)
    assert env["GOPROXY"].startswith("file:///")


def test_missing_git_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(script.BuildError, match="no git command in PATH"):
        script.build(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_missing_go_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(script.BuildError, match="no go command beside this Python nor in PATH"):
        script.find_go()


def test_go_is_found_in_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = tmp_path / ("go.exe" if os.name == "nt" else "go")
    there.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    assert script.find_go() == there


def test_go_that_cannot_run_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(script.BuildError, match="cannot be run"):
        script.build(tmp_path / "out", go=tmp_path / "no-go")


def test_failing_command_says_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(
        script.BuildError, match=r"env -nonsense failed in .*\n.*flag provided but not defined"
    ):
        script.run([script.find_go(), "env", "-nonsense"], cwd=tmp_path, env=script.environment(tmp_path))


def test_universal_refuses_what_is_no_macho() -> None:
    with pytest.raises(script.BuildError, match="no 64-bit Mach-O file"):
        script.universal([b"\x7fELF" + bytes(64)])


def test_command_line(
    widget_release: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["build.py", "--out", str(widget_release.source.parent)])
    assert script.main() == 0
    assert capsys.readouterr().out.startswith(
        f"10 artifacts of widget v1.0.0 (commit {widget_release.revision[:12]})"
    )
    monkeypatch.setattr(sys, "argv", ["build.py", "--out", script.__file__])
    assert script.main() == 1
    assert capsys.readouterr().err.startswith("build.py: ")
