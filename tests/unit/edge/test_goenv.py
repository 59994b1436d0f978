from __future__ import annotations

from datetime import UTC
from pathlib import Path, PurePath

import pytest

from attest.edge import goenv
from attest.edge.clock import system_now

HOME = Path("home")


@pytest.mark.parametrize(
    ("environment", "text", "expected"),
    [
        ({}, "", "home/go/pkg/mod"),
        ({"GOPATH": "p:q"}, "", "p/pkg/mod"),
        ({}, "GOPATH=r\n", "r/pkg/mod"),
        ({"GOMODCACHE": "m", "GOPATH": "p"}, "GOMODCACHE=n\n", "m"),
        ({}, "# note\nGOFLAGS=-x\nGOMODCACHE=n\n", "n"),
        ({"GOMODCACHE": ""}, "", "home/go/pkg/mod"),
    ],
)
def test_the_module_cache_is_where_go_finds_it(environment: dict[str, str], text: str, expected: str) -> None:
    assert goenv.module_cache(environment, text, HOME, ":") == Path(expected)


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, "home/.config"),
        ("linux", {"XDG_CONFIG_HOME": "x"}, "x"),
        ("darwin", {}, "home/Library/Application Support"),
        ("win32", {"AppData": "roam"}, "roam"),
        ("win32", {}, "home/AppData/Roaming"),
    ],
)
def test_gos_own_settings_lie_in_the_users_configuration_folder(
    platform: str, environment: dict[str, str], expected: str
) -> None:
    assert goenv.user_config_folder(environment, HOME, platform) == Path(expected)


def test_the_goenv_file_is_read_unless_it_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOMODCACHE", raising=False)
    monkeypatch.delenv("GOPATH", raising=False)
    file = tmp_path / "env"
    file.write_text("GOMODCACHE=somewhere\n")
    monkeypatch.setenv("GOENV", str(file))
    assert goenv.find_module_cache() == Path("somewhere")
    monkeypatch.setenv("GOENV", "off")
    assert PurePath(goenv.find_module_cache()).parts[-3:] == ("go", "pkg", "mod")
    monkeypatch.setenv("GOENV", str(tmp_path / "nope"))
    assert PurePath(goenv.find_module_cache()).parts[-3:] == ("go", "pkg", "mod")


def test_the_clock_gives_whole_seconds_of_utc() -> None:
    now = system_now()
    assert now.tzinfo is UTC
    assert now.microsecond == 0


def test_settings_of_the_checksum_database() -> None:
    text = "GOPRIVATE=corp.example.com\nGOSUMDB=off\nGOPATH=r\n"
    found = goenv.sumdb_settings({"GOSUMDB": "key", "GOPATH": "p:q"}, text, HOME, ":")
    assert found == goenv.SumdbSettings(
        database="key", excluded="corp.example.com", heads=Path("p/pkg/sumdb")
    )
    found = goenv.sumdb_settings({"GONOSUMDB": "a", "GOPRIVATE": "b"}, "", HOME, ":")
    assert found == goenv.SumdbSettings(database="", excluded="a", heads=Path("home/go/pkg/sumdb"))


def test_settings_of_the_checksum_database_of_this_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "env"
    file.write_text("GOSUMDB=off\n")
    monkeypatch.setenv("GOENV", str(file))
    monkeypatch.delenv("GOSUMDB", raising=False)
    assert goenv.find_sumdb_settings().database == "off"


def test_whether_workspaces_are_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "env"
    file.write_text("GOWORK=off\n")
    monkeypatch.setenv("GOENV", str(file))
    monkeypatch.delenv("GOWORK", raising=False)
    assert not goenv.workspaces_wanted()
    monkeypatch.setenv("GOWORK", "somewhere/go.work")
    assert goenv.workspaces_wanted()
    monkeypatch.setenv("GOENV", "off")
    monkeypatch.setenv("GOWORK", "")
    assert goenv.workspaces_wanted()
