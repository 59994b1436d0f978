"""Where licence texts come from: vendor/, the module cache, local directories, the main module, GOROOT.

Every distinct text is told once; `cache` keeps what it was told to be between runs. The network is never
asked. Sources: cmd/go/internal/modcmd/vendor.go (copyMetadata: licence files go along into vendor/);
cmd/go/internal/modfetch/codehost/codehost.go (Origin in .info files).
"""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from attest.app.linked import read_source_files
from attest.errors import AttestError, LimitError
from attest.go import module_zip
from attest.go.main_modules import by_path, local_root
from attest.go.module_path import escape_path, escape_version
from attest.model.bom import ComponentFiles
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.module import ModuleVersion
from attest.model.place import Place
from attest.model.strict_json import loads
from attest.sbom import licenses as texts
from attest.sbom.identity import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from attest.app.linked import SourceFiles
    from attest.model.bom import Bom, BomComponent
    from attest.model.license import LicenseOverride, Licenses
    from attest.model.ports import Cache, Tree
    from attest.model.source import LinkedSet

_KINDS: Final = frozenset({"main", "module", "std"})
_NO_FILE: Final = "there is no licence file"
_SCHEMES: Final = frozenset({"git", "http", "https", "ssh"})
_VCS: Final = frozenset({"bzr", "git", "hg", "svn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Directory:
    """A module's files as a directory of a tree."""

    tree: Tree
    root: str

    def names(self, folder: str, limits: Limits) -> list[str]:
        """The licence files of a folder, by their name in the module; none where it has no such folder.

        Raises `ReadError` for one that cannot be listed.
        """
        found: list[str] = []
        path = posixpath.join(self.root, folder).rstrip("/")
        if folder and not self.tree.exists(path):
            return []
        for each in self.tree.entries(path):
            name = posixpath.join(folder, each.name)
            if each.kind == "file" and (folder == texts.REUSE or texts.file_kind(each.name)):
                found.append(name)
            elif each.kind == "directory" and name == texts.REUSE:
                found += self.names(name, limits)
        return found

    def read(self, names: Iterable[str], limits: Limits) -> Iterator[tuple[str, bytes | AttestError]]:
        """The bytes of each file, or why they cannot be read."""
        for name in names:
            try:
                yield name, self.tree.read(posixpath.join(self.root, name), limits.license_bytes)
            except AttestError as error:
                yield name, error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Zip:
    """A module's files as its zip in the module cache."""

    tree: Tree
    file: str
    module: ModuleVersion
    listed: dict[str, int]

    def names(self, folder: str, limits: Limits) -> list[str]:
        """As of a directory."""
        del limits
        return [
            name
            for name in self.listed
            if ((above := posixpath.dirname(name)) == folder and texts.file_kind(posixpath.basename(name)))
            or (folder == "" and above == texts.REUSE)
        ]

    def read(self, names: Iterable[str], limits: Limits) -> Iterator[tuple[str, bytes | AttestError]]:
        """As of a directory."""
        prefix = f"{self.module}/"
        place = Place(file=f"{self.tree.label}/{self.file}")
        wanted: list[str] = []
        for name in names:
            if self.listed[name] > limits.license_bytes:
                size = self.listed[name]
                said = f"{size} bytes, more than the {limits.license_bytes} that are read of such a file"
                yield name, LimitError(said, place=place)
            else:
                wanted.append(name)
        try:
            with self.tree.open(self.file) as opened:
                found = module_zip.contents(
                    opened.data, [prefix + name for name in wanted], limits=limits, place=place
                )
        except AttestError as error:
            yield from ((name, error) for name in wanted)
            return
        yield from ((name, found[prefix + name]) for name in wanted if prefix + name in found)


@dataclass(slots=True, kw_only=True)
class LicenseReader:
    """Finds the licences of the components of bills of materials.

    `tree` is the source tree, `modcache` a tree of GOMODCACHE, `goroot` the Go installation; None where
    there is none. `linked` tells which packages of a module are linked: the licence files beside them count
    as those at the module's root do. `overrides` go first to last, and the first that names a module holds.
    """

    tree: Tree | None
    modcache: Tree | None
    goroot: Tree | None = None
    cache: Cache | None = None
    linked: Sequence[LinkedSet] = ()
    overrides: Sequence[LicenseOverride] = ()
    workspace: bool = True
    limits: Limits = DEFAULT_LIMITS
    _known: dict[tuple[str, ...], ComponentFiles] = field(default_factory=dict)
    _texts: dict[str, texts.LicenseText] = field(default_factory=dict)
    _source: SourceFiles | None = None
    _packages: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Note the linked packages of each module, and read what go.mod and vendor/modules.txt say."""
        for each in self.linked:
            self._packages.setdefault(each.main_module.path, set()).add(each.main_package)
            for module in each.modules:
                self._packages.setdefault(module.module.path, set()).update(module.packages)
        if self.tree is not None:
            self._source = read_source_files(self.tree, self.limits, workspace=self.workspace)

    def describe(self, bom: Bom) -> Bom:
        """`bom` with licences and origins of its modules, its main module and the standard library."""
        return texts.with_files(
            bom, {each.ref: self._files(each) for each in bom.components if each.kind in _KINDS}
        )

    def _files(self, component: BomComponent) -> ComponentFiles:
        imported = component.replaces.path if component.replaces else component.name
        key = (component.kind, imported, component.name, component.version.value, component.directory)
        if key not in self._known:
            self._known[key] = self._read(component, imported)
        return self._known[key]

    def _read(self, component: BomComponent, imported: str) -> ComponentFiles:
        place = self._place(component, imported)
        if isinstance(place, str):
            found = texts.licenses_of((), nothing=place)
        else:
            found = self._licenses(place, imported, self._packages.get(imported, set()))
        module = ModuleVersion(path=component.name, version=component.version.value)
        if component.kind != "std":
            found = self._stated(found, module)
        published = component.kind == "module" and module.version and not component.directory
        return ComponentFiles(
            licenses=found,
            origin=self._origin(module) if published else "",
            evidence=("module-zip",) if isinstance(place, _Zip) else (),
        )

    def _stated(self, found: Licenses, module: ModuleVersion) -> Licenses:
        from attest.go.requirements import matches

        for each in self.overrides:
            if matches(each.module, module):
                return texts.override(found, each.expression, each.reason)
        return found

    def _place(self, component: BomComponent, imported: str) -> _Directory | _Zip | str:
        """Where the component's files lie, or why nobody can tell."""
        version = component.version.value
        if component.kind == "std":
            return self._std(version)
        main = component.kind == "main"
        if self._source is not None and self.tree is not None:
            member = by_path(self._source.main).get(component.name)
            if member is not None and (main or not version):
                return _Directory(tree=self.tree, root=member.directory)
        if main:
            given = self.tree is not None
            return "the source tree given is that of another module" if given else "no source tree was given"
        if component.directory:
            return self._local(component.directory)
        return self._module(ModuleVersion(path=component.name, version=version), imported)

    def _local(self, directory: str) -> _Directory | str:
        root = local_root(directory)
        if self.tree is None or root is None or not self.tree.exists(root):
            return "a local directory is compiled in its place, which is not in a source tree given"
        return _Directory(tree=self.tree, root=root)

    def _std(self, release: str) -> _Directory | str:
        if not release:
            return "which version of Go it is of is not known"
        if self.goroot is None:
            return "no Go installation is at hand"
        try:
            lines = self.goroot.read("VERSION", self.limits.license_bytes).decode("utf-8", "replace")
        except AttestError:
            return "the Go installation at hand does not tell its version"
        installed = lines.split("\n", 1)[0].strip()
        if installed != f"go{release}":
            return f"the Go installation at hand is {clean(installed)[:40]}"
        return _Directory(tree=self.goroot, root="")

    def _module(self, module: ModuleVersion, imported: str) -> _Directory | _Zip | str:
        if not module.version:
            return "without a version nobody can tell which files it consists of"
        if self.tree is not None and self._vendored(module, imported):
            return _Directory(tree=self.tree, root=f"vendor/{imported}")
        return self._cached(module)

    def _cached(self, module: ModuleVersion) -> _Directory | _Zip | str:
        if self.modcache is None:
            return "no module cache was given that could hold it"
        try:
            root = f"{escape_path(module.path)}@{escape_version(module.version)}"
        except AttestError as error:
            return error.message
        path, _, version = root.rpartition("@")
        stem = f"cache/download/{path}/@v/{version}"
        if self.modcache.exists(root) and not self.modcache.exists(f"{stem}.partial"):
            return _Directory(tree=self.modcache, root=root)
        if not self.modcache.exists(f"{stem}.zip"):
            return "it is not in the module cache"
        return self._zip(f"{stem}.zip", module, self.modcache)

    def _zip(self, file: str, module: ModuleVersion, modcache: Tree) -> _Zip | str:
        place = Place(file=f"{modcache.label}/{file}")
        try:
            with modcache.open(file) as opened:
                sizes = module_zip.sizes(opened.data, limits=self.limits, place=place)
        except AttestError as error:
            return f"its zip in the module cache cannot be read: {error.message}"
        prefix = f"{module}/"
        listed = {name.removeprefix(prefix): size for name, size in sizes.items() if name.startswith(prefix)}
        return _Zip(tree=modcache, file=file, module=module, listed=listed)

    def _vendored(self, module: ModuleVersion, imported: str) -> bool:
        """Tell whether vendor/ holds this very module."""
        if self._source is None or self._source.modules_txt is None or not self._source.vendored:
            return False
        return any(
            each.module.path == imported and (each.replacement or each.module) == module
            for each in self._source.modules_txt.modules
        )

    def _licenses(self, place: _Directory | _Zip, imported: str, packages: set[str]) -> Licenses:
        folders = {""}
        for each in packages:
            inside = each.removeprefix(imported).strip("/") if each.startswith(imported) else ""
            while inside:
                folders.add(inside)
                inside = posixpath.dirname(inside)
        try:
            names = [name for folder in sorted(folders) for name in place.names(folder, self.limits)]
        except AttestError as error:
            return _unknown(f"its files cannot be listed: {error.message}")
        too_many = len(names) > self.limits.license_files
        found = [
            self._file(name, content)
            for name, content in place.read(names[: self.limits.license_files], self.limits)
        ]
        if too_many:
            return _unknown(f"there are {len(names)} licence files, more than are read")
        return texts.licenses_of(found, nothing=_NO_FILE)

    def _file(self, name: str, content: bytes | AttestError) -> texts.LicenseFile:
        shown = clean(name)
        root = posixpath.dirname(name) in {"", texts.REUSE}
        if isinstance(content, AttestError):
            return texts.LicenseFile(
                name=shown, text=None, problem=f"cannot be read: {content.message}", root=root
            )
        return texts.LicenseFile(name=shown, text=self._text(content), root=root)

    def _text(self, content: bytes) -> texts.LicenseText:
        digest = hashlib.sha256(content).hexdigest()
        if digest in self._texts:
            return self._texts[digest]
        key = texts.cache_key(digest)
        remembered = self.cache.get(key) if self.cache else None
        found = texts.load(remembered) if remembered else None
        if found is None:
            found = texts.classify(content, self.limits)
            if self.cache:
                self.cache.put(key, texts.dump(found))
        self._texts[digest] = found
        return found

    def _origin(self, module: ModuleVersion) -> str:
        """Where the go command had the module from, as its .info file in the module cache tells."""
        if self.modcache is None:
            return ""
        try:
            name = f"cache/download/{escape_path(module.path)}/@v/{escape_version(module.version)}.info"
            if not self.modcache.exists(name):
                return ""
            limit = self.limits.module_info_bytes
            info = loads(
                self.modcache.read(name, limit), file=name, max_bytes=limit, max_depth=self.limits.json_depth
            )
        except AttestError:
            return ""
        return download_location(info.get("Origin") if isinstance(info, dict) else None)


def _unknown(reason: str) -> Licenses:
    return texts.licenses_of((), nothing=reason)


def download_location(origin: object) -> str:
    """The `Origin` of a module as SPDX writes places in version control (SPDX 2.3, clause 7.7); "" for none.

    A place with a user's name or password is not told.
    """
    if not isinstance(origin, dict):
        return ""
    vcs, url, commit = (origin.get(key) for key in ("VCS", "URL", "Hash"))
    subdirectory = origin.get("Subdir") or ""
    if not (isinstance(vcs, str) and isinstance(url, str) and isinstance(subdirectory, str)):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if vcs not in _VCS or parts.scheme not in _SCHEMES or not parts.netloc or "@" in parts.netloc:
        return ""
    location = f"{vcs}+{url}"
    if isinstance(commit, str) and commit:
        location += f"@{commit}"
    location += f"#{subdirectory}" if subdirectory else ""
    printable = location.isascii() and location.isprintable() and not set(location) & set(' "<>\\^`{|}')
    return location if printable else ""
