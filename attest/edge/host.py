"""The platform that attest runs on, in Go's words."""

from __future__ import annotations

import platform
import sys
from typing import Final

from attest.model.source import Platform

_GOOS: Final = {"linux": "linux", "darwin": "darwin", "win32": "windows", "cygwin": "windows", "aix": "aix"}
_GOARCH: Final = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "i386": "386",
    "i686": "386",
    "x86": "386",
    "armv6l": "arm",
    "armv7l": "arm",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
    "riscv64": "riscv64",
    "loongarch64": "loong64",
}


def go_platform(system: str, machine: str) -> Platform:
    """GOOS and GOARCH for Python's sys.platform and platform.machine(); linux/amd64 where Go has no word.

    It only chooses a default, so a system that Go has no word for gets the most common one.
    """
    goos = next((word for prefix, word in _GOOS.items() if system.startswith(prefix)), "")
    if not goos and "bsd" in system:
        goos = system.rstrip("0123456789.")
    return Platform(goos=goos or "linux", goarch=_GOARCH.get(machine.lower(), "amd64"))


def host_platform() -> Platform:
    """The platform of this process."""
    return go_platform(sys.platform, platform.machine())
