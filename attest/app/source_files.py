"""`attest inspect --files DIR`: which files below a directory are built on which platforms, and why."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from attest.app.inventory import walk
from attest.errors import LimitError, NothingToVerifyError
from attest.go import build_files, gomod
from attest.go.build_files import FoundFile, decide, embeds, is_source
from attest.go.context import NEWEST_MINOR, PORTS, BuildContext
from attest.go.embed import path_matches, resolve
from attest.go.sources import ignored
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.source_files import (
    EmbeddedFile,
    PassedOver,
    SourceDirectory,
    SourceFile,
    SourceListing,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from attest.model.ports import Entry, Tree
    from attest.model.source import Platform
    from attest.model.source_files import Embedding, FileDecision

#: What `--platform all` means.
EVERY_PLATFORM: Final = PORTS
_NOT_BUILT: Final = {
    "testdata": "testdata holds no packages",
    "vendor": "vendor holds the packages of other modules",
}


def list_files(
    tree: Tree,
    *,
    platforms: Iterable[Platform],
    cgo: bool = False,
    tags: Iterable[str] = (),
    limits: Limits = DEFAULT_LIMITS,
) -> SourceListing:
    """Every source file of the packages below a directory, with what the go command does with it.

    Directories are passed over as for `./...`, the directory itself never. Raises `UsageError` for a platform
    that Go does not know, `ReadError` for what cannot be read, `FormatError` for a go.mod that is none,
    `LimitError` for a tree too large, `NothingToVerifyError` where no directory holds a Go file.
    """
    wanted = tuple(dict.fromkeys(platforms))
    set_tags = tuple(dict.fromkeys(tags))
    contexts = [BuildContext(platform=each, cgo=cgo, tags=set_tags) for each in wanted]
    below = _Walk(tree, limits)
    directories = tuple(
        _directory(path, found, below.embedded(path, found), contexts) for path, found in below.directories()
    )
    if not directories:
        raise NothingToVerifyError(
            f"{tree.label} holds no Go file", hint="name a module's directory, or that of a package"
        )
    return SourceListing(
        label=tree.label,
        platforms=wanted,
        cgo=cgo,
        tags=set_tags,
        go=f"1.{NEWEST_MINOR}",
        directories=directories,
        passed_over=tuple(sorted(below.passed_over, key=lambda each: each.path)),
    )


def _directory(
    path: str,
    found: list[FoundFile],
    named: Mapping[str, frozenset[str] | None],
    contexts: Iterable[BuildContext],
) -> SourceDirectory:
    decisions: list[tuple[FileDecision, ...]] = []
    embedded: list[dict[str, Embedding]] = []
    for context in contexts:
        decided, inside = embeds(found, decide(found, context), named)
        decisions.append(decided)
        embedded.append(inside)
    return SourceDirectory(
        path=path,
        files=tuple(
            SourceFile(name=each.name, decisions=each_decided)
            for each, each_decided in zip(found, zip(*decisions, strict=True), strict=True)
        ),
        embedded=tuple(
            EmbeddedFile(name=name, embeddings=tuple(each.get(name) for each in embedded))
            for name in sorted({name for each in embedded for name in each})
        ),
    )


class _Walk:
    """The directories below the root of a tree, and those that were passed over."""

    def __init__(self, tree: Tree, limits: Limits) -> None:
        self.tree = tree
        self.limits = limits
        self.passed_over: list[PassedOver] = []

    def directories(self) -> Iterator[tuple[str, list[FoundFile]]]:
        """Each directory that holds a Go file with its source files, sorted; all are found first."""
        patterns = self._ignore_lines()
        seen = 0
        pending = [""]
        found: list[tuple[str, list[Entry]]] = []
        while pending:
            directory = pending.pop()
            entries = self.tree.entries(directory)
            seen += len(entries)
            if seen > self.limits.tree_entries or directory.count("/") > self.limits.tree_depth:
                raise self._too_large(directory)
            if directory and any(each.name == "go.mod" and each.kind == "file" for each in entries):
                self._pass_over(directory, "is a module of its own")
                continue
            sources = [each for each in entries if each.kind != "directory" and is_source(each.name)]
            if any(each.name.endswith(".go") for each in sources):
                found.append((directory, sources))
            elif sources:
                self._pass_over(directory, "holds no Go file")
            for each in entries:
                if each.kind == "directory":
                    below = posixpath.join(directory, each.name)
                    reason = _not_built(below, each.name, patterns)
                    if reason:
                        self._pass_over(below, reason)
                    else:
                        pending.append(below)
        for directory, sources in sorted(found, key=lambda each: each[0].split("/")):
            yield directory, [self._read(directory, each) for each in sources]

    def embedded(self, directory: str, found: list[FoundFile]) -> dict[str, frozenset[str] | None]:
        """The files that each pattern of a package names, None for one that is refused."""
        patterns = sorted({each for file in found if file.header for each in file.header.embeds})
        first = {each.removeprefix("all:").partition("/")[0] for each in patterns}
        names: list[str] = []
        irregular: list[str] = []
        for entry in self.tree.entries(directory) if patterns else ():
            if not any(path_matches(each, entry.name) for each in first):
                continue
            path = posixpath.join(directory, entry.name)
            below = walk(self.tree, path, self.limits) if entry.kind == "directory" else ((path, entry),)
            for name, each in below:
                if each.kind != "directory":
                    (names if each.kind == "file" else irregular).append(name)
            if len(names) + len(irregular) > self.limits.tree_entries:
                raise self._too_large(directory)
        start = len(f"{directory}/") if directory else 0
        files, others = ([each[start:] for each in kind] for kind in (names, irregular))
        return {each: resolve(each, files, others) for each in patterns}

    def _too_large(self, directory: str) -> LimitError:
        return LimitError(
            "the source tree has too many or too deep directories",
            place=Place(file=directory or self.tree.label),
            hint="name a smaller directory",
        )

    def _ignore_lines(self) -> tuple[str, ...]:
        """The `ignore` lines of a go.mod in the directory itself."""
        if not any(each.name == "go.mod" and each.kind == "file" for each in self.tree.entries()):
            return ()
        data = self.tree.read("go.mod", self.limits.go_mod_bytes)
        return gomod.parse(data, "go.mod").ignore

    def _pass_over(self, directory: str, reason: str) -> None:
        self.passed_over.append(PassedOver(path=directory, reason=reason))

    def _read(self, directory: str, entry: Entry) -> FoundFile:
        if entry.kind != "file":
            what = "is a link, which is not followed" if entry.kind == "symlink" else "is no regular file"
            return FoundFile(name=entry.name, fault=what)
        with self.tree.open(posixpath.join(directory, entry.name)) as opened:
            return build_files.read(entry.name, opened.data, self.limits)


def _not_built(directory: str, name: str, patterns: tuple[str, ...]) -> str:
    """Why `./...` does not mean a directory; "" where it does."""
    if name[0] in "._":
        return "its name begins with . or _"
    if name in _NOT_BUILT:
        return _NOT_BUILT[name]
    return "go.mod says to ignore it" if ignored(directory, patterns) else ""
