"""What the licence files of a module say. Identifiers and expressions are SPDX's (SPDX 2.3, annex D)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attest.model.stated import Stated


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseMatch:
    """The text of the licence `identifier`, found in `file` (in the module) on these lines, from 1."""

    identifier: str
    file: str
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseOverride:
    """What somebody states: the modules that `module` names are under `expression`, because of `reason`.

    `module` is a path, or path/... with all below it; @version for one version only.
    """

    module: str
    expression: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Licenses:
    """The licences of one component: what was found, what its authors declare, and what is concluded.

    `matches` are sorted by file and line. `unrecognized` are licence files whose text is too far from every
    known one. `declared` is the expression that the licence files at the module's root make together;
    `concluded` is the expression that holds for the component, with `concluded_from` saying what decided it.
    `copyrights` are the lines of the licence files that claim copyright, as they stand there, sorted.
    """

    declared: Stated
    concluded: Stated
    concluded_from: str = ""
    matches: tuple[LicenseMatch, ...] = ()
    unrecognized: tuple[str, ...] = ()
    copyrights: tuple[str, ...] = ()
