"""Whether vendor/modules.txt agrees with go.mod, by the go command's own rules and in its words.

Sources: cmd/go/internal/modload/vendor.go (checkVendorConsistency), buildlist.go (initVendor). What lies in
vendor/ is `attest.go.vendor_contents`'s business: the go command does not look.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.go import semver
from attest.go.gomod import replacement, selected
from attest.go.goversion import PRUNED, VENDOR_USED, before
from attest.model.source import SourceFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.module import GoMod, ModulesTxt, ModuleVersion, VendoredModule
    from attest.model.place import Place

_HINT: Final = "to sync the vendor directory, run: go mod vendor"
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


def check_consistency(go_mod: GoMod, modules_txt: ModulesTxt | None) -> tuple[SourceFault, ...]:
    """Every disagreement between go.mod and vendor/modules.txt, in the order in which the go command looks.

    A vendor directory without modules.txt (None) counts as one with an empty modules.txt.
    """
    record = _record(modules_txt)
    return (
        *_requirements(go_mod, record),
        *_replacements(go_mod, record),
        *_explicit(go_mod, record),
        *_not_replaced(go_mod, record),
        *_roots(go_mod, record),
    )


def _fault(module: ModuleVersion, detail: str, place: Place) -> SourceFault:
    return SourceFault(message=f"{module}: {detail}", place=place, hint=_HINT)


def _requirements(go_mod: GoMod, record: _Record) -> Iterator[SourceFault]:
    old = before(go_mod.go, VENDOR_USED)
    for each in go_mod.require:
        known = record.modules.get(each.module)
        if known and known.explicit:
            continue
        if not old:
            detail = f"is explicitly required in go.mod, but not marked as explicit in {_NAME}"
            yield _fault(each.module, detail, each.place)
            continue
        vendored = record.versions.get(each.module.path, each.module.version)
        if vendored != each.module.version:
            detail = f"is explicitly required in go.mod, but {_NAME} indicates {each.module.path}@{vendored}"
            yield _fault(each.module, detail, each.place)


def _replacements(go_mod: GoMod, record: _Record) -> Iterator[SourceFault]:
    old = before(go_mod.go, VENDOR_USED)
    for each in go_mod.replace:
        new = replacement(go_mod, each.old)
        known = record.modules.get(each.old)
        marked = known.replacement if known else None
        if marked and marked != new:
            detail = f"is replaced by {new or ''} in go.mod, but marked as replaced by {marked} in {_NAME}"
            yield _fault(each.old, detail, each.place)
        if marked or new is None:
            continue
        # Before Go 1.14 replacements of every version and of modules without packages were not written.
        unwritten = not each.old.version or record.versions.get(each.old.path) != each.old.version
        if not (old and unwritten):
            detail = f"is replaced in go.mod, but not marked as replaced in {_NAME}"
            yield _fault(each.old, detail, each.place)


def _explicit(go_mod: GoMod, record: _Record) -> Iterator[SourceFault]:
    required = {each.module for each in go_mod.require}
    for module in record.listed:
        if record.modules[module].explicit and module not in required:
            detail = f"is marked as explicit in {_NAME}, but not explicitly required in go.mod"
            yield _fault(module, detail, record.modules[module].place)


def _not_replaced(go_mod: GoMod, record: _Record) -> Iterator[SourceFault]:
    for module in record.replaced:
        if replacement(go_mod, module) is None:
            detail = f"is marked as replaced in {_NAME}, but not replaced in go.mod"
            yield _fault(module, detail, record.modules[module].place)


def _roots(go_mod: GoMod, record: _Record) -> Iterator[SourceFault]:
    if before(go_mod.go, PRUNED):
        return
    required = selected(go_mod)
    for module in record.listed:
        root = required.get(module.path)
        if root is None or root.module != module:
            yield SourceFault(
                message=f"vendored module {module} should be required explicitly in go.mod",
                place=record.modules[module].place,
                hint="updates to go.mod needed: run go mod tidy, then go mod vendor",
            )
