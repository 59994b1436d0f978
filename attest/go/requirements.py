"""Facts about the modules of a build that go.mod alone tells: which there are, and what kind of version.

Sources: golang.org/x/mod/module/pseudo.go; cmd/go/internal/modload/init.go (setDefaultBuildMod).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.go.goversion import VENDOR_USED, before
from attest.go.main_modules import Replacements
from attest.model.module import ModuleVersion
from attest.model.place import Place

if TYPE_CHECKING:
    from attest.model.module import Replace
    from attest.model.source import SourceReport

_PSEUDO: Final = re.compile(
    r"v[0-9]+\.(?:0\.0-|[0-9]+\.[0-9]+-(?:[^+]*\.)?0\.)[0-9]{14}-[A-Za-z0-9]+"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)


def is_pseudo(version: str) -> bool:
    """Tell whether a version names a commit and not a release (IsPseudoVersion)."""
    return _PSEUDO.fullmatch(version) is not None


def modules(report: SourceReport) -> tuple[tuple[ModuleVersion, Place], ...]:
    """Every module that the build may use and where it is named, sorted.

    Required, replacing and vendored modules, and those whose go.sum line the build needs: a go.mod of
    before Go 1.17 does not list them all. Directories and modules that are replaced are not among them.
    """
    main = report.main
    members = {each.go_mod.module for each in main.modules} if main.work else frozenset()
    lines = replacements(report)
    replaced = {each.old for each in lines}
    found: dict[ModuleVersion, Place] = {}
    for require in main.require:
        anyhow = ModuleVersion(path=require.module.path, version="")
        if not {require.module, anyhow} & replaced and require.module.path not in members:
            found.setdefault(require.module, require.place)
    for replace in lines:
        if not replace.local:
            found.setdefault(replace.new, replace.place)
    for vendored in report.modules_txt.modules if report.modules_txt else ():
        if vendored.replacement is None:
            found.setdefault(vendored.module, vendored.place)
    for proof in report.proofs:
        if proof.needed and proof.kind == "zip":
            found.setdefault(proof.module, proof.place)
    return tuple(sorted(found.items(), key=lambda item: item[0]))


def replacements(report: SourceReport) -> tuple[Replace, ...]:
    """The `replace` lines that can decide what is built: of go.work first, then of each go.mod."""
    return tuple(each.line for each in Replacements.of(report.main).effective())


def matches(pattern: str, module: ModuleVersion) -> bool:
    """Tell whether `path`, `path/...` (it and all below it) or either with `@version` names the module."""
    path, _, version = pattern.partition("@")
    if version and version != module.version:
        return False
    if path.endswith("/..."):
        above = path.removesuffix("/...")
        return module.path == above or module.path.startswith(f"{above}/")
    return module.path == path


def allows(entry: str, replacement: Replace) -> bool:
    """Tell whether `old [version] => new [version]` names the replacement; no version means every one."""
    old, _, new = entry.partition(" => ")
    for words, module in ((old.split(), replacement.old), (new.split(), replacement.new)):
        path, version = words[0], words[1] if len(words) > 1 else ""
        if path != module.path or (version and version != module.version):
            return False
    return True


def vendor_unused(report: SourceReport) -> tuple[str, Place] | None:
    """Why the go command does not build from vendor/ unless it is asked to, and where that is said.

    None where it does, and where there is no vendor/. Only what lies in the tree counts: GOFLAGS and a
    go.work further up are no part of it.
    """
    top, listed = report.main.top, report.modules_txt
    if not report.vendored:
        return None
    for_workspace = listed is not None and listed.workspace
    if report.main.work and not for_workspace:
        return "go.work makes this a workspace, and vendor/ was made for the module alone", Place(
            file=top.file
        )
    if for_workspace and not report.main.work:
        return "it was made for a workspace, and a single module is built", Place(
            file="vendor/modules.txt", line=1
        )
    if not top.go or before(top.go, VENDOR_USED):
        said = f"{top.file} says go {top.go}" if top.go else f"{top.file} has no go line"
        return f"{said}, and it is used by itself from go {VENDOR_USED} on", (
            top.go_place or Place(file=top.file)
        )
    return None
