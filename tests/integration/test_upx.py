"""Programs that UPX itself packed: the machine's own, or Debian's, which is unpacked and not installed."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from attest.exe.inspect import inspect
from tests.integration.fetched import debian_packages
from tests.unit.exe.conftest import CACHE, environment, go_command

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.binary import BinaryReport

pytestmark = pytest.mark.integration

PLATFORMS = ["linux/amd64", "linux/386", "linux/arm64", "linux/arm", "windows/amd64", "windows/386"]
#: --brute tries all methods and filters, which takes UPX minutes of some files: one is packed so.
PACKED = [
    *((platform, option) for platform in PLATFORMS for option in ("-1", "--best", "--lzma")),
    ("linux/amd64", "--brute"),
]
MAIN = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("packed") }\n'


@pytest.fixture(scope="module")
def upx() -> str:
    found = shutil.which("upx")
    if found is not None:
        return found
    return str(debian_packages("upx-ucl", suite="-backports") / "usr" / "bin" / "upx-ucl")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    go = go_command()
    if go is None:
        pytest.skip("no go command: nothing to pack")
    folder = tmp_path_factory.mktemp("upx")
    (folder / "go.mod").write_text("module example.com/acme/packed\n\ngo 1.24\n", encoding="utf-8")
    (folder / "main.go").write_text(MAIN, encoding="utf-8")
    CACHE.mkdir(parents=True, exist_ok=True)
    built: dict[str, Path] = {}
    for platform in PLATFORMS:
        built[platform] = folder / platform.replace("/", "-")
        subprocess.run(
            [go, "build", "-buildvcs=false", "-ldflags=-s -w", "-o", str(built[platform]), "."],
            cwd=folder,
            env=environment(platform),
            check=True,
            capture_output=True,
        )
    return built


def read(path: Path) -> BinaryReport:
    return inspect(memoryview(path.read_bytes()))


@pytest.mark.parametrize(("platform", "option"), PACKED)
def test_what_upx_packed_is_read(
    upx: str, plain: dict[str, Path], tmp_path: Path, platform: str, option: str
) -> None:
    packed = tmp_path / "packed"
    done = subprocess.run(
        [upx, "-qq", option, "-o", str(packed), str(plain[platform])],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.skip(f"upx does not pack it: {done.stderr.strip()}")
    report, twin = read(packed), read(plain[platform])
    assert twin.fact("packed") is False
    assert report.fact("packed") is True
    assert report.fact("packer") == "UPX"
    assert report.build_info == twin.build_info
    assert report.packages == twin.packages
    assert report.fact("go.build_id") == twin.fact("go.build_id")
    assert report.fact("go.build_id_matches") is False
