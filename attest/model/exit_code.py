"""The exit codes of every command, apart from the rest so that start-up loads nothing else."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Where several apply, 4 comes before 3 before 2 before 1."""

    PASS = 0
    DENIED = 1
    UNDECIDED = 2
    NOTHING = 3
    USAGE = 4
