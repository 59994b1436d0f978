"""`--online`: what is not in the module cache is asked of the proxy, proven, and kept nowhere."""

from __future__ import annotations

import json
import shutil
import socket
from typing import TYPE_CHECKING

import pytest

from attest.app.check import check_source
from attest.app.online import module_proxy
from attest.cli.main import run
from attest.edge.files import DirectoryTree
from attest.edge.proxy import ProxyDownloads
from attest.errors import UsageError
from attest.go.proxy import ModuleProxy, parse_list
from attest.model.source import Platform
from tests.fakes import MemoryDownloads, MemoryTree
from tests.unit.go.fixtures import go, world
from tests.unit.go.proxy import make_proxy, module_zip

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.source import SourceReport
    from tests.unit.go.fixtures import World

__all__ = ["go", "world"]

LINUX = Platform(goos="linux", goarch="amd64")


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this user or this machine counts."""
    for name in ("GOPROXY", "GONOPROXY", "GOPRIVATE", "GOAUTH", "GOMODCACHE", "GOPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOENV", "off")
    monkeypatch.setenv("GOROOT", str(tmp_path / "no-go"))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))


@pytest.fixture
def proxy(tmp_path: Path) -> Path:
    return make_proxy(tmp_path / "proxy")


def check(root: Path, goproxy: str, modcache: MemoryTree | None = None) -> SourceReport:
    online = ModuleProxy(steps=parse_list(goproxy), no_proxy="", downloads=ProxyDownloads())
    return check_source(DirectoryTree.of(root), modcache=modcache, platforms=(LINUX,), online=online)


def test_an_empty_cache_is_made_up_for(world: World, proxy: Path) -> None:
    for root in (world.widget, world.vendored):
        cache = MemoryTree({})
        report = check(root, proxy.as_uri(), cache)
        assert {each.status for each in report.proofs} == {"match"}
        assert report.sum_faults == report.vendor_faults == ()
        assert report.contents_unproven == ()  # the local replacement is compared with its own directory
        assert cache.files == {}


def test_a_proxy_with_another_module_is_a_mismatch(world: World, proxy: Path) -> None:
    zipped = proxy / "example.com/alpha/@v/v1.1.0.zip"
    zipped.write_bytes(module_zip("example.com/alpha", "v1.1.0", {"alpha.go": b"package evil\n"}))
    report = check(world.vendored, proxy.as_uri())
    (odd,) = [each for each in report.proofs if each.status != "match"]
    assert (str(odd.module), odd.status) == ("example.com/alpha@v1.1.0", "mismatch")
    assert odd.odd == f"that is what {proxy.as_uri()}/example.com/alpha/%40v/v1.1.0.zip serves".replace(
        "%40", "@"
    )
    assert ("its zip in the module cache is not the one that go.sum knows") in {
        each.reason for each in report.contents_unproven
    }


def test_what_no_proxy_has_stays_absent(world: World, proxy: Path) -> None:
    (proxy / "example.com/alpha/@v/v1.1.0.zip").unlink()
    report = check(world.vendored, f"{proxy.as_uri()},direct")
    (absent,) = [each for each in report.proofs if each.status != "match"]
    assert absent.status == "absent"
    assert "needs the go command" in absent.reason
    assert any("needs the go command" in each.reason for each in report.contents_unproven)


def test_what_is_in_the_cache_is_not_asked_for(world: World) -> None:
    downloads = MemoryDownloads()
    check_source(
        DirectoryTree.of(world.widget),
        modcache=DirectoryTree.of(world.go.modcache),
        platforms=(LINUX,),
        online=ModuleProxy(steps=parse_list("p.x"), no_proxy="", downloads=downloads),
    )
    assert downloads.asked == []


def test_settings_are_found_as_go_finds_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="GOPROXY is not set") as caught:
        module_proxy()
    assert caught.value.hint == "set it, as in: export GOPROXY=https://proxy.example"
    (tmp_path / "no-go").mkdir()
    (tmp_path / "no-go" / "go.env").write_text("GOPROXY=https://installed.x,direct\n")
    (tmp_path / "netrc").write_text("machine installed.x login u password p\n")
    found = module_proxy()
    assert [each.url for each in found.steps] == ["https://installed.x", "direct"]
    assert isinstance(found.downloads, ProxyDownloads)
    assert found.downloads.passwords == {"installed.x": ("u", "p")}
    monkeypatch.setenv("GOAUTH", "off")
    monkeypatch.setenv("GOPRIVATE", "*.corp")
    monkeypatch.setenv("GOPROXY", "set.x")
    found = module_proxy()
    assert ([each.url for each in found.steps], found.no_proxy) == (["https://set.x"], "*.corp")
    assert isinstance(found.downloads, ProxyDownloads)
    assert found.downloads.passwords == {}
    monkeypatch.setenv("GOPROXY", "ftp://x")
    with pytest.raises(UsageError, match="--online: GOPROXY: 'ftp://x' has no scheme"):
        module_proxy()


def test_go_is_found_on_the_search_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GOROOT")
    (tmp_path / "goroot" / "bin").mkdir(parents=True)
    command = tmp_path / "goroot" / "bin" / "go"
    command.touch()
    (tmp_path / "goroot" / "go.env").write_text("# defaults\nGOPROXY=file:///p\n")
    monkeypatch.setattr(shutil, "which", lambda _: str(command))
    assert [each.url for each in module_proxy().steps] == ["file:///p"]


def test_the_command(
    world: World,
    proxy: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "cache").mkdir()
    words = ["check", str(world.widget), "--modcache", str(tmp_path / "cache"), "-o", "json"]
    assert run([*words, "--online"]) == 4
    assert "GOPROXY is not set" in capsys.readouterr().err
    monkeypatch.setenv("GOPROXY", proxy.as_uri())
    assert run(words) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert {each["outcome"] for each in findings if each["severity"] == "deny"} == {"no-evidence"}
    assert run([*words, "--online"]) == 0
    assert list((tmp_path / "cache").iterdir()) == []


def test_no_connection_is_opened_without_online(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []

    def guard(_: socket.socket, address: object) -> None:
        opened.append(address)
        raise OSError("no connection in this test")

    monkeypatch.setattr(socket.socket, "connect", guard)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("GOPROXY", "http://127.0.0.1:9")
    (tmp_path / "cache").mkdir()
    words = ["check", str(world.widget), "--modcache", str(tmp_path / "cache"), "--quiet"]
    assert run(words) == 1
    assert opened == []
    assert run([*words, "--online"]) == 1
    assert set(opened) == {("127.0.0.1", 9)}
