"""The options that say who makes SBOMs and who ships what they describe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from attest import __version__
from attest.app.parties import party, shipped_under
from attest.cli.declare import Option
from attest.cli.inputs import read_file
from attest.model.bom import SbomRun
from attest.model.limits import DEFAULT_LIMITS
from attest.render.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from attest.app.vex import Vex
    from attest.model.bom import Bom

AuthorOption = Annotated[
    str,
    Option("--author", metavar="NAME", help="Who makes the SBOMs: 'NAME', or 'NAME <EMAIL or URL>'."),
]
SupplierOption = Annotated[
    str,
    Option("--supplier", metavar="NAME", help="Who ships the software: as of --author."),
]
LicenseOption = Annotated[
    str,
    Option("--license", metavar="EXPRESSION", help="The licence that the files are shipped under."),
]
VexOption = Annotated[
    list[str] | None,
    Option("--vex", metavar="FILE[=URL]", help="Refer to this VEX document; repeatable."),
]


def read_vexes(values: Sequence[str]) -> tuple[Vex, ...]:
    """The VEX documents that --vex names, each to be found at its URL, or beside the SBOM."""
    if not values:
        return ()
    from attest.app.vex import read_vex

    found = []
    for each in values:
        file, _, url = each.partition("=")
        data = read_file(file, DEFAULT_LIMITS.sbom_bytes)
        found.append(read_vex(data, file, url or quote(Path(file).name)))
    return tuple(found)


def tell_strangers(vexes: Sequence[Vex], boms: Iterable[Bom]) -> None:
    """Warn on standard error of products that no SBOM of the run describes."""
    if not vexes:
        return
    from attest.app.vex import strangers

    described = tuple(boms)
    for each in vexes:
        for product in strangers(each, described):
            told = f"{each.reference.url} speaks of {product}, which is in none of these SBOMs"
            sys.stderr.write(f"attest: warning: {escape(told)}\n")


def sbom_run(
    created: datetime,
    author: str,
    supplier: str,
    license_: str,
    *,
    allow_empty: bool = False,
    packages: bool = False,
    vex: Iterable[Vex] = (),
) -> SbomRun:
    """What is the same in every document of a run; `UsageError` for what the options cannot mean."""
    made_by, reached = party("--author", author)
    shipped_by, supplied = party("--supplier", supplier)
    return SbomRun(
        created=created,
        tool_version=__version__,
        author=made_by,
        author_contact=reached,
        supplier=shipped_by,
        supplier_contact=supplied,
        license=shipped_under("--license", license_),
        allow_empty=allow_empty,
        packages=packages,
        vex=tuple(each.reference for each in vex),
    )
