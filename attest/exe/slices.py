"""Whether the slices of a universal file are one program, built for several architectures at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.model.binary import BinaryReport, BuildInfo

#: Settings that cannot differ between architectures built from one tree by one command. Flags of the C
#: compiler and the micro-architecture do.
_SETTINGS: Final = ("vcs", "vcs.revision", "vcs.time", "vcs.modified", "-tags", "-trimpath", "CGO_ENABLED")


def differences(slices: Sequence[BinaryReport]) -> tuple[str, ...] | None:
    """What the build info of the slices says differently: its fields, settings, and paths of modules.

    A module that one architecture alone needs is no difference; one that is there in two versions is. None
    where there are no slices, or one of them has no build info that can be trusted to be whole.
    """
    infos = [each.build_info for each in slices if each.build_info and not each.build_info.faults]
    if not infos or len(infos) < len(slices):
        return None
    said = [_said(info) for info in infos]
    names = dict.fromkeys(name for each in said for name in each)
    fields = [name for name in names if len({each.get(name) for each in said}) > 1]
    modules: dict[str, set[tuple[str, str, str]]] = {}
    for info in infos:
        for dep in info.deps:
            compiled = dep.compiled
            modules.setdefault(dep.path, set()).add((compiled.path, compiled.version, compiled.sum))
    return (*fields, *sorted(path for path, versions in modules.items() if len(versions) > 1))


def _said(info: BuildInfo) -> dict[str, str | None]:
    main = info.main
    return {
        "Go version": info.go_version,
        "main package": info.path,
        "main module": main.path if main else None,
        "version": main.version if main else None,
        **{name: info.setting(name) for name in _SETTINGS},
    }
