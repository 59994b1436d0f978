"""The options that say who makes SBOMs and who ships what they describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from attest import __version__
from attest.app.parties import party, shipped_under
from attest.cli.declare import Option
from attest.model.bom import SbomRun

if TYPE_CHECKING:
    from datetime import datetime

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


def sbom_run(
    created: datetime,
    author: str,
    supplier: str,
    license_: str,
    *,
    allow_empty: bool = False,
    packages: bool = False,
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
    )
