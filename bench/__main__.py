"""Print the speed table; every row is a ratio or a difference within this run, medians of several.

`python -m bench executables` prints one part of it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench import executables, gate, modules, sboms, signing
from bench.measure import measure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

REPOSITORY = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
ATTEST = BIN / ("attest.exe" if os.name == "nt" else "attest")
DEMO = REPOSITORY / "build" / "demo"
RUNS = 15
WIDTHS = (62, 8, 44, 0)

Row = tuple[str, str, str, str]


def startup() -> list[Row]:
    """What every CI step and every shell completion feels."""
    small = DEMO / "dist" / "widget_1.0.0_linux_amd64"
    times = measure(
        {
            "python": [sys.executable, "-c", "pass"],
            "typer": [sys.executable, "-c", "import typer"],
            "--version": [ATTEST, "--version"],
            "--help": [ATTEST, "--help"],
            "completion": [ATTEST],
            "inspect": [ATTEST, "inspect", small, "-o", "json"],
        },
        runs=RUNS,
    )
    base = times["typer"].median
    rows: list[Row] = [
        ("python -c pass", f"{times['python'].median * 1000:.0f} ms", "", ""),
        ("python -c 'import typer'", f"{base * 1000:.0f} ms", "", ""),
    ]
    for name in ("--version", "--help", "completion"):
        took = times[name].median
        rows.append(
            (f"attest {name}", f"{took * 1000:.0f} ms", f"{took / base:.2f}x import typer", "at most 1.3x")
        )
    more = times["inspect"].median - times["--help"].median
    rows.append(
        (
            "attest inspect, small binary",
            f"{times['inspect'].median * 1000:.0f} ms",
            f"{more * 1000:+.0f} ms over --help",
            "at most +50 ms",
        )
    )
    return rows


def seconds(work: Callable[[], object]) -> float:
    """The best of three runs within this process."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def reading() -> list[Row]:
    """One pass over each file, in threads, against hashing alone."""
    from attest.app.inventory import take_inventory
    from attest.edge.files import DirectoryTree

    files = [each for each in (DEMO / "dist").iterdir() if each.is_file()]
    size = sum(each.stat().st_size for each in files)

    def hashing() -> None:
        for each in files:
            data = each.read_bytes()
            hashlib.sha256(data).digest()
            hashlib.sha512(data).digest()

    alone = seconds(hashing)
    took = seconds(lambda: take_inventory(DirectoryTree(DEMO / "dist")))
    return [
        (
            f"hash and look into {len(files)} files, {size / 1e6:.0f} MB",
            f"{took * 1000:.0f} ms",
            f"{took / alone:.2f}x hashing them alone, one after another",
            "",
        )
    ]


def release() -> list[Row]:
    """The whole pipeline over the example, signatures and SBOMs made anew each time."""
    copy = REPOSITORY / "build" / "bench" / "dist"
    copy.parent.mkdir(parents=True, exist_ok=True)
    evidence = ("*.cdx.json", "*.spdx.json", "*.sigstore.json")
    taken = []
    for _ in range(4):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(DEMO / "dist", copy, ignore=shutil.ignore_patterns(*evidence))
        command: list[str | Path] = [ATTEST, "release", "--source", DEMO / "source", "--dist", copy]
        command += ["--policy", DEMO / "policy" / "release.yaml", "--version", "1.0.0"]
        command += ["--key", DEMO / "key" / "release.key", "-o", "json"]
        start = time.perf_counter()
        subprocess.run(list(map(str, command)), check=True, capture_output=True)
        taken.append(time.perf_counter() - start)
    median = sorted(taken)[len(taken) // 2]
    return [("attest release of the example", f"{median:.2f} s", "", "under 5 s")]


def peers() -> list[Row]:
    """Cosign on the same machine in the same run, where there is one."""
    cosign = shutil.which("cosign")
    if cosign is None:
        return [("cosign", "not here", "its side of the ratios is left out", "")]
    times = measure({"attest": [ATTEST, "--version"], "cosign": [cosign, "version"]}, runs=RUNS)
    ratio = times["attest"].median / times["cosign"].median
    return [
        ("attest --version", f"{times['attest'].median * 1000:.0f} ms", f"{ratio:.2f}x cosign version", "")
    ]


def main(names: Sequence[str]) -> None:
    """Measure and print the parts that are named, or all."""
    parts: dict[str, Callable[[], Iterable[Row]]] = {
        "startup": startup,
        "reading": reading,
        "release": release,
        "executables": executables.rows,
        "modules": modules.rows,
        "sboms": sboms.rows,
        "signing": signing.rows,
        "gate": gate.rows,
        "peers": peers,
    }
    if unknown := [each for each in names if each not in parts]:
        sys.exit(f"bench: no part {unknown[0]!r}; there are {', '.join(parts)}")
    if not (DEMO / "verdict.json").exists():
        sys.exit("bench: the example release is missing: run `make demo` first")
    print(f"{os.cpu_count()} processors, CPython {sys.version.split()[0]}, medians of {RUNS} runs in turn\n")
    for name in names or parts:
        for row in parts[name]():
            cells = zip(row, WIDTHS, strict=True)
            # At once, so that a run that is stopped has said what it found.
            print("  ".join(f"{cell:<{width}}" for cell, width in cells).rstrip(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
