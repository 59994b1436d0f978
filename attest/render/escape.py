r"""Names from files, shown so that they cannot pretend to be something else.

Control characters, line breaks, bidirectional overrides and lone surrogates become `\x`, `\u` escapes, so
that no file name can forge a line of a report, move the cursor or inject a workflow command.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_ESCAPED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def escape(text: str) -> str:
    """`text` with everything invisible or misleading written out."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_one(character) for character in text)


def _one(character: str) -> str:
    if unicodedata.category(character) not in _ESCAPED_CATEGORIES:
        return character
    code = ord(character)
    if code <= 0xFF:  # noqa: PLR2004 - the last code that two hexadecimal digits can say
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - likewise four
