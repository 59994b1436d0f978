"""Files and directories of the real file system."""

from __future__ import annotations

import errno
import mmap
import os
import re
import stat
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError, OutputError, ReadError
from attest.model.place import Place
from attest.model.ports import Entry

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from attest.model.ports import EntryKind

# O_NONBLOCK keeps the open of a FIFO from waiting for a writer; O_NOFOLLOW refuses a link in the last
# place. Neither exists on Windows, where the kind is checked before and after opening instead.
_OPEN_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
_CREATE_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


#: What no name below a tree has: elements that are empty or go up, NUL, and on Windows what is special there.
LEADS_OUT: Final = re.compile(
    r"(?:\A|/)\.{0,2}(?:/|\Z)|\0" + (r'|[\\:*?"<>|]' if os.name == "nt" else ""),
)

#: Nanoseconds within which a second change of a file need not show in its times (modindex: modTimeCutoff).
_SETTLING: Final = 2_000_000_000

#: How the name of a file ends that is not in its place yet.
_UNFINISHED: Final = ".attest-tmp"

#: Bytes up to which a file is read at once: to map it would take longer, and trees have many small files.
_SMALL: Final = 1 << 18


def _kind(mode: int) -> EntryKind:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "directory"
    return "symlink" if stat.S_ISLNK(mode) else "other"


_NOT_A_FILE: Final = {
    "directory": ("is a directory, not a file", "name a file in it"),
    "symlink": ("is a symbolic link", "put the file itself there: links are not followed"),
    "other": ("is no regular file", "only regular files can be judged"),
}


def read_error(error: OSError, file: str) -> ReadError:
    """Say what an operating system error on reading `file` means to the user."""
    place = Place(file=file)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return ReadError("no such file or directory", place=place, hint="check the name")
    if isinstance(error, PermissionError):
        return ReadError(
            "permission denied", place=place, hint="make it readable for the user that runs attest"
        )
    if isinstance(error, IsADirectoryError):
        return ReadError(_NOT_A_FILE["directory"][0], place=place, hint=_NOT_A_FILE["directory"][1])
    return ReadError(error.strerror or str(error), place=place)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedFile:
    """An open file: all its bytes, mapped where they are many."""

    data: memoryview

    @property
    def size(self) -> int:
        """Size in bytes."""
        return len(self.data)


class OpenedFile:
    """A regular file, opened for as long as the context lasts; trees have many, so that little is done."""

    __slots__ = ("_descriptor", "_file", "_mapped", "_opened", "_path", "_view")

    def __init__(self, path: str, file: str) -> None:
        """Name the file by its `path`, and as messages call it."""
        self._path = path
        self._file = file
        self._descriptor = -1
        self._mapped: mmap.mmap | None = None

    def __enter__(self) -> MappedFile:
        """Open it; `ReadError` where it is no regular file or cannot be read."""
        file = self._file
        try:
            before = os.lstat(self._path)
            _refuse_unless_file(before, file)
            self._descriptor = descriptor = os.open(self._path, _OPEN_FLAGS)
            opened = self._opened = os.fstat(descriptor)
            _refuse_unless_file(opened, file)
            # Windows gives a path and an open file different numbers for the same device.
            if os.name != "nt":
                _refuse_another(before, opened, file)
            if opened.st_size <= _SMALL:
                self._view = memoryview(os.read(descriptor, opened.st_size))
            else:
                self._mapped = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
                self._view = memoryview(self._mapped)
        except BaseException as error:
            self._close()
            if isinstance(error, OSError):
                raise read_error(error, file) from error
            raise
        return MappedFile(data=self._view)

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        """Close it; `ReadError` where it changed meanwhile and no other error is on its way."""
        try:
            now = os.fstat(self._descriptor)
        finally:
            self._close()
        before = self._opened
        if kind is None and (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise ReadError(
                "changed while it was read",
                place=Place(file=self._file),
                hint="run again when nothing writes to it",
            )

    def _close(self) -> None:
        if self._mapped is not None:
            release(self._view, self._mapped)
        if self._descriptor >= 0:
            os.close(self._descriptor)


@dataclass(frozen=True, slots=True)
class DirectoryTree:
    """A directory of the real file system as `attest.model.ports.Tree`; below it no link is followed."""

    root: str | Path
    label: str = ""

    @classmethod
    def of(cls, path: str | Path) -> DirectoryTree:
        """The tree below `path`, called as the user wrote it."""
        return cls(path, str(path))

    @property
    def where(self) -> str:
        """The absolute path; what is no UTF-8 in it is written with backslashes."""
        path = os.path.abspath(self.root)  # noqa: PTH100 - Path.absolute keeps the ".." in it
        return os.fsencode(path).decode("utf-8", "backslashreplace")

    def _file(self, name: str) -> str:
        return f"{self.label}/{name}" if self.label not in ("", ".") and name else name or self.label

    def path(self, name: str) -> str:
        """Where `name` lies; `ReadError` where it would leave the tree."""
        root = os.fspath(self.root)
        if not name:
            return root
        if LEADS_OUT.search(name):
            raise ReadError("the name leads out of the directory", place=Place(file=self._file(name)))
        return f"{root}/{name}" if os.name != "nt" else f"{root}\\{name.replace('/', os.sep)}"

    def exists(self, name: str) -> bool:
        """Tell whether a regular file or directory of that name is there (no link is followed)."""
        try:
            mode = os.lstat(self.path(name)).st_mode
        except (OSError, ReadError):
            return False
        return stat.S_ISREG(mode) or stat.S_ISDIR(mode)

    def read(self, name: str, limit: int) -> bytes:
        """All bytes of a regular file; `LimitError` where there are more than `limit`."""
        with self.open(name) as file:
            if file.size > limit:
                raise LimitError(
                    f"{file.size} bytes, more than the {limit} that are read of such a file",
                    place=Place(file=self._file(name)),
                )
            return bytes(file.data)

    def open(self, name: str) -> OpenedFile:
        """A regular file, mapped; `ReadError` when it changes while it is open."""
        return OpenedFile(self.path(name), self._file(name))

    def entries(self, name: str = "") -> tuple[Entry, ...]:
        """The names directly in a directory, sorted."""
        path = self.path(name)
        settled = time.time_ns() - _SETTLING
        try:
            with os.scandir(path) as scanned:
                found = [_entry(each.name, each.stat(follow_symlinks=False), settled) for each in scanned]
        except OSError as error:
            raise read_error(error, self._file(name)) from error
        found.sort()  # by their names: no two are the same
        return tuple(found)


def _entry(name: str, status: os.stat_result, settled: int) -> Entry:
    return Entry(name, _kind(status.st_mode), status.st_size, _identity(status, settled))


def _refuse_another(before: os.stat_result, opened: os.stat_result, file: str) -> None:
    if (before.st_ino, before.st_dev) != (opened.st_ino, opened.st_dev):
        raise ReadError("was replaced while it was opened", place=Place(file=file), hint="run again")


def release(view: memoryview, mapped: mmap.mmap) -> None:
    """Close a map, unless an error on its way out still holds a piece of it.

    That error must not be replaced by one about the map, which then closes with the last piece.
    """
    try:
        view.release()
        mapped.close()
    except BufferError:
        pass


def _identity(status: os.stat_result, settled: int) -> str:
    """What tells a file's content from others, for one that has not changed since the time `settled`.

    The inode's time of change shows what hides from the file's own. Windows tells neither inode nor that time
    when it lists a directory, so that nothing is certain there.
    """
    if not status.st_ino or status.st_mtime_ns > settled or status.st_ctime_ns > settled:
        return ""
    return f"{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"


def _refuse_unless_file(status: os.stat_result, file: str) -> None:
    kind = _kind(status.st_mode)
    if kind != "file":
        message, hint = _NOT_A_FILE[kind]
        raise ReadError(message, place=Place(file=file), hint=hint)


@dataclass(frozen=True, slots=True)
class FileSink:
    """Files of the real file system as `attest.model.ports.Sink`; relative names start at `root`.

    In the folder `staging`, where there is one, files are written before they are moved into place: a run
    that is killed leaves nothing in a release. Where it cannot be made or lies on another disk, that happens
    beside their places.
    """

    root: str | Path = "."
    staging: Path | None = None

    def write(self, files: dict[str, bytes], *, private: AbstractSet[str] = frozenset()) -> None:
        """Write each file beside its place first, then move all into place; on failure change nothing.

        Those in `private` are readable for their owner alone, where the system knows owners. What is no
        regular file (a terminal, a pipe, a device) is written to last, and directly.
        """
        if not files:
            return
        from pathlib import Path  # who only reads does without it

        staged: list[tuple[Path, Path]] = []
        direct: list[tuple[Path, str]] = []
        folder = _folder(self.staging)
        try:
            for number, (name, data) in enumerate(files.items()):
                target = Path(os.path.realpath(self.root / Path(name)))
                if target.exists() and not target.is_file():
                    direct.append((target, name))
                else:
                    where = (
                        folder / f".{number}.{target.name}" if folder else target.with_name(f".{target.name}")
                    )
                    mode = 0o600 if name in private else 0o666
                    staged.append((_stage(where, name, data, mode), target))
            for target, name in direct:
                _write_direct(target, name, files[name])
            while staged:
                temporary, target = staged[0]
                _move(temporary, target)
                del staged[0]
        finally:
            for temporary, _ in staged:
                temporary.unlink(missing_ok=True)
            if folder:
                _tidy(folder)


def _folder(staging: Path | None) -> Path | None:
    """The folder, made where it is not there; None where it cannot be."""
    if staging is None:
        return None
    try:
        staging.mkdir(exist_ok=True)
    except OSError:
        return None
    return staging


def _tidy(folder: Path) -> None:
    """Remove what runs that were killed left, and the folder where it is empty then."""
    with suppress(OSError):
        for each in folder.glob(f".*{_UNFINISHED}"):
            each.unlink(missing_ok=True)
        folder.rmdir()


def make_folder(name: str) -> None:
    """Make the folder `name`, and those above it, where it is not there yet.

    Raises `attest.errors.OutputError` where that fails.
    """
    try:
        os.makedirs(name, exist_ok=True)  # noqa: PTH103 - pathlib loads slowly
    except OSError as error:
        raise _output_error(error, name) from error


def _output_error(error: OSError, name: str) -> OutputError:
    hints = {
        "ENOSPC": "free some space and run again: nothing was changed",
        "ENOENT": "make the folder first",
        "EACCES": "choose a place that can be written to",
        "EROFS": "choose a place that can be written to",
    }

    code = errno.errorcode.get(error.errno or 0, "")
    return OutputError(
        f"cannot write: {(error.strerror or str(error)).lower()}",
        place=Place(file=name),
        hint=hints.get(code),
    )


def _stage(where: Path, name: str, data: bytes, mode: int) -> Path:
    temporary = where.with_name(f"{where.name}.{os.getpid()}{_UNFINISHED}")
    try:
        descriptor = os.open(temporary, _CREATE_FLAGS, mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _output_error(error, name) from error
    return temporary


def _write_direct(target: Path, name: str, data: bytes) -> None:
    if target.is_dir():
        raise OutputError("cannot write: it is a directory", place=Place(file=name), hint="name a file in it")
    try:
        with target.open("wb", buffering=0) as file:
            file.write(data)
    except OSError as error:
        raise _output_error(error, name) from error


def _move(temporary: Path, target: Path) -> None:
    try:
        try:
            temporary.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            mode = temporary.stat().st_mode & 0o777
            nearer = _stage(target.with_name(f".{target.name}"), str(target), temporary.read_bytes(), mode)
            temporary.unlink()
            nearer.replace(target)
    except OSError as error:
        raise _output_error(error, str(target)) from error
