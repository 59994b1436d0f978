"""Time whole commands in turn, so that a machine that slows down slows all of them."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Wall seconds of each run of one command."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The time to quote."""
        return statistics.median(self.seconds)


def measure(
    commands: Mapping[str, Sequence[str | Path]], *, runs: int, expect: Sequence[int] = (0,)
) -> dict[str, Times]:
    """Run each command once unmeasured, then all of them in turn `runs` times."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            run = subprocess.run(
                list(map(str, command)), check=False, capture_output=True, env=_environment(name, environment)
            )
            seconds = time.perf_counter() - start
            if run.returncode not in expect:
                raise RuntimeError(
                    f"{name} ended with {run.returncode}: {run.stderr.decode(errors='replace')}"
                )
            if turn:
                taken[name].append(seconds)
    return {name: Times(seconds=tuple(seconds)) for name, seconds in taken.items()}


def _environment(name: str, environment: dict[str, str]) -> dict[str, str]:
    if name != "completion":
        return environment
    return {**environment, "_ATTEST_COMPLETE": "complete_bash", "COMP_WORDS": "attest ver", "COMP_CWORD": "1"}
