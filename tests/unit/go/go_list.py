"""What `go list` says of the files of packages, for comparison."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from attest.model.source_files import FileList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.source import Platform
    from attest.model.source_files import SourceListing
    from tests.unit.go.proxy import Go

LISTS: Final = (*(each for each in get_args(FileList) if each), "EmbedFiles")
#: By directory, the files of each list that has any.
Lists = dict[str, dict[str, set[str]]]


def go_lists(
    go: Go, root: Path, platform: Platform, *patterns: str, cgo: bool = False, tags: str = ""
) -> Lists:
    """The lists of the packages that match the patterns, by their directories below `root`."""
    words = {"GOOS": platform.goos, "GOARCH": platform.goarch, "CGO_ENABLED": str(int(cgo))}
    if platform.variant:
        words[f"GO{platform.goarch.upper()}"] = platform.variant
    fields = f"-json=Dir,{','.join(LISTS)}"
    printed = go.run(root, "list", "-e", fields, f"-tags={tags}", *patterns, **words)
    return {
        Path(each["Dir"]).relative_to(root).as_posix().removeprefix("."): {
            name: set(each[name]) for name in LISTS if each.get(name)
        }
        for each in _documents(printed)
    }


def _documents(text: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        found, end = decoder.raw_decode(text)
        yield found
        text = text[end:]


def attest_lists(listing: SourceListing, platform: Platform) -> Lists:
    """The same of a listing; a file that is refused is among the invalid ones too."""
    index = listing.platforms.index(platform)
    found: Lists = {}
    for directory in listing.directories:
        lists = found.setdefault(directory.path, {})
        for file in directory.files:
            decision = file.decisions[index]
            if decision.list:
                lists.setdefault(decision.list, set()).add(file.name)
            if decision.fault and "go:embed" not in decision.fault and file.name.endswith(".go"):
                lists.setdefault("InvalidGoFiles", set()).add(file.name)
        for embedded in directory.embedded:
            embedding = embedded.embeddings[index]
            if embedding and embedding.status == "in":  # what tests embed is not in its lists
                lists.setdefault("EmbedFiles", set()).add(embedded.name)
    return found
