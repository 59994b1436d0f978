"""The files of packages: what directories list, what the header of each file says, which are built where.

Every file is read once for all platforms. Source: go/build/build.go (which files of a directory make up a
package).
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError, ReadError
from attest.go import header_cache, imports
from attest.go.context import file_name_tags
from attest.go.header_cache import Headers
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.go.context import BuildContext
    from attest.go.imports import SourceHeader
    from attest.model.limits import Limits
    from attest.model.module import ModuleVersion
    from attest.model.ports import Cache, Entry, Tree

_TEST: Final = "_test.go"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where a package lies. `module` is None for the standard library, whose `tree` is None too."""

    path: str
    module: ModuleVersion | None
    replacement: ModuleVersion | None = None
    tree: Tree | None = None
    directory: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The files of a directory that are built on a platform: their package's name and what they import.

    `imports` gives the file and line of the first import of each path, "C" left out.
    """

    name: str
    files: tuple[str, ...]
    imports: dict[str, tuple[str, int]]

    def place(self, path: str) -> Place:
        """Where a path is imported first."""
        file, line = self.imports[path]
        return Place(file=file, line=line)


@dataclass(slots=True, kw_only=True)
class _Directory:
    """A directory with source files: how it is called, their headers, and what was made of them so far.

    `path` and `label` end in "/", so that a file's name follows. `some` are the files that are not known to
    be built everywhere, with the tags that their names ask for. `packages` are by the files that they have;
    `everywhere` is the one of all files, where there is no other. `remembered` knew as many headers in this
    `state` of the directory as `known` says; "" is a state that cannot be told from others.
    """

    tree: Tree
    path: str
    label: str
    names: tuple[str, ...]
    some: dict[str, tuple[str, ...]]
    remembered: Headers | None
    state: str
    known: int
    headers: dict[str, SourceHeader]
    packages: dict[tuple[str, ...], Package | None] = field(default_factory=dict)
    everywhere: Package | None = None


def _is_source(name: str) -> bool:
    return name.endswith(".go") and not name.endswith(_TEST) and name[0] not in "._"


@dataclass(slots=True, kw_only=True)
class PackageFiles:
    """What was read so far of the files below a source tree, and below the trees that packages are found in.

    `cache` remembers headers from earlier runs; `remember` puts there what was read.
    """

    tree: Tree
    limits: Limits
    cache: Cache | None = None
    _listings: dict[tuple[int, str], tuple[Entry, ...]] = field(default_factory=dict, init=False)
    _directories: dict[tuple[int, str], _Directory] = field(default_factory=dict, init=False)
    _headers: dict[tuple[int, str], SourceHeader] = field(default_factory=dict, init=False)
    _remembered: dict[tuple[int, str], Headers] = field(default_factory=dict, init=False)

    def know(self, listings: Mapping[str, tuple[Entry, ...]], headers: Mapping[str, SourceHeader]) -> None:
        """Take directories of the source tree, and headers of files that were read whole, both by name.

        They were read just now by somebody else, and are not read again.
        """
        tree = id(self.tree)
        self._listings.update(((tree, name), each) for name, each in listings.items())
        self._headers.update(((tree, name), each) for name, each in headers.items())

    def _entries(self, tree: Tree, directory: str) -> tuple[Entry, ...]:
        key = (id(tree), directory)
        if key not in self._listings:
            try:
                self._listings[key] = tree.entries(directory)
            except ReadError:
                if tree.exists(directory):
                    raise
                self._listings[key] = ()
        return self._listings[key]

    def _is_file(self, tree: Tree, name: str) -> bool:
        directory, base = posixpath.split(name)
        return any(each.name == base and each.kind == "file" for each in self._entries(tree, directory))

    def _provides(self, tree: Tree, directory: str) -> bool:
        return any(
            each.name.endswith(".go") and each.kind in ("file", "symlink")
            for each in self._entries(tree, directory)
        )

    def package(self, found: Found, context: BuildContext) -> Package | None:
        """The files of a found directory that are built in `context`; None where there are none.

        Raises `FormatError` for a file that is built and cannot be read as Go, and for files of different
        packages; `LimitError` for a header longer than `limits.go_source_header_bytes`.
        """
        if found.tree is None:
            return None
        directory = self._directories.get((id(found.tree), found.directory)) or self._directory(found)
        if directory.everywhere is not None:
            return directory.everywhere
        left_out = [
            name
            for name, tags in tuple(directory.some.items())
            if (tags and not context.all_hold(tags)) or not self._is_built(directory, name, tags, context)
        ]
        names = tuple(each for each in directory.names if each not in left_out)
        if names not in directory.packages:
            directory.packages[names] = _merge(
                found, {directory.label + each: directory.headers[each] for each in names}
            )
        package = directory.packages[names]
        if not directory.some:
            directory.everywhere = package
        return package

    def tests(self, found: Found, context: BuildContext) -> tuple[Package, ...]:
        """The tests of a found directory that are built in `context`, by package: its own, then those beside.

        Raises as `package` does.
        """
        names = [
            each.name
            for each in self._entries(found.tree or self.tree, found.directory)
            if each.kind in ("file", "symlink") and each.name.endswith(_TEST) and each.name[0] not in "._"
        ]
        headers = self._built(found, names, context)
        packages = sorted({each.package for each in headers.values()})
        merged = (
            _merge(found, {file: each for file, each in headers.items() if each.package == package})
            for package in packages
        )
        return tuple(each for each in merged if each)

    def files(self, found: Found, names: tuple[str, ...]) -> Package | None:
        """Files that are built because they are named, whatever they say of platforms and tags.

        `names` are from the root of the source tree; None where one of them is not there. Raises as
        `package` does.
        """
        if not all(self.tree.exists(each) for each in names):
            return None
        headers = {each: self.header(self.tree, each) for each in names}
        for file, header in headers.items():
            if header.error:
                raise _source_fault(file, header.line, header.error)
        return _merge(found, headers)

    def source_files(self, found: Found) -> tuple[str, ...]:
        """The Go files of a directory of the source tree, tests among them, whatever they are built for."""
        return tuple(
            posixpath.join(found.directory, each.name)
            for each in self._entries(self.tree, found.directory)
            if each.kind == "file" and each.name.endswith(".go") and each.name[0] not in "._"
        )

    def _built(self, found: Found, names: list[str], context: BuildContext) -> dict[str, SourceHeader]:
        """The headers of those files of a directory that are built in `context`, by the label of each."""
        tree = found.tree or self.tree
        prefix = f"{found.directory}/" if found.directory else ""
        directory = _Directory(
            tree=tree,
            path=prefix,
            label=self._label(tree, prefix),
            names=tuple(names),
            some={each: file_name_tags(each) for each in names},
            remembered=None,
            state="",
            known=0,
            headers={},
        )
        return {
            directory.label + name: directory.headers[name]
            for name, tags in tuple(directory.some.items())
            if (not tags or context.all_hold(tags)) and self._is_built(directory, name, tags, context)
        }

    def is_everywhere(self, found: Found) -> bool:
        """Tell whether a package that was asked for has the same files on every platform."""
        return self._directories[id(found.tree), found.directory].everywhere is not None

    def _directory(self, found: Found) -> _Directory:
        tree = found.tree or self.tree
        prefix = f"{found.directory}/" if found.directory else ""
        files = [
            each
            for each in self._entries(tree, found.directory)
            if each.kind in ("file", "symlink") and _is_source(each.name)
        ]
        small = all(each.size <= self.limits.go_source_header_bytes for each in files)
        asked = (
            self.cache
            and small
            and any((id(tree), prefix + each.name) not in self._headers for each in files)
        )
        state = header_cache.state_of(files) if asked else ""
        remembered = self._headers_of(found, tree) if state else None
        headers = remembered.find(prefix, state) if remembered else {}
        new = self._directories[id(tree), found.directory] = _Directory(
            tree=tree,
            path=prefix,
            label=self._label(tree, prefix),
            names=tuple(each.name for each in files),
            some={each.name: file_name_tags(each.name) for each in files},
            remembered=remembered,
            state=state,
            known=len(headers),
            headers=headers,
        )
        return new

    def _headers_of(self, found: Found, tree: Tree) -> Headers:
        """What is remembered of the module that gives a package."""
        module = str(found.replacement or found.module)
        key = (id(tree), module)
        if key not in self._remembered:
            self._remembered[key] = Headers(self.cache, tree, module)
        return self._remembered[key]

    def remember(self) -> None:
        """Put the headers that were read into the cache, where there is one."""
        for each in self._directories.values():
            if each.remembered and len(each.headers) > each.known:
                each.remembered.add(each.path, each.state, each.headers)
        for headers in self._remembered.values():
            headers.store()

    def _is_built(
        self, directory: _Directory, name: str, tags: tuple[str, ...], context: BuildContext
    ) -> bool:
        header = directory.headers.get(name)
        if header is None:
            header = directory.headers[name] = self.header(directory.tree, directory.path + name)
        constraint = header.constraint
        if constraint.error:
            raise _source_fault(directory.label + name, constraint.line, constraint.error)
        if not constraint.holds(context.tag) or header.package == "documentation":
            return False
        if header.error:
            raise _source_fault(directory.label + name, header.line, header.error)
        if header.uses_cgo:
            return context.cgo
        if not tags and not constraint.expressions:
            del directory.some[name]
        return True

    def header(self, tree: Tree, file: str) -> SourceHeader:
        """The header of a source file, read once."""
        key = (id(tree), file)
        if key not in self._headers:
            limit = self.limits.go_source_header_bytes
            with tree.open(file) as opened:
                header = imports.read(bytes(opened.data[:limit]))
                embeds = any(each.path == "embed" for each in header.imports)
                if opened.size > limit and (header.error or embeds or not header.ended):
                    raise LimitError(
                        f"its package clause and imports do not end within {limit} bytes",
                        place=Place(file=self._label(tree, file)),
                    )
            self._headers[key] = header
        return self._headers[key]

    def _label(self, tree: Tree, file: str) -> str:
        """What to call a file in messages: relative to the source tree, or below the module cache's label."""
        return file if tree is self.tree else f"{tree.label}/{file}"


def _source_fault(file: str, line: int, message: str) -> FormatError:
    return FormatError(message, place=Place(file=file, line=line), hint="mend the source file")


def _merge(found: Found, files: dict[str, SourceHeader]) -> Package | None:
    if not files:
        return None
    name = next(iter(files.values())).package
    places: dict[str, tuple[str, int]] = {}
    for file, header in files.items():
        if header.package != name:
            first = posixpath.basename(next(iter(files)))
            raise FormatError(
                f"found packages {name} ({first}) and {header.package} ({posixpath.basename(file)}) in "
                f"{found.directory or '.'}",
                place=Place(file=file),
                hint="keep one package in a directory",
            )
        for path, line in header.imports:
            if path not in places and path != "C":
                places[path] = (file, line)
    return Package(name=name, files=tuple(files), imports=places)
