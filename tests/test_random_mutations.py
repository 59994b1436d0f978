"""Random single and double mutations of the signed example: what the table says is broken never passes."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest

from attest.app.inventory import read_bytes
from attest.app.policy import load_policy
from attest.app.verify import Run, verify_release
from attest.errors import PolicyError
from attest.model.release import Inventory, ReleaseFile
from tests.random_mutations import INVALID, OPERATORS, NotPossibleError, State
from tests.unit.policy.world import yaml

if TYPE_CHECKING:
    from tests.conftest import SignedRelease
    from tests.random_mutations import Operator

#: Another one finds other mutations; a failure names the one that it was, and its number.
SEED = 20261122
SINGLES = 4
DOUBLES = 240
CHUNKS = 8


@dataclass(frozen=True)
class Outcome:
    """How a run ended, and which checks deny."""

    decision: str
    denies: frozenset[str]


class Gate:
    """Judges a state as `attest verify` does; files that did not change are looked into once."""

    def __init__(self, release: SignedRelease) -> None:
        self._keys = {
            "keys/release.pub": (release.policy.parent / "keys" / "release.pub").read_bytes(),
            "keys/stranger.pub": (release.stranger.parent / "stranger.pub").read_bytes(),
        }
        self._known: dict[tuple[str, bytes], ReleaseFile] = {}

    def judge(self, state: State) -> Outcome:
        """Raises whatever the code under test should not raise."""
        try:
            loaded = load_policy(
                json.dumps(state.policy, default=str).encode(),
                "release.yaml",
                lambda name, _: self._keys[name],
                variables={"version": state.version, "tag": f"v{state.version}"},
                now=state.now,
            )
        except PolicyError:
            return Outcome(INVALID, frozenset())
        files = tuple(self._file(name, state.files[name]) for name in sorted(state.files))
        run = Run(now=state.now, version=state.version, tag=f"v{state.version}")
        verdict = verify_release(loaded, Inventory(label="dist", files=files), None, run, jobs=1)
        broken = [each for each in verdict.findings if each.outcome == "error"]
        assert not broken, broken
        denying = (each for each in verdict.findings if each.severity == "deny" and not each.waived_by)
        return Outcome(verdict.decision, frozenset(each.check for each in denying))

    def _file(self, name: str, data: bytes | str) -> ReleaseFile:
        if isinstance(data, str):
            return ReleaseFile(path=name, kind=data)  # type: ignore[arg-type] # one of the kinds
        key = (name, hashlib.sha256(data).digest())
        if key not in self._known:
            self._known[key] = read_bytes(name, memoryview(data))
        return self._known[key]


@pytest.fixture(scope="module")
def gate(signed_release: SignedRelease) -> Gate:
    return Gate(signed_release)


@pytest.fixture(scope="module")
def whole(signed_release: SignedRelease) -> State:
    """The example with its evidence, and its policy without what is asked of the source."""
    policy = json.loads(json.dumps(yaml(signed_release.policy.read_bytes()), default=str))
    policy.pop("modules", None)
    root = signed_release.dist
    files: dict[str, bytes | str] = {
        each.relative_to(root).as_posix(): each.read_bytes() for each in root.rglob("*") if each.is_file()
    }
    artifacts = tuple(name for name in sorted(files) if f"{name}.cdx.json" in files)
    return State(
        files=files,
        policy=policy,
        now=datetime(2026, 11, 22, 12, tzinfo=UTC),
        version="1.0.0",
        stranger=signed_release.stranger.read_bytes(),
        artifacts=artifacts,
    )


@cache
def plan() -> tuple[tuple[int, tuple[Operator, ...]], ...]:
    """The number of each mutation, and its operators."""
    chance = random.Random(SEED)  # noqa: S311 - which mutations, no secrets
    singles = [(operator,) for operator in OPERATORS for _ in range(SINGLES)]
    doubles = [tuple(chance.sample(OPERATORS, 2)) for _ in range(DOUBLES)]
    return tuple(enumerate((*singles, *doubles)))


def test_there_are_enough() -> None:
    assert len(plan()) >= 300
    assert len({each.name for each in OPERATORS}) == len(OPERATORS)


def test_the_whole_release_passes(gate: Gate, whole: State) -> None:
    assert len(whole.artifacts) == 10
    assert gate.judge(whole) == Outcome("pass", frozenset())


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_what_is_broken_never_passes(chunk: int, gate: Gate, whole: State) -> None:
    for number, operators in plan()[chunk::CHUNKS]:
        chance = random.Random(SEED + number)  # noqa: S311 - as above
        state, done = whole, []
        for operator in operators:
            try:
                state = operator.apply(state, chance)
            except NotPossibleError:
                continue
            done.append(operator)
        told = f"mutation {number} of seed {SEED}: {' and '.join(each.name for each in done)}"
        outcome = gate.judge(state)
        breaking = [each for each in done if each.breaks]
        if not breaking or state == whole:
            assert outcome == Outcome("pass", frozenset()), told
            continue
        assert outcome.decision != "pass", told
        if len(done) == 1:
            assert breaking[0].breaks & {outcome.decision, *outcome.denies}, (told, outcome)
