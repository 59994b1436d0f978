"""What is wrong with bytes that say where others are."""

from __future__ import annotations

from attest.errors import FormatError


class BoundsError(FormatError):
    """A header that points outside of the bytes that are there.

    The readers of executables turn it into a note of the report and keep what else they could read.
    """
