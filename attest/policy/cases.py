"""From the bytes of a file of policy tests to its cases, or to all of its mistakes at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, FormatError, InputError, PolicyError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.policy_test import Expected, ExpectedFinding
from attest.policy import case_schema, document
from attest.policy.build_trust import is_elsewhere
from attest.policy.shape import Shape, validated
from attest.policy.template import path_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.policy.document import Document, Path

_SHAPE: Final = Shape(
    model=case_schema.TestsDocument,
    known_keys=case_schema.known_keys,
    name="the tests",
    begins="policy tests are a mapping that begins with apiVersion: attest/v1, kind: ReleasePolicyTests",
    start="docs/policy-tests.md has an example",
    columns=True,
)
_CHANGES: Final = ("remove", "rename", "replace", "add", "append")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of the release: `paths` are patterns for "remove", else one path.

    `to` is the new name; the content is `data`, or the bytes of `file` beside the tests where that is not "".
    """

    kind: str
    paths: tuple[str, ...]
    place: Place
    to: str = ""
    file: str = ""
    data: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case; names of folders are relative to the tests, "" where it has none."""

    name: str
    place: Place
    release: str
    evidence: str
    source: str
    modcache: str
    now: datetime
    version: str
    tag: str
    revision: str
    platforms: tuple[str, ...]
    changes: tuple[Change, ...]
    expected: Expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests:
    """A file of tests; `policy` is relative to it."""

    __test__ = False  # pytest takes the name for its own

    file: str
    policy: str
    cases: tuple[Case, ...]


def load_tests(data: bytes, file: str, limits: Limits = DEFAULT_LIMITS) -> Tests:
    """The cases in `data`; `file` is what messages call it.

    Raises `attest.errors.PolicyError`, whose `mistakes` are in the order of the file.
    """
    mistakes: list[AttestError] = []
    try:
        read = document.read(data, file, limits)
    except InputError as error:
        raise invalid(file, [error]) from error
    mistakes += read.mistakes
    parsed = validated(read, _SHAPE, mistakes)
    if parsed is None:
        raise invalid(file, mistakes)
    reader = _Reader(read, parsed, mistakes)
    found = tuple(filter(None, map(reader.case, range(len(parsed.cases)))))
    reader.path(("policy",), parsed.policy)
    if mistakes:
        raise invalid(file, mistakes)
    return Tests(file=file, policy=parsed.policy, cases=found)


def invalid(file: str, mistakes: list[AttestError]) -> PolicyError:
    """One error for all mistakes of a file of tests, in its order."""

    def order(mistake: AttestError) -> tuple[int, int, str]:
        place = mistake.place or Place(file=file)
        return (place.line or 0, place.column or 0, mistake.message)

    ordered = tuple(sorted(mistakes, key=order))
    first = ordered[0]
    if len(ordered) == 1:
        return PolicyError(first.message, place=first.place, hint=first.hint, mistakes=ordered)
    return PolicyError(
        f"the tests have {len(ordered)} mistakes",
        place=Place(file=file),
        hint="docs/policy-tests.md, and attest schema policy-tests",
        mistakes=ordered,
    )


class _Reader:
    """Reads the cases; mistakes go into the list."""

    def __init__(
        self, read: Document, parsed: case_schema.TestsDocument, mistakes: list[AttestError]
    ) -> None:
        self._read = read
        self._parsed = parsed
        self._mistakes = mistakes
        self._names: set[str] = set()

    def _note(self, path: Path, message: str, hint: str) -> None:
        self._mistakes.append(FormatError(message, place=self._read.exact(path), hint=hint))

    def path(self, path: Path, name: str) -> None:
        """Note a path that is not relative to the tests."""
        if is_elsewhere(name) or name.startswith(("/", "~")) or ":" in name or "\\" in name:
            self._note(path, f"'{name}' is no path relative to the tests", "write it with slashes: ../dist")

    def case(self, index: int) -> Case | None:
        """One case; None, and what is wrong, where it is none."""
        entry, defaults = self._parsed.cases[index], self._parsed.defaults
        where: Path = ("cases", index)
        if entry.name in self._names:
            self._note((*where, "name"), f"two cases are called '{entry.name}'", "rename one")
        self._names.add(entry.name)
        for key in ("release", "evidence", "source", "modcache"):
            for holder, at in ((entry, (*where, key)), (defaults, ("defaults", key))):
                if (name := getattr(holder, key)) and (index == 0 or holder is entry):
                    self.path(at, name)
        told = {
            key: getattr(entry, key) or getattr(defaults, key) or ""
            for key in case_schema.Circumstances.model_fields
        }
        for key in ("release", "now"):
            if not told[key]:
                self._note(
                    where, f"the case '{entry.name}' has no '{key}'", f"add {key}, here or to defaults"
                )
        if told["modcache"] and not told["source"]:
            self._note(where, f"the case '{entry.name}' has a modcache and no source", "add source")
        changes = tuple(self._changes(where, entry))
        expected = self._expected((*where, "expect"), entry)
        now = self._now(where, entry, told["now"])
        if now is None:
            return None
        # As on the command line: the one is made of the other where it is not told.
        version, tag = told["version"], told["tag"]
        return Case(
            name=entry.name,
            place=self._read.exact(where),
            release=told["release"],
            evidence=told["evidence"],
            source=told["source"],
            modcache=told["modcache"],
            now=now,
            version=version or tag.removeprefix("v"),
            tag=tag or (f"v{version}" if version else ""),
            revision=told["revision"],
            platforms=tuple(told["platforms"] or ()),
            changes=changes,
            expected=expected,
        )

    def _now(self, where: Path, entry: case_schema.CaseEntry, text: str) -> datetime | None:
        if not text:
            return None
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except ValueError:
            path: Path = (*where, "now") if entry.now else ("defaults", "now")
            self._note(path, f"'{text}' is no time", "write it like 2026-11-22T12:00:00Z")
            return None

    def _changes(self, where: Path, entry: case_schema.CaseEntry) -> Iterator[Change]:
        for index, change in enumerate(entry.change):
            path: Path = (*where, "change", index)
            told = [key for key in _CHANGES if getattr(change, key) is not None]
            if len(told) != 1:
                found = "none" if not told else " and ".join(told)
                self._note(path, f"a change is one of {', '.join(_CHANGES)}; this has {found}", "write one")
                continue
            yield self._change((*path, told[0]), told[0], change)

    def _change(self, path: Path, kind: str, change: case_schema.ChangeEntry) -> Change:
        place = self._read.exact(path)
        if change.remove is not None:
            return Change(kind=kind, paths=tuple(change.remove), place=place)
        if change.rename is not None:
            self._inside((*path, "to"), change.rename.to)
            return Change(kind=kind, paths=(change.rename.from_,), to=change.rename.to, place=place)
        if change.append is not None:
            text, digits = change.append.text, change.append.hex
            if (text is None) == (digits is None):
                self._note(path, "what is appended is text or hex, one of them", "write one")
            data = bytes.fromhex(digits or "") if text is None else text.encode()
            return Change(kind=kind, paths=(change.append.path,), data=data, place=place)
        content = change.replace or change.add
        if content is None:  # pragma: no cover - one of the kinds is there
            raise TypeError(kind)
        if (content.with_ is None) == (content.text is None):
            self._note(path, "the content is with (a file) or text, one of them", "write one")
        if content.with_:
            self.path((*path, "with"), content.with_)
        self._inside((*path, "path"), content.path)
        return Change(
            kind=kind,
            paths=(content.path,),
            file=content.with_ or "",
            data=(content.text or "").encode(),
            place=place,
        )

    def _inside(self, path: Path, name: str) -> None:
        """Note a name that cannot be one of a file in a release."""
        if fault := path_fault(name):
            self._note(path, f"the path '{name}' cannot be used: {fault}", "name a file of the release")

    def _expected(self, path: Path, entry: case_schema.CaseEntry) -> Expected:
        expect = entry.expect
        if expect.exit is None and expect.verdict is None:
            self._note(path, "neither exit nor verdict is expected", "say which: exit: 0, or verdict: pass")
        if expect.error is not None and expect.exit != 4:  # noqa: PLR2004 - a usage error
            self._note((*path, "error"), "only exit: 4 comes with an error", "take error out")
        if expect.exit == 4 and (expect.findings or expect.verdict):  # noqa: PLR2004 - likewise
            self._note(path, "where the exit code is 4, nothing is judged", "take findings and verdict out")
        findings = tuple(
            ExpectedFinding(
                check=each.check,
                platform=each.platform or "",
                subject=each.subject or "",
                outcome=each.outcome,
                severity=each.severity,
                waived_by=each.waived_by or "",
                count=each.count,
                place=self._read.exact((*path, "findings", index)),
            )
            for index, each in enumerate(expect.findings)
        )
        return Expected(
            exit_code=expect.exit,
            verdict=expect.verdict,
            error=expect.error or "",
            findings=findings,
            warnings=(expect.warnings or self._parsed.defaults.warnings) != "ignored",
            exact=expect.exact,
        )
