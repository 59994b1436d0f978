"""In which builds of a release each module is: what the platforms have in common, and what not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Build:
    """One artifact on one platform; `platform` is "" where it is not known.

    Each slice of a universal file is a build. From source, the artifact is a main package on its platform.
    """

    artifact: str
    platform: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionBuilds:
    """The builds that hold a module in one version, sorted.

    `version` is "" where it is not known, `directory` the local directory that is compiled instead. `sum` is
    the h1 hash of the module, "" where it is not known.
    """

    version: str
    directory: str
    sum: str
    builds: tuple[Build, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleBuilds:
    """A module that is not the same in all builds: its versions, sorted, and the builds without it."""

    path: str
    versions: tuple[VersionBuilds, ...]
    absent: tuple[Build, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """All builds, how many modules are the same in all of them, and the others by path."""

    builds: tuple[Build, ...]
    common: int
    modules: tuple[ModuleBuilds, ...]
