from __future__ import annotations

import pytest

from attest.edge.host import go_platform, host_platform
from attest.edge.progress import progress


@pytest.mark.parametrize(
    ("system", "machine", "expected"),
    [
        ("linux", "x86_64", "linux/amd64"),
        ("darwin", "arm64", "darwin/arm64"),
        ("win32", "AMD64", "windows/amd64"),
        ("win32", "ARM64", "windows/arm64"),
        ("freebsd14", "amd64", "freebsd/amd64"),
        ("linux", "aarch64", "linux/arm64"),
        ("plan10", "quantum", "linux/amd64"),
    ],
)
def test_the_host_in_gos_words(system: str, machine: str, expected: str) -> None:
    assert str(go_platform(system, machine)) == expected


def test_this_host_is_one_of_them() -> None:
    assert host_platform().goos


def test_progress_is_silent_where_nobody_looks(capfd: pytest.CaptureFixture[str]) -> None:
    for wanted in (True, False):
        with progress(wanted=wanted) as show:
            show("something")
    assert capfd.readouterr().err == ""


def test_progress_shows_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress(wanted=True) as show:
        show("hashing modules")
    assert "hashing modules" in capfd.readouterr().err
