"""Regular expressions for names of signers, matched by RE2.

Python's own `re` tries alternatives one after the other, so that a pattern and a hostile name together can
take for ever; RE2 (https://github.com/google/re2) takes time linear in the name. A match is always of the
whole name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import FormatError, LimitError
from attest.model.limits import DEFAULT_LIMITS, MIB, Limits

if TYPE_CHECKING:
    import re2


class Pattern:
    """A compiled pattern; raises `attest.errors.FormatError` or `LimitError` where it cannot be used."""

    def __init__(self, text: str, limits: Limits = DEFAULT_LIMITS) -> None:
        """Compile `text`."""
        import re2

        if len(text) > limits.pattern_chars:
            raise LimitError(
                f"it is longer than {limits.pattern_chars} characters",
                hint="use a glob, or a shorter pattern",
            )
        options = re2.Options()
        options.log_errors = False
        options.max_mem = 8 * MIB
        self._longest = limits.identity_chars
        try:
            self._compiled: re2._Regexp[str] = re2.compile(text, options=options)
        except re2.error as error:
            reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
            raise FormatError(reason, hint="write it in the syntax of RE2") from error

    def matches(self, text: str) -> bool:
        """Tell whether the whole of `text` matches; a name beyond the limit never does."""
        return len(text) <= self._longest and self._compiled.fullmatch(text) is not None
