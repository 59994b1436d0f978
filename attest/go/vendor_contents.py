"""Whether vendor/ holds the files that `go mod vendor` writes, each with the bytes that go.sum knows.

The go command compiles whatever lies there. What belongs there is `attest.go.vendor_expected`'s business.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attest.go import embed, modulestxt
from attest.go.main_modules import vendor_command
from attest.go.module_path import has_prefix
from attest.go.vendor_expected import expected, is_compiled
from attest.go.vendor_tree import VENDOR
from attest.model.place import Place
from attest.model.source import SourceFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attest.go.vendor_expected import Expected, ModuleFiles, Vendored
    from attest.model.module import VendoredModule


@dataclass(slots=True)
class ContentFaults:
    """What is wrong with the files in vendor/.

    `drift` are files that differ, that no module knows, or whose absence changes what is built; `untidy` are
    files that no build reads and that are missing, and genuine ones that `go mod vendor` would not copy.
    """

    drift: list[SourceFault] = field(default_factory=list)
    untidy: list[SourceFault] = field(default_factory=list)


def check_contents(vendored: Vendored) -> ContentFaults:
    """Every file that is there and should not be, or the other way round, sorted by file.

    Packages of modules without evidence are not judged. Outside of packages, names that no module has count
    only where they could become part of a build: notes and settings of other tools are nobody's business.
    """
    return _Check(vendored, expected(vendored)).run()


@dataclass(slots=True)
class _Check:
    vendored: Vendored
    expected: Expected
    faults: ContentFaults = field(default_factory=ContentFaults)
    unlisted: set[str] = field(default_factory=set)

    def run(self) -> ContentFaults:
        tree = self.vendored.tree
        for name in tree.irregular:
            self._drift(name, f"is no regular file, and {vendor_command(self.vendored.main)} writes no other")
        for name, sha256 in tree.files.items():
            known = self.expected.files.get(name)
            if known is None:
                self._unexpected(name, sha256)
            elif sha256 not in known and not self._may_be_another_s(name):
                self._drift(name, f"differs from {_nearest(known.values())}")
        for name, known in self.expected.files.items():
            if name not in tree.files and name not in self.expected.possible:
                self._missing(name, _nearest(known.values()))
        for directory in self.unlisted:
            path = directory or "."
            self.faults.drift.append(
                self._fault(
                    f"{VENDOR}/{directory}".rstrip("/"),
                    f"package {path} exists in the vendor directory but is missing from {modulestxt.NAME}",
                )
            )
        for found in (self.faults.drift, self.faults.untidy):
            found.sort(key=lambda each: (each.place.file, each.message))
        return self.faults

    def _fault(self, file: str, message: str) -> SourceFault:
        return SourceFault(message=message, place=Place(file=file), hint=self.vendored.hint)

    def _drift(self, name: str, what: str) -> None:
        self.faults.drift.append(self._fault(f"{VENDOR}/{name}", f"{VENDOR}/{name} {what}"))

    def _may_be_another_s(self, name: str) -> bool:
        """Tell whether a module without evidence may have given the file, as it may give a licence."""
        directory = posixpath.dirname(name)
        return directory not in self.vendored.owners and any(
            self.vendored.files_of(each) is None
            for each in self.vendored.modules_txt.modules
            if each.packages and has_prefix(directory, each.module.path)
        )

    def _missing(self, name: str, files: ModuleFiles) -> None:
        file = f"{VENDOR}/{name}"
        counts = is_compiled(name) or name in self.expected.embedded
        fault = self._fault(file, f"{file} is missing, and {files.module} has it")
        (self.faults.drift if counts else self.faults.untidy).append(fault)

    def _unexpected(self, name: str, sha256: str) -> None:
        directory = posixpath.dirname(name)
        owner = self.vendored.owners.get(directory)
        if owner is not None:
            files = self.vendored.files_of(owner)
            if files and self.vendored.gives(owner, directory):
                self._compare(name, sha256, owner, [(owner, files)], strict=True)
            return
        around = [
            (each, self.vendored.files_of(each))
            for each in self.vendored.modules_txt.modules
            if each.packages and directory and has_prefix(directory, each.module.path)
        ]
        if name.endswith(".go") and not self._embedded(name):
            self.unlisted.add(directory)
            return
        proven = [(each, files) for each, files in around if files]
        if around and len(proven) == len(around):
            nearest = max(around, key=lambda each: len(each[0].module.path))[0]
            self._compare(name, sha256, nearest, proven, strict=is_compiled(name) or self._embedded(name))

    def _compare(
        self,
        name: str,
        sha256: str,
        nearest: VendoredModule,
        modules: list[tuple[VendoredModule, ModuleFiles]],
        *,
        strict: bool,
    ) -> None:
        """Judge a file that `go mod vendor` does not write: it may at least be one of the modules'."""
        known = {
            recorded: files
            for each, files in modules
            if (recorded := files.files.get(name[len(each.module.path) + 1 :]))
        }
        if sha256 in known:
            file, command = f"{VENDOR}/{name}", vendor_command(self.vendored.main)
            message = f"{file} is in {known[sha256].module}, and `{command}` does not copy it"
            self.faults.untidy.append(self._fault(file, message))
        elif known:
            self._drift(name, f"differs from {_nearest(known.values())}")
        elif strict:
            self._drift(name, f"is not in {self.vendored.files_of(nearest)}")

    def _embedded(self, name: str) -> bool:
        """Tell whether a listed package above the file embeds it."""
        directory = posixpath.dirname(name)
        while directory:
            if directory in self.vendored.owners:
                relative = name[len(directory) + 1 :]
                if any(embed.embeds(pattern, relative) for pattern in self._patterns(directory)):
                    return True
            directory = posixpath.dirname(directory)
        return False

    def _patterns(self, directory: str) -> Iterator[str]:
        """What the Go files of a vendored package embed: as they lie there, for so they are compiled."""
        tree = self.vendored.tree
        for base in tree.directories.get(directory, ()):
            if base.endswith(".go"):
                yield from tree.headers[tree.files[f"{directory}/{base}"]].embeds


def _nearest(known: Iterable[ModuleFiles]) -> ModuleFiles:
    return max(known, key=lambda each: len(each.module.path))
