"""Whether the files in vendor/ are those of the module zips that go.sum knows.

The go command compiles whatever lies there. Here every file is compared with the zip, by SHA-256, once the
zip itself has been proven against go.sum. This finds files that were changed or added, not files that were
removed. Source of what is copied: cmd/go/internal/modcmd/vendor.go (vendorPkg, copyMetadata).
"""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.go import embed, imports, modulestxt
from attest.go.module_path import has_prefix
from attest.model.place import Place
from attest.model.source import SourceFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attest.model.limits import Limits
    from attest.model.module import ModulesTxt, ModuleVersion, VendoredModule
    from attest.model.ports import Entry, Tree

_VENDOR: Final = "vendor"
_HINT: Final = "run `go mod vendor` and look at what it changes"


def check_contents(
    tree: Tree,
    modules_txt: ModulesTxt,
    manifests: Mapping[ModuleVersion, Mapping[str, str]],
    *,
    limits: Limits,
) -> tuple[SourceFault, ...]:
    """Every vendored file that differs from its module, and every package that modules.txt does not list.

    `manifests` gives, for each module whose zip is proven (its replacement where there is one), the SHA-256
    of its files by name; files of other modules are not judged. A file is looked for in the module that its
    package is listed under; outside of packages (licences, embedded files) in any module around it, and
    there only what is embedded must be found. Raises `LimitError` for a tree beyond `limits`, `ReadError`
    for a file that cannot be read.
    """
    return tuple(_Check(tree, modules_txt, manifests, limits).faults())


@dataclass(slots=True)
class _Check:
    tree: Tree
    modules_txt: ModulesTxt
    manifests: Mapping[ModuleVersion, Mapping[str, str]]
    limits: Limits
    owners: dict[str, VendoredModule] = field(init=False)
    giving: dict[str, VendoredModule] = field(init=False)
    patterns: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.owners = modulestxt.package_owners(self.modules_txt)
        self.giving = {each.module.path: each for each in self.modules_txt.modules if each.packages}

    def faults(self) -> Iterator[SourceFault]:
        for directory, entries in self._walk():
            path = directory.removeprefix(f"{_VENDOR}/") if directory != _VENDOR else ""
            unlisted = False
            for entry in entries:
                file = f"{directory}/{entry.name}"
                if entry.kind == "directory" or file == modulestxt.NAME:
                    continue
                if entry.kind != "file":
                    yield _fault(file, f"{file} is no regular file, and go mod vendor writes no other")
                elif path in self.owners:
                    yield from self._listed(file, path)
                elif file.endswith(".go") and not self._embedded(file):
                    unlisted = True
                else:
                    yield from self._beside(file, path)
            if unlisted:
                missing = f"exists in the vendor directory but is missing from {modulestxt.NAME}"
                yield _fault(directory, f"package {path or '.'} {missing}")

    def _walk(self) -> Iterator[tuple[str, tuple[Entry, ...]]]:
        seen = 0
        pending = [_VENDOR]
        while pending:
            directory = pending.pop()
            entries = self.tree.entries(directory)
            seen += len(entries)
            if seen > self.limits.tree_entries or directory.count("/") > self.limits.tree_depth:
                raise LimitError("vendor/ has too many or too deep directories", place=Place(file=directory))
            yield directory, entries
            pending += [f"{directory}/{each.name}" for each in reversed(entries) if each.kind == "directory"]

    def _listed(self, file: str, path: str) -> Iterator[SourceFault]:
        """A file of a listed package: it must be in the module that the package is listed under."""
        owner = self.owners[path]
        manifest = self.manifests.get(_actual(owner))
        if manifest is None:
            return
        if not has_prefix(path, owner.module.path):
            message = f"package {path} is listed under {owner.module}, which cannot give it"
            yield SourceFault(message=message, place=owner.place, hint=_HINT)
            return
        recorded = manifest.get(_stored_name(owner, file))
        if recorded is None:
            yield _fault(file, f"{file} is not in {_actual(owner)} as go.sum knows it")
        elif recorded != self._sha256(file):
            yield _fault(file, f"{file} differs from {_actual(owner)} as go.sum knows it")

    def _beside(self, file: str, path: str) -> Iterator[SourceFault]:
        """A file outside of packages: where a module around it has the name, the content must be the same."""
        around = [each for prefix, each in self.giving.items() if path and has_prefix(path, prefix)]
        if not around or any(_actual(each) not in self.manifests for each in around):
            return
        nearest = max(around, key=lambda each: len(each.module.path))
        recorded = {self.manifests[_actual(each)].get(_stored_name(each, file)) for each in around}
        if recorded == {None}:
            if self._embedded(file):
                yield _fault(file, f"{file} is not in {_actual(nearest)} as go.sum knows it")
        elif self._sha256(file) not in recorded:
            yield _fault(file, f"{file} differs from {_actual(nearest)} as go.sum knows it")

    def _embedded(self, file: str) -> bool:
        """Tell whether a listed package above the file embeds it."""
        directory = posixpath.dirname(file)
        while directory != _VENDOR:
            if directory.removeprefix(f"{_VENDOR}/") in self.owners:
                relative = file[len(directory) + 1 :]
                if any(embed.embeds(pattern, relative) for pattern in self._patterns(directory)):
                    return True
            directory = posixpath.dirname(directory)
        return False

    def _patterns(self, directory: str) -> tuple[str, ...]:
        if directory not in self.patterns:
            found: list[str] = []
            for entry in self.tree.entries(directory) if self.tree.exists(directory) else ():
                if entry.kind == "file" and entry.name.endswith(".go"):
                    with self.tree.open(f"{directory}/{entry.name}") as opened:
                        limit = self.limits.go_source_header_bytes
                        found += imports.read(bytes(opened.data[:limit])).embeds
            self.patterns[directory] = tuple(found)
        return self.patterns[directory]

    def _sha256(self, file: str) -> str:
        with self.tree.open(file) as opened:
            return hashlib.sha256(opened.data).hexdigest()


def _actual(each: VendoredModule) -> ModuleVersion:
    """The module that was really copied: the replacement where there is one."""
    return each.replacement or each.module


def _stored_name(each: VendoredModule, file: str) -> str:
    relative = file[len(f"{_VENDOR}/{each.module.path}/") :]
    return f"{_actual(each)}/{relative}"


def _fault(file: str, message: str) -> SourceFault:
    return SourceFault(message=message, place=Place(file=file), hint=_HINT)
