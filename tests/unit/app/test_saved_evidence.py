"""A saved set is read strictly: what `save` does not write is refused in one line, and never judged."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from attest.app.inventory import read_bytes
from attest.app.policy import PolicyBytes
from attest.app.replay import load_saved, replay
from attest.app.saved_evidence import Evidence, digest_of, restore, save
from attest.errors import AttestError, FormatError, LimitError
from attest.model.limits import DEFAULT_LIMITS
from attest.model.release import Inventory, ReleaseFile
from attest.model.saved_evidence import MANIFEST, MANIFEST_SUM, SavedRoots
from attest.policy.engine import Run
from attest.render.report_json import to_json
from tests.random_mutations import OPERATORS, NotPossibleError
from tests.test_checks import ALL
from tests.test_random_mutations import Gate, whole
from tests.unit.policy.world import NOW, World, world, yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attest.model.verdict import Verdict
    from tests.conftest import SignedRelease
    from tests.random_mutations import Operator, State

__all__ = ["whole"]  # a fixture

LINUX = "widget_1.0.0_linux_amd64"
ROOTS = SavedRoots(source="source", release="dist", fallback="release.yaml")
Set = dict[str, bytes]
Document = dict[str, Any]


def read(files: Set, **more: Any) -> Evidence:  # noqa: ANN401 - the options of `restore`
    return restore(lambda name, _: files[name], files, "set", **more)


def judged(files: Set) -> Verdict:
    evidence = read(files)
    return replay(evidence, load_saved(evidence), jobs=1)


def evidence_of(release: SignedRelease, *, policy: bytes = b"", now: datetime = NOW) -> Evidence:
    """What a run over the example is made from, without its source."""
    data = policy or release.policy.read_bytes().partition(b"# The source:")[0]
    key = (release.policy.parent / "keys" / "release.pub").read_bytes()
    files = sorted(each for each in release.dist.iterdir())
    return Evidence(
        attest="1.2.3",
        policy=PolicyBytes(file="release.yaml", data=data, beside={"keys/release.pub": key}),
        inventory=Inventory(
            label="dist", files=tuple(read_bytes(each.name, memoryview(each.read_bytes())) for each in files)
        ),
        source=None,
        previous=None,
        run=Run(now=now, version="1.0.0", tag="v1.0.0"),
        roots=ROOTS,
    )


@pytest.fixture(scope="module")
def passing(signed_release: SignedRelease) -> Set:
    return save(evidence_of(signed_release))


@pytest.fixture(scope="module")
def denied(signed_release: SignedRelease) -> Set:
    """An executable is another one than was signed."""
    evidence = evidence_of(signed_release)
    data = (signed_release.dist / LINUX).read_bytes() + b"more"
    files = [
        read_bytes(LINUX, memoryview(data)) if each.path == LINUX else each
        for each in evidence.inventory.files
    ]
    return save(replace(evidence, inventory=Inventory(label="dist", files=tuple(files))))


def test_the_two_are_what_they_should_be(passing: Set, denied: Set) -> None:
    assert judged(passing).decision == "pass"
    assert judged(denied).decision == "deny"
    assert list(passing)[-1] == MANIFEST, "a set that is not written whole has no manifest"


def sealed(files: Set, document: Document | bytes) -> Set:
    """The set with another manifest, and its right digest."""
    data = document
    if not isinstance(data, bytes):
        data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    return {**files, MANIFEST: data, MANIFEST_SUM: f"{digest_of(data)}  {MANIFEST}\n".encode()}


def refused(files: Set) -> AttestError:
    """The error that a set ends in: one line, and exit code 2."""
    with pytest.raises(AttestError) as caught:
        judged(files)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    assert caught.value.hint or caught.value.place
    return caught.value


def test_no_file_can_change_be_missing_or_be_another(denied: Set) -> None:
    chance = random.Random(20261124)  # noqa: S311 - which places, no secrets
    names = sorted(denied)
    for name in names:
        for _ in range(2):
            data = bytearray(denied[name])
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            refused({**denied, name: bytes(data)})
        refused({**denied, name: denied[name][:-1]})
        refused({**denied, name: denied[name] + b"\n"})
        refused({**denied, name: b""})
        refused({each: data for each, data in denied.items() if each != name})
        other = chance.choice([each for each in names if each != name])
        refused({**denied, name: denied[other], other: denied[name]})


@pytest.mark.parametrize("name", ["f" * 64, "evidence.json.bak", "../evidence.json", "", ".DS_Store"])
def test_no_file_can_be_added(passing: Set, name: str) -> None:
    assert refused({**passing, name: b""}).message == "is a file that the manifest does not list"


def test_a_folder_without_a_manifest_is_no_set() -> None:
    assert refused({}).message == "is no saved evidence: it has no evidence.json"


def test_a_set_can_be_pinned(passing: Set) -> None:
    pin = digest_of(passing[MANIFEST])
    assert read(passing, sha256=pin.upper()) == read(passing)
    with pytest.raises(FormatError, match="is not the saved evidence that --replay-sha256 pins") as caught:
        read(passing, sha256="0" * 64)
    assert caught.value.hint == f"its SHA-256 is {pin}"


def test_whoever_writes_facts_anew_is_found_by_the_pin_alone(passing: Set, denied: Set) -> None:
    """A set proves nothing: one that is made up as a whole is as good as any, but it is another one."""
    forged = json.loads(denied[MANIFEST])
    true = json.loads(passing[MANIFEST])
    forged["recorded"] = true["recorded"]
    made_up = sealed(denied, forged)
    assert judged(made_up).decision == "pass"
    with pytest.raises(FormatError, match="pins"):
        read(made_up, sha256=digest_of(denied[MANIFEST]))


def test_signatures_are_verified_again(passing: Set) -> None:
    """A bundle that is replaced, and listed rightly, is still no signature."""
    document = json.loads(passing[MANIFEST])
    (entry,) = [each for each in document["kept"] if each["name"] == f"{LINUX}.sigstore.json"]
    data = passing[entry["sha256"]]
    bundle = json.loads(data)
    signature = bundle["messageSignature"]["signature"]
    forged = data.replace(signature.encode(), signature[:40].encode() + b"AAAA" + signature[44:].encode())
    files = {name: each for name, each in passing.items() if name != entry["sha256"]}
    entry |= {"sha256": hashlib.sha256(forged).hexdigest(), "size": len(forged)}
    verdict = judged(sealed({**files, entry["sha256"]: forged}, document))
    assert verdict.decision == "deny"
    assert {each.check for each in verdict.findings} == {"signature-missing"}


def at(document: Document, *path: str | int) -> Any:  # noqa: ANN401 - JSON
    for step in path:
        document = document[step]  # type: ignore[index] # a list, where the step is a number
    return document


def put(*path: str | int, value: Any) -> Callable[[Document], object]:  # noqa: ANN401 - JSON
    return lambda document: at(document, *path[:-1]).__setitem__(path[-1], value)


def swap(name: str) -> Callable[[Document], object]:
    return lambda document: document[name].reverse()


def twice(name: str) -> Callable[[Document], object]:
    return lambda document: document[name].insert(0, document[name][0])


def executable_kept(document: Document) -> None:
    """One that the set has the bytes of."""
    document["kept"].insert(0, {"name": "a", **ELF_ENTRY})


ELF = b"\x7fELF" + bytes(60)
ELF_ENTRY = {"sha256": hashlib.sha256(ELF).hexdigest(), "size": len(ELF)}
RECORDED = ("recorded", 0)
CHANGES: dict[str, tuple[Callable[[Document], object], str]] = {
    "unknown key": (put("more", value=1), "$ has the unknown member 'more'"),
    "missing key": (lambda document: document.pop("source"), "$ has no 'source'"),
    "another schema": (put("schema", value="attest/evidence/v2"), "$.schema is none of 'attest/evidence/v1'"),
    "a string for a number": (
        put("policy", "size", value="1"),
        "$.policy.size is no whole number of a usual size",
    ),
    "a huge number": (put("policy", "size", value=10**400), "$.policy.size is no whole number"),
    "a number too long": (lambda _: None, "has a number with too many digits"),
    "another size": (put("policy", "size", value=1), "has other bytes than the manifest lists"),
    "no digest": (put("policy", "sha256", value="../evidence.json"), "has a SHA-256 that is none"),
    "an absent file": (put("policy", "sha256", value="0" * 64), "is missing"),
    "the manifest as a file": (put("policy", "sha256", value=MANIFEST), "has a SHA-256 that is none"),
    "kept twice": (twice("kept"), "lists a file twice, or not in order"),
    "kept in another order": (swap("kept"), "lists a file twice, or not in order"),
    "recorded twice": (twice("recorded"), "names a file of the release twice, or not in order"),
    "recorded in another order": (swap("recorded"), "names a file of the release twice, or not in order"),
    "kept and recorded": (
        lambda document: document["recorded"].insert(
            0, {"path": document["kept"][0]["name"], "kind": "other"}
        ),
        "names a file of the release twice, or not in order",
    ),
    "kept, and no text": (executable_kept, "is listed as a text or JSON file, and is none"),
    "a name that goes up": (
        put(*RECORDED, "path", value="../x"),
        "names a file that leads out of the release",
    ),
    "a name from the root": (
        put(*RECORDED, "path", value="/x"),
        "names a file that leads out of the release",
    ),
    "no name": (put(*RECORDED, "path", value=""), "names a file that leads out of the release"),
    "a link with digests": (put(*RECORDED, "kind", value="symlink"), "records a file that cannot be"),
    "a file without digests": (
        lambda document: document["recorded"].insert(0, {"path": "a", "kind": "file"}),
        "records a file that cannot be",
    ),
    "an unread file with a report": (
        lambda document: (
            document["recorded"][0].pop("identity"),
            document["recorded"][0].update(error="it cannot be read"),
        ),
        "records a file that cannot be",
    ),
    "no digests at all": (
        put(*RECORDED, "identity", "digests", value=None),
        "records digests or a size that are none",
    ),
    "a digest in capitals": (
        put(*RECORDED, "identity", "digests", "sha256", value="A" * 64),
        "records digests or a size that are none",
    ),
    "a longer digest that is none": (
        put(*RECORDED, "identity", "digests", "sha512", value="a" * 64),
        "records digests or a size that are none",
    ),
    "less than nothing": (
        put(*RECORDED, "identity", "size", value=-1),
        "records digests or a size that are none",
    ),
    "an unknown fact": (
        put(*RECORDED, "report", "facts", 0, "name", value="good"),
        "records a fact that no catalogue has",
    ),
    "a fact of another type": (
        put(*RECORDED, "report", "facts", 0, "value", value=["a"]),
        "records a fact that no catalogue has",
    ),
    "a fact in a slice": (
        lambda document: next(
            each["report"]["slices"][0]["report"]["facts"][0].update(name="good")
            for each in document["recorded"]
            if "slices" in each["report"]
        ),
        "records a fact that no catalogue has",
    ),
    "no time": (put("run", "time", value="now"), "has a time that is none"),
    "a time in another spelling": (
        put("run", "time", value="2026-11-22T12:00:00.5Z"),
        "has a time that is none",
    ),
    "nothing beside the policy": (put("beside", value=[]), "is a file that the manifest does not list"),
    "more beside the policy": (
        lambda document: document["beside"].append({**document["beside"][0], "name": "keys/z.pub"}),
        "the saved evidence has keys/z.pub, which the policy does not name",
    ),
    "another name beside it": (
        put("beside", 0, "name", value="keys/other.pub"),
        "the saved policy cannot be used: keys/release.pub: is not in the saved evidence",
    ),
    "after the end of the policy": (
        put("run", "time", value="2037-01-01T00:00:00.000000Z"),
        "the saved policy cannot be used: release.yaml:10: the policy expired",
    ),
    "without the version": (put("run", "version", value="2"), ""),
    "a platform that is none": (
        put("run", "platforms", value=["plan9/386"]),
        "the saved policy cannot be used: the policy has no platform 'plan9/386'",
    ),
    "a default written out": (
        put("run", "partial", value=False),
        "says the same in other bytes than attest writes",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_manifest_that_save_does_not_write_is_refused(passing: Set, name: str) -> None:
    change, says = CHANGES[name]
    document = copy.deepcopy(json.loads(passing[MANIFEST]))
    change(document)
    files = sealed({**passing, ELF_ENTRY["sha256"]: ELF} if change is executable_kept else passing, document)  # type: ignore[dict-item] # a string
    if name == "a number too long":
        files = sealed(files, files[MANIFEST].replace(b'"size":', b'"size":' + b"9" * 5000, 1))
    if says:
        assert says in refused(files).message
    else:
        assert judged(files).decision == "nothing", "another release: its files have other names"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data.replace(b",", b", ", 1), "says the same in other bytes than attest writes"),
        (lambda data: data + b"\n", "says the same in other bytes than attest writes"),
        (lambda data: b"\xef\xbb\xbf" + data, "is no JSON"),
        (
            lambda data: data.replace(b'"kept"', b'"kept":[],"kept"', 1),
            "has the key 'kept' twice in one object",
        ),
        (lambda _: b"[" * 70 + b"]" * 70, "nested more than 64 levels deep"),
        (lambda _: b"null", "$ is null, not an object"),
        (lambda _: b"", "is no JSON"),
    ],
)
def test_a_manifest_in_another_spelling_is_refused(
    passing: Set, change: Callable[[bytes], bytes], says: str
) -> None:
    assert says in refused(sealed(passing, change(passing[MANIFEST]))).message


@pytest.mark.parametrize(
    ("cap", "value"), [("evidence_bytes", 1000), ("evidence_manifest_bytes", 1000), ("release_files", 10)]
)
def test_there_are_limits(passing: Set, signed_release: SignedRelease, cap: str, value: int) -> None:
    limits = replace(DEFAULT_LIMITS, **{cap: value})
    with pytest.raises(LimitError, match=str(value)):
        read(passing, limits=limits)
    with pytest.raises(LimitError, match=str(value)):
        save(evidence_of(signed_release), limits)


def test_what_would_be_read_back_as_something_else_is_not_saved(signed_release: SignedRelease) -> None:
    evidence = evidence_of(signed_release)
    files = tuple(replace(each, content=None) for each in evidence.inventory.files)
    wrong = replace(files[0], scan=None, report=None, error="and a digest")
    assert save(replace(evidence, inventory=Inventory(label="dist", files=files)))
    mixed = replace(evidence, inventory=Inventory(label="dist", files=(*files[1:], files[0])))
    with pytest.raises(FormatError):
        save(mixed)
    other = evidence.inventory.files[0]
    assert other.content is not None
    stranger = replace(other, identity=wrong.identity, content=other.content + b"1")
    with pytest.raises(FormatError, match="it would be read back as something else"):
        save(replace(evidence, inventory=Inventory(label="dist", files=(stranger,))))


def test_the_clock_keeps_its_microseconds(signed_release: SignedRelease) -> None:
    now = datetime(2026, 11, 22, 12, 0, 0, 1, tzinfo=UTC)
    assert read(save(evidence_of(signed_release, now=now))).run.now == now


def again(made: World) -> Verdict:
    """The verdict over a release of a case, from what was saved of it; cryptography is no part of cases."""
    inventory = Inventory(label="dist", files=tuple(made.files[name] for name in sorted(made.files)))
    evidence = Evidence(
        attest="",
        policy=PolicyBytes(file="release.yaml", data=b"", beside={}),
        inventory=inventory,
        source=made.source,
        previous=made.previous,
        run=made.run,
        roots=ROOTS,
    )
    found = read(save(evidence))
    return replace(
        made,
        files={each.path: each for each in found.inventory.files},
        source=found.source,
        previous=found.previous,
        run=found.run,
    ).verdict()


@pytest.mark.parametrize("folder", ALL, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_case_of_every_check_is_judged_the_same(folder: Path) -> None:
    made = world(yaml((folder / "case.yaml").read_bytes()))
    assert to_json(again(made)) == to_json(made.verdict())


class SavingGate(Gate):
    """Judges a state from what was saved of it, too, and compares."""

    def compare(self, state: State) -> bool:
        """Whether a state is judged at all; then both verdicts are the same."""
        policy = json.dumps(state.policy, default=str).encode()
        files: list[ReleaseFile] = [self._file(name, state.files[name]) for name in sorted(state.files)]
        evidence = Evidence(
            attest="",
            policy=PolicyBytes(file="release.yaml", data=policy, beside=self._keys),
            inventory=Inventory(label="dist", files=tuple(files)),
            source=None,
            previous=None,
            run=Run(now=state.now, version=state.version, tag=f"v{state.version}"),
            roots=ROOTS,
        )
        named = {each["file"] for each in state.policy.get("trust", {}).get("keys", ())}
        keys = {name: data for name, data in self._keys.items() if name in named}
        evidence = replace(evidence, policy=replace(evidence.policy, beside=keys))
        try:
            loaded = load_saved(evidence)
        except FormatError:
            return False
        assert to_json(judged(save(evidence))) == to_json(replay(evidence, loaded, jobs=1))
        return True


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_every_mutation_is_judged_the_same(
    operator: Operator,
    whole: State,
    saving_gate: SavingGate,
) -> None:
    try:
        state = operator.apply(whole, random.Random(1))  # noqa: S311 - which mutation, no secrets
    except NotPossibleError:
        pytest.skip("there is nothing that could be changed so")
    saving_gate.compare(state)


@pytest.fixture(scope="module")
def saving_gate(signed_release: SignedRelease) -> SavingGate:
    return SavingGate(signed_release)


def test_a_time_zone_is_no_part_of_the_clock(signed_release: SignedRelease) -> None:
    away = NOW.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert save(evidence_of(signed_release, now=away)) == save(evidence_of(signed_release))
