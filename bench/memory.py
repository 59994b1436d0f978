"""The memory of a command and everything that it starts, sampled while it runs (Linux alone tells it)."""

from __future__ import annotations

import contextlib
import re
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PAUSE = 0.02
_MIB = 1024  # kilobytes


def peak(command: Sequence[str | Path], environment: Mapping[str, str]) -> float | None:
    """The largest proportional set size of the process and its children, in MiB; None where nobody tells."""
    with subprocess.Popen(
        list(map(str, command)), env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        largest = 0
        while process.poll() is None:
            largest = max(largest, sum(map(_kilobytes, _family(process.pid))))
            time.sleep(_PAUSE)
    return largest / _MIB if largest else None


def _family(pid: int) -> list[int]:
    found = [pid]
    for each in found:
        with contextlib.suppress(OSError):
            for tasks in Path(f"/proc/{each}/task").glob("*/children"):
                found += [int(child) for child in tasks.read_text().split()]
    return found


def _kilobytes(pid: int) -> int:
    with contextlib.suppress(OSError):
        match = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        return int(match[1]) if match else 0
    return 0
