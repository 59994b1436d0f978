"""Judging releases of many artifacts: the curve from ten to ten thousand, and the example.

The artifacts are small executables made by hand, each with a signature and three attestations; what hashing
large files costs stands in the rows of executables.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attest.app.keys import KeyFiles, generate_key, key_signer
from attest.app.sign import sign_documents, sign_files
from attest.edge.files import FileSink
from bench.memory import peak
from tests.unit.exe.builders import framed, go_elf, inline_blob

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BIN: Final = Path(sys.executable).parent
ATTEST: Final = BIN / "attest"
DEMO: Final = Path(__file__).resolve().parent.parent / "build" / "demo"
THOUSAND: Final = 1_000
COUNTS: Final = (10, 100, THOUSAND, 10_000)
SECONDS, MIB, EXAMPLE = 15.0, 500, 2.0
#: How much longer an artifact may take among ten thousand than among a thousand.
LINEAR: Final = 1.5
PROVENANCE: Final = "https://slsa.dev/provenance/v1"
COMMIT: Final = "1f5c0de1f5c0de1f5c0de1f5c0de1f5c0deabcde"
MODULE: Final = "example.com/acme/tool"
BUILDER: Final = "https://builder.example/ci"

Row = tuple[str, str, str, str]


def rows() -> Iterator[Row]:
    """Every row as it is known."""
    each = 0.0
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as name:
            command = release(Path(name), count)
            taken = min(_seconds(command) for _ in range(3 if count < COUNTS[-1] else 1))
            held = _targets(count, taken, taken / count, each)
            each = taken / count
            yield (
                f"attest verify of {count:,} artifacts, {_checks(command):,} checks",
                f"{taken:.2f} s",
                f"{each * 1000:.1f} ms each",
                held,
            )
            if count == THOUSAND and (used := peak(command, {})) is not None:
                yield (
                    f"its memory, {count:,} artifacts",
                    f"{used:.0f} MiB",
                    "",
                    _held(used < MIB, f"{MIB} MiB"),
                )
    if (DEMO / "dist").is_dir():
        words: list[str | Path] = ["--policy", DEMO / "policy" / "release.yaml", "--version", "1.0.0"]
        command = [ATTEST, "verify", "--source", DEMO / "source", *words, DEMO / "dist"]
        taken = min(_seconds(command) for _ in range(5))
        yield (
            "attest verify of the example, with its source",
            f"{taken:.2f} s",
            "",
            _held(taken < EXAMPLE, "2 s"),
        )


def _targets(count: int, taken: float, each: float, before: float) -> str:
    if count == THOUSAND:
        return _held(taken < SECONDS, f"{SECONDS:.0f} s")
    if count == COUNTS[-1]:
        return _held(each < before * LINEAR, f"at most {LINEAR}x of each among a thousand")
    return ""


def _held(holds: bool, target: str) -> str:
    return f"{target}: {'holds' if holds else 'MISSED'}"


def _seconds(command: Sequence[str | Path]) -> float:
    """Wall time of a release that passes; `RuntimeError` for any other."""
    start = time.perf_counter()
    done = subprocess.run(list(map(str, command)), capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ended with {done.returncode}: {done.stdout[:900]!r} {done.stderr[-300:]!r}")
    return time.perf_counter() - start


def _checks(command: Sequence[str | Path]) -> int:
    """How many checks ran and passed."""
    done = subprocess.run([*map(str, command), "-o", "json"], capture_output=True, check=True)
    return int(json.loads(done.stdout)["counts"]["checks_pass"])


def release(folder: Path, count: int) -> list[str | Path]:
    """A signed release of so many executables in `folder`, and the words that judge it."""
    dist = folder / "dist"
    dist.mkdir()
    names = [f"tool{number:05}" for number in range(count)]
    first = dist / names[0]
    first.write_bytes(_program(0))
    boms = _documents(first)
    files = KeyFiles(private=str(folder / "release.key"), public=str(folder / "release.pub"))
    generate_key(FileSink(), lambda _: False, files)
    signer = key_signer((folder / "release.key").read_bytes(), "release.key", lambda: b"")
    before = _digests(_program(0))
    for number, name in enumerate(names):
        data = _program(number)
        (dist / name).write_bytes(data)
        documents = {}
        for kind, text in boms.items():
            own = text.replace(names[0].encode(), name.encode())
            for old, new in zip(before, _digests(data), strict=True):
                own = own.replace(old.encode(), new.encode())
            documents[kind] = own
        sha256 = _digests(data)[0]
        made = sign_documents(signer, name, {name: sha256}, {**documents, PROVENANCE: _provenance()})
        for file, bundle in {**made, **sign_files(signer, {name: sha256})}.items():
            (dist / file).write_bytes(bundle)
    (folder / "release.yaml").write_text(json.dumps(_policy(names)), encoding="utf-8")
    return [ATTEST, "verify", "--policy", folder / "release.yaml", "--version", "1.0.0", dist]


def _program(number: int) -> bytes:
    settings = {"GOOS": "linux", "GOARCH": "amd64", "GOAMD64": "v1", "CGO_ENABLED": "0", "-trimpath": "true"}
    settings |= {"vcs": "git", "vcs.revision": COMMIT, "vcs.modified": "false", "-buildmode": "exe"}
    lines = [f"path\t{MODULE}", f"mod\t{MODULE}\tv1.0.0\t"]
    lines += [f"dep\texample.com/acme/dep{each}\tv1.2.{each}\th1:{'A' * 43}=" for each in range(20)]
    lines += [f"build\t{key}={value}" for key, value in settings.items()]
    blob = inline_blob(module=framed("".join(f"{line}\n" for line in lines)))
    return go_elf(blob) + number.to_bytes(4, "big")


def _digests(data: bytes) -> list[str]:
    return [hashlib.new(name, data).hexdigest() for name in ("sha256", "sha512", "sha1")]


def _documents(file: Path) -> dict[str, bytes]:
    """The SBOMs of one executable; those of the others are alike."""
    found = {}
    for kind, form in (("cdx", "cyclonedx-json"), ("spdx", "spdx-json")):
        out = file.parent.parent / f"bom.{kind}"
        words = [str(ATTEST), "sbom", str(file), "-o", f"{form}={out}"]
        subprocess.run(words, check=True, capture_output=True)
        found[kind] = out.read_bytes()
    return found


def _provenance() -> bytes:
    source = {"uri": "git+https://git.example/tool@refs/tags/v1.0.0", "digest": {"gitCommit": COMMIT}}
    return json.dumps(
        {
            "buildDefinition": {
                "buildType": "https://builder.example/go/v1",
                "externalParameters": {"workflow": {"ref": "refs/tags/v1.0.0"}},
                "resolvedDependencies": [source],
            },
            "runDetails": {"builder": {"id": BUILDER}},
        }
    ).encode()


def _policy(names: Sequence[str]) -> dict[str, Any]:
    predicates = {
        "sbom-spdx": {"predicate": ["https://spdx.dev/Document/v2.3"], "signer": "release"},
        "sbom-cyclonedx": {"predicate": ["https://cyclonedx.org/bom"], "signer": "release"},
        "provenance": {
            "predicate": [PROVENANCE],
            "signer": "release",
            "level": 2,
            "build_types": ["https://builder.example/go/v1"],
            "external_parameters": {"allow": ["workflow.ref"]},
            "expect": {"ref": "refs/tags/${tag}", "commit": "from(build_info.vcs.revision)"},
        },
    }
    key = {"name": "release-key", "file": "release.pub", "require": {"tlog": 0, "timestamps": 0}}
    return {
        "apiVersion": "attest/v1",
        "kind": "ReleasePolicy",
        "metadata": {"name": "bench", "version": 1, "expires": "2099-12-31"},
        "trust": {"keys": [key]},
        "identities": {"release": [{"key": "release-key"}]},
        "builders": [{"identity": "release", "builder_id": BUILDER, "level": 2}],
        "source": {"go_module": MODULE, "tag": "${tag}"},
        "attestations": predicates,
        "sbom": {
            "required_formats": ["spdx-2.3", "cyclonedx-1.6"],
            "agree_with": ["build_info"],
            "formats_agree": True,
        },
        "platforms": {
            "defaults": {
                "path": "${build}",
                "file": {"dwarf": False, "symbol_table": False, "max_bytes": 1 << 20},
                "go": {
                    "min": "1.24",
                    "cgo": False,
                    "trimpath": True,
                    "vcs_modified": False,
                    "level": {"amd64": "v1"},
                    "main_path": MODULE,
                    "stamps": "agree",
                    "headers": "agree",
                },
                "elf": {"link": ["static"], "libraries": [], "rpath": False, "textrel": False},
                "signatures": {"signer": "release"},
                "attestations": sorted(predicates),
            },
            "builds": [{"name": name} for name in names],
            "matrix": [{"goos": "linux", "goarch": "amd64"}],
        },
    }
