"""What the module cache knows of retracted versions and deprecated modules; nothing is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.go import gomod
from attest.go.module_path import escape_path, escape_version, unescape_version
from attest.go.notices import deprecation, is_retracted, latest
from attest.go.requirements import modules
from attest.model.source import ModuleNotice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.limits import Limits
    from attest.model.module import ModuleVersion
    from attest.model.place import Place
    from attest.model.ports import Tree
    from attest.model.source import SourceReport

_SUFFIX: Final = ".mod"


def module_notices(report: SourceReport, modcache: Tree | None, limits: Limits) -> tuple[ModuleNotice, ...]:
    """The notices about the modules of the build, from the latest go.mod of each in the module cache.

    A go.mod that is not there or cannot be read says nothing: notices are news, and no evidence.
    """
    if modcache is None:
        return ()
    found: list[ModuleNotice] = []
    for module, place in modules(report):
        try:
            found.extend(_notices(module, place, modcache, limits))
        except AttestError:
            continue
    return tuple(found)


def _notices(module: ModuleVersion, place: Place, modcache: Tree, limits: Limits) -> Iterator[ModuleNotice]:
    folder = f"cache/download/{escape_path(module.path)}/@v"
    names = [each.name for each in modcache.entries(folder) if each.kind == "file"]
    version = latest(unescape_version(each.removesuffix(_SUFFIX)) for each in names if each.endswith(_SUFFIX))
    if version is None:
        return
    data = modcache.read(f"{folder}/{escape_version(version)}{_SUFFIX}", limits.go_mod_bytes)
    go_mod = gomod.parse(data, limits=limits)
    if is_retracted(go_mod, module.version):
        yield ModuleNotice(module=module, kind="retracted", said_by=version, reason="", place=place)
    if reason := deprecation(data):
        yield ModuleNotice(module=module, kind="deprecated", said_by=version, reason=reason, place=place)
