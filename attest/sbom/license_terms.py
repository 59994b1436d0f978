"""Licence expressions held against licences that are allowed and denied.

Source: SPDX 2.3, annex D, through `license-expression`. Of the sides of OR one is enough, of AND all hold. A
licence WITH an exception grants more than the licence alone: it is allowed where that is, and denied where
that is denied and the whole is not allowed by name. An identifier that SPDX replaced stands for what replaced
it. What begins with LicenseRef- is its document's own and equals nothing but itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from attest.model.limits import DEFAULT_LIMITS

#: Deprecated identifiers that name a licence and an exception at once, and what replaced them there.
_REPLACED: Final = {
    "GPL-2.0-with-autoconf-exception": "GPL-2.0-only WITH Autoconf-exception-2.0",
    "GPL-2.0-with-bison-exception": "GPL-2.0-or-later WITH Bison-exception-2.2",
    "GPL-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
    "GPL-2.0-with-font-exception": "GPL-2.0-only WITH Font-exception-2.0",
    "GPL-2.0-with-GCC-exception": "GPL-2.0-only WITH GCC-exception-2.0",
    "GPL-3.0-with-autoconf-exception": "GPL-3.0-only WITH Autoconf-exception-3.0",
    "GPL-3.0-with-GCC-exception": "GPL-3.0-only WITH GCC-exception-3.1",
    "StandardML-NJ": "SMLNJ",
    "eCos-2.0": "GPL-2.0-or-later WITH eCos-exception-2.0",
    "wxWindows": "LGPL-2.0-or-later WITH WxWindows-exception-3.1",
}
_OWN: Final = "LicenseRef-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Licences by `term`; `allow` is None where every licence that is not denied is allowed."""

    allow: frozenset[str] | None = None
    deny: frozenset[str] = frozenset()

    def faults(self, expression: str) -> tuple[str, ...] | None:
        """The licences of the expression that stand in its way, sorted; none where it is allowed.

        None for what is no expression or names a licence that nobody knows.
        """
        parsed = _parsed(expression)
        return None if parsed is None else tuple(sorted(self._faults(parsed)))

    def _faults(self, parsed: Any) -> set[str]:  # noqa: ANN401 - an untyped library's class
        if not hasattr(parsed, "operator"):
            return set() if self._allows(parsed) else {_text(parsed)}
        found = [self._faults(each) for each in parsed.args]
        if parsed.operator.strip() == "OR" and not all(found):
            return set()
        return set[str]().union(*found)

    def _allows(self, leaf: Any) -> bool:  # noqa: ANN401 - as above
        text = _text(leaf)
        alone = _text(leaf.license_symbol) if hasattr(leaf, "license_symbol") else text
        if text in self.deny:
            return False
        if self.allow is not None and text in self.allow:
            return True
        return alone not in self.deny and (self.allow is None or alone in self.allow)


def term(text: str) -> str | None:
    """A single licence, WITH an exception or without, in its usual form; None for anything else."""
    parsed = _parsed(text)
    return None if parsed is None or hasattr(parsed, "operator") else _text(parsed)


def _text(leaf: Any) -> str:  # noqa: ANN401 - as above
    return str(leaf.render())


@cache
def _licensing() -> Any:  # noqa: ANN401 - as above
    from license_expression import LicenseSymbol, Licensing, get_spdx_licensing

    # The library's own list takes some LicenseRef- names for licences of SPDX.
    return Licensing(
        LicenseSymbol(
            each.key,
            aliases=tuple(alias for alias in each.aliases if not alias.startswith(_OWN)),
            is_exception=each.is_exception and each.key not in _REPLACED,
        )
        for each in get_spdx_licensing().known_symbols.values()
        if not each.key.startswith(_OWN)
    )


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Any:  # noqa: ANN401 - as above
    if len(text) > DEFAULT_LIMITS.license_expression_chars:
        return None
    licensing = _licensing()
    try:
        parsed = licensing.parse(text, strict=True)
        replaced = {each: _REPLACED[key] for each in _symbols(parsed) if (key := _text(each)) in _REPLACED}
        if replaced:
            parsed = parsed.subs({each: licensing.parse(new, strict=True) for each, new in replaced.items()})
        unknown = [each for each in licensing.unknown_license_keys(parsed) if not each.startswith(_OWN)]
    except Exception:  # noqa: BLE001 - the library raises many things for what is no expression
        return None
    return None if unknown else parsed


def _symbols(parsed: Any) -> set[Any]:  # noqa: ANN401 - as above
    return set() if parsed is None else set(parsed.symbols)
