"""Fuzz the targets for a given time each and print what came of it.

`python -m fuzz [--seconds N] [TARGET …]`. Corpora are kept in build/fuzz, inputs that broke a reader too.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fuzz.samples import samples
from fuzz.targets import TARGETS, seeds

REPOSITORY = Path(__file__).resolve().parent.parent
WORK = REPOSITORY / "build" / "fuzz"
#: What every reader must hold itself to: memory in MiB, and seconds for one input of at most 1 MiB.
MEMORY, SECONDS, LONGEST = 512, 20, 1 << 20


def prepare(name: str) -> Path:
    """The corpus folder of a target, with its seeds."""
    corpus = WORK / name / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for data in (b"", *samples(name), *seeds(TARGETS[name], REPOSITORY)):
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    return corpus


def fuzz(name: str, duration: int) -> tuple[str, bool]:
    """Fuzz one target in a process of its own; a line for the table, and whether nothing was found."""
    corpus = prepare(name)
    options = [f"-max_total_time={duration}", f"-rss_limit_mb={MEMORY}", f"-timeout={SECONDS}"]
    options += [
        f"-max_len={LONGEST}",
        f"-artifact_prefix={WORK / name}/",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "fuzz.one", name, str(corpus), *options],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    stats = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stderr))
    found = "nothing found" if done.returncode == 0 else "FOUND, see build/fuzz/" + name
    if done.returncode:
        (WORK / name / "log.txt").write_text(done.stderr, encoding="utf-8")
    runs, peak = stats.get("number_of_executed_units", "?"), stats.get("peak_rss_mb", "?")
    return f"{name:<18} {runs:>10} inputs  {peak:>4} MiB  {found}", done.returncode == 0


def main() -> int:
    """Run the command line; 1 where anything was found."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}")
    words = parser.parse_args()
    names = words.targets or list(TARGETS)
    for name in names:
        if name not in TARGETS:
            parser.error(f"no target is called {name}")
    clean = True
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for line, good in pool.map(lambda name: fuzz(name, words.seconds), names):
            print(line, flush=True)
            clean &= good
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
