"""Modules of platforms that are not shipped, in the example release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attest.app.check import check_source
from attest.cli.main import run
from attest.edge.files import DirectoryTree
from attest.model.source import Platform

if TYPE_CHECKING:
    from testdata.widget.build import Layout

LINUX = Platform(goos="linux", goarch="amd64")
WINDOWS = Platform(goos="windows", goarch="amd64")
WINREG = "example.com/winreg@v0.4.0 gives packages on windows/amd64 alone, and none of these is shipped"


@pytest.mark.parametrize(
    ("platforms", "told"), [((LINUX,), [WINREG]), ((LINUX, WINDOWS), [])], ids=["linux alone", "windows too"]
)
def test_a_module_of_another_platform_is_told(
    widget_release: Layout, platforms: tuple[Platform, ...], told: list[str]
) -> None:
    cache = DirectoryTree.of(widget_release.source / ".modcache")
    source = DirectoryTree.of(widget_release.source)
    report = check_source(source, modcache=cache, platforms=platforms, all_shipped=True)
    assert [each.message for each in report.unshipped or ()] == told
    assert [each.place.file for each in report.unshipped or ()] == ["go.mod"] * len(told)
    assert check_source(source, modcache=cache, platforms=platforms).unshipped is None


def test_the_command_asks_where_it_knows_what_is_shipped(
    widget_release: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    source = str(widget_release.source)
    assert run(["check", source, "--platform", "linux/amd64"]) == 0
    assert "module-unshipped" in capsys.readouterr().out
    assert run(["check", source]) == 0
    assert "module-unshipped" not in capsys.readouterr().out
