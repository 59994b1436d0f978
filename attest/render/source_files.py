"""Which files are built where, as text and as the `sources` of the document `attest/inspect/v1`."""

from __future__ import annotations

import json
import posixpath
import textwrap
from functools import partial
from typing import TYPE_CHECKING, Final

from attest.render.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attest.model.documents_inspect import (
        DecisionDocument,
        EmbeddedDocument,
        InspectDocument,
        ReasonDocument,
        SourceFileDocument,
    )
    from attest.model.source_files import (
        EmbeddedFile,
        Embedding,
        FileDecision,
        FileStatus,
        PassedOver,
        Reason,
        SourceDirectory,
        SourceFile,
        SourceListing,
    )

_WORDS: Final[dict[FileStatus, str]] = {"in": "in", "test": "in tests", "out": "out"}
_ORDER: Final = tuple(_WORDS)


def to_json(listing: SourceListing) -> bytes:
    """The document as JSON: two spaces, a newline at the end, the same bytes for the same tree."""
    text = json.dumps(to_document(listing), indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def to_document(listing: SourceListing) -> InspectDocument:
    """The listing as plain data; no executable was looked into."""
    return {
        "schema": "attest/inspect/v1",
        "files": [],
        "sources": {
            "path": listing.label,
            "platforms": [str(each) for each in listing.platforms],
            "cgo": listing.cgo,
            "tags": list(listing.tags),
            "go": listing.go,
            "files": [
                _file(listing, directory, file)
                for directory in listing.directories
                for file in directory.files
            ],
            "embedded": [
                _embedded(listing, directory, file)
                for directory in listing.directories
                for file in directory.embedded
            ],
            "passed_over": [{"path": each.path, "reason": each.reason} for each in listing.passed_over],
        },
    }


def _file(listing: SourceListing, directory: SourceDirectory, file: SourceFile) -> SourceFileDocument:
    return {
        "path": posixpath.join(directory.path, file.name),
        "platforms": {
            str(platform): _decision(each)
            for platform, each in zip(listing.platforms, file.decisions, strict=True)
        },
    }


def _embedded(listing: SourceListing, directory: SourceDirectory, file: EmbeddedFile) -> EmbeddedDocument:
    name = partial(posixpath.join, directory.path)
    return {
        "path": name(file.name),
        "platforms": {
            str(platform): {"status": each.status, "file": name(each.file), "pattern": each.pattern}
            for platform, each in zip(listing.platforms, file.embeddings, strict=True)
            if each
        },
    }


def _decision(decision: FileDecision) -> DecisionDocument:
    return {
        "status": decision.status,
        "list": decision.list,
        "reasons": [_reason(each) for each in decision.reasons],
        "fault": decision.fault,
    }


def _reason(reason: Reason) -> ReasonDocument:
    return {"by": reason.by, "constraint": reason.constraint, "line": reason.line, "says": reason.says}


def to_text(listing: SourceListing, *, width: int = 80, verbose: bool = False) -> str:
    """What a person reads, by directory: files that are not built everywhere; with `verbose` every file."""
    return "".join(f"{line}\n" for line in _lines(listing, width, verbose=verbose))


def _lines(listing: SourceListing, width: int, *, verbose: bool) -> Iterator[str]:
    platforms = ", ".join(map(str, listing.platforms))
    how = f"{'with' if listing.cgo else 'without'} cgo"
    if listing.tags:
        how += f", tags {','.join(listing.tags)}"
    yield from _wrap(f"{listing.label} on {platforms} ({how})", "", "    ", width)
    files = [each for directory in listing.directories for each in directory.files]
    number = sum(len(directory.embedded) for directory in listing.directories)
    counted = _counts(files, len(listing.directories)) + (f"; {number} embedded" if number else "")
    yield from _wrap(counted, "", "    ", width)
    for directory in listing.directories:
        shown = [each for each in directory.files if verbose or _tells(each)]
        embedded = [each for each in directory.embedded if verbose or len(set(each.embeddings)) > 1]
        if shown or embedded:
            yield ""
            yield from _wrap(directory.path or ".", "", "    ", width)
        for file in shown:
            yield from _file_lines(listing, file, width)
        for each in embedded:
            yield from _embedded_lines(listing, each, width)
    if verbose and listing.passed_over:
        yield ""
        yield "passed over"
        for left in listing.passed_over:
            yield from _wrap(f"{left.path}: {left.reason}", "  ", "      ", width)
    elif listing.passed_over:
        yield ""
        yield from _wrap(_passed(listing.passed_over), "", "    ", width)


def _passed(passed_over: tuple[PassedOver, ...]) -> str:
    number = len(passed_over)
    return f"{number} {'directory' if number == 1 else 'directories'} passed over (--verbose)"


def _tells(file: SourceFile) -> bool:
    """Whether more is to be said of a file than that it is built everywhere, with or without tests."""
    statuses = {each.status for each in file.decisions}
    return len(statuses) > 1 or "out" in statuses or any(each.fault for each in file.decisions)


def _counts(files: list[SourceFile], directories: int) -> str:
    """How many files are what, where there are such files."""
    everywhere = [each for each in files if not _tells(each)]
    tests = sum(each.decisions[0].status == "test" for each in everywhere)
    nowhere = sum(all(one.status == "out" for one in each.decisions) for each in files)
    some = len(files) - len(everywhere) - nowhere
    several = any(len(each.decisions) > 1 for each in files)
    parts = [f"{len(everywhere) - tests} in{' everywhere' if several else ''}"]
    parts += [
        f"{number} {words}" for number, words in ((tests, "in tests"), (some, "in somewhere")) if number
    ]
    parts += [f"{nowhere} in nowhere" if several else f"{nowhere} out"] if nowhere else []
    where = f"in {directories} {'directory' if directories == 1 else 'directories'}"
    return f"{len(files)} {'file' if len(files) == 1 else 'files'} {where}: {', '.join(parts)}"


def _file_lines(listing: SourceListing, file: SourceFile, width: int) -> Iterator[str]:
    """What decides about a file, and one line for each thing that comes of it on some platforms."""
    groups: dict[FileDecision, list[str]] = {}
    for platform, each in zip(listing.platforms, file.decisions, strict=True):
        groups.setdefault(each, []).append(str(platform))
    constraints = dict.fromkeys(
        label
        for each in file.decisions
        for reason in each.reasons
        if reason.by != "test" and (label := _constraint(reason))
    )
    told = ["; ".join(constraints)] if constraints else []
    if len(groups) > 1:
        yield from _wrap(
            ": ".join([file.name, *(["; ".join(constraints)] if constraints else [])]), "  ", "      ", width
        )
    for decision, platforms in sorted(groups.items(), key=lambda each: _ORDER.index(each[0].status)):
        says = [each.says for each in decision.reasons if _says_more(each)]
        if len(groups) > 1:
            head, first = f"{_WORDS[decision.status]} on {', '.join(platforms)}", "    "
        else:
            everywhere = " everywhere" if len(platforms) > 1 else ""
            head, first = f"{file.name} {_WORDS[decision.status]}{everywhere}", "  "
            says = [*told, *says]
        yield from _wrap(": ".join([head, *says]), first, first + "    ", width)
        if decision.fault:
            yield from _wrap(decision.fault, "    ! ", "      ", width)


def _embedded_lines(listing: SourceListing, file: EmbeddedFile, width: int) -> Iterator[str]:
    """A line for each way in which a file is embedded."""
    groups: dict[Embedding, list[str]] = {}
    for platform, each in zip(listing.platforms, file.embeddings, strict=True):
        if each:
            groups.setdefault(each, []).append(str(platform))
    for each, platforms in groups.items():
        where = "" if len(platforms) == len(listing.platforms) else f" on {', '.join(platforms)}"
        how = f"embedded{' in tests' if each.status == 'test' else ''}{where}"
        yield from _wrap(f"{file.name} {how}: {each.file} (//go:embed {each.pattern})", "  ", "      ", width)


def _constraint(reason: Reason) -> str:
    """What decides, with its place."""
    if reason.by in ("name", "prefix"):
        return f"its name {'has' if reason.by == 'name' else 'begins with'} {reason.constraint}"
    return f"{reason.constraint} (line {reason.line})" if reason.line else reason.constraint


def _says_more(reason: Reason) -> bool:
    """Whether more is to be said than that the constraint holds or does not."""
    if reason.by == "name":
        return reason.constraint.count("_") > 1
    return reason.by not in ("fault", "prefix", "test")


def _wrap(text: str, first: str, rest: str, width: int) -> Iterable[str]:
    return textwrap.wrap(
        escape(text), width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )
