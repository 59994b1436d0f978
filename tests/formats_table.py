"""What a format of SBOMs cannot say: `python -m tests.formats_table` writes it into docs/sbom-formats.md.

Each loss is data: the formats, the field, the reason, and what is left of a bill of materials. The property
test holds that nothing else is lost, the test of the documentation that the page says the same.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from attest.app.sbom import EXTENSIONS, Format
from attest.sbom.collect import canonical

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.bom import Bom

PAGE: Final = Path(__file__).parent.parent / "docs" / "sbom-formats.md"
MARK: Final = "<!-- written by `python -m tests.formats_table` from here -->\n"
SPDX: Final = tuple(each for each in EXTENSIONS if each.startswith("spdx"))


XML: Final = tuple(each for each in EXTENSIONS if each.startswith("cyclonedx-xml"))
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What of `field` is lost in `formats`, why, and what is left of a whole."""

    formats: tuple[Format, ...]
    field: str
    lost: str
    because: str
    left: Callable[[Bom], Bom]


def _tool(bom: Bom) -> Bom:
    name, _, version = f"{bom.tool_name}-{bom.tool_version}".partition("-")
    return replace(bom, tool_name=name, tool_version=version)


def _spaces(value: T) -> T:
    """The same value with spaces for tabs and line feeds in every text."""
    made: Any = value
    if isinstance(value, str):
        made = value.replace("\t", " ").replace("\n", " ")
    elif isinstance(value, tuple):
        made = tuple(map(_spaces, value))
    elif is_dataclass(value) and not isinstance(value, type):
        made = replace(value, **{each.name: _spaces(getattr(value, each.name)) for each in fields(value)})
    return cast("T", made)


LOSSES: Final = (
    Loss(
        formats=XML,
        field="every text",
        lost="tabs and line feeds, which become spaces",
        because="the schema has normalized strings (xs:normalizedString) where JSON has any",
        left=_spaces,
    ),
    Loss(
        formats=SPDX,
        field="`Bom.created`",
        lost="fractions of a second",
        because="times are written to the second; attest makes no others",
        left=lambda bom: replace(bom, created=bom.created.replace(microsecond=0)),
    ),
    Loss(
        formats=SPDX,
        field="`Bom.tool_name`, `Bom.tool_version`",
        lost="where one ends and the other begins, if the name has a hyphen",
        because="a tool is one text, `name-version`; it is divided at the first hyphen",
        left=_tool,
    ),
)


def reduced(bom: Bom, form: Format) -> Bom:
    """What is left of `bom` when it is written in that format and read back."""
    bom = canonical(bom)
    for each in LOSSES:
        if form in each.formats:
            bom = each.left(bom)
    return canonical(bom)
