"""Where imported packages lie.

Sources: cmd/go/internal/modload/import.go (importFromModules, dirInModule); modload/search.go (what ./...
means).
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError, ReadError
from attest.go import modulestxt
from attest.go.goversion import PRUNED, VENDOR_USED, before
from attest.go.main_modules import Replacements, by_path, holding, local_root, selected, vendor_command
from attest.go.module_path import escape_path, escape_version, has_prefix, import_path_fault
from attest.go.mvs import PSEUDO_MODULES
from attest.go.package_files import Found, PackageFiles
from attest.model.module import ModuleVersion
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attest.go.graph import GraphSource
    from attest.go.links import Links, Node
    from attest.go.package_files import Package
    from attest.model.module import MainModule, MainModules, ModulesTxt, VendoredModule
    from attest.model.ports import Tree

_SKIPPED: Final = frozenset({"testdata", "vendor"})


def uses_vendor(main: MainModules, modules_txt: ModulesTxt | None, *, vendored: bool) -> bool:
    """Tell whether the go command builds from vendor/ without being asked to (setDefaultBuildMod)."""
    for_workspace = modules_txt is not None and modules_txt.workspace
    go = main.top.go
    return vendored and bool(go) and not before(go, VENDOR_USED) and for_workspace == bool(main.work)


@dataclass(slots=True, kw_only=True)
class Sources(PackageFiles):
    """A source tree, its vendor directory or module cache, and what was read of them so far.

    `modules_txt` is given where packages come from vendor/ (see `uses_vendor`), else they come from
    `modcache`, a tree of GOMODCACHE. `graph` is given where go.mod does not list every module that gives a
    package, which is before Go 1.17 and in a workspace: then the versions are those that are selected in the
    whole graph. `incomplete` says which main module is not there, None where all are. `members` are the main
    modules by module path. `links` are those that `attest.go.links` has found so far, by a package's path and
    files, `nodes` the packages that are the same on every platform, by their paths.
    """

    main: MainModules
    modules_txt: ModulesTxt | None
    modcache: Tree | None
    graph: GraphSource | None = None
    incomplete: ReadError | None = None
    members: dict[str, MainModule] = field(init=False)
    links: dict[tuple[str, tuple[str, ...]], Links] = field(default_factory=dict, init=False)
    nodes: dict[str, Node] = field(default_factory=dict, init=False)
    _found: dict[str, Found] = field(default_factory=dict, init=False)
    _required: dict[str, ModuleVersion] = field(init=False)
    _no_graph: ReadError | None = field(default=None, init=False)
    _read: frozenset[ModuleVersion] = field(default=frozenset(), init=False)
    _owners: dict[str, VendoredModule] = field(init=False)
    _roots: dict[str, tuple[Tree, str | None, bool]] = field(default_factory=dict, init=False)
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
