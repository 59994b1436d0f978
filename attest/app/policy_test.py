"""Run the tests of a policy: every case a release at a time, judged as `attest verify` does, offline."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from attest.app.check import check_source
from attest.app.fixture import Fixture, Folder
from attest.app.inventory import take_inventory
from attest.app.policy import load_policy, platforms, scanner_of
from attest.app.reconcile import SourceTree, by_digest, executables, reconcile_files, unresolved
from attest.app.verify import Run, verify_release
from attest.errors import AttestError, FormatError, PolicyError, UsageError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.policy_test import CaseResult, Mismatch, TestReport
from attest.policy.case_schema import json_schema
from attest.policy.cases import Change, invalid, load_tests
from attest.policy.catalog import catalog
from attest.policy.coverage import coverage
from attest.policy.expected import compare
from attest.policy.notes import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attest.app.policy import LoadedPolicy
    from attest.model.checkout import Repository
    from attest.model.ports import ReadBeside, Tree
    from attest.model.release import Inventory
    from attest.model.source import SourceReport
    from attest.model.statement import Json
    from attest.model.verdict import Verdict
    from attest.policy.cases import Case, Tests

_USAGE: Final = 4


class Around(Protocol):
    """What lies around a file of tests; names are relative to it, with slashes."""

    def read(self, name: str, limit: int) -> bytes:
        """All bytes of a file, as `attest.model.ports.ReadBeside`."""
        ...

    def tree(self, name: str) -> Tree:
        """A directory; `attest.errors.ReadError` where it is none."""
        ...

    def beside(self, name: str) -> ReadBeside:
        """What reads the files that another file names."""
        ...

    def repository(self, name: str) -> Repository | None:
        """The repository that a directory lies in, None where nobody can ask."""
        ...


def tests_schema() -> dict[str, Json]:
    """The JSON Schema of a file of policy tests."""
    return json_schema()


def run_tests(
    data: bytes,
    file: str,
    around: Around,
    *,
    jobs: int = 0,
    done: Callable[[str], None] = lambda _: None,
    limits: Limits = DEFAULT_LIMITS,
) -> TestReport:
    """Judge every case of a file of tests, in its order; `done` hears the name of each.

    Raises `PolicyError` for tests, and for a policy, that are not valid, all mistakes of the tests at once,
    and what reading a release or a source tree raises.
    """
    tests = load_tests(data, file, limits)
    return _Runner(tests, around, jobs, done, limits).report()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A case with its policy; where that is not valid, why."""

    case: Case
    loaded: LoadedPolicy | None
    error: PolicyError | None = None


class _Runner:
    def __init__(
        self, tests: Tests, around: Around, jobs: int, done: Callable[[str], None], limits: Limits
    ) -> None:
        self._tests = tests
        self._around = around
        self._jobs = jobs
        self._done = done
        self._limits = limits
        self._policy_file = posixpath.normpath(posixpath.join(posixpath.dirname(tests.file), tests.policy))
        self._policy = around.read(tests.policy, limits.policy_bytes)
        self._loaded: dict[tuple[object, ...], LoadedPolicy] = {}
        self._folders: dict[tuple[object, ...], Folder] = {}
        self._sources: dict[tuple[object, ...], SourceReport] = {}
        self._verdicts: list[Verdict] = []

    def report(self) -> TestReport:
        """Every case in its order; all names are known before the first is judged."""
        ready = [self._ready(case) for case in self._tests.cases]
        mistakes = [mistake for each in ready for mistake in _unknown(each)]
        if mistakes:
            raise invalid(self._tests.file, mistakes)
        results = []
        for each in ready:
            self._done(each.case.name)
            results.append(self._result(each))
        known = next((each.loaded.policy for each in ready if each.loaded), None)
        covered, skipped = coverage(known, self._verdicts) if known else ((), ())
        return TestReport(
            file=self._tests.file,
            policy_file=self._policy_file,
            policy=known.name if known else None,
            cases=tuple(results),
            coverage=covered,
            skipped=skipped,
        )

    def _ready(self, case: Case) -> _Ready:
        names = {"version": case.version, "tag": case.tag}
        key = (case.version, case.tag, case.now)
        try:
            if key not in self._loaded:
                self._loaded[key] = load_policy(
                    self._policy,
                    self._policy_file,
                    self._around.beside(self._tests.policy),
                    variables={name: value for name, value in names.items() if value},
                    now=case.now,
                    limits=self._limits,
                )
        except PolicyError as error:
            if case.expected.exit_code == _USAGE:
                return _Ready(case=case, loaded=None, error=error)
            raise _in_case(error, case) from error
        return _Ready(case=case, loaded=self._loaded[key])

    def _result(self, ready: _Ready) -> CaseResult:
        case = ready.case
        if ready.loaded is None:
            return _refused(case, ready.error)
        try:
            verdict = self._verdict(case, ready.loaded)
        except FormatError as error:
            if error.place and error.place.file == self._tests.file:
                raise invalid(self._tests.file, [error]) from error
            raise
        except UsageError as error:
            if case.expected.exit_code == _USAGE:
                return _refused(case, error)
            raise PolicyError(error.message, place=case.place, hint=error.hint) from error
        self._verdicts.append(verdict)
        return CaseResult(
            name=case.name,
            place=case.place,
            exit_code=int(verdict.exit_code),
            verdict=verdict.decision,
            mismatches=compare(case.expected, verdict, case.place),
        )

    def _verdict(self, case: Case, loaded: LoadedPolicy) -> Verdict:
        """What `attest verify` says of the release as the case changes it."""
        run = Run(
            now=case.now,
            version=case.version,
            tag=case.tag,
            revision=case.revision,
            only=case.platforms,
            partial=bool(case.platforms),
        )
        fixture = Fixture(
            self._folder(case.release, case, loaded), limits=self._limits, scan=scanner_of(loaded, case.now)
        )
        if case.evidence:
            laid = Change(kind="add", paths=(), place=case.place)
            fixture.add_evidence(self._folder(case.evidence, case, loaded), laid)
        fixture.apply(case.changes, self._around.read)
        inventory = fixture.inventory()
        source = self._source(case, loaded, inventory) if case.source else None
        return verify_release(loaded, inventory, source, run, jobs=self._jobs, limits=self._limits)

    def _folder(self, name: str, case: Case, loaded: LoadedPolicy) -> Folder:
        """A directory, read once for all cases; what is known of vulnerabilities depends on the time."""
        scan = scanner_of(loaded, case.now)
        key = (name, case.now if scan else None)
        if key not in self._folders:
            tree = self._around.tree(name)
            inventory = take_inventory(tree, jobs=self._jobs, limits=self._limits, scan=scan)
            self._folders[key] = Folder(tree=tree, inventory=inventory)
        return self._folders[key]

    def _source(self, case: Case, loaded: LoadedPolicy, inventory: Inventory) -> SourceReport:
        """What the source tree says, by itself and of the executables; nothing of this machine counts."""
        tree = self._around.tree(case.source)
        cache = case.modcache or (f"{case.source}/.modcache" if tree.exists(".modcache") else "")
        modcache = self._around.tree(cache) if cache else None
        key = (case.source, case.modcache)
        if key not in self._sources:
            self._sources[key] = check_source(
                tree,
                modcache=modcache,
                platforms=platforms(loaded),
                repository=self._around.repository(case.source),
                limits=self._limits,
            )
        files = executables(inventory, loaded.policy)
        try:
            reconciled = reconcile_files(SourceTree(tree=tree, modcache=modcache, limits=self._limits), files)
        except AttestError as error:
            reconciled = unresolved(files, error)
        return replace(self._sources[key], reconciled=by_digest(inventory, reconciled))


def _refused(case: Case, error: AttestError | None) -> CaseResult:
    """A case of which nothing was judged, as it expects."""
    told = [error.message, *(each.message for each in getattr(error, "mistakes", ()))] if error else []
    mismatches: tuple[Mismatch, ...] = ()
    if not any(case.expected.error in each for each in told):
        message = f"expected the error '{case.expected.error}', found '{told[-1]}'"
        mismatches = (Mismatch(kind="error", message=message, place=case.place),)
    return CaseResult(name=case.name, place=case.place, exit_code=_USAGE, verdict=None, mismatches=mismatches)


def _in_case(error: PolicyError, case: Case) -> PolicyError:
    """The same error, which tells the case; a policy has as many mistakes in all of them."""
    message = f"{error.message} (in the case '{case.name}')"
    only = len(error.mistakes) == 1
    return PolicyError(message, place=error.place, hint=error.hint, mistakes=() if only else error.mistakes)


def _unknown(ready: _Ready) -> Iterable[AttestError]:
    """Checks, rules and waivers that are expected and that there are not."""
    if ready.loaded is None:
        return
    policy = ready.loaded.policy
    checks = [*(each.id for each in catalog()), *(each.id for each in policy.rules)]
    waivers = [each.id for each in policy.waivers]
    for each in ready.case.expected.findings:
        if each.check not in checks:
            message = f"there is no check and no rule '{each.check}'"
            yield FormatError(message, place=each.place, hint=nearest(each.check, checks))
        if each.waived_by and each.waived_by not in waivers:
            message = f"the policy has no waiver '{each.waived_by}'"
            yield FormatError(message, place=each.place, hint=nearest(each.waived_by, waivers))
