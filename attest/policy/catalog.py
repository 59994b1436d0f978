"""All checks, found by listing the package `attest.policy.checks`; nothing has to be registered."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace
from functools import cache

from attest.policy import checks
from attest.policy.check import AnyCheck, Check, Section, Setting


@cache
def catalog() -> tuple[AnyCheck, ...]:
    """Every check, sorted by id."""
    found = []
    for module in pkgutil.iter_modules(checks.__path__):
        check: object = getattr(importlib.import_module(f"{checks.__name__}.{module.name}"), "CHECK", None)
        if not isinstance(check, Check):
            raise TypeError(f"attest/policy/checks/{module.name}.py has no CHECK")
        found.append(replace(check, id=module.name.replace("_", "-")))
    return tuple(sorted(found, key=lambda each: each.id))


def settings(section: Section) -> tuple[Setting[object], ...]:
    """The keys that checks add to a section, sorted; two checks may share one declaration."""
    found: dict[str, Setting[object]] = {}
    for check in catalog():
        for setting in check.settings:
            if setting.section == section and found.setdefault(setting.key, setting) is not setting:
                raise TypeError(f"two checks declare {section}.{setting.key}")
    return tuple(found[key] for key in sorted(found))
