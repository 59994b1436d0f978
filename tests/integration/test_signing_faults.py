"""Real servers that fail while a hundred files are signed, and a signer that is killed.

The same command goes on. What is in the log is counted in its own tiles, by other code than attest's: as many
entries as files, and exactly as many beside them as attest tells.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from attest.cli.main import run
from attest.trust import roots
from attest.trust.bundle import parse
from attest.trust.verify import TrustStore, verify
from tests.integration.faulty_proxy import FaultyProxy, proxied
from tests.integration.real_sigstore import RealSigstore, started
from tests.sigstack.instance import TIMESTAMPS
from tests.sigstack.stack import ENTRIES, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration

COUNT: Final = 100
SETTLED: Final = 0.5  # seconds without a new entry; the log writes a checkpoint every tenth of a second
FAILED: Final = 2
BESIDE: Final = re.compile(r"note: (\d+) entries stand in the log beside")


@pytest.fixture(scope="module", params=[(), ("--persistent-antispam",)], ids=["forgets", "remembers"])
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealSigstore]:
    """Servers of their own, to be killed; a log that then forgets its entries, and one that does not."""
    with started(tmp_path_factory.mktemp("faults"), *request.param) as servers:
        yield servers


@pytest.fixture
def proxy(real: RealSigstore) -> Iterator[FaultyProxy]:
    with proxied(real) as found:
        yield found
    for name, holder in real.holders.items():
        if holder.poll() is not None:  # the next test finds all of them, however this one ended
            real.start_again(name)


class Release:
    """Files to sign through the proxy, the command that does it, and what the log had before."""

    def __init__(self, folder: Path, proxy: FaultyProxy, count: int) -> None:
        self.folder, self.dist, self.real = folder, folder / "dist", proxy.real
        self.dist.mkdir()
        # No two tests sign the same.
        contents = {f"f{number}": f"{folder} {number}".encode() for number in range(count)}
        self.files = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
        for name, content in contents.items():
            (self.dist / name).write_bytes(content)
        config = json.loads(self.real.trust_config())
        config["signingConfig"]["rekorTlogUrls"][0]["url"] = proxy.url
        config["signingConfig"]["tsaUrls"][0]["url"] = f"{proxy.url}{TIMESTAMPS}"
        (folder / "trust.json").write_text(json.dumps(config))
        (folder / "token").write_text(self.real.token())
        places = ["--trust-config", str(folder / "trust.json"), "--identity-token", str(folder / "token")]
        self.words = ["sign", str(self.dist), *places]
        self.before = len(entries(self.real))

    def logged(self) -> list[bytes]:
        """What the log got since, once nothing more comes."""
        found, since = entries(self.real), time.monotonic()
        while time.monotonic() - since < SETTLED:
            time.sleep(0.05)
            now = entries(self.real)
            if now != found:
                found, since = now, time.monotonic()
        return found[self.before :]

    def half(self) -> list[str]:
        """What lies there that is no whole bundle."""
        bad = []
        for each in self.dist.iterdir():
            if each.name not in self.files:
                try:
                    parse(each.read_bytes(), each.name)
                except Exception:  # noqa: BLE001 - whatever it is, it is named
                    bad.append(each.name)
        return bad

    def judge(self, told: str) -> int:
        """Every file has a bundle that verifies, the log nothing that was not told; how much was told."""
        trust = TrustStore(roots=roots.parse(self.real.trust_config(), "own", "trust.json"))
        bodies = []
        for name, sha256 in self.files.items():
            bundle = parse((self.dist / f"{name}.sigstore.json").read_bytes(), name)
            found = verify(bundle, digests={sha256}, trust=trust, now=datetime.now(UTC))
            assert (found.log_entries, found.timestamps) == (1, 1)
            bodies += [each.body for each in bundle.log_entries]
        assert len(list(self.dist.iterdir())) == 2 * len(self.files)
        assert sorted(each.name for each in self.folder.iterdir()) == ["dist", "token", "trust.json"]
        logged, beside = self.logged(), BESIDE.search(told)
        assert set(bodies) <= set(logged)
        count = int(beside.group(1)) if beside else 0
        assert "may stand in it" not in told
        assert len(logged) == len(self.files) + count, told
        return count


@pytest.fixture
def release(tmp_path: Path, proxy: FaultyProxy) -> Release:
    return Release(tmp_path, proxy, COUNT)


@pytest.fixture
def brief_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sixth of what users wait for: six times, doubled each time."""
    monkeypatch.setattr("attest.edge.services._PAUSE", 0.08)


def entries(real: RealSigstore) -> list[bytes]:
    """All entries of the log, from its tiles, as its newest checkpoint says."""

    found: list[bytes] = []
    size = int((real.storage / "checkpoint").read_bytes().split(b"\n")[1])
    for first in range(0, size, 256):
        width = min(256, size - first)
        tile = f"tile/entries/{first // 256:03}" + (f".p/{width}" if width < 256 else "")
        data = (real.storage / tile).read_bytes()
        for _ in range(width):
            end = 2 + int.from_bytes(data[:2], "big")
            found.append(data[2:end])
            data = data[end:]
    assert len(found) == size
    return found


@pytest.mark.usefixtures("brief_pauses")
def test_a_log_that_is_killed_and_comes_back(
    release: Release, proxy: FaultyProxy, real: RealSigstore, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command waits for it. What the log does not know again stands in it twice, and is told."""

    def sent(number: int) -> None:
        if number == COUNT // 2:
            real.kill("rekor")
            real.start_again("rekor")

    proxy.sent = sent
    assert run(release.words) == 0
    release.judge(capsys.readouterr().err)


@pytest.mark.usefixtures("brief_pauses")
def test_a_log_that_is_killed_and_started_again_later(
    release: Release, proxy: FaultyProxy, real: RealSigstore, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command fails, and goes on when it is given again."""
    proxy.sent = lambda number: real.kill("rekor") if number == COUNT // 2 else None
    assert run(release.words) == FAILED
    assert "cannot sign sha256:" in capsys.readouterr().err
    assert [each.name for each in release.dist.glob("*.json")] == []
    real.start_again("rekor")
    proxy.sent = lambda _: None
    assert run(release.words) == 0
    release.judge(capsys.readouterr().err)


@pytest.mark.usefixtures("brief_pauses")
def test_a_log_that_forgets_one_entry_and_knows_the_next(
    tmp_path: Path, proxy: FaultyProxy, real: RealSigstore, capsys: pytest.CaptureFixture[str]
) -> None:
    """A third request finds the second one's entry; the first one's, of before the kill, is told too."""
    release = Release(tmp_path, proxy, 1)

    def sent(number: int) -> None:
        if number == 1:
            until = time.monotonic() + 10
            while len(entries(real)) == release.before and time.monotonic() < until:
                time.sleep(0.01)
            real.kill("rekor")
            real.start_again("rekor")
            proxy.faults[ENTRIES] = [Fault(late=True)]

    proxy.sent = sent
    assert run(release.words) == 0
    assert proxy.calls[ENTRIES] == 3
    told = release.judge(capsys.readouterr().err)
    # One that remembers does so a moment later than it logs: what it is killed in may be there twice too.
    assert told == 1 or (real.log_options and told == 0)


@pytest.mark.usefixtures("brief_pauses")
def test_an_authority_for_timestamps_that_is_down(
    release: Release, real: RealSigstore, capsys: pytest.CaptureFixture[str]
) -> None:
    real.kill("tsa")
    try:
        assert run(release.words) == FAILED
    finally:
        real.start_again("tsa")
    assert "cannot sign sha256:" in capsys.readouterr().err
    assert release.logged() == []
    assert sorted(each.name for each in release.folder.iterdir()) == ["dist", "token", "trust.json"]
    assert len(list(release.dist.iterdir())) == COUNT
    assert run(release.words) == 0
    assert release.judge(capsys.readouterr().err) == 0


@pytest.mark.usefixtures("brief_pauses")
def test_a_storm_of_refusals(
    release: Release, proxy: FaultyProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    storm = [Fault(status=429, retry_after="1"), Fault(status=429), Fault(status=503)] * 60
    proxy.faults = {ENTRIES: list(storm), TIMESTAMPS: list(storm)}
    assert run(release.words) == 0
    assert proxy.faults == {ENTRIES: [], TIMESTAMPS: []}
    assert release.judge(capsys.readouterr().err) == 0


@pytest.mark.usefixtures("brief_pauses")
def test_answers_that_are_lost_after_the_entry_was_made(
    release: Release, proxy: FaultyProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log knows them again, and shows them in its tiles."""
    proxy.faults = {ENTRIES: [Fault(late=True), Fault(status=502, late=True)] * (COUNT // 2)}
    assert run(release.words) == 0
    assert proxy.faults == {ENTRIES: []}
    assert release.judge(capsys.readouterr().err) == 0


def test_attest_is_killed_at_any_moment(tmp_path: Path, proxy: FaultyProxy) -> None:
    """Twenty times; then the same command ends, and nothing is in the log twice."""
    release = Release(tmp_path, proxy, COUNT)
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201 - to find the same moments again
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    command = [sys.executable, "-m", "attest", *release.words]
    for _ in range(20):
        before = sum(proxy.calls.values())
        until = before + chance.randrange(1, 60)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and sum(proxy.calls.values()) < until:
                time.sleep(0.001)
            with suppress(subprocess.TimeoutExpired):
                process.wait(chance.uniform(0, 0.15))
            process.kill()
        assert release.half() == []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert release.judge(done.stderr) == 0
