"""How two files differ, as text and as the document `attest/diff/v1`."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Final

from attest.render.escape import escape
from attest.render.inspect_facts import short_size
from attest.render.report_diff import report_document, report_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attest.model.difference import Difference, Side, SizeChange, ValueChange
    from attest.model.documents_diff import (
        DiffDocument,
        SideDocument,
        SizeChangeDocument,
        ValueChangeDocument,
    )

#: Lines of a list of sizes that are shown; the largest changes first.
_SHOWN: Final = 10


def to_json(difference: Difference) -> bytes:
    """The document as JSON: two spaces, a newline at the end."""
    text = json.dumps(to_document(difference), indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def to_document(difference: Difference) -> DiffDocument:
    """The difference as plain data."""
    return {
        "schema": "attest/diff/v1",
        "old": _side(difference.old),
        "new": _side(difference.new),
        "same": difference.same,
        "modules": [_value(each) for each in difference.modules],
        "settings": [_value(each) for each in difference.settings],
        "code": [_size(each) for each in difference.code],
        "packages": [_size(each) for each in difference.packages],
        "sections": [_size(each) for each in difference.sections],
        "faults": list(difference.faults),
        "remarks": list(difference.remarks),
        "report": report_document(difference.report) if difference.report else None,
    }


def _side(side: Side) -> SideDocument:
    return {"path": side.path, "kind": side.kind, "sha256": side.sha256, "size": side.size}


def _value(change: ValueChange) -> ValueChangeDocument:
    return {"name": change.name, "old": change.old, "new": change.new}


def _size(change: SizeChange) -> SizeChangeDocument:
    return {"name": change.name, "old": change.old, "new": change.new}


def to_text(difference: Difference, *, width: int = 80, verbose: bool = False) -> str:
    """What a person reads: what came (+), what went (-), what changed (~); sizes by the largest change.

    Lines have at most `width` columns; what goes on below is set in.
    """
    return "".join(
        f"{each}\n" for line in _lines(difference, verbose=verbose) for each in _wrapped(line, width)
    )


def _wrapped(line: str, width: int) -> list[str]:
    indent = line[: len(line) - len(line.lstrip(" "))]
    return textwrap.wrap(
        line, width, subsequent_indent=f"{indent}    ", break_on_hyphens=False, drop_whitespace=True
    )


def _lines(difference: Difference, *, verbose: bool) -> Iterator[str]:
    old, new = difference.old, difference.new
    yield f"{escape(old.path)} ({old.kind})"
    yield f"{escape(new.path)} ({new.kind})"
    for each in difference.faults:
        yield f"  ! {escape(each)}"
    for each in difference.remarks:
        yield f"  {escape(each)}"
    if difference.report is not None:
        yield from report_lines(difference.report)
        return
    if difference.same:
        both = old.kind == new.kind == "executable"
        yield "  the same bytes" if both else "  they name the same modules"
        return
    if old.kind == new.kind == "executable":
        yield f"  size {_grown(old.size, new.size)}"
    yield from _values("modules", difference.modules)
    yield from _values("settings", difference.settings)
    most = None if verbose else _SHOWN
    for title, changes in (
        ("code by module", difference.code),
        ("code by package", difference.packages),
        ("sections", difference.sections),
    ):
        yield from _sizes(title, changes, most)


def _values(title: str, changes: Iterable[ValueChange]) -> Iterator[str]:
    for index, each in enumerate(changes):
        if not index:
            yield f"  {title}"
        name = escape(each.name)
        old, new = (None if value is None else escape(value) or "(unknown)" for value in (each.old, each.new))
        if old is None:
            yield f"    + {name} {new}"
        elif new is None:
            yield f"    - {name} {old}"
        else:
            yield f"    ~ {name} {old} -> {new}"


def _sizes(title: str, changes: tuple[SizeChange, ...], most: int | None) -> Iterator[str]:
    if not changes:
        return
    yield f"  {title}"
    ranked = sorted(changes, key=lambda each: (-abs((each.new or 0) - (each.old or 0)), each.name))
    for each in ranked[:most]:
        mark = "+" if each.old is None else "-" if each.new is None else "~"
        yield f"    {mark} {escape(each.name)} {_grown(each.old, each.new)}"
    if most is not None and len(ranked) > most:
        yield f"    and {len(ranked) - most} more (--verbose)"


def _grown(old: int | None, new: int | None) -> str:
    if old is None or new is None:
        return short_size(old or new or 0)
    return f"{short_size(old)} -> {short_size(new)} ({new - old:+,} bytes)"
