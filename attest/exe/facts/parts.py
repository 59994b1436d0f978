"""Facts of a container in parts: what is damaged in one does not hide the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import LimitError
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from attest.model.fact import Fact


def in_parts(parts: Iterable[Callable[[], Iterable[Fact]]]) -> Iterator[Fact]:
    """The facts of all parts. Raises one `BoundsError` at the end for all parts that raised one."""
    faults: list[str] = []
    for part in parts:
        try:
            yield from part()
        except (BoundsError, LimitError) as error:
            faults.append(error.message)
    if faults:
        raise BoundsError("; ".join(dict.fromkeys(faults)))
