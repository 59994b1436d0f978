"""Which of two values of a policy asks for more: what a policy may change of the one that it extends.

A value whose place is not listed here is looser as soon as it differs: then the author says why.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from attest.policy.check import SLOT_SECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.policy.document import Path

    Compare = Callable[[Any, Any], bool]

_AGE: Final = re.compile(r"([0-9]+)([dh])")
_NUMBERS: Final = re.compile(r"(?:go|v)?([0-9]+(?:\.[0-9]+)*)")


def _ordered(*words: object) -> Compare:
    """These values, from the loosest to the strictest."""

    def compare(base: Any, own: Any) -> bool:  # noqa: ANN401 - a value of YAML
        places = [
            index
            for value in (base, own)
            for index, word in enumerate(words)
            if type(word) is type(value) and word == value
        ]
        return len(places) == 2 and places[0] <= places[1]  # noqa: PLR2004 - both of them

    return compare


def _number(value: Any) -> tuple[int, ...] | None:  # noqa: ANN401 - a value of YAML
    """A number or a version of numbers alone, to be compared."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    match = _NUMBERS.fullmatch(str(value))
    return tuple(map(int, match[1].split("."))) if match else None


def _more(base: Any, own: Any) -> bool:  # noqa: ANN401 - a value of YAML
    old, new = _number(base), _number(own)
    return old is not None and new is not None and new >= old


def _less(base: Any, own: Any) -> bool:  # noqa: ANN401 - a value of YAML
    return _more(own, base)


def _shorter(base: Any, own: Any) -> bool:  # noqa: ANN401 - a value of YAML
    found = [_AGE.fullmatch(str(each)) for each in (base, own)]
    hours = [int(match[1]) * (24 if match[2] == "d" else 1) for match in found if match]
    return len(hours) == 2 and hours[1] <= hours[0]  # noqa: PLR2004 - both of them


def _words(value: Any) -> set[str]:  # noqa: ANN401 - a value of YAML
    return {str(each) for each in (value if isinstance(value, list) else [value])}


def _fewer(base: Any, own: Any) -> bool:  # noqa: ANN401 - a value of YAML
    """Of what is allowed; an empty list may stand for everything."""
    return bool(own) and _words(own) <= _words(base)


def _all_of(base: Any, own: Any) -> bool:  # noqa: ANN401 - a value of YAML
    return _words(own) >= _words(base)


def _not_any(base: Any, own: Any) -> bool:  # noqa: ANN401 - a value of YAML
    """Where "any" asks for nothing, every other word asks for more."""
    return bool(base == "any" and own != "any")


_TRUE: Final = _ordered(False, True)  # noqa: FBT003 - words of a policy
_LEVEL: Final = _ordered("allow", "info", "warn", "deny")

#: Settings of the sections that checks declare, by "section.key".
SETTINGS: Final[dict[str, Compare]] = {
    "elf.glibc_max": _less,
    "elf.interpreters": _fewer,
    "elf.libraries": _fewer,
    "elf.link": _fewer,
    "elf.relro": _ordered("partial", "full"),
    "file.max_bytes": _less,
    "file.max_growth_bytes": _less,
    "file.max_growth_percent": _less,
    "file.max_module_bytes": _less,
    "file.max_module_growth_bytes": _less,
    "file.max_section_bytes": _less,
    "go.godebug_weak": _fewer,
    "go.level.amd64": _less,
    "go.level.arm": _less,
    "go.level.arm64": _less,
    "go.min": _more,
    "go.tags": _fewer,
    "macos.entitlements": _fewer,
    "macos.oldest": _less,
    "macos.sdk": _more,
    "macos.signature": _ordered("ad-hoc", "certificate", "developer-id"),
    "modules.deny": _all_of,
    "modules.deprecated": _LEVEL,
    "modules.go_min": _more,
    "modules.pseudo_versions": _LEVEL,
    "modules.replace.allow": _fewer,
    "modules.replace.deny_local": _TRUE,
    "modules.retracted": _LEVEL,
    "modules.toolchain_min": _more,
    "modules.vendor": _ordered("consistent", "exact"),
    "ebpf.licenses": _fewer,
    "sbom.agree_with": _all_of,
    "sbom.formats_agree": _TRUE,
    "sbom.licenses.allow": _fewer,
    "sbom.licenses.deny": _all_of,
    "sbom.licenses.unknown": _LEVEL,
    "sbom.require": _all_of,
    "sbom.required_formats": _all_of,
    "wasm.capabilities": _fewer,
    "wasm.compiler": _fewer,
    "wasm.imports": _fewer,
    "wasm.memory_max": _less,
    "windows.authenticode.certificates": _fewer,
    "windows.authenticode.required": _TRUE,
    "windows.authenticode.subjects": _fewer,
    "windows.imports": _fewer,
}
#: Everything else; "*" is one name or place in a list.
_OTHERS: Final[dict[str, Compare]] = {
    "artifacts.complete": _TRUE,
    "attestations.*.build_types": _fewer,
    "attestations.*.external_parameters.allow": _fewer,
    "attestations.*.external_parameters.on_unknown": _LEVEL,
    "attestations.*.level": _more,
    "attestations.*.max_age": _shorter,
    "attestations.*.min": _more,
    "attestations.*.predicate": _fewer,
    "checks.*.severity": _LEVEL,
    "metadata.max_waiver_days": _less,
    "platforms.defaults.attestations": _all_of,
    "platforms.defaults.signatures.min": _more,
    "platforms.matrix.*.required": _TRUE,
    "platforms.matrix.*.severity": _LEVEL,
    "rules.*.severity": _LEVEL,
    "trust.keys.*.require.timestamps": _more,
    "trust.keys.*.require.tlog": _more,
    "trust.offline": _ordered("allowed", "required"),
    "trust.require.timestamps": _more,
    "trust.require.tlog": _more,
    "trust.roots.*.require.timestamps": _more,
    "trust.roots.*.require.tlog": _more,
    "vsa.accept.*.max_age": _shorter,
    "vulnerabilities.max_age": _shorter,
}


def setting_of(path: Path) -> str:
    """The "section.key" of a setting that checks declare, by its place in a policy; "" for anything else."""
    match path:
        case ("platforms", "defaults", str(section), *rest) if section in SLOT_SECTIONS and rest:
            return ".".join(map(str, (section, *rest)))
        case ("platforms", "matrix", _, str(section), *rest) if section in SLOT_SECTIONS and rest:
            return ".".join(map(str, (section, *rest)))
        case (("sbom" | "modules") as section, *rest) if rest:
            return ".".join(map(str, (section, *rest)))
        case _:
            return ""


def is_tighter(path: Path, base: Any, own: Any) -> bool:  # noqa: ANN401 - values of YAML
    """Tell whether `own` asks for at least as much as `base` at that place of a policy."""
    if type(base) is type(own) and base == own:
        return True
    setting = setting_of(path)
    if setting:
        # A mapping of limits by name, as file.max_section_bytes, has its values one step below.
        mapping = ".".join(setting.split(".")[:2])
        compare = SETTINGS.get(setting) or SETTINGS.get(mapping) or _not_any
        return compare(base, own)
    for pattern, compare in _OTHERS.items():
        steps = pattern.split(".")
        if len(steps) == len(path) and all(
            step in ("*", str(found)) for step, found in zip(steps, path, strict=True)
        ):
            return compare(base, own)
    return False
