"""Looking into executables: a large one by its headers and whole, and a thousand small ones."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.measure import measure
from bench.memory import peak
from bench.programs import COSIGN, SYFT, built, version

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY: Final = Path(__file__).resolve().parent.parent
BIN: Final = Path(sys.executable).parent
ATTEST: Final = BIN / ("attest.exe" if os.name == "nt" else "attest")
WORK: Final = REPOSITORY / "build" / "bench"
SMALL: Final = REPOSITORY / "build" / "demo" / "dist" / "widget_1.0.0_linux_amd64"
_LARGE_BYTES: Final = 140_000_000
_FILES: Final = 1_000
#: Targets: seconds over --version, of a whole look, its memory, how much faster and smaller than syft.
_MORE, _WHOLE, _MIB, _FASTER, _SMALLER = 0.030, 2, 150, 5, 4

Row = tuple[str, str, str, str]


def rows() -> Iterator[Row]:
    """A row for each way to look, against the start-up alone and against others where they are here."""
    program = built(COSIGN)
    if program is None:
        yield from _large(_synthetic(), "the example, made 140 MB long")
    else:
        yield from _large(program, f"cosign {version(COSIGN)}")
    yield from _thousand()


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


def _large(file: Path, name: str) -> Iterator[Row]:
    commands: dict[str, list[str | Path]] = {
        "version": [ATTEST, "--version"],
        "headers": [ATTEST, "inspect", "--headers", "-o", "json", file],
        "full": [ATTEST, "inspect", "-o", "json", file],
    }
    go = shutil.which("go", path=str(BIN)) or shutil.which("go")
    if go is not None:
        commands["go"] = [go, "version", "-m", file]
    syft = built(SYFT)
    if syft is not None:
        commands["syft"] = [syft, "scan", f"file:{file}", "-q", "-o", "json"]
    os.environ["SYFT_CHECK_FOR_APP_UPDATE"] = "false"
    times = {name: each.median for name, each in measure(commands, runs=5).items()}
    more = times["headers"] - times["version"]
    against = f", go version -m {times['go'] * 1000:.0f} ms" if go is not None else ""
    size = f"{name}, {file.stat().st_size / 1e6:.0f} MB"
    yield (
        f"attest inspect --headers, {size}",
        f"{times['headers'] * 1000:.0f} ms",
        f"{more * 1000:+.0f} ms over --version{against}",
        _verdict(more <= _MORE, "at most +30 ms"),
    )
    yield (
        "attest inspect, the same file",
        f"{times['full']:.2f} s",
        "hashed, with packages and sizes",
        _verdict(times["full"] < _WHOLE, "under 2 s"),
    )
    used = peak(commands["full"], os.environ)
    if used is not None:
        verdict = _verdict(used < _MIB, "under 150 MiB")
        yield "attest inspect, memory", f"{used:.0f} MiB", "with what is mapped of the file", verdict
    if syft is None:
        yield "syft, the same file", "not here", "its side of the ratios is left out", ""
        return
    ratios = {name: times["syft"] / times[name] for name in ("headers", "full")}
    yield (
        f"syft {version(SYFT)}, the same file",
        f"{times['syft']:.2f} s",
        f"attest is {ratios['full']:.1f}x as fast, with --headers {ratios['headers']:.1f}x",
        _verdict(ratios["full"] >= _FASTER, "at least 5x"),
    )
    theirs = peak(commands["syft"], os.environ)
    if used is not None and theirs is not None:
        verdict = _verdict(theirs >= _SMALLER * used, "at least 4x")
        yield "syft, memory", f"{theirs:.0f} MiB", f"attest takes {theirs / used:.1f}x less", verdict


def _thousand() -> Iterator[Row]:
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
    yield (
        f"attest inspect, {_FILES} files, {size / 1e6:.0f} MB",
        f"{times['full']:.1f} s",
        f"{times['headers']:.1f} s with --headers",
        "",
    )
