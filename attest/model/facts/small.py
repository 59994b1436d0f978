"""What AIX's executables, archives, scripts and components say."""

from __future__ import annotations

from typing import Final

from attest.model.fact import FactKind

FACTS: Final = (
    FactKind(
        name="xcoff.search_path",
        type="strings",
        containers=("xcoff",),
        description="The directories that AIX's loader looks for libraries in.",
    ),
    FactKind(
        name="archive.flavour",
        type="string",
        containers=("archive",),
        description="What wrote the archive: go (a compiled package), gnu, bsd, thin, aix-big or common.",
    ),
    FactKind(
        name="archive.members",
        type="strings",
        containers=("archive",),
        description="The names of its members in order, without the tables of names and symbols.",
    ),
    FactKind(
        name="script.interpreter",
        type="string",
        containers=("script",),
        description="The program that runs the script, as its first line names it.",
    ),
    FactKind(
        name="script.argument",
        type="string",
        containers=("script",),
        description="What the first line gives to the interpreter, as one string.",
    ),
)
