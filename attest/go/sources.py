"""Where imported packages lie, and what their files say; every file is read once for all platforms.

Sources: cmd/go/internal/modload/import.go (importFromModules, dirInModule); modload/search.go (what ./...
means); go/build/build.go (which files of a directory make up a package).
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError, ReadError
from attest.go import header_cache, imports, modulestxt
from attest.go.context import file_name_tags
from attest.go.goversion import PRUNED, VENDOR_USED, before
from attest.go.header_cache import Headers
from attest.go.main_modules import Replacements, by_path, holding, local_root, selected, vendor_command
from attest.go.module_path import escape_path, escape_version, has_prefix, import_path_fault
from attest.go.mvs import PSEUDO_MODULES
from attest.model.module import ModuleVersion
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attest.go.context import BuildContext
    from attest.go.graph import GraphSource
    from attest.go.imports import SourceHeader
    from attest.go.links import Links, Node
    from attest.model.limits import Limits
    from attest.model.module import MainModule, MainModules, ModulesTxt, VendoredModule
    from attest.model.ports import Cache, Entry, Tree

_TEST: Final = "_test.go"
_SKIPPED: Final = frozenset({"testdata", "vendor"})


def uses_vendor(main: MainModules, modules_txt: ModulesTxt | None, *, vendored: bool) -> bool:
    """Tell whether the go command builds from vendor/ without being asked to (setDefaultBuildMod)."""
    for_workspace = modules_txt is not None and modules_txt.workspace
    go = main.top.go
    return vendored and bool(go) and not before(go, VENDOR_USED) and for_workspace == bool(main.work)


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
class Sources:
    """A source tree, its vendor directory or module cache, and what was read of them so far.

    `modules_txt` is given where packages come from vendor/ (see `uses_vendor`), else they come from
    `modcache`, a tree of GOMODCACHE. `graph` is given where go.mod does not list every module that gives a
    package, which is before Go 1.17 and in a workspace: then the versions are those that are selected in the
    whole graph. `incomplete` says which main module is not there, None where all are. `members` are the main
    modules by module path. `cache` remembers headers from earlier runs; `remember` puts there what was read.
    `links` are those that `attest.go.links` has found so far, by a package's path and files, `nodes` the
    packages that are the same on every platform, by their paths.
    """

    tree: Tree
    main: MainModules
    modules_txt: ModulesTxt | None
    modcache: Tree | None
    limits: Limits
    graph: GraphSource | None = None
    incomplete: ReadError | None = None
    cache: Cache | None = None
    members: dict[str, MainModule] = field(init=False)
    links: dict[tuple[str, tuple[str, ...]], Links] = field(default_factory=dict, init=False)
    nodes: dict[str, Node] = field(default_factory=dict, init=False)
    _found: dict[str, Found] = field(default_factory=dict, init=False)
    _listings: dict[tuple[int, str], tuple[Entry, ...]] = field(default_factory=dict, init=False)
    _directories: dict[tuple[int, str], _Directory] = field(default_factory=dict, init=False)
    _headers: dict[tuple[int, str], SourceHeader] = field(default_factory=dict, init=False)
    _required: dict[str, ModuleVersion] = field(init=False)
    _no_graph: ReadError | None = field(default=None, init=False)
    _read: frozenset[ModuleVersion] = field(default=frozenset(), init=False)
    _owners: dict[str, VendoredModule] = field(init=False)
    _roots: dict[str, tuple[Tree, str | None, bool]] = field(default_factory=dict, init=False)
    _remembered: dict[tuple[int, str], Headers] = field(default_factory=dict, init=False)
    _searched: dict[ModuleVersion, str] = field(default_factory=dict, init=False)
    _replacements: Replacements = field(init=False)

    def __post_init__(self) -> None:
        self.members = by_path(self.main)
        self._replacements = Replacements.of(self.main)
        self._required = {path: each.module for path, each in selected(self.main).items()}
        self._owners = modulestxt.package_owners(self.modules_txt) if self.modules_txt else {}

    def _read_graph(self, graph: GraphSource) -> None:
        """Take the versions from the whole module graph; where it cannot be read those of go.mod count.

        The go.mod files of a workspace may name many versions: nothing is guessed from these.
        """
        try:
            read = graph.graph()
        except ReadError as error:
            self._no_graph = error
            return
        chosen = read.selected
        self._read = frozenset(module for module, _ in read.edges)
        self._required = {
            path: ModuleVersion(path=path, version=version)
            for path, version in chosen.items()
            if version and path not in PSEUDO_MODULES
        }

    def know(self, listings: Mapping[str, tuple[Entry, ...]], headers: Mapping[str, SourceHeader]) -> None:
        """Take directories of the source tree, and headers of files that were read whole, both by name.

        They were read just now by somebody else, and are not read again.
        """
        tree = id(self.tree)
        self._listings.update(((tree, name), each) for name, each in listings.items())
        self._headers.update(((tree, name), each) for name, each in headers.items())

    @property
    def searched(self) -> Mapping[ModuleVersion, str]:
        """The modules that were searched for a package which another one gives, each with that package.

        What stands in for a module is named. The go command searches them too, so that a package is given by
        one module alone, and does not do so without their sums.
        """
        return self._searched

    def locate(self, path: str, importer: Place) -> Found:
        """Where the imported package lies.

        Raises `FormatError` at `importer` for a path that no module provides or more than one does, and
        `ReadError` where the module that would tell is not in the module cache or not listed in go.mod.
        """
        if path not in self._found:
            self._found[path] = self._locate(path, importer)
        return self._found[path]

    @property
    def located(self) -> Mapping[str, Found]:
        """What `locate` found so far, by path."""
        return self._found

    def check_required(self, importer: Found, found: Found, package: Package) -> None:
        """Refuse what a member of a workspace imports of a module that only dependencies require.

        Where such a module's own requirements were pruned away, the go command does not build with it.
        `package` is the importer's. Raises `FormatError` at the import.
        Source: modload/load.go (updateRequirements).
        """
        module = found.module
        by_member = self.main.work and importer.module is not None and not importer.module.version
        if by_member and self._read and module is not None and module not in self._read:
            raise FormatError(
                f"package {importer.path} imports {found.path} from implicitly required module",
                place=package.place(found.path),
                hint=f"to add missing requirements, run: go get {module}",
            )

    def _locate(self, path: str, importer: Place) -> Found:
        if fault := import_path_fault(path):
            raise FormatError(
                f'malformed import path "{path}": {fault}', place=importer, hint="mend the import"
            )
        if self.graph and not (self.graph.loaded or self._no_graph):
            self._read_graph(self.graph)
        candidates = list(self._in_main(path))
        missing: list[str] = []
        if self.modules_txt is not None:
            candidates += self._in_vendor(path, importer)
        elif not (self.main.work and self._no_graph):
            for prefix in _prefixes(path):
                if prefix in self._required:
                    self._in_module(path, self._required[prefix], candidates, missing)
        if len(candidates) > 1:
            where = " and ".join(str(each.module) for each in candidates)
            raise FormatError(
                f"ambiguous import: found package {path} in {where}",
                place=importer,
                hint="remove one of the modules, or the package from one of them",
            )
        if not candidates:
            return self._in_no_module(path, importer, missing)
        if self.modules_txt is None:
            self._note_searched(candidates[0])
        return candidates[0]

    def _note_searched(self, found: Found) -> None:
        for prefix in _prefixes(found.path):
            module = self._required.get(prefix)
            if module and module != found.module:
                self._searched.setdefault(self._replacements.of_module(module) or module, found.path)

    def _in_no_module(self, path: str, importer: Place, missing: list[str]) -> Found:
        """The standard library's package, or the reason why there is none."""
        if missing:
            raise ReadError(
                f"package {path} cannot be found: {missing[0]}",
                place=importer,
                hint="run `go mod download` and name the module cache, or vendor the modules",
            )
        if "." not in path.partition("/")[0] and not any(holding(self.members, path)):
            return Found(path=path, module=None)
        if error := self._no_graph or self.incomplete:
            old = f"before go {PRUNED} go.mod does not list every module, and "
            raise ReadError(
                f"package {path} cannot be found: {'' if self.main.work else old}{error.message}",
                place=importer,
                hint=error.hint,
            )
        if self.modules_txt is not None:
            raise FormatError(
                f"cannot find package {path} in vendor/",
                place=importer,
                hint=f"run `{vendor_command(self.main)}`",
            )
        raise FormatError(
            f"no required module provides package {path}", place=importer, hint=f"to add it: go get {path}"
        )

    def _in_main(self, path: str) -> Iterator[Found]:
        for each, directory in holding(self.members, path):
            if self._provides(self.tree, directory) and not self._nested(directory, each.directory):
                yield Found(path=path, module=each.version, tree=self.tree, directory=directory)

    def _nested(self, directory: str, root: str) -> bool:
        """Tell whether another module begins between the module's root and the directory."""
        while directory != root:
            if self._is_file(self.tree, f"{directory}/go.mod"):
                return True
            directory = posixpath.dirname(directory)
        return False

    def _in_vendor(self, path: str, importer: Place) -> list[Found]:
        directory = f"vendor/{path}"
        if not self._provides(self.tree, directory):
            return []
        owner = self._owners.get(path)
        if owner is None:
            raise FormatError(
                f"package {path} exists in the vendor directory but is missing from vendor/modules.txt",
                place=importer,
                hint=f"run `{vendor_command(self.main)}`: "
                "without the line nobody knows which module it comes from",
            )
        return [
            Found(
                path=path,
                module=owner.module,
                replacement=owner.replacement,
                tree=self.tree,
                directory=directory,
            )
        ]

    def _in_module(
        self, path: str, module: ModuleVersion, candidates: list[Found], missing: list[str]
    ) -> None:
        new = self._replacements.of_module(module)
        rest = path[len(module.path) + 1 :]
        if module.path not in self._roots:
            self._roots[module.path] = self._root(module, new)
        tree, root, absent = self._roots[module.path]
        if absent or root is None:
            missing.append(
                f"{new or module} is not in the module cache"
                if new is None or new.version
                else f"{module} is replaced by the directory {new}, which is not in the source tree"
            )
            return
        directory = posixpath.join(root, rest) if rest else root
        local = tree is self.tree
        if self._provides(tree, directory) and not (local and self._nested(directory, root)):
            candidates.append(
                Found(path=path, module=module, replacement=new, tree=tree, directory=directory)
            )

    def _root(self, module: ModuleVersion, new: ModuleVersion | None) -> tuple[Tree, str | None, bool]:
        """The tree and the directory in it that hold a module's files, and whether they are not there."""
        if new and not new.version:
            root = local_root(new.path)
            if root is not None and not self.tree.exists(posixpath.join(root, "go.mod")):
                self._refuse_directory(module, new, root)
            return self.tree, root, root is None
        code = new or module
        root = f"{escape_path(code.path)}@{escape_version(code.version)}"
        if self.modcache is None:
            return self.tree, root, True
        return self.modcache, root, not _is_extracted(self.modcache, root)

    def _refuse_directory(self, module: ModuleVersion, new: ModuleVersion, root: str) -> None:
        line = self._replacements.line_of(module)
        why = "has no go.mod" if self.tree.exists(root) else "does not exist"
        raise FormatError(
            f"{module}: replacement directory {new} {why}",
            place=line.line.place if line else Place(file=self.main.top.file),
            hint="put the module there, or replace with a module version",
        )

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

    def packages(self) -> Iterator[Found]:
        """The directories of the main modules that `./...` means and that hold Go files, parents first.

        Raises `LimitError` for a tree deeper or with more names than the limits allow.
        """
        for each in self.main.modules:
            for directory in self._walk(each):
                rest = directory[len(each.directory) :].strip("/")
                path = f"{each.go_mod.module}/{rest}" if rest else each.go_mod.module
                yield Found(path=path, module=each.version, tree=self.tree, directory=directory)

    def _walk(self, main: MainModule) -> Iterator[str]:
        seen = 0
        pending = [main.directory]
        while pending:
            directory = pending.pop()
            entries = self._entries(self.tree, directory)
            seen += len(entries)
            if seen > self.limits.tree_entries or directory.count("/") > self.limits.tree_depth:
                raise LimitError(
                    "the source tree has too many or too deep directories",
                    place=Place(file=directory or self.tree.label),
                )
            if directory != main.directory and self._is_file(self.tree, f"{directory}/go.mod"):
                continue
            if self._provides(self.tree, directory):
                yield directory
            below = [
                posixpath.join(directory, each.name)
                for each in entries
                if each.kind == "directory" and each.name[0] not in "._" and each.name not in _SKIPPED
            ]
            start = len(f"{main.directory}/") if main.directory else 0
            pending += [each for each in reversed(below) if not ignored(each[start:], main.go_mod.ignore)]


def _is_extracted(modcache: Tree, root: str) -> bool:
    """Tell whether a module's directory is there; one that is marked .partial is not, as in Go."""
    path, _, version = root.rpartition("@")
    return modcache.exists(root) and not modcache.exists(f"cache/download/{path}/@v/{version}.partial")


def _prefixes(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]


def ignored(directory: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether an `ignore` line names the directory: `./x` from the root, `x/y` wherever it stands."""
    for pattern in patterns:
        wanted = pattern.strip("/")
        if wanted.startswith("./"):
            if has_prefix(directory, wanted[2:]):
                return True
        elif f"/{wanted}/" in f"/{directory}/":
            return True
    return False


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
