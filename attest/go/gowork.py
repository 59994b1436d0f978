"""go.work: the modules that are built together, and what stands in for modules in all of them.

Source: golang.org/x/mod/modfile (work.go, rule.go); cmd/go/internal/modload/init.go (LoadWorkFile).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.go import gomod_syntax
from attest.go.gomod import DirectiveReader
from attest.model.limits import DEFAULT_LIMITS
from attest.model.module import GoWork
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.go.gomod_syntax import Line
    from attest.model.limits import Limits

NAME: Final = "go.work"
_BLOCKS: Final = frozenset({"godebug", "use", "replace"})
_VERBS: Final[dict[str, Callable[[DirectiveReader, Line], None]]] = {
    "go": DirectiveReader.read_go,
    "toolchain": DirectiveReader.read_toolchain,
    "godebug": DirectiveReader.read_godebug,
    "use": DirectiveReader.read_use,
    "replace": DirectiveReader.read_replace,
}


def parse(data: bytes, file: str = NAME, *, limits: Limits = DEFAULT_LIMITS) -> GoWork:
    """The directives of a go.work; `file` is what to call it in places.

    Raises `FormatError` at the first line that the go command would refuse, `LimitError` for a file larger
    than `limits.go_mod_bytes`.
    """
    if len(data) > limits.go_mod_bytes:
        raise LimitError(f"larger than {limits.go_mod_bytes} bytes", place=Place(file=file))
    reader = DirectiveReader()
    for line in gomod_syntax.parse(data, file, blocks=_BLOCKS):
        read = _VERBS.get(line.verb)
        if read is None:
            raise FormatError(
                f"unknown directive: {line.verb}",
                place=line.place,
                hint=f"known are: {', '.join(sorted(_VERBS))}",
            )
        read(reader, line)
        reader.places[line.verb] = line.place
    seen: set[str] = set()
    for use in reader.use:
        directory = posixpath.normpath(use.path)
        if directory in seen:
            raise FormatError(
                f"path {use.path} appears multiple times in workspace", place=use.place, hint="keep one line"
            )
        seen.add(directory)
    return GoWork(
        file=file,
        go=reader.go or "",
        toolchain=reader.toolchain or "",
        use=tuple(reader.use),
        replace=reader.replacements(),
        godebug=tuple(reader.godebug),
        go_place=reader.places.get("go"),
        toolchain_place=reader.places.get("toolchain"),
    )
