"""Modules that give packages on platforms that are not shipped, and on no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import AttestError
from attest.go.context import PORTS
from attest.go.main_modules import selected
from attest.go.packages import find_main_packages, find_packages, modules_of
from attest.model.source import SourceFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.app.linked import SourceFiles
    from attest.go.sources import Sources
    from attest.model.module import ModuleVersion
    from attest.model.source import LinkedModule, Platform

_TOLD = 3


def unshipped_modules(
    files: SourceFiles, sources: Sources, shipped: Iterable[Platform], linked: Iterable[LinkedModule]
) -> tuple[SourceFault, ...]:
    """One sentence for each required module that is in no shipped program and in those of other platforms.

    `linked` are the modules of what is shipped. A platform for which nothing can be built tells nothing.
    """
    shipped_modules = {each.module for each in linked}
    where: dict[ModuleVersion, list[str]] = {}
    for platform in _others(shipped):
        context = files.context(platform, cgo=False)
        try:
            roots = find_main_packages(sources, context) or find_packages(sources, context)
            found = modules_of(sources, context, roots)
        except AttestError:
            continue
        for each in found:
            if each.module not in shipped_modules:
                where.setdefault(each.module, []).append(str(platform))
    lines = {each.module: each.place for each in selected(files.main).values()}
    return tuple(
        SourceFault(
            message=f"{module} gives packages on {_listed(platforms)} alone, and none of these is shipped",
            place=lines[module],
            hint="nothing is wrong: no shipped program holds the module",
        )
        for module, platforms in sorted(where.items())
        if module in lines
    )


def _others(shipped: Iterable[Platform]) -> tuple[Platform, ...]:
    """One platform of every operating system that is not shipped, and one of every architecture."""
    known = list(shipped)
    systems, architectures = {each.goos for each in known}, {each.goarch for each in known}
    chosen: list[Platform] = []
    for port in sorted(PORTS, key=lambda each: each.goarch != "amd64"):
        if port.goos not in systems or port.goarch not in architectures:
            chosen.append(port)
            systems.add(port.goos)
            architectures.add(port.goarch)
    return tuple(chosen)


def _listed(platforms: list[str]) -> str:
    more = len(platforms) - _TOLD
    words = [*platforms[:_TOLD], *([f"{more} more"] if more > 0 else [])]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
