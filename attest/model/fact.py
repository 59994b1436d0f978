"""Facts about an executable: one thing that its bytes say, with the place where it was read.

What could not be read has no fact: there is no null, no "" and no guess, so that whoever needs it notices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from attest.model.binary import ContainerFormat

FactValue = bool | int | str | tuple[str, ...]
FactType = Literal["bool", "int", "string", "strings"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Fact:
    """`name` is one of the catalogue (`attest.model.facts`), `source` says where the value was read."""

    name: str
    value: FactValue
    source: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class FactKind:
    """What a fact means: the type and the unit of its value, and the containers that can have it.

    `containers` is empty for facts that any executable can have. `description` is one sentence; the value of
    a fact that says yes or no is what the description claims.
    """

    name: str
    type: FactType
    description: str
    containers: tuple[ContainerFormat, ...] = ()
    unit: str = ""
