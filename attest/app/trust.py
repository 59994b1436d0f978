"""What is trusted: the roots that come with attest, and those in files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import UsageError
from attest.trust.listing import listings
from attest.trust.sigstore_compat import EMBEDDED, embedded_root

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.trust_listing import TrustListing

#: What `attest trust` calls the roots that come with attest.
NAMES: Final = tuple(EMBEDDED)
_EMBEDDED: Final = "comes with attest"


def embedded(name: str) -> bytes:
    """The trusted root of that name as it comes with attest; `UsageError` where there is none."""
    if name not in NAMES:
        raise UsageError(
            f"no root that comes with attest is called {name!r}", hint=f"one of {', '.join(NAMES)}"
        )
    return embedded_root(name)


def show(files: Iterable[tuple[str, bytes]]) -> tuple[TrustListing, ...]:
    """What the roots in these files (name and content) trust; without files, the public-good instance's.

    Raises as `attest.trust.listing.listings`.
    """
    found = [each for name, data in files for each in listings(data, name, name)]
    return tuple(found) or listings(embedded(NAMES[0]), NAMES[0], _EMBEDDED)
