"""The `platforms` section of a policy file, read into slots."""

from __future__ import annotations

import difflib
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from attest.errors import UsageError
from attest.policy import slots as words
from attest.policy.check import SLOT_SECTIONS
from attest.policy.slots import GOARCH, GOOS, UNIVERSAL, VARIANTS, Build, Defaults, Entry, variant_fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.policy import schema
    from attest.policy.document import Path
    from attest.policy.model import Slot

_HINT_SLICES: Final = "write goos: darwin, goarch: universal, slices: [amd64, arm64]"


class Matrix:
    """Expands the matrix; `mistakes` holds (path into the document, message, hint)."""

    def __init__(
        self, platforms: schema.Platforms, *, defaults: Defaults, variables: Mapping[str, str]
    ) -> None:
        self.mistakes: list[tuple[Path, str, str]] = []
        self._platforms = platforms
        self._defaults = defaults
        self._variables = variables

    def slots(self) -> tuple[Slot, ...]:
        """Every slot, in the order of the matrix and then of the builds."""
        builds = self._builds()
        found: list[Slot] = []
        seen: set[tuple[str, str]] = set()
        for index, entry in enumerate(self._platforms.matrix):
            path: Path = ("platforms", "matrix", index)
            chosen = self._chosen(path, entry, builds)
            for goos, goarch in product(entry.goos, entry.goarch):
                if not self._platform(path, entry, goos, goarch):
                    continue
                one = _entry(entry, goos, goarch)
                for build in chosen:
                    slot = self._slot(path, one, build)
                    if slot is None:
                        continue
                    pair = (str(slot.platform), slot.build)
                    if pair in seen:
                        self._mistake(path, f"{slot.name} is in the matrix twice", "keep one of the entries")
                        continue
                    seen.add(pair)
                    found.append(slot)
        return tuple(found)

    def _mistake(self, path: Path, message: str, hint: str) -> None:
        self.mistakes.append((path, message, hint))

    def _builds(self) -> tuple[Build, ...]:
        found: dict[str, Build] = {}
        for index, build in enumerate(self._platforms.builds):
            if build.name in found:
                path: Path = ("platforms", "builds", index, "name")
                self._mistake(path, f"two builds are called '{build.name}'", "rename one")
                continue
            found[build.name] = Build(name=build.name, path=build.path or "", main_path=build.main_path or "")
        return tuple(found.values()) or (Build(),)

    def _chosen(self, path: Path, entry: schema.MatrixEntry, builds: tuple[Build, ...]) -> tuple[Build, ...]:
        """The builds of an entry: those that it names, or all."""
        if entry.builds is None:
            return builds
        names = [build.name for build in builds]
        for index, name in enumerate(entry.builds):
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1)
                hint = f"did you mean '{near[0]}'?" if near else "name it in platforms.builds"
                self._mistake((*path, "builds", index), f"there is no build '{name}'", hint)
        if not entry.builds:
            self._mistake((*path, "builds"), "the entry has no build", "leave builds out for all of them")
        return tuple(build for build in builds if build.name in entry.builds)

    def _platform(self, path: Path, entry: schema.MatrixEntry, goos: str, goarch: str) -> bool:
        """Note what is wrong with the words for a platform."""
        good = self._word((*path, "goos"), "operating system", goos, GOOS)
        if goarch == UNIVERSAL:
            return self._universal(path, entry, goos) and good
        good = self._word((*path, "goarch"), "architecture", goarch, GOARCH) and good
        if entry.slices is not None:
            self._mistake((*path, "slices"), "only goarch: universal has slices", _HINT_SLICES)
            good = False
        for key, value in (("goarm", entry.goarm), ("goamd64", entry.goamd64)):
            if value is None:
                continue
            if VARIANTS.get(goarch) != key:
                self._mistake(
                    (*path, key), f"{key} does not go with goarch {goarch}", "write a separate entry"
                )
                good = False
            elif fault := variant_fault(key, value):
                self._mistake((*path, key), fault, "use one of these words")
                good = False
        return good

    def _universal(self, path: Path, entry: schema.MatrixEntry, goos: str) -> bool:
        slices = entry.slices or []
        if goos != "darwin" or not slices or len(set(slices)) < len(slices):
            self._mistake(
                path, "a universal file is for darwin and declares its slices, each once", _HINT_SLICES
            )
            return False
        if entry.goarm is not None or entry.goamd64 is not None:
            self._mistake(path, "a universal file has no variant", "take goarm and goamd64 out")
            return False
        good = [self._word((*path, "slices"), "architecture", each, GOARCH) for each in slices]
        return all(good)

    def _word(self, path: Path, what: str, word: str, known: tuple[str, ...]) -> bool:
        if word in known:
            return True
        near = difflib.get_close_matches(word, known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}"
        self._mistake(path, f"Go has no {what} '{word}'", hint)
        return False

    def _slot(self, path: Path, entry: Entry, build: Build) -> Slot | None:
        try:
            return words.slot(entry, build, self._defaults, self._variables)
        except UsageError as error:
            self._mistake(path, error.message, error.hint or "")
            return None


def _entry(entry: schema.MatrixEntry, goos: str, goarch: str) -> Entry:
    """One platform of a line of the matrix."""
    return Entry(
        goos=goos,
        goarch=goarch,
        variant=entry.goarm or entry.goamd64 or "",
        slices=tuple(sorted(entry.slices or ())),
        path=entry.path or "",
        format=entry.format,
        required=entry.required,
        severity=entry.severity,
        sections=sections(entry),
    )


def sections(holder: schema.Defaults | schema.MatrixEntry) -> words.Sections:
    """The values of every section that a platform can set."""
    return tuple((name, frozen(getattr(holder, name))) for name in SLOT_SECTIONS)


def frozen(section: Any) -> tuple[tuple[str, object], ...]:  # noqa: ANN401 - a model made from the checks
    """The values of a section that were given, sorted, lists as tuples, keys of mappings in it as "a.b"."""
    values: dict[str, object] = {}
    for key, value in section.model_dump(exclude_none=True).items():
        if isinstance(value, dict):
            values.update({f"{key}.{inner}": each for inner, each in value.items()})
        else:
            values[key] = value
    return tuple(
        (key, tuple(value) if isinstance(value, list) else value) for key, value in sorted(values.items())
    )
