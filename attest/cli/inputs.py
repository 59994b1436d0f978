"""What several commands read before they start: the policy, the source tree, the release's name."""

from __future__ import annotations

import os
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from attest import __version__
from attest.edge.files import DirectoryTree
from attest.errors import LimitError, ReadError, UsageError
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from attest.app.check import Manifests
    from attest.app.policy import LoadedPolicy, PolicyBytes
    from attest.edge.files import MappedFile
    from attest.model.ports import Cache, ReadBeside
    from attest.model.previous import PreviousRelease
    from attest.model.source import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseName:
    """What the release is called: version, tag and revision, "" where it is not known."""

    version: str
    tag: str
    revision: str

    @property
    def variables(self) -> dict[str, str]:
        """The variables of the policy, those that are set."""
        return {key: value for key, value in (("version", self.version), ("tag", self.tag)) if value}


def release_name(
    version: str | None, tag: str | None, revision: str | None, environment: Mapping[str, str]
) -> ReleaseName:
    """The options, else the tag that the CI system builds; nothing is guessed from files."""
    if not tag and not version:
        if environment.get("GITHUB_REF_TYPE") == "tag":
            tag = environment.get("GITHUB_REF_NAME")
        tag = tag or environment.get("CI_COMMIT_TAG")
    if tag and not version:
        version = tag.removeprefix("v")
    if version and not tag:
        tag = f"v{version}"
    return ReleaseName(version=version or "", tag=tag or "", revision=revision or "")


def read_beside(folder: Path, name: str, limit: int) -> bytes:
    """A file that stands relative to `folder`, as a policy names its keys; a link is refused."""
    path = folder / name
    return DirectoryTree.of(path.parent).read(path.name, limit)


@contextmanager
def open_file(file: str) -> Iterator[MappedFile]:
    """A file that the user names; where that is a link, the file that it leads to is meant."""
    path = Path(os.path.realpath(file))
    with DirectoryTree(path.parent, str(Path(file).parent)).open(path.name) as opened:
        yield opened


def read_file(file: str, limit: int) -> bytes:
    """All bytes of a file that the user names; `LimitError` where there are more than `limit`."""
    with open_file(file) as opened:
        if opened.size > limit:
            raise LimitError(
                f"{opened.size} bytes, more than the {limit} that are read of such a file",
                place=Place(file=file),
                hint="name the right file",
            )
        return bytes(opened.data)


def beside(file: str) -> ReadBeside:
    """What reads the files that a policy names."""
    folder = Path(os.path.realpath(file)).parent
    return lambda name, limit: read_beside(folder, name, limit)


def read_policy(file: str, name: ReleaseName, now: datetime, sha256: str | None) -> LoadedPolicy:
    """Load the policy with its keys and roots."""
    return open_policy(file, name, now, sha256)[0]


def open_policy(
    file: str, name: ReleaseName, now: datetime, sha256: str | None
) -> tuple[LoadedPolicy, PolicyBytes]:
    """The same, and all bytes that were read for it."""
    from attest.app.policy import PolicyBytes, Recorder, load_policy

    data = read_file(file, DEFAULT_LIMITS.policy_bytes)
    read = Recorder(beside(file))
    loaded = load_policy(data, file, read, variables=name.variables, now=now, sha256=sha256 or "")
    return loaded, PolicyBytes(file=file, data=data, beside=read.seen)


def read_previous_release(path: str, jobs: int, show: Callable[[str], None]) -> PreviousRelease:
    """The release that `--previous` names, by its directory or by a document about it."""
    from attest.app.previous import previous_of_directory, read_previous

    if os.path.isdir(path):  # noqa: PTH112 - a path as the user wrote it
        return previous_of_directory(directory(path), jobs=jobs, done=lambda name: show(f"read {name}"))
    return read_previous(read_file(path, DEFAULT_LIMITS.previous_bytes), path)


def directory(path: str) -> DirectoryTree:
    """The directory that the user names; `ReadError` where it is none."""
    if not path:
        raise UsageError("no directory is named", hint="name the directory")
    real = Path(os.path.realpath(path))
    tree = DirectoryTree(real, path.rstrip("/\\") or path)
    if real.is_file():
        raise ReadError("is a file, not a directory", place=Place(file=path), hint="name a directory")
    if not real.is_dir():
        raise ReadError("no such directory", place=Place(file=path), hint="check the name")
    return tree


def module_cache(chosen: str | None, source: DirectoryTree) -> DirectoryTree | None:
    """`--modcache`, else `.modcache` in the source tree, else where Go keeps it; None where there is none."""
    if chosen:
        return directory(chosen)
    beside = Path(source.root) / ".modcache"
    if beside.is_dir():
        return DirectoryTree(beside, f"{source.label}/.modcache")
    from attest.edge.goenv import find_module_cache

    found = find_module_cache()
    return DirectoryTree(found, str(found)) if found.is_dir() else None


def go_installation() -> DirectoryTree | None:
    """The Go installation of this machine; None where there is none."""
    from attest.edge.goenv import find_go_root

    root = find_go_root()
    return DirectoryTree(root, "GOROOT") if root is not None and root.is_dir() else None


def remembered(*, off: bool) -> AbstractContextManager[Cache | None]:
    """What earlier runs of this user left, to be used and added to; None where `off` or there is no place."""
    if off:
        return nullcontext()
    from attest.edge.cache import DiskCache, find_cache_file

    file = find_cache_file(__version__)
    return DiskCache(file, DEFAULT_LIMITS.cache_bytes) if file else nullcontext()


def refuse_trust(*, no_cache: bool, trust_cache: bool) -> None:
    """Hold two options against each other: `UsageError` where a cache is trusted that is not used."""
    if no_cache and trust_cache:
        raise UsageError("--trust-cache and --no-cache exclude each other", hint="leave one of them out")


def read_manifests(file: str | None) -> Manifests:
    """The modules of `--manifest`, none where it is not given."""
    if file is None:
        return {}
    from attest.app.check import read_manifest

    return read_manifest(read_file(file, DEFAULT_LIMITS.module_manifest_bytes), file)


def read_platform(text: str) -> Platform:
    """GOOS/GOARCH[/variant] as a platform; `UsageError` for anything else."""
    from attest.model.source import Platform

    goos, goarch, variant = [*text.split("/", 2), "", "", ""][:3]
    if not goos or not goarch or "/" in variant or text.endswith("/"):
        raise UsageError(f"--platform: {text!r} is no platform", hint="write GOOS/GOARCH, as linux/amd64")
    return Platform(goos=goos, goarch=goarch, variant=variant)


def judging_time(chosen: str | None, now: datetime) -> datetime:
    """`--now`, else the system's clock; `UsageError` where it is no RFC 3339 time with a zone."""
    if not chosen:
        return now
    from datetime import UTC
    from datetime import datetime as moment

    try:
        read = moment.fromisoformat(chosen)
        if read.tzinfo is not None:
            return read.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise UsageError(f"--now: {chosen!r} is no time", hint="write it like 2026-11-22T12:00:00Z")
