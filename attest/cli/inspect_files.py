"""`attest inspect --files DIR`: which source files are built where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.app.source_files import EVERY_PLATFORM, list_files
from attest.cli.inputs import directory, read_platform
from attest.cli.output import parse_outputs
from attest.edge.host import host_platform
from attest.errors import UsageError
from attest.render import source_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.model.source import Platform


def listed(
    folder: str,
    *,
    platforms: Sequence[str],
    tags: str,
    cgo: bool,
    output: Sequence[str],
    verbose: bool,
) -> list[tuple[str, bytes]]:
    """What to write and where; `tags` as the go command takes them, with commas between."""
    outputs = parse_outputs(output, ("text", "json"), "text")
    listing = list_files(directory(folder), platforms=_platforms(platforms), cgo=cgo, tags=_tags(tags))
    return [
        (
            each.file,
            source_files.to_json(listing)
            if each.format == "json"
            else source_files.to_text(listing, verbose=verbose).encode("utf-8", "backslashreplace"),
        )
        for each in outputs
    ]


def _platforms(words: Sequence[str]) -> tuple[Platform, ...]:
    """The platforms that are asked for, `all` being those that Go builds for; else the host's."""
    named = tuple(read_platform(each) for each in words if each != "all")
    return (*named, *(EVERY_PLATFORM if "all" in words else ())) or (host_platform(),)


def _tags(text: str) -> tuple[str, ...]:
    tags = tuple(text.split(",")) if text else ()
    for each in tags:
        if not each or not all(letter.isalnum() or letter in "_." for letter in each):
            raise UsageError(f"--tags: {each!r} is no build tag", hint="write them as a,b")
    return tags
