"""SBOMs: of one large program and of a source tree, against syft and cyclonedx-gomod; of many components.

Times are processor time (user and system, children too): what else runs on the machine does not count.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.memory import peak
from bench.programs import COSIGN, CYCLONEDX_GOMOD, SYFT, built, version
from bench.project import Project, fetch

BIN: Final = Path(sys.executable).parent
ATTEST: Final = BIN / ("attest.exe" if os.name == "nt" else "attest")
RUNS: Final = 3
COMPONENTS: Final = 2000
SECONDS: Final = 3
MIB_ALLOWED: Final = 300
PLATFORMS: Final = (
    "linux/amd64",
    "linux/arm64",
    "linux/arm",
    "linux/386",
    "linux/ppc64le",
    "linux/s390x",
    "darwin/amd64",
    "darwin/arm64",
    "windows/amd64",
    "windows/arm64",
    "freebsd/amd64",
    "js/wasm",
)
FORMATS: Final = (
    "cyclonedx-json",
    "cyclonedx-json@1.7",
    "cyclonedx-xml",
    "spdx-json",
    "spdx-tag-value",
    "spdx-yaml",
    "spdx-xml",
    "spdx-rdf",
    "spdx-json@3.0.1",
)

#: A program of so many modules, from a linked set that is made here, in one format, in a process set up like
#: that of the command.
MANY = """
import sys
from datetime import UTC, datetime
from attest.__main__ import settle
from attest.app.sbom import write
from attest.model.bom import SbomRun
from attest.model.module import ModuleVersion
from attest.model.source import LinkedModule, LinkedSet, Platform
from attest.sbom.assemble import from_source
settle()
count, form = int(sys.argv[1]), sys.argv[2]
paths = [f"example.com/m{number}" for number in range(count)]
modules = tuple(
    LinkedModule(
        module=ModuleVersion(path=path, version="v1.0.0"),
        replacement=None,
        sum="h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        packages=(path,),
        requires=tuple(sorted({paths[number // 2], paths[number // 3]} - {path})),
    )
    for number, path in enumerate(paths)
)
linked = LinkedSet(
    platform=Platform(goos="linux", goarch="amd64"),
    cgo=False,
    main_package="example.com/main",
    main_module=ModuleVersion(path="example.com/main", version="v1.0.0"),
    main_requires=tuple(paths[:10]),
    modules=modules,
    std=("fmt",),
)
run = SbomRun(created=datetime(2026, 1, 1, tzinfo=UTC), tool_version="0")
assert write(from_source(linked, run), form)
"""

Row = tuple[str, str, str, str]
Command = Sequence[str | Path]


def rows() -> Iterator[Row]:
    """Every row as it is known."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _binary(Path(folder))
        yield from _source(Path(folder))
    yield from _many()


def _spent(command: Command, environment: dict[str, str] | None = None) -> float:
    """The least processor time of several runs; `RuntimeError` where one fails."""
    least = float("inf")
    for _ in range(RUNS):
        before = os.times()
        done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, check=False)
        after = os.times()
        if done.returncode:
            raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-500:]!r}")
        spent = after.children_user + after.children_system - before.children_user - before.children_system
        least = min(least, spent)
    return least


def _verdict(holds: bool, target: str) -> str:
    return f"{target}: {'holds' if holds else 'MISSED'}"


def _binary(folder: Path) -> Iterator[Row]:
    program = built(COSIGN)
    if program is None:
        yield "an SBOM of cosign", "not here", "needs the go command and a module proxy", ""
        return
    one: list[str | Path] = [ATTEST, "sbom", program, "-o", f"cyclonedx-json={folder / 'a'}"]
    both: list[str | Path] = [*one, "-o", f"spdx-json={folder / 'b'}"]
    ours = _spent(one)
    yield (
        f"attest sbom of cosign {version(COSIGN)}, {program.stat().st_size / 1e6:.0f} MB, CycloneDX",
        f"{ours:.2f} s",
        "of processor time, as in all rows on SBOMs",
        "",
    )
    gomod, syft = built(CYCLONEDX_GOMOD), built(SYFT)
    if gomod is not None:
        theirs = _spent([gomod, "bin", "-json", "-output", folder / "c", program])
        yield (
            f"cyclonedx-gomod {version(CYCLONEDX_GOMOD)} bin",
            f"{theirs:.2f} s",
            f"attest is {theirs / ours:.1f}x as fast",
            _verdict(theirs >= 3 * ours, "3x"),
        )
    ours_both = _spent(both)
    yield "attest sbom of cosign, CycloneDX and SPDX", f"{ours_both:.2f} s", "", ""
    if syft is not None:
        quiet = {**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false"}
        scan: list[str | Path] = [
            syft,
            "scan",
            f"file:{program}",
            "-q",
            "-o",
            f"cyclonedx-json={folder / 'd'}",
        ]
        theirs = _spent(scan, quiet)
        yield (
            f"syft {version(SYFT)}, CycloneDX",
            f"{theirs:.2f} s",
            f"attest is {theirs / ours:.1f}x as fast",
            _verdict(theirs >= 3 * ours, "3x"),
        )
        theirs = _spent([*scan, "-o", f"spdx-json={folder / 'e'}"], quiet)
        yield (
            f"syft {version(SYFT)}, CycloneDX and SPDX",
            f"{theirs:.2f} s",
            f"attest is {theirs / ours_both:.1f}x as fast",
            _verdict(theirs >= 2 * ours_both, "2x"),
        )
        used, much = peak(both, os.environ), peak(scan, quiet)
        if used is not None and much is not None:
            yield (
                "memory of attest, both formats",
                f"{used:.0f} MiB",
                f"syft {much:.0f} MiB",
                _verdict(used < MIB_ALLOWED, f"{MIB_ALLOWED} MiB"),
            )


def _source(folder: Path) -> Iterator[Row]:
    project: Project | None = fetch()
    gomod = built(CYCLONEDX_GOMOD)
    if project is None:
        yield "SBOMs of a source tree", "not here", "needs the go command and a module proxy", ""
        return
    asked = [word for each in PLATFORMS for word in ("--platform", each)]
    command: list[str | Path] = [ATTEST, "sbom", project.source, *asked, "--main", "."]
    command += ["--modcache", project.modcache, "--output-dir", folder, "-o", "cyclonedx-json"]
    cold = _spent([*command, "--no-cache"])
    warm = _spent(command)
    name = f"attest sbom of {project.source.name}, {len(PLATFORMS)} platforms, with licences"
    yield name, f"{warm:.2f} s", f"{cold:.2f} s without what earlier runs left", ""
    tree = _committed(project.source, folder / "tree")
    if gomod is not None and tree is not None:
        environment = project.environment
        environment["PATH"] = os.pathsep.join((str(Path(project.go).parent), environment.get("PATH", "")))
        theirs = _spent([gomod, "app", "-json", "-output", folder / "app", "-main", ".", tree], environment)
        yield (
            f"cyclonedx-gomod {version(CYCLONEDX_GOMOD)} app, one platform, without licences",
            f"{theirs:.2f} s",
            f"attest takes {warm / theirs:.1f}x, cold {cold / theirs:.1f}x, for {len(PLATFORMS)}",
            _verdict(warm < theirs, "less for all than app for one"),
        )
    used = peak(command, os.environ)
    if used is not None:
        yield "its memory", f"{used:.0f} MiB", "", _verdict(used < MIB_ALLOWED, f"{MIB_ALLOWED} MiB")


def _committed(source: Path, copy: Path) -> Path | None:
    """The tree as a commit, from which cyclonedx-gomod takes its version; None without git."""
    shutil.copytree(source, copy)
    author = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
    try:
        for words in (("init", "-q"), ("add", "-A", "-f"), (*author, "commit", "-qm", "as published")):
            subprocess.run(["git", *words], cwd=copy, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return copy


def _many() -> Iterator[Row]:
    for form in FORMATS:
        took = _spent([sys.executable, "-c", MANY, str(COMPONENTS), form])
        yield (
            f"{COMPONENTS} components as {form}",
            f"{took:.2f} s",
            "",
            _verdict(took < SECONDS, f"{SECONDS} s"),
        )
