"""Lines of go.sum compared with the module cache by several processes at once.

Threads of one interpreter wait for each other at every small file. The processes are plain children of this
one, not those of `multiprocessing`, which would run the main module of whoever uses attest as a library once
more. Where they cannot be had or end early, threads do what is left: the result is the same.
"""

from __future__ import annotations

import os
import pickle  # between this process and its own children alone
import subprocess
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Final

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
#: Jobs that a process is given before it answers the first: so few that a pipe holds them.
AHEAD: Final = 4
_BOOT: Final = """
import pickle, sys
sys.path[:] = pickle.load(sys.stdin.buffer)
from attest.app.workers import serve
serve(sys.stdin.buffer, sys.stdout.buffer)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A line to be compared: whether what is built needs it, and whether its manifest is wanted.

    `known` is a record of its module that is to be believed, "" for none (`attest.go.hash_cache`).
    """

    line: GoSumLine
    needed: bool
    listed: bool
    known: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HashMemory:
    """Where records of modules are kept between runs; they are believed only where `trusted`."""

    cache: Cache
    trusted: bool


def prove(job: Job, modcache: Tree | None, limits: Limits) -> ProvenLine | None:
    """Compare one line as `attest.go.sums.prove` does.

    The manifests of a large module cache are large too: only those that are wanted are kept.
    """
    proven = sums.prove(job.line, modcache, needed=job.needed, limits=limits, known=job.known)
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
    count = os.cpu_count() or 1
    if isinstance(modcache, DirectoryTree) and len(zips) >= ENOUGH and count > 1 and _is_python():
        # The largest first, or one of them keeps all others waiting at the end.
        zips.sort(key=lambda index: _size(jobs[index].line, modcache), reverse=True)
        found = _in_processes(jobs, deque(zips), modcache, limits, count, meanwhile)
    elif meanwhile:
        meanwhile()
    left = [index for index in range(len(jobs)) if index not in found]
    with ThreadPoolExecutor(max_workers=count) as pool:
        found |= zip(left, pool.map(lambda index: prove(jobs[index], modcache, limits), left), strict=True)
    return [found[index] for index in range(len(jobs))]


def _size(line: GoSumLine, modcache: DirectoryTree) -> int:
    try:
        return os.lstat(modcache.path(sums.cache_name(line))).st_size
    except (AttestError, OSError):
        return 0  # whoever proves the line says why


def _is_python() -> bool:
    """Tell whether there is an interpreter to start; a program that embeds one is another program."""
    return PurePath(sys.executable or "").stem.lower().startswith("python")


def _in_processes(
    jobs: Sequence[Job],
    queue: deque[int],
    modcache: DirectoryTree,
    limits: Limits,
    count: int,
    meanwhile: Callable[[], object] | None,
) -> dict[int, ProvenLine | None]:
    """What the processes found; a line that one of them did not answer is not there."""
    found: dict[int, ProvenLine | None] = {}
    # The root must mean the same to a child, whatever the working directory is then.
    tree = replace(modcache, root=modcache.root.absolute())

    def drive() -> None:
        try:
            with subprocess.Popen(  # noqa: S603 - this very interpreter and nothing from outside
                [sys.executable, "-P", "-c", _BOOT],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            ) as child:
                try:
                    _ask(child, jobs, queue, found, (tree, limits))
                finally:
                    child.kill()
        except (OSError, EOFError, pickle.UnpicklingError):
            return

    with ThreadPoolExecutor(max_workers=count) as pool:
        try:
            driven = [pool.submit(drive) for _ in range(count)]
            if meanwhile:
                meanwhile()
            for each in driven:
                each.result()
        finally:
            queue.clear()  # where this process is told to end, its children get nothing more to do
    return found


def _ask(
    child: subprocess.Popen[bytes],
    jobs: Sequence[Job],
    queue: deque[int],
    found: dict[int, ProvenLine | None],
    setting: tuple[Tree, Limits],
) -> None:
    write, read = child.stdin, child.stdout
    if write is None or read is None:
        return
    pickle.dump(sys.path, write)
    pickle.dump(setting, write)
    asked: deque[int] = deque()
    while True:
        # Ahead of its answers, so that the child has something to do while this thread waits for its turn.
        while len(asked) < AHEAD and (taken := _take(queue)) is not None:
            pickle.dump(jobs[taken], write)
            write.flush()
            asked.append(taken)
        if not asked:
            return
        found[asked[0]] = pickle.load(read)  # noqa: S301 - written by `serve` in a child of this process
        asked.popleft()


def _take(queue: deque[int]) -> int | None:
    try:
        return queue.popleft()
    except IndexError:
        return None


def serve(read: IO[bytes], write: IO[bytes]) -> None:
    """Answer jobs until there are no more: what such a process does."""
    modcache, limits = pickle.load(read)  # noqa: S301 - written by `_ask` in the parent process
    while True:
        try:
            job = pickle.load(read)  # noqa: S301 - as above
        except EOFError:
            return
        pickle.dump(prove(job, modcache, limits), write)
        write.flush()
