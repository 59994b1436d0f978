"""Whether the package lines of vendor/modules.txt are those that the imports ask for, on every platform.

`go mod vendor` lists every package that a package of the main module, one of its tests or a tool imports,
directly or not, in any build at all (`attest.go.any_tags`). The go command reads these lines to tell which
module a package comes from and does not compare them with anything.
Source: cmd/go/internal/modload/load.go (the pattern "all" with VendorAll); imports/scan.go (ScanDir).
"""

from __future__ import annotations

import posixpath
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.go.any_tags import can_hold
from attest.go.goversion import PRUNED, VENDOR_USED, before
from attest.go.main_modules import go_version, holding
from attest.go.module_path import has_prefix
from attest.go.vendor_expected import actual
from attest.model.place import Place
from attest.model.source import SourceFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attest.go.imports import SourceHeader
    from attest.go.sources import Sources
    from attest.go.vendor_expected import Vendored
    from attest.model.module import MainModules, ModuleVersion, VendoredModule


def check_lines(vendored: Vendored, sources: Sources) -> tuple[SourceFault, ...]:
    """Every package line that is wrong, and every package that has none, in file order.

    `sources` gives the files of the main modules. A line is wrong where its module does not have the package
    by evidence, another module has it, it stands there twice, or nothing imports the package. Raises
    `ReadError` and `LimitError` for the files of the main module.
    """
    closure = _Closure(vendored, sources)
    closure.run()
    return (*_lines(vendored, closure), *_modules(vendored, sources.main), *closure.faults)


def check_go_lines(vendored: Vendored, go_lines: Mapping[ModuleVersion, str]) -> tuple[SourceFault, ...]:
    """Every `## go` annotation that is not the go line of the module's own go.mod.

    It sets the language that the vendored code is compiled as. `go_lines` gives the go line ("" for none) of
    each module whose go.mod is proven, by the module that was copied; others are not judged. In a workspace
    a version that gives no package has the go line of the version that is selected, which may be none of
    those that are listed, and nothing is compiled as it says: it is not judged either.
    """
    faults: list[SourceFault] = []
    for each in vendored.modules_txt.modules:
        own = go_lines.get(actual(each))
        unused = not each.packages and (vendored.workspace or (each.replacement and not each.explicit))
        if own is None or unused:
            continue
        wanted = "" if before(vendored.go, PRUNED) else own
        if each.go != wanted:
            has = f"go {each.go}" if each.go else "no go version"
            asks = f"go {wanted}" if wanted else "none"
            why = (
                f"go.mod of {actual(each)} says {asks}"
                if wanted == own
                else f"before go {PRUNED} it has none"
            )
            faults.append(_fault(vendored, each.place, f"{each.module} is marked with {has}, and {why}"))
    return tuple(faults)


def _lines(vendored: Vendored, closure: _Closure) -> Iterator[SourceFault]:
    times = Counter(path for each in vendored.modules_txt.modules for path in each.packages)
    for each in vendored.modules_txt.modules:
        for path, line in zip(each.packages, each.package_lines, strict=True):
            place = Place(file=each.place.file, line=line)
            if times[path] > 1:
                yield _fault(vendored, place, f"package {path} is listed {times[path]} times")
            if fault := _misplaced(vendored, each, path):
                yield _fault(vendored, place, fault)
            elif closure.complete and path not in closure.reached:
                yield _fault(
                    vendored, place, f"package {path} is listed under {each.module}, and nothing imports it"
                )


def _misplaced(vendored: Vendored, each: VendoredModule, path: str) -> str:
    if not has_prefix(path, each.module.path):
        return f"package {path} is listed under {each.module}, which cannot give it"
    if vendored.gives(each, path):
        return ""
    other = vendored.provider(path)
    if other:
        return f"package {path} is listed under {each.module}, and {other.module} has it"
    files = vendored.files_of(each)
    return f"package {path} is not in {files}" if files else ""


def _modules(vendored: Vendored, main: MainModules) -> Iterator[SourceFault]:
    if before(go_version(main), VENDOR_USED):
        return  # modules without packages were not written, nor what is explicit
    required = {each.module for each in main.require}
    file = "a go.mod" if main.work else "go.mod"
    times = Counter(each.module for each in vendored.modules_txt.modules)
    for each in vendored.modules_txt.modules:
        if times[each.module] > 1:
            yield _fault(vendored, each.place, f"module {each.module} is listed {times[each.module]} times")
        if each.packages or each.module in required:
            continue
        if each.explicit:
            detail = f"is marked as explicit in {each.place.file}, but not explicitly required in {file}"
            yield _fault(vendored, each.place, f"{each.module}: {detail}")
        elif not each.replacement:
            yield _fault(
                vendored, each.place, f"{each.module} gives no package and is not required in {file}"
            )


@dataclass(slots=True)
class _Closure:
    """Everything that the main modules import in any build.

    `complete` is False where a file of a main module is a link, which is not followed, or a main module is
    not there: what it imports is not known then, and no line can be said to be superfluous.
    """

    vendored: Vendored
    sources: Sources
    reached: set[str] = field(default_factory=set)
    faults: list[SourceFault] = field(default_factory=list)
    complete: bool = True
    _main: dict[str, bool] = field(default_factory=dict)
    _pending: list[tuple[str, Place]] = field(default_factory=list)
    _seen: set[str] = field(default_factory=lambda: {"C"})

    def run(self) -> None:
        self.complete = self.sources.incomplete is None
        for each in self.sources.packages():
            self._scan_main(each.directory)
        self._pending += [(path, Place(file=file)) for path, file in self.sources.main.tool]
        while self._pending:
            path, place = self._pending.pop()
            if path not in self._seen:
                self._seen.add(path)
                self._follow(path, place)
        self.faults.sort(key=lambda each: (each.place.file, each.place.line or 0, each.message))

    def _follow(self, path: str, place: Place) -> None:
        if self._in_main(path):
            return
        vendored = self.vendored
        provider = vendored.owners.get(path) or vendored.provider(path)
        if provider:
            self.reached.add(path)
            if path not in vendored.owners:
                message = f"package {path} of {provider.module} is imported, and {_TXT} does not list it"
                self.faults.append(_fault(self.vendored, place, message))
            self._scan_vendored(path, provider)
        elif vendored.tree.directories.get(path):
            self._scan_vendored(path, None)  # that it is not listed is a fault of the files' check
        elif "." in path.partition("/")[0] and not any(holding(self.sources.members, path)) and self.complete:
            message = f"package {path} is imported, and no module in {_TXT} gives it"
            self.faults.append(_fault(self.vendored, place, message))

    def _in_main(self, path: str) -> bool:
        return any(
            self._is_package(directory, each.directory)
            for each, directory in holding(self.sources.members, path)
        )

    def _is_package(self, directory: str, root: str) -> bool:
        """Tell whether there is a package of the main module in `root`; what it imports is followed."""
        if directory in self._main:
            return self._main[directory]
        tree = self.sources.tree
        above = directory
        while above != root:
            if tree.exists(f"{above}/go.mod"):
                return False
            above = posixpath.dirname(above)
        return tree.exists(directory) and self._scan_main(directory)

    def _scan_main(self, directory: str) -> bool:
        """Follow a package of a main module with its tests; False where there is no Go file."""
        if directory in self._main:
            return self._main[directory]
        self._main[directory] = False
        for entry in self.sources.tree.entries(directory):
            if not entry.name.endswith(".go") or entry.kind not in ("file", "symlink"):
                continue
            self._main[directory] = True
            if entry.name[0] in "._":
                continue
            if entry.kind == "symlink":
                self.complete = False
                continue
            file = posixpath.join(directory, entry.name)
            self._imports(file, self.sources.header(self.sources.tree, file))
        return self._main[directory]

    def _scan_vendored(self, path: str, provider: VendoredModule | None) -> None:
        files = self.vendored.files_of(provider) if provider else None
        tree = self.vendored.tree
        if provider and files and self.vendored.gives(provider, path):
            directory = path[len(provider.module.path) + 1 :]
            there = {
                base: files.files[posixpath.join(directory, base)] for base in files.directories[directory]
            }
        else:
            there = {base: tree.files[f"{path}/{base}"] for base in tree.directories.get(path, ())}
        for base, sha256 in there.items():
            considered = base.endswith(".go") and not base.endswith("_test.go") and base[0] not in "._"
            header = self.vendored.headers.get(sha256) if considered else None
            if header:
                self._imports(f"vendor/{path}/{base}", header)

    def _imports(self, file: str, header: SourceHeader) -> None:
        if can_hold(header.constraint):
            self._pending += [(each.path, Place(file=file, line=each.line)) for each in header.imports]


_TXT: Final = "vendor/modules.txt"


def _fault(vendored: Vendored, place: Place, message: str) -> SourceFault:
    return SourceFault(message=message, place=place, hint=vendored.hint)
