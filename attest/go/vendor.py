"""Whether vendor/modules.txt agrees with go.mod, by the go command's own rules and in its words.

Sources: cmd/go/internal/modload/vendor.go (checkVendorConsistency), buildlist.go (initVendor). What lies in
vendor/ is `attest.go.vendor_contents`'s business: the go command does not look.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.go import semver
from attest.go.goversion import PRUNED, VENDOR_USED, before
from attest.go.main_modules import Replacements, selected, vendor_command
from attest.model.source import SourceFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.module import MainModules, ModulesTxt, ModuleVersion, VendoredModule
    from attest.model.place import Place

_NAME: Final = "vendor/modules.txt"


@dataclass(slots=True)
class _Vendored:
    """What modules.txt says of a module, over all the places where it speaks of it."""

    place: Place
    explicit: bool = False
    replacement: ModuleVersion | None = None
    packages: bool = False


@dataclass(slots=True)
class _Record:
    """modules.txt as the go command keeps it in mind."""

    modules: dict[ModuleVersion, _Vendored] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    listed: list[ModuleVersion] = field(default_factory=list)
    replaced: list[ModuleVersion] = field(default_factory=list)

    def add(self, module: ModuleVersion, place: Place, new: ModuleVersion | None) -> _Vendored:
        known = self.modules.setdefault(module, _Vendored(place))
        if new:
            known.replacement = new
            self.replaced.append(module)
        return known

    def add_module(self, each: VendoredModule) -> None:
        known = self.add(each.module, each.place, each.replacement)
        known.explicit |= each.explicit
        newest = self.versions.get(each.module.path)
        if each.packages and (newest is None or semver.compare(newest, each.module.version) < 0):
            self.listed.append(each.module)
            self.versions[each.module.path] = each.module.version


def _record(modules_txt: ModulesTxt | None) -> _Record:
    record = _Record()
    if modules_txt:
        # Replacements of no version stand at the file's end; where one has packages too it is in both lists.
        in_modules = {each.module for each in modules_txt.modules}
        for each in modules_txt.modules:
            record.add_module(each)
        for unused in modules_txt.unused_replacements:
            if unused.old not in in_modules:
                record.add(unused.old, unused.place, unused.new)
    return record


def check_consistency(main: MainModules, modules_txt: ModulesTxt | None) -> tuple[SourceFault, ...]:
    """Every disagreement between go.mod and vendor/modules.txt, in the order in which the go command looks.

    In a workspace the go.mod files of all members count, and go.work. A vendor directory without modules.txt
    (None) counts as one with an empty modules.txt.
    """
    rules = _Rules(main, _record(modules_txt))
    return (
        *rules.requirements(),
        *rules.replacements(),
        *rules.explicit(),
        *rules.not_replaced(),
        *rules.roots(),
    )


class _Rules:
    """The go command's rules over the main modules and modules.txt."""

    def __init__(self, main: MainModules, record: _Record) -> None:
        self.main = main
        self.record = record
        self.replaced = Replacements.of(main)
        self.old = main.work is None and before(main.top.go, VENDOR_USED)

    def _fault(self, module: ModuleVersion, detail: str, place: Place) -> SourceFault:
        hint = f"to sync the vendor directory, run: {vendor_command(self.main)}"
        return SourceFault(message=f"{module}: {detail}", place=place, hint=hint)

    def requirements(self) -> Iterator[SourceFault]:
        """Every requirement must be marked as one."""
        for each in self.main.require:
            known = self.record.modules.get(each.module)
            if known and known.explicit:
                continue
            if not self.old:
                detail = f"is explicitly required in go.mod, but not marked as explicit in {_NAME}"
                yield self._fault(each.module, detail, each.place)
                continue
            vendored = self.record.versions.get(each.module.path, each.module.version)
            if vendored != each.module.version:
                indicated = f"{each.module.path}@{vendored}"
                detail = f"is explicitly required in go.mod, but {_NAME} indicates {indicated}"
                yield self._fault(each.module, detail, each.place)

    def replacements(self) -> Iterator[SourceFault]:
        """Every replacement must be marked with what stands in."""
        lines = [line for each in self.main.modules for line in each.go_mod.replace]
        lines += self.main.work.replace if self.main.work else ()
        for old, last in {each.old: each for each in lines}.items():
            found = self.replaced.line_of(old)
            known = self.record.modules.get(old)
            marked = known.replacement if known else None
            file = found.line.place.file if found else "go.mod"
            if marked and marked != (found.new if found else None):
                by = found.line.new if found else ""
                detail = f"is replaced by {by} in {file}, but marked as replaced by {marked} in {_NAME}"
                yield self._fault(old, detail, found.line.place if found else last.place)
            if marked or found is None:
                continue
            # Before Go 1.14 replacements of every version and of modules without packages were not written.
            unwritten = not old.version or self.record.versions.get(old.path) != old.version
            if not (self.old and unwritten):
                detail = f"is replaced in {file}, but not marked as replaced in {_NAME}"
                yield self._fault(old, detail, found.line.place)

    def explicit(self) -> Iterator[SourceFault]:
        """What is marked as a requirement must be one, of any member."""
        required = {each.module for each in self.main.require}
        file = "a go.mod" if self.main.work else "go.mod"
        for module in self.record.listed:
            if self.record.modules[module].explicit and module not in required:
                detail = f"is marked as explicit in {_NAME}, but not explicitly required in {file}"
                yield self._fault(module, detail, self.record.modules[module].place)

    def not_replaced(self) -> Iterator[SourceFault]:
        """What is marked as replaced must be."""
        file = "the workspace" if self.main.work else "go.mod"
        for module in self.record.replaced:
            if self.replaced.line_of(module) is None:
                detail = f"is marked as replaced in {_NAME}, but not replaced in {file}"
                yield self._fault(module, detail, self.record.modules[module].place)

    def roots(self) -> Iterator[SourceFault]:
        """From Go 1.17 on every vendored module is required; a workspace lists only what its members do."""
        if self.main.work or before(self.main.top.go, PRUNED):
            return
        required = selected(self.main)
        for module in self.record.listed:
            root = required.get(module.path)
            if root is None or root.module != module:
                yield SourceFault(
                    message=f"vendored module {module} should be required explicitly in go.mod",
                    place=self.record.modules[module].place,
                    hint="updates to go.mod needed: run go mod tidy, then go mod vendor",
                )
