"""The Go packages that are really linked into a program, from its function table.

A package is there when code of one of its files is, inlined into others or not: the linker keeps the names
of just those files. Names of functions alone mislead: `//go:linkname` puts functions under other packages'
names, and wrappers are named after two. So the directory of a file decides, and names tell which package
a directory holds. Sources: cmd/link/internal/ld/pcln.go (generateFilenameTabs), cmd/internal/objabi/path.go
(PathToPrefix, whose escapes are undone here), cmd/go/internal/work/gc.go (-trimpath).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.exe.reader import text
from attest.model.binary import LinkedPackage, Module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sized
    from collections.abc import Set as AbstractSet

    from attest.exe.pclntab import FunctionTable
    from attest.model.binary import BuildInfo

STD: Final = "std"
MAIN: Final = "main"

#: Of a function's name all up to the first dot behind the last slash; no way is tried twice.
_PATH: Final = re.compile(rb"((?:[^/\[(]*+/)*+[^./\[(]*+)\.")
_ESCAPE: Final = re.compile(rb"%([0-9a-fA-F]{2})")
#: An element of a path that carries a module's version.
_VERSIONED: Final = re.compile(r"^(?P<name>[^@]+)@(?P<version>v[0-9][^/]*)$")
#: Of a path; real ones have about ten.
_MOST_ELEMENTS: Final = 64
#: How many modules below one directory are tried to name the rest of it.
_PREFIXES_TRIED: Final = 16
_UPPER: Final = re.compile(r"!([a-z])")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Linked:
    """What a function table tells: packages sorted by path, and the modules that file names carry.

    `main` is the import path of the main package, "" where the table does not tell.
    """

    packages: tuple[LinkedPackage, ...]
    modules: tuple[Module, ...]
    main: str


def package_of(name: bytes) -> str:
    """The package in the name of a function, as far as the name alone tells; "" where it has none.

    Type arguments and receivers may hold slashes and dots of their own, so nothing from the first bracket
    or parenthesis on is looked at.
    """
    return _package(_path_in(name))


def _path_in(name: bytes) -> bytes:
    """What stands in the name of a function before its package's dot, as it stands there."""
    found = _PATH.match(name)
    return found[1] if found else b""


def _package(path: bytes) -> str:
    """The package that such a beginning means: without escapes, "" for what the linker itself made."""
    if path in (b"go", b"type") or path.startswith((b"go:", b"type:", b"type..")):
        return ""
    return text(_ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), path)) if b"%" in path else text(path)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class _Directory:
    """A directory of source files: its path with versions taken out, and the module in it, if any."""

    path: str
    module: Module | None


def _directory(path: str) -> _Directory:
    elements = path.split("/")
    for index, element in enumerate(elements):
        found = _VERSIONED.match(element)
        if found is None:
            continue
        elements[index] = found["name"]
        whole = _UPPER.sub(lambda upper: upper[1].upper(), "/".join(elements))
        start = _module_start(elements[: index + 1])
        module = _UPPER.sub(lambda upper: upper[1].upper(), "/".join(elements[start : index + 1]))
        return _Directory(path=whole, module=Module(path=module, version=found["version"]))
    return _Directory(path=path, module=None)


def _module_start(elements: list[str]) -> int:
    """Where a module's path begins in the elements before its version.

    With -trimpath at the beginning; else after the module cache, which cmd/go calls pkg/mod.
    """
    for index in range(len(elements) - 1, 0, -1):
        if elements[index - 1 : index + 1] == ["pkg", "mod"]:
            return index + 1
    if not elements[0] or elements[0].endswith(":"):
        # An absolute path and no pkg/mod: the first element that looks like a host's name begins it.
        return next((index for index, each in enumerate(elements) if "." in each and index), 0)
    return 0


def linked_packages(table: FunctionTable, info: BuildInfo | None) -> Linked:
    """The packages of a program; `info` names its modules and main package where it is there.

    Raises `attest.exe.reader.BoundsError` where the table is damaged, and `LimitError` where it holds more
    than the limits of the table allow.
    """
    told, found = _counted(table)
    votes: dict[str, Counter[str]] = {}
    for (package, directory), (count, _) in found.items():
        if package and directory:
            votes.setdefault(directory, Counter())[package] = count
    directories = {path: _directory(path) for path in {_parent(file) for file in table.files()} - {""}}
    _few(directories, table.limits.linked_packages, table)
    owners = _owners(directories, votes, told)
    main = _main_path(directories, owners, info)
    known = frozenset(owners.values())
    counted: dict[str, tuple[int, int]] = dict.fromkeys(known, (0, 0))
    for (package, directory), (functions, size) in found.items():
        owner = package if package in known else owners.get(directory) or _within(package, known)
        if owner:
            count, total = counted[owner]
            counted[owner] = (count + functions, total + size)
    modules = {each.module.path: each.module for each in directories.values() if each.module}
    paths = _module_paths(info, modules)
    packages = [
        LinkedPackage(path=path, module=_module_of(path, paths), functions=count, size=total)
        for package, (count, total) in counted.items()
        for path in (main if package == MAIN and main else package,)
    ]
    return Linked(
        packages=tuple(sorted(packages, key=lambda each: each.path)),
        modules=tuple(modules[path] for path in sorted(modules)),
        main=main,
    )


def _counted(table: FunctionTable) -> tuple[frozenset[str], dict[tuple[str, str], list[int]]]:
    """The packages that names tell, and for each of them and a directory: number of functions, and bytes."""
    most = table.limits.linked_packages
    paths: dict[bytes, str] = {}
    for name in table.names():
        path = _path_in(name)
        if path not in paths:
            paths[path] = _package(path)
            _few(paths, most, table)
    told = frozenset(paths.values()) - {""}
    found: dict[tuple[str, str], list[int]] = {}
    directory_of: dict[str, str] = {}
    for name, file, size in table.records():
        directory = directory_of.get(file)
        if directory is None:
            directory = directory_of[file] = _parent(file)
        path = _path_in(name)
        package = paths.get(path)
        if package is None:
            package = paths[path] = _package(path)
        sums = found.get((package, directory))
        if sums is None:
            sums = found[package, directory] = [0, 0]
            _few(found, 2 * most, table)
        sums[0] += 1
        sums[1] += size
    return told, found


def _few(found: Sized, most: int, table: FunctionTable) -> None:
    """Raises `LimitError` for more packages than any program has."""
    if len(found) > most:
        raise LimitError(f"more than {most} packages or their directories in {table.place}")


def _parent(file: str) -> str:
    """The directory of a source file, "" for what compilers name so that no file is meant."""
    path = file.replace("\\", "/")
    return path.rpartition("/")[0]


def _owners(
    directories: Mapping[str, _Directory], votes: Mapping[str, Counter[str]], told: AbstractSet[str]
) -> dict[str, str]:
    """The package of every directory, where it can be told."""
    owners: dict[str, str] = {}
    for path, directory in directories.items():
        if directory.path in told:  # built with -trimpath, or std with it
            owners[path] = directory.path
        elif directory.module and (found := _suffix(directory.path, directory.module.path, told)):
            owners[path] = found
        elif path in votes:
            owners[path] = max(
                votes[path].items(), key=lambda vote: (vote[1] * (1 + _agreement(path, vote[0])), vote[0])
            )[0]
    named = {root for path, owner in owners.items() if (root := _root(path, owner))}
    roots: dict[str, list[str]] = {}
    for place, prefix in sorted(named):
        roots.setdefault(place, []).append(prefix)
    for path in directories:
        if path not in owners:
            names = (
                f"{prefix}{path[len(root) :]}"
                for root in _above(path)
                for prefix in roots.get(root, ())[:_PREFIXES_TRIED]
            )
            if name := next((each for each in names if each in told), ""):
                owners[path] = name
    return owners


def _above(path: str) -> Iterator[str]:
    """The directories above a path, the nearest first, each with a slash at the end; "" is the last."""
    end = len(path)
    for _ in range(_MOST_ELEMENTS):
        end = path.rfind("/", 0, end)
        yield path[: end + 1]
        if end < 0:
            return


def _suffix(path: str, module: str, told: AbstractSet[str]) -> str:
    """The package of a directory in the module cache: what follows the place where the module begins."""
    at = path.rfind(f"/{module}")
    package = path[at + 1 :] if at >= 0 else ""
    return package if package in told else ""


def _root(path: str, owner: str) -> tuple[str, str] | None:
    """How directories around one of `owner` are named: (directory, path), with slashes at the ends."""
    own, rest = path.split("/"), owner.split("/")
    while own and rest and own[-1] == rest[-1]:
        own.pop()
        rest.pop()
    if len(rest) == len(owner.split("/")):
        return None
    return "/".join([*own, ""]), "/".join([*rest, ""]) if rest else ""


def _agreement(directory: str, package: str) -> int:
    """How many elements the ends of a directory and a package's path have in common."""
    count = 0
    for ours, theirs in zip(reversed(directory.split("/")), reversed(package.split("/")), strict=False):
        if ours != theirs:
            break
        count += 1
    return count


def _within(name: str, known: frozenset[str]) -> str:
    """The package at the beginning of a name that holds two: a method promoted from another package."""
    at = -1
    for _ in range(_MOST_ELEMENTS):
        at = name.find(".", at + 1)
        if at < 0:
            break
        if name[:at] in known:
            return name[:at]
    return ""


def _main_path(
    directories: Mapping[str, _Directory], owners: Mapping[str, str], info: BuildInfo | None
) -> str:
    """The import path of the main package, from the build info or from where its files lay."""
    if info is not None and info.path:
        return info.path
    own = sorted(
        directories[path].path
        for path, owner in owners.items()
        if owner == MAIN and not path.startswith("/") and ":" not in path
    )
    return own[0] if len(own) == 1 else ""


def _module_paths(info: BuildInfo | None, found: Iterable[str]) -> frozenset[str]:
    """The paths of all modules that are known."""
    told: set[str] = set()
    if info is not None:
        told = {each.path for each in info.deps} | ({info.main.path} if info.main else set())
    return frozenset(told or found)


def _module_of(package: str, modules: AbstractSet[str]) -> str:
    """The module that a package belongs to: the longest path that it begins with, "std" for Go's own."""
    path = package
    while path:
        if path in modules:
            return path
        path = path.rpartition("/")[0]
    return STD if "." not in package.partition("/")[0] and package != MAIN else ""
