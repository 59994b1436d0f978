"""Signing and verifying many artifacts, on a loopback Sigstore of real servers, against cosign in a loop.

Times are wall time, because services are waited for: nothing else may run on the machine meanwhile. The
servers are those of the integration tests, which have to be built (`make integration` does).
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.memory import peak
from bench.programs import COSIGN, built, version
from tests.integration.real_sigstore import RealSigstore, started
from tests.sigstack.instance import EMAIL_CLAIMS

BIN: Final = Path(sys.executable).parent
ATTEST: Final = BIN / ("attest.exe" if os.name == "nt" else "attest")
DEMO: Final = Path(__file__).resolve().parent.parent / "build" / "demo"
PROGRAM: Final = "widget_1.0.0_linux_amd64"
SIGNED, VERIFIED, LOOP = 100, 1000, 5
TARGET: Final = 20
GIB: Final = 1 << 30
MIB_ALLOWED: Final = 300  # beside the file's own pages, which the system may take back

Row = tuple[str, str, str, str]
Command = Sequence[str | Path]


def rows() -> Iterator[Row]:
    """Every row as it is known."""
    cosign = built(COSIGN)
    if cosign is None or not (DEMO / "dist" / PROGRAM).exists():
        yield "signing", "not here", "needs cosign, which a module proxy brings, and `make demo`", ""
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "servers").mkdir()
        with started(folder / "servers") as stack:
            yield from _Bench(folder, stack, cosign).rows()


def _seconds(command: Command, folder: Path) -> float:
    """Wall time; `RuntimeError` where it fails."""
    start = time.perf_counter()
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=_environment(folder), capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-500:]!r}")
    return time.perf_counter() - start


def _environment(folder: Path) -> dict[str, str]:
    quiet = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    return {**quiet, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}


class _Bench:
    def __init__(self, folder: Path, stack: RealSigstore, cosign: Path) -> None:
        self.folder, self.cosign = folder, cosign
        self.stack = stack
        self.token = stack.token(EMAIL_CLAIMS)
        self.issuer = stack.issuer_of(EMAIL_CLAIMS)
        files: Mapping[str, bytes] = {
            "trust.json": stack.trust_config(),
            "root.json": json.dumps(stack.trusted_root()).encode(),
            "services.json": json.dumps(stack.signing_config()).encode(),
        }
        for name, data in files.items():
            (folder / name).write_bytes(data)
        self.dist = folder / "dist"
        self.dist.mkdir()
        for number in range(VERIFIED - 1):
            (self.dist / f"f{number:04}").write_bytes(f"artifact {number}\n".encode())
        (self.dist / PROGRAM).write_bytes((DEMO / "dist" / PROGRAM).read_bytes())

    def rows(self) -> Iterator[Row]:
        yield from self.signing()
        yield from self.verifying()
        yield from self.large()

    def sign(self, *targets: str) -> float:
        return _seconds(
            [ATTEST, "sign", *targets, "--identity-token", self.token, "--trust-config", "trust.json"],
            self.folder,
        )

    def signing(self) -> Iterator[Row]:
        names = [f"dist/f{number:04}" for number in range(SIGNED)]
        ours = self.sign(*names)
        yield f"attest sign of {SIGNED} files, keyless, with log and timestamp", f"{ours:.2f} s", "", ""
        words = ["--yes", "--identity-token", self.token, "--signing-config", "services.json"]
        words += ["--trusted-root", "root.json"]
        taken = [
            _seconds(
                [self.cosign, "sign-blob", *words, "--bundle", f"cosign{number}.json", names[number]],
                self.folder,
            )
            for number in range(LOOP)
        ]
        each = sum(taken) / LOOP
        ratio = each * SIGNED / ours
        yield (
            f"cosign {version(COSIGN)} sign-blob in a loop, {SIGNED} times",
            f"{each * SIGNED:.0f} s",
            f"{each:.2f} s each; attest is {ratio:.0f}x as fast",
            _verdict(ratio >= TARGET, f"{TARGET}x"),
        )

    def verifying(self) -> Iterator[Row]:
        self.sign("dist")
        (self.folder / "release.yaml").write_text(self._policy(), encoding="utf-8")
        words = ["--policy", "release.yaml", "--version", "1.0.0", "-o", "json=verdict.json"]
        ours = min(_seconds([ATTEST, "verify", *words, "dist"], self.folder) for _ in range(3))
        yield f"attest verify of {VERIFIED} signed artifacts", f"{ours:.2f} s", "", ""
        one = ["--bundle", "dist/f0000.sigstore.json", "--certificate-identity", EMAIL_CLAIMS["email"]]
        one += ["--certificate-oidc-issuer", self.issuer, "--trusted-root", "root.json"]
        theirs = min(
            _seconds([self.cosign, "verify-blob", *one, "dist/f0000"], self.folder) for _ in range(LOOP)
        )
        ratio = theirs * VERIFIED / ours
        yield (
            f"cosign verify-blob in a loop, {VERIFIED} times",
            f"{theirs * VERIFIED:.0f} s",
            f"{theirs:.3f} s each; attest is {ratio:.0f}x as fast",
            _verdict(ratio >= TARGET, f"{TARGET}x"),
        )
        alone = min(_seconds([ATTEST, "verify", "dist/f0000", *one], self.folder) for _ in range(LOOP))
        yield (
            "attest verify of one file",
            f"{alone:.2f} s",
            f"{alone / theirs:.1f}x cosign verify-blob",
            _verdict(alone <= 3 * theirs, "at most 3x"),
        )

    def large(self) -> Iterator[Row]:
        with (self.folder / "large").open("wb") as file:
            file.truncate(GIB)
        self.sign("large")
        command: list[str | Path] = [ATTEST, "verify", self.folder / "large"]
        command += ["--bundle", self.folder / "large.sigstore.json"]
        command += ["--certificate-identity", EMAIL_CLAIMS["email"]]
        command += ["--certificate-oidc-issuer", self.issuer, "--trusted-root", self.folder / "root.json"]
        used = peak(command, _environment(self.folder))
        if used is not None:
            yield (
                "memory of attest verify, a file of 1 GiB",
                f"{used:.0f} MiB",
                "",
                _verdict(used < MIB_ALLOWED, f"{MIB_ALLOWED} MiB"),
            )

    def _policy(self) -> str:
        extras = [
            {"path": f"f{number:04}", "kind": "file", "signer": "release"} for number in range(VERIFIED - 1)
        ]
        root = (self.folder / "trust.json").read_bytes()
        return json.dumps(
            {
                "apiVersion": "attest/v1",
                "kind": "ReleasePolicy",
                "metadata": {"name": "bench", "version": 1, "expires": "2099-12-31"},
                "trust": {
                    "offline": "required",
                    "roots": [
                        {
                            "name": "own",
                            "client_trust_config": "trust.json",
                            "sha256": hashlib.sha256(root).hexdigest(),
                        }
                    ],
                },
                "identities": {"release": [{"issuer": self.issuer, "san": EMAIL_CLAIMS["email"]}]},
                "artifacts": {"complete": True, "extras": extras},
                "platforms": {
                    "defaults": {
                        "path": "widget_${version}_${goos}_${goarch}",
                        "signatures": {"signer": "release"},
                    },
                    "matrix": [{"goos": "linux", "goarch": "amd64"}],
                },
            }
        )


def _verdict(holds: bool, target: str) -> str:
    return f"{target}: {'holds' if holds else 'MISSED'}"
