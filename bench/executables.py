"""Looking into executables: a large one by its headers and whole, and a thousand small ones."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Final

from bench.measure import measure
from bench.memory import peak

REPOSITORY: Final = Path(__file__).resolve().parent.parent
BIN: Final = Path(sys.executable).parent
ATTEST: Final = BIN / ("attest.exe" if os.name == "nt" else "attest")
WORK: Final = REPOSITORY / "build" / "bench"
SMALL: Final = REPOSITORY / "build" / "demo" / "dist" / "widget_1.0.0_linux_amd64"
_LARGE_BYTES: Final = 140_000_000
_FILES: Final = 1_000
#: Targets: seconds over --version, seconds of a whole look, its memory, and how much faster than syft.
_MORE, _WHOLE, _MIB, _FASTER = 0.030, 2, 150, 5

Row = tuple[str, str, str, str]


def rows() -> list[Row]:
    """A row for each way to look, against the start-up alone and against others where they are here."""
    return [*_large(_synthetic()), *_thousand()]


def _verdict(holds: bool, target: str) -> str:
    return f"{target}: {'holds' if holds else 'MISSED'}"


def _synthetic() -> Path:
    """The example with bytes behind it up to 140 MB: as much to hash, and as few functions as it has."""
    target = WORK / "large"
    if not target.exists() or target.stat().st_size != _LARGE_BYTES:
        WORK.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SMALL, target)
        with target.open("ab") as file:
            while (left := _LARGE_BYTES - file.tell()) > 0:
                file.write(os.urandom(min(left, 1 << 20)))
    return target


def _large(file: Path) -> list[Row]:
    commands: dict[str, list[str | Path]] = {
        "version": [ATTEST, "--version"],
        "headers": [ATTEST, "inspect", "--headers", "-o", "json", file],
        "full": [ATTEST, "inspect", "-o", "json", file],
    }
    go = shutil.which("go", path=str(BIN)) or shutil.which("go")
    if go is not None:
        commands["go"] = [go, "version", "-m", file]
    syft = shutil.which("syft")
    if syft is not None:
        commands["syft"] = [syft, "-q", "-o", "json", f"file:{file}"]
    times = {name: each.median for name, each in measure(commands, runs=5).items()}
    more = times["headers"] - times["version"]
    against = f", go version -m {times['go'] * 1000:.0f} ms" if go is not None else ""
    found: list[Row] = [
        (
            "attest inspect --headers, 140 MB",
            f"{times['headers'] * 1000:.0f} ms",
            f"{more * 1000:+.0f} ms over --version{against}",
            _verdict(more <= _MORE, "at most +30 ms"),
        ),
        (
            "attest inspect, 140 MB",
            f"{times['full']:.2f} s",
            "hashed, the few packages of the example",
            _verdict(times["full"] < _WHOLE, "under 2 s"),
        ),
    ]
    used = peak(commands["full"], os.environ)
    if used is not None:
        verdict = _verdict(used < _MIB, "under 150 MiB")
        found.append(("attest inspect, 140 MB, memory", f"{used:.0f} MiB", "with the mapped file", verdict))
    if syft is not None:
        ratio = times["syft"] / times["full"]
        verdict = _verdict(ratio >= _FASTER, "at least 5x")
        found.append(("syft, 140 MB", f"{times['syft']:.2f} s", f"attest is {ratio:.1f}x as fast", verdict))
    else:
        found.append(("syft, 140 MB", "not here", "its side of the ratios is left out", ""))
    return found


def _thousand() -> list[Row]:
    folder = WORK / "thousand"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number in range(_FILES):
        (folder / f"widget{number}").hardlink_to(SMALL)
    commands: dict[str, list[str | Path]] = {
        "full": [ATTEST, "inspect", folder],
        "headers": [ATTEST, "inspect", "--headers", folder],
    }
    times = {name: each.median for name, each in measure(commands, runs=1).items()}
    shutil.rmtree(folder)
    size = _FILES * SMALL.stat().st_size
    return [
        (
            f"attest inspect, {_FILES} files, {size / 1e6:.0f} MB",
            f"{times['full']:.1f} s",
            f"{times['headers']:.1f} s with --headers",
            "",
        )
    ]
