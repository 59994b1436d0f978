"""What `go mod vendor` writes: the files of every package that vendor/modules.txt lists.

Which modules have what is known from evidence (`ModuleFiles`): the names and hashes of a proven module zip
or manifest, or of the directory that stands in for a module. What a Go file says is only ever taken from
bytes with the hash that the evidence gives, so that nothing is learnt from a vendored file that was changed.
Source: cmd/go/internal/modcmd/vendor.go (vendorPkg, matchPotentialSourceFile, copyMetadata).
"""

from __future__ import annotations

import hashlib
import posixpath
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.go import embed, imports, modulestxt
from attest.go.any_tags import can_hold
from attest.go.goversion import PRUNED, before
from attest.go.main_modules import go_version, vendor_command
from attest.go.module_path import has_prefix
from attest.go.vendor_tree import directories_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from attest.go.imports import SourceHeader
    from attest.go.vendor_tree import HashedTree
    from attest.model.limits import Limits
    from attest.model.module import MainModules, ModulesTxt, ModuleVersion, VendoredModule

_NO_TEST_EMBEDS: Final = "1.22"  # before, go mod vendor copied what test files embed
_METADATA: Final = (
    "AUTHORS",
    "CONTRIBUTORS",
    "COPYLEFT",
    "COPYING",
    "COPYRIGHT",
    "LEGAL",
    "LICENSE",
    "NOTICE",
    "PATENTS",
)
#: What the go command hands to a compiler, or a compiler may include.
_COMPILED: Final = frozenset(
    {".go", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx", ".f", ".F", ".for", ".f90"}
    | {".s", ".S", ".sx", ".swig", ".swigcxx", ".syso", ".a", ".o", ".inc"}
)


def actual(each: VendoredModule) -> ModuleVersion:
    """The module that was really copied: the replacement where there is one."""
    return each.replacement or each.module


def is_compiled(file: str) -> bool:
    """Tell whether a build may read a file of this name."""
    return posixpath.splitext(file)[1] in _COMPILED


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleFiles:
    """The files of a module as evidence tells: SHA-256 (hexadecimal) by name relative to the module's root.

    `known_by` says where from, as "go.sum knows it".
    """

    module: ModuleVersion
    files: Mapping[str, str]
    known_by: str
    directories: Mapping[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "directories", directories_of(self.files))

    def __str__(self) -> str:
        return f"{self.module} as {self.known_by}"

    def provides(self, directory: str) -> bool:
        """Tell whether the directory has a Go file, by which the go command finds a package in it."""
        return any(name.endswith(".go") for name in self.directories.get(directory, ()))


@dataclass(slots=True)
class Vendored:
    """vendor/, what modules.txt says of it, and the evidence that there is; all checks start from it."""

    tree: HashedTree
    modules_txt: ModulesTxt
    main: MainModules
    evidence: Mapping[ModuleVersion, ModuleFiles]
    headers: dict[str, SourceHeader] = field(init=False)
    owners: dict[str, VendoredModule] = field(init=False)
    go: str = field(init=False)
    _blocks: dict[str, VendoredModule] = field(init=False)

    def __post_init__(self) -> None:
        self.go = go_version(self.main)
        self.headers = dict(self.tree.headers)
        listed = modulestxt.package_owners(self.modules_txt)
        # The last block of a module path with packages stands for it.
        blocks = sorted(self.modules_txt.modules, key=lambda each: bool(each.packages))
        self._blocks = {each.module.path: each for each in blocks}
        self.owners = {path: self._owner(path, each) for path, each in listed.items()}

    @property
    def workspace(self) -> bool:
        """Tell whether this is the vendor directory of a workspace."""
        return self.main.work is not None

    @property
    def hint(self) -> str:
        """How to find out what is wrong."""
        return f"run `{vendor_command(self.main)}` and look at what it changes"

    def add_contents(self, contents: Iterable[bytes], limits: Limits) -> None:
        """Make known what Go files say that are not in vendor/; they count by their SHA-256."""
        for data in contents:
            header = imports.read(data[: limits.go_source_header_bytes])
            self.headers[hashlib.sha256(data).hexdigest()] = header

    def files_of(self, each: VendoredModule) -> ModuleFiles | None:
        """The evidence for the module of a block; None where there is none."""
        return self.evidence.get(actual(each))

    def provider(self, path: str) -> VendoredModule | None:
        """The module that has the package by evidence; the longest path first, as the go command looks."""
        prefix = path
        while prefix:
            each = self._blocks.get(prefix)
            if each and (files := self.files_of(each)) and files.provides(path[len(prefix) + 1 :]):
                return each
            prefix = prefix.rpartition("/")[0]
        return None

    def _owner(self, path: str, listed: VendoredModule) -> VendoredModule:
        """The module that a listed package belongs to: where evidence contradicts its line, by evidence."""
        return listed if self.gives(listed, path) else self.provider(path) or listed

    def gives(self, each: VendoredModule, path: str) -> bool:
        """Tell whether the module has the package, by evidence."""
        files = self.files_of(each) if has_prefix(path, each.module.path) else None
        return files is not None and files.provides(path[len(each.module.path) + 1 :])

    def proven_packages(self) -> Iterator[tuple[str, VendoredModule, ModuleFiles, str]]:
        """Each listed package that evidence knows: path, module, its files, and the directory in it."""
        for path, owner in sorted(self.owners.items()):
            files = self.files_of(owner)
            if files and self.gives(owner, path):
                yield path, owner, files, path[len(owner.module.path) + 1 :]

    def wanted(self) -> dict[ModuleVersion, tuple[str, ...]]:
        """The Go files whose content must be known to tell what belongs into vendor/, and is not there.

        They are files that `go mod vendor` leaves out for their build constraint, and, for a main module
        before go 1.22, tests, whose embedded files it copied then. Names are relative to the module's root.
        """
        tests = before(self.go, _NO_TEST_EMBEDS)
        found: dict[ModuleVersion, set[str]] = defaultdict(set)
        for _, _, files, directory in self.proven_packages():
            for base in files.directories.get(directory, ()):
                name = posixpath.join(directory, base)
                known = files.files[name] in self.headers
                if base.endswith(".go") and not known and (tests or not base.endswith("_test.go")):
                    found[files.module].add(name)
        return {module: tuple(sorted(found[module])) for module in sorted(found)}


@dataclass(slots=True)
class Expected:
    """The files that belong into vendor/, by name relative to it.

    `files` gives, for each, the modules that may have given it, by SHA-256. `possible` are files that
    `go mod vendor` copies on some machines only: where cgo is off, it passes over what cgo files embed.
    """

    files: dict[str, dict[str, ModuleFiles]] = field(default_factory=lambda: defaultdict(dict))
    possible: set[str] = field(default_factory=set)
    embedded: set[str] = field(default_factory=set)

    def add(self, vendored: str, files: ModuleFiles, name: str) -> None:
        """Expect the file `name` of a module at `vendored`, unless it is that of another module."""
        self.files[vendored][files.files[name]] = files


def expected(vendored: Vendored) -> Expected:
    """The files of every listed package that evidence knows, with what they embed and their licences."""
    found = Expected()
    for path, owner, files, directory in vendored.proven_packages():
        for base in files.directories.get(directory, ()):
            name = posixpath.join(directory, base)
            if _is_copied(base, vendored.headers.get(files.files[name]), vendored.go):
                found.add(f"{path}/{base}", files, name)
        _add_embedded(found, vendored, path, files, directory)
        _add_metadata(found, owner, files, directory)
    return found


def _is_copied(base: str, header: SourceHeader | None, go: str) -> bool:
    if base.endswith("_test.go"):
        return False
    if base in ("go.mod", "go.sum"):
        return before(go, PRUNED)
    # A Go file of unknown content may be one that is left out; without evidence of that it must be there.
    return not base.endswith(".go") or header is None or can_hold(header.constraint)


def _add_embedded(found: Expected, vendored: Vendored, path: str, files: ModuleFiles, directory: str) -> None:
    surely: set[str] = set()
    perhaps: set[str] = set()
    for base in files.directories.get(directory, ()):
        test = base.endswith("_test.go")
        if not base.endswith(".go") or base[0] in "._" or (test and not before(vendored.go, _NO_TEST_EMBEDS)):
            continue
        header = vendored.headers.get(files.files[posixpath.join(directory, base)])
        if header and header.package != "documentation":
            (perhaps if header.uses_cgo else surely).update(header.embeds)
    if not surely and not perhaps:
        return
    prefix = f"{directory}/" if directory else ""
    below = {each.removeprefix(prefix) for each in files.files if each.startswith(prefix)}
    for patterns in (perhaps, surely):
        for pattern in patterns:
            for file in embed.resolve(pattern, below) or ():
                vendored_name = f"{path}/{file}"
                found.add(vendored_name, files, prefix + file)
                if patterns is surely:
                    found.embedded.add(vendored_name)
                    found.possible.discard(vendored_name)
                elif "/" in file:
                    found.possible.add(vendored_name)


def _add_metadata(found: Expected, owner: VendoredModule, files: ModuleFiles, directory: str) -> None:
    while directory:
        directory = posixpath.dirname(directory)
        for base in files.directories.get(directory, ()):
            if base.startswith(_METADATA):
                name = posixpath.join(directory, base)
                found.add(f"{owner.module.path}/{name}", files, name)
