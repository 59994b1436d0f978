"""What several parts' tests share: the example release, built once and kept between runs."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from attest.cli.main import run
from testdata.widget.build import Layout, build
from tests.sigstack.stack import Sigstack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sigstack.instance import Instance

REPOSITORY = Path(__file__).resolve().parent.parent
#: Conformance data and schemas that others publish; they are not part of this repository.
OFFICIAL_DATA = Path(os.environ.get("ATTEST_TEST_DATA") or REPOSITORY.parent / "shared" / "data")
#: One build cache for the tests and `make demo`: what one of them compiled the other finds.
GOCACHE = REPOSITORY / "build" / "gocache"


BYTES_SHOWN = 24
# A busy machine fails no test: how long things take is for bench/ to say.
settings.register_profile("attest", deadline=None, suppress_health_check=(HealthCheck.too_slow,))
settings.load_profile("attest")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """No long bytes in the name of a test: compressors write the time into them; workers compare names."""
    return argname if isinstance(val, bytes) and len(val) > BYTES_SHOWN else None


@pytest.fixture(scope="session")
def state_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place for the state of every test, each of which forgets what another one remembered."""
    folder = tmp_path_factory.mktemp("state")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _state(state_folders: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(next(state_folders)))


@pytest.fixture(scope="session")
def widget_release() -> Layout:
    """The example release below build/test/widget. It is shared by all tests: copy what you change.

    The first run on a machine builds it (about a minute), later ones find it current. Several workers of
    pytest-xdist may ask at once: the script locks its folder.
    """
    return build(REPOSITORY / "build" / "test" / "widget", gocache=GOCACHE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRelease:
    """The example, signed by `attest release`: a copy that a test links and changes, never in place."""

    source: Path
    dist: Path
    policy: Path
    key: Path
    stranger: Path

    def copy(self, folder: Path) -> SignedRelease:
        """The same release in another folder; files are hard links, so replace a file, never edit it."""
        for name in ("source", "dist"):
            shutil.copytree(getattr(self, name), folder / name, copy_function=os.link, symlinks=True)
        return replace(self, source=folder / "source", dist=folder / "dist")

    def words(self) -> list[str]:
        """The words with which `attest verify` judges this release, the target last."""
        policy = ["--policy", str(self.policy), "--source", str(self.source), "--version", "1.0.0"]
        return ["verify", *policy, str(self.dist)]


@pytest.fixture(scope="session")
def signed_release(widget_release: Layout, tmp_path_factory: pytest.TempPathFactory) -> SignedRelease:
    """Keys made, a policy that names one of them, and the whole pipeline run once over a copy."""
    root = tmp_path_factory.mktemp("signed")
    release = SignedRelease(
        source=root / "source",
        dist=root / "dist",
        policy=root / "policy" / "release.yaml",
        key=root / "release.key",
        stranger=root / "stranger.key",
    )
    shutil.copytree(widget_release.source, release.source, symlinks=True)
    shutil.copytree(widget_release.dist, release.dist)
    (release.policy.parent / "keys").mkdir(parents=True)
    shutil.copy(REPOSITORY / "testdata" / "widget" / "release.yaml", release.policy)
    public = release.policy.parent / "keys" / "release.pub"
    for private, its_public in ((release.key, public), (release.stranger, root / "stranger.pub")):
        words = ["--private-key", str(private), "--public-key", str(its_public)]
        assert run(["key", "generate", *words]) == 0
    words = ["--source", str(release.source), "--dist", str(release.dist), "--policy", str(release.policy)]
    assert run(["release", *words, "--version", "1.0.0", "--key", str(release.key)]) == 0
    return release


@pytest.fixture(scope="session")
def running_sigstack() -> Iterator[Sigstack]:
    yield from Sigstack().serve()


@pytest.fixture
def sigstack(running_sigstack: Sigstack) -> Sigstack:
    """A Sigstore of our own on loopback, healthy."""
    running_sigstack.reset()
    return running_sigstack


@pytest.fixture(scope="session")
def real_sigstore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """Fulcio, Rekor and the others of tests/integration/servers, running; built first if need be."""
    from tests.integration.real_sigstore import started

    with started(tmp_path_factory.mktemp("sigstore")) as real:
        yield real


@pytest.fixture(params=["sigstack", pytest.param("real_sigstore", marks=pytest.mark.integration)])
def stack(request: pytest.FixtureRequest) -> Instance:
    """Each Sigstore there is: the one in this process, and in the integration tier the real servers."""
    found: Instance = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def official_text() -> Callable[[str], str]:
    """Read a file of the official test data, or skip where that is not beside the checkout."""

    def load(name: str) -> str:
        file = OFFICIAL_DATA / name
        if not file.is_file():
            pytest.skip(
                f"{file} is not there: set ATTEST_TEST_DATA to the folder with the official test data"
            )
        return file.read_text(encoding="utf-8")

    return load


@pytest.fixture(scope="session")
def official(official_text: Callable[[str], str]) -> Callable[[str], Any]:
    """Read a JSON file of the official test data, or skip."""
    return lambda name: json.loads(official_text(name))
