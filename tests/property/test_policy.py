"""Properties of the policy engine that hold for every release, and of its parsers for all bytes."""

from __future__ import annotations

import random
import re
import string
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import AttestError, PolicyError
from attest.model.exit_code import ExitCode
from attest.model.limits import DEFAULT_LIMITS
from attest.model.place import Place
from attest.model.release import ReleaseFile
from attest.policy.catalog import catalog
from attest.policy.checksums import parse as parse_checksums
from attest.policy.discover import sbom_document
from attest.policy.document import read
from attest.policy.glob import glob_matches
from attest.policy.goversion import parse as parse_version
from attest.policy.load import load
from attest.policy.model import Waiver
from attest.policy.regex import Pattern
from tests.unit.policy.world import CASES, MODULES, NOW, SIGNERS, World, identity_of, world, yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.verdict import Verdict

T = TypeVar("T")
POLICY = (CASES / "policy.yaml").read_bytes()
BAD = [yaml(path.read_bytes()) for path in sorted(CASES.glob("*/*/case.yaml"))]
BAD = [case for case in BAD if case.get("exit") and "policy" not in case and "run" not in case]
FILES = sorted(world({}).files)
ARTIFACTS = [slot.path for slot in world({}).policy.slots]


def attempt(call: Callable[[], T]) -> tuple[AttestError | None, T | None]:
    """What came of a call: its own kind of error, or a result; anything else fails the test."""
    try:
        return None, call()
    except AttestError as error:
        return error, None


def judged(made: World, seed: int) -> Verdict:
    """The verdict over everything in another order."""
    shuffler = random.Random(seed)  # noqa: S311 - an order, not a secret
    checks = list(catalog())
    for each in (made.bundles, checks):
        shuffler.shuffle(each)
    names = list(made.files)
    shuffler.shuffle(names)
    made.files = {name: made.files[name] for name in names}
    return made.verdict(tuple(checks))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([{}, *BAD]), st.integers())
def test_order_never_matters(case: dict[str, Any], seed: int) -> None:
    assert judged(world(case), seed) == world(case).verdict()


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(BAD),
    st.lists(
        st.fixed_dictionaries(
            {"signer": st.sampled_from(["tester", "stranger"])},
            optional={
                "type": st.sampled_from(
                    ["https://spdx.dev/Document/v2.3", "https://cyclonedx.org/bom", "https://x.example"]
                ),
                "rejected": st.sampled_from(["truncated", "the signature is wrong"]),
                "about": st.lists(st.sampled_from([*ARTIFACTS, "checksums.txt"]), min_size=1, max_size=3),
                "log_entries": st.integers(0, 3),
            },
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_bundles_of_others_never_turn_a_denial_into_a_pass(
    case: dict[str, Any], bundles: list[dict[str, Any]]
) -> None:
    before = world(case).verdict()
    extra = {f"extra{number}.sigstore.json": how for number, how in enumerate(bundles)}
    after = world({**case, "signed": {**case.get("signed", {}), **extra}}).verdict()
    assert after.exit_code != ExitCode.PASS
    missed = {
        (each.check, each.subject, each.platform, each.outcome)
        for each in before.findings
        if each.check != "artifact-unexpected"
    }
    assert missed <= {(each.check, each.subject, each.platform, each.outcome) for each in after.findings}


_WAIVERS = st.lists(
    st.builds(
        Waiver,
        id=st.sampled_from(["W-1", "W-2", "W-3"]),
        check=st.sampled_from([check.id for check in catalog() if check.waivable]),
        platform=st.sampled_from(["", "linux/*", "*/*", "darwin/universal"]),
        artifact=st.sampled_from(["", "*", *ARTIFACTS]),
        reason=st.just("a test"),
        created=st.just(NOW - timedelta(days=9)),
        expires=st.sampled_from([NOW - timedelta(days=1), NOW, NOW + timedelta(days=1)]),
        place=st.just(Place(file="release.yaml", line=1)),
    ),
    max_size=4,
    unique_by=lambda each: each.id,
)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from([{}, *BAD]), _WAIVERS)
def test_waivers_touch_nothing_but_findings_that_they_mean(
    case: dict[str, Any], waivers: list[Waiver]
) -> None:
    """Whatever a policy waives: evidence, artifacts' bytes and what could not be judged stay as they are."""
    before, made = world(case).verdict(), world(case)
    made.policy = replace(made.policy, waivers=tuple(waivers))
    after = made.verdict()
    own = {"waiver-expired", "rule-unmatched"}
    assert after.evidence == before.evidence
    assert [replace(each, waived_by="") for each in after.findings if each.check not in own] == [
        each for each in before.findings if each.check not in own
    ]
    assert all(each.outcome == "fail" for each in after.findings if each.waived_by)
    if any(each.expires < NOW for each in waivers):
        assert after.exit_code != ExitCode.PASS
    if after.exit_code == ExitCode.PASS:
        assert all(each.waived_by or each.severity != "deny" for each in after.findings)


def test_every_single_file_of_a_passing_release_is_needed() -> None:
    for name in FILES:
        if name.endswith((".spdx.json", ".cdx.json")):
            continue  # the attestation holds the document; the copy beside it is for people
        made = world({})
        del made.files[name]
        made.bundles = [item for item in made.bundles if item.path != name]
        assert made.verdict().exit_code == ExitCode.DENIED, name


def test_every_single_byte_counts() -> None:
    for name in FILES:
        made = world({})
        old = made.files[name]
        bundle = any(item.path == name for item in made.bundles)
        data = b"changed" if not bundle else b"{}"
        made.files[name] = ReleaseFile(
            path=name, kind="file", identity=identity_of(data), report=old.report, content=data
        )
        made.bundles = [item for item in made.bundles if item.path != name]
        assert made.verdict().exit_code == ExitCode.DENIED, name


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(
        [
            f"{path}{end}"
            for path in ARTIFACTS
            for end in (".sigstore.json", ".spdx.intoto.sigstore.json", ".cdx.intoto.sigstore.json")
        ]
    ),
    st.sampled_from([name for name in SIGNERS if name != "release"]),
)
def test_every_signature_counts(path: str, signer: str) -> None:
    assert world({"signed": {path: {"signer": signer}}}).verdict().exit_code == ExitCode.DENIED


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(ARTIFACTS),
    st.sampled_from(["spdx", "cdx"]),
    st.dictionaries(
        st.sampled_from([*MODULES, "example.com/other"]), st.sampled_from(["v9.0.0", ""]), max_size=2
    ),
    st.lists(st.sampled_from([*MODULES]), max_size=2),
)
def test_every_component_counts(path: str, kind: str, add: dict[str, str], drop: list[str]) -> None:
    sboms = {f"{path}.{kind}.intoto.sigstore.json": {"add": add, "drop": drop}}
    wanted = ExitCode.DENIED if add or drop else ExitCode.PASS
    assert world({"sboms": sboms}).verdict().exit_code == wanted


MUTATIONS = st.lists(
    st.tuples(st.integers(0, len(POLICY) - 1), st.binary(max_size=3), st.integers(0, 3)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=120, deadline=None)
@given(MUTATIONS)
def test_a_mutated_policy_loads_or_is_a_policy_error(mutations: list[tuple[int, bytes, int]]) -> None:
    data = bytearray(POLICY)
    for place, new, length in mutations:
        data[place : place + length] = new
    error, policy = attempt(
        lambda: load(bytes(data), "p.yaml", variables={"version": "1", "tag": "v1"}, now=NOW)
    )
    if policy is None:
        assert isinstance(error, PolicyError)
        assert error.mistakes
        assert all(each.message and each.hint and each.place for each in error.mistakes)
    else:
        assert any(slot.required for slot in policy.slots)
        assert all(slot.signatures or slot.attestations for slot in policy.slots)


YAMLISH = st.text(alphabet="ab:- \n\t[]{},&*!|>'\"?#%@`\\01.~<x\u00e9\ufeff", max_size=60)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=60), YAMLISH.map(str.encode)))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    error, _ = attempt(lambda: read(data, "p.yaml", DEFAULT_LIMITS))
    assert error is None or (error.place and error.hint)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(max_size=100), st.text(max_size=100).map(str.encode)))
def test_small_parsers_take_anything(data: bytes) -> None:
    parse_checksums(data, "sums")
    sbom_document(data)
    parse_version(data.decode("latin-1"))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*"ab.*+?()|^$-1", "[ab]", "[^a]", "[a-c]", "{2}", "{1,3}", "{2,}", r"\.", r"\d", "(?:"]
        ),
        max_size=8,
    ).map("".join),
    st.text(alphabet="ab.c1$", max_size=6),
)
def test_patterns_mean_what_they_mean_to_re(pattern: str, text: str) -> None:
    _, ours = attempt(lambda: Pattern(pattern))
    try:
        theirs = re.compile(pattern)
    except re.error:
        return  # RE2 takes some repeats of repeats that `re` refuses
    assert ours is None or ours.matches(text) == bool(theirs.fullmatch(text))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab/*.", max_size=8), st.text(alphabet="ab/.", max_size=8))
def test_globs_mean_what_their_regular_expression_means(pattern: str, text: str) -> None:
    same = "[^/]*".join(re.escape(part) for part in pattern.split("*"))
    assert glob_matches(pattern, text) == bool(re.fullmatch(same, text))


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=string.printable, max_size=20))
def test_any_pattern_compiles_or_says_why(text: str) -> None:
    error, _ = attempt(lambda: Pattern(text))
    assert error is None or error.message
