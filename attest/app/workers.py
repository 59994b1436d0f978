"""Lines of go.sum compared with the module cache by several processes at once.

Threads of one interpreter wait for each other at every small file. Where processes cannot be had or end
early, threads do what is left: the result is the same.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.app import processes
from attest.edge.files import DirectoryTree
from attest.errors import AttestError
from attest.go import hash_cache, sums

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attest.go.sums import ProvenLine
    from attest.model.limits import Limits
    from attest.model.module import GoSumLine
    from attest.model.ports import Cache, Tree

#: Module zips from which on processes are started: that takes as long as some tens of modules do.
ENOUGH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A line to be compared: whether what is built needs it, and whether its manifest is wanted.

    `known` is a record of its module that is to be believed, "" for none (`attest.go.hash_cache`). `digest`
    asks for the SHA-256 of the zip.
    """

    line: GoSumLine
    needed: bool
    listed: bool
    known: str = ""
    digest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HashMemory:
    """Where records of modules are kept between runs; they are believed only where `trusted`."""

    cache: Cache
    trusted: bool


def prove(job: Job, modcache: Tree | None, limits: Limits) -> ProvenLine | None:
    """Compare one line as `attest.go.sums.prove` does.

    The manifests of a large module cache are large too: only those that are wanted are kept.
    """
    proven = sums.prove(
        job.line, modcache, needed=job.needed, limits=limits, known=job.known, digest=job.digest
    )
    return proven if proven is None or job.listed else replace(proven, manifest=())


def prove_all(
    jobs: Sequence[Job],
    modcache: Tree | None,
    limits: Limits,
    memory: HashMemory | None = None,
    *,
    meanwhile: Callable[[], object] | None = None,
) -> list[ProvenLine | None]:
    """Compare all lines, with as many processes as there are processors where they are many.

    What is found is kept in `memory`. Where that is trusted, what it has is not hashed again, but for modules
    whose manifest is wanted: no manifest is remembered. `meanwhile` is called once, in this thread, while
    processes hash; what it raises is let through.
    """
    if memory is None or modcache is None:
        return _prove_all(jobs, modcache, limits, meanwhile)
    if memory.trusted:
        jobs = [_with_record(job, memory.cache, modcache) for job in jobs]
    found = _prove_all(jobs, modcache, limits, meanwhile)
    for each in found:
        if each and each.record:
            hash_cache.store(memory.cache, modcache, each.proof.module, each.record)
    return found


def _with_record(job: Job, cache: Cache, modcache: Tree) -> Job:
    if job.listed or job.line.kind != "zip":
        return job
    return replace(job, known=hash_cache.load(cache, modcache, job.line.module))


def _prove_all(
    jobs: Sequence[Job], modcache: Tree | None, limits: Limits, meanwhile: Callable[[], object] | None
) -> list[ProvenLine | None]:
    found: dict[int, ProvenLine | None] = {}
    zips = [index for index, job in enumerate(jobs) if job.line.kind == "zip"]
    count = processes.wanted(0)
    if isinstance(modcache, DirectoryTree) and len(zips) >= ENOUGH and count:
        # The largest first, or one of them keeps all others waiting at the end.
        zips.sort(key=lambda index: _size(jobs[index].line, modcache), reverse=True)
        # The root must mean the same to a child, whatever the working directory is then.
        setting = (replace(modcache, root=Path(modcache.root).absolute()), limits)
        found = processes.apply(_prove, setting, jobs, order=zips, count=count, meanwhile=meanwhile)
    elif meanwhile:
        meanwhile()
    left = [index for index in range(len(jobs)) if index not in found]
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        found |= zip(left, pool.map(lambda index: prove(jobs[index], modcache, limits), left), strict=True)
    return [found[index] for index in range(len(jobs))]


def _prove(setting: tuple[Tree, Limits], job: Job) -> ProvenLine | None:
    modcache, limits = setting
    return prove(job, modcache, limits)


def _size(line: GoSumLine, modcache: DirectoryTree) -> int:
    try:
        return os.lstat(modcache.path(sums.cache_name(line))).st_size
    except (AttestError, OSError):
        return 0  # whoever proves the line says why
