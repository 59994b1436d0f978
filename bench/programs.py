"""Programs of others, built by the go command from `bench/tools/go.mod` into build/bench/tools, once each."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

TOOLS: Final = Path(__file__).resolve().parent / "tools"
BUILT: Final = TOOLS.parent.parent / "build" / "bench" / "tools"
COSIGN: Final = "github.com/sigstore/cosign/v3/cmd/cosign"
SYFT: Final = "github.com/anchore/syft/cmd/syft"
CYCLONEDX_GOMOD: Final = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod"


def built(package: str) -> Path | None:
    """The program of that package; None where there is no go command, or a module cannot be had."""
    target = BUILT / (package.rpartition("/")[2] + (".exe" if os.name == "nt" else ""))
    if target.exists():
        return target
    go = shutil.which("go", path=str(Path(sys.executable).parent)) or shutil.which("go")
    if go is None:
        return None
    BUILT.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    done = subprocess.run(
        [go, "build", "-trimpath", "-o", str(fresh), package],
        cwd=TOOLS,
        env={**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false"},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        return None
    fresh.replace(target)
    return target


def version(package: str) -> str:
    """The version of the package's module in go.mod."""
    lines = (TOOLS / "go.mod").read_text("utf-8").splitlines()
    words = [line.split() for line in lines]
    found = [each for each in words if len(each) > 1 and f"{package}/".startswith(f"{each[0]}/")]
    return max(found, key=lambda each: len(each[0]))[1]
