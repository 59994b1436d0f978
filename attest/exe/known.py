"""What is known of an executable already when its facts are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attest.exe.packages import Linked
    from attest.exe.pclntab import FunctionTable
    from attest.model.binary import BuildInfo, Depth
    from attest.model.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Known:
    """What came out before.

    `info` is the build info, None where there is none; `go` tells whether Go's linker made the file.
    `functions` and what follows from them, `linked`, are None where no table was found or none was asked for.
    `packed` says that all of it is of the program that was packed in the file.
    """

    info: BuildInfo | None
    go: bool
    depth: Depth
    limits: Limits
    functions: FunctionTable | None = None
    linked: Linked | None = None
    packed: bool = False
