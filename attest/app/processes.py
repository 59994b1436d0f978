"""A function applied to many jobs by several processes at once.

Threads of one interpreter wait for each other wherever Python itself has the work. The processes are plain
children of this one, not those of `multiprocessing`, which would run the main module of whoever uses attest
as a library once more.
"""

from __future__ import annotations

import os
import pickle  # between this process and its own children alone
import subprocess
import sys
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePath
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_Setting = TypeVar("_Setting")
_Job = TypeVar("_Job")
_Result = TypeVar("_Result")

#: Jobs that a process is given before it answers the first.
AHEAD: Final = 4
_BOOT: Final = """
import pickle, sys
sys.path[:] = pickle.load(sys.stdin.buffer)
from attest.__main__ import settle
from attest.app.processes import serve
settle()
serve(sys.stdin.buffer, sys.stdout.buffer)
"""


def wanted(jobs: int) -> int:
    """How many processes to start where `jobs` are asked for at once, 0 being one for each processor.

    0 means none: only an interpreter can be started once more, and a program that embeds one is another.
    """
    count = jobs or os.cpu_count() or 1
    return count if count > 1 and PurePath(sys.executable or "").stem.lower().startswith("python") else 0


def apply(
    task: Callable[[_Setting, _Job], _Result],
    setting: _Setting,
    jobs: Sequence[_Job],
    *,
    order: Iterable[int],
    count: int,
    meanwhile: Callable[[], object] | None = None,
) -> dict[int, _Result]:
    """The results of `task(setting, job)` by the number of the job, those in `order` taken in that order.

    `task` is a function of a module; it, the setting and the jobs are pickled. A job that a process did not
    answer, because the task raised or because processes cannot be had, is left out: its caller does it.
    `meanwhile` is called once, in this thread, while the processes work; what it raises is let through.
    """
    found: dict[int, _Result] = {}
    queue = deque(order)

    def drive() -> None:
        try:
            with subprocess.Popen(  # noqa: S603 - this very interpreter and nothing from outside
                [sys.executable, "-P", "-c", _BOOT],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            ) as child:
                try:
                    _ask(child, (task, setting), jobs, queue, found)
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
    task: tuple[Callable[[_Setting, _Job], _Result], _Setting],
    jobs: Sequence[_Job],
    queue: deque[int],
    found: dict[int, _Result],
) -> None:
    write, read = child.stdin, child.stdout
    if write is None or read is None:
        return
    pickle.dump(sys.path, write)
    pickle.dump(task, write)
    asked: SimpleQueue[int | None] = SimpleQueue()
    room = threading.Semaphore(AHEAD)
    ended = threading.Event()
    failed: list[Exception] = []

    def feed() -> None:
        # A thread of its own: where a job and an answer are both more than a pipe holds, a process that
        # writes the one before it reads the other would wait for ever.
        try:
            while room.acquire() and not ended.is_set() and (taken := _take(queue)) is not None:
                asked.put(taken)
                pickle.dump(jobs[taken], write)
                write.flush()
        except Exception as error:  # noqa: BLE001 - told by the thread that waits
            failed.append(error)
            child.kill()  # it waits for what does not come
        finally:
            asked.put(None)

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    try:
        while (number := asked.get()) is not None:
            found[number] = pickle.load(read)  # noqa: S301 - written by `serve` in a child of this process
            room.release()
    except EOFError:
        if not failed:
            raise
    finally:
        child.kill()  # which ends a write that nobody reads
        ended.set()
        room.release()
        feeder.join()
    if failed:
        raise failed[0]


def _take(queue: deque[int]) -> int | None:
    try:
        return queue.popleft()
    except IndexError:
        return None


def serve(read: IO[bytes], write: IO[bytes]) -> None:
    """Answer jobs until there are no more: what such a process does."""
    task, setting = pickle.load(read)  # noqa: S301 - written by `_ask` in the parent process
    while True:
        try:
            job = pickle.load(read)  # noqa: S301 - as above
        except EOFError:
            return
        pickle.dump(task(setting, job), write)
        write.flush()
