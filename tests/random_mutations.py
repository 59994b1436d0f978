"""Ways in which a finished release, its evidence, its policy and the clock can change, and what each breaks.

The table is the oracle: it is written from what the design promises, and never asks attest. An operator with
nothing in `breaks` leaves a release as good as it was.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from attest.app.keys import key_signer
from attest.app.sign import sign_files

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

#: What a policy that is not valid, a policy that has ended and a release without a known file end in.
INVALID: Final = "invalid"
NOTHING: Final = "nothing"


@dataclass(frozen=True)
class State:
    """A release as bytes by name (or as the kind of what is no file), its policy as YAML, and the clock."""

    files: dict[str, bytes | str]
    policy: dict[str, Any]
    now: datetime
    version: str
    stranger: bytes = field(repr=False)
    artifacts: tuple[str, ...]

    def have(self, wanted: Callable[[str], bool]) -> list[str]:
        """The names of the files that are wanted, sorted."""
        return sorted(name for name, data in self.files.items() if isinstance(data, bytes) and wanted(name))

    def data(self, name: str) -> bytes:
        """The bytes of a file."""
        found = self.files[name]
        assert isinstance(found, bytes)
        return found

    def put(self, *changes: tuple[str, bytes | str | None]) -> State:
        """With other contents; None removes."""
        files = dict(self.files)
        for name, data in changes:
            if data is None:
                del files[name]
            else:
                files[name] = data
        return replace(self, files=files)

    def asked(self, *path: str, value: Any) -> State:  # noqa: ANN401 - YAML
        """With another value in the policy; None removes the key."""
        policy = json.loads(json.dumps(self.policy))
        node = policy
        for step in path[:-1]:
            node = node.setdefault(step, {})
        if value is None:
            del node[path[-1]]
        else:
            node[path[-1]] = value
        return replace(self, policy=policy)


Change = "Callable[[State, random.Random], State]"


@dataclass(frozen=True)
class Operator:
    """A change; where it breaks something, at least one of these checks denies, or the run ends so."""

    name: str
    apply: Callable[[State, random.Random], State]
    breaks: frozenset[str] = frozenset()


class NotPossibleError(Exception):
    """There is nothing left that could be changed so."""


def _one(chance: random.Random, names: list[str]) -> str:
    if not names:
        raise NotPossibleError
    return chance.choice(names)


def _artifact(state: State, chance: random.Random) -> str:
    return _one(chance, state.have(lambda name: name in state.artifacts and bool(state.files[name])))


def _two(state: State, chance: random.Random) -> list[str]:
    names = state.have(lambda name: name in state.artifacts)
    if len({state.files[name] for name in names}) < len(names) or len(names) < 2:
        raise NotPossibleError
    return chance.sample(names, 2)


def _beside(state: State, chance: random.Random, *endings: str) -> str:
    """A file that lies beside an artifact, called like it with one of these endings."""
    wanted = {f"{name}{ending}" for name in state.artifacts for ending in endings}
    return _one(chance, state.have(lambda name: name in wanted))


def _signature(state: State, chance: random.Random) -> str:
    return _beside(state, chance, ".sigstore.json")


def _attestation(state: State, chance: random.Random) -> str:
    return _beside(state, chance, ".cdx.intoto.sigstore.json", ".spdx.intoto.sigstore.json")


def _document(state: State, chance: random.Random) -> str:
    return _beside(state, chance, ".cdx.json", ".spdx.json")


def _flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _flip(state: State, chance: random.Random) -> State:
    name = _artifact(state, chance)
    return state.put((name, _flipped(state.data(name), chance)))


def _flip_header(state: State, chance: random.Random) -> State:
    name = _artifact(state, chance)
    data = state.data(name)
    return state.put((name, _flipped(data[:64], chance) + data[64:]))


def _truncate(state: State, chance: random.Random) -> State:
    name = _artifact(state, chance)
    data = state.data(name)
    return state.put((name, data[: chance.randrange(1, len(data))]))


def _append(state: State, chance: random.Random) -> State:
    name = _artifact(state, chance)
    return state.put((name, state.data(name) + b"\0"))


def _empty(state: State, chance: random.Random) -> State:
    return state.put((_artifact(state, chance), b""))


def _remove(state: State, chance: random.Random) -> State:
    return state.put((_artifact(state, chance), None))


def _other_kind(state: State, chance: random.Random) -> State:
    return state.put((_artifact(state, chance), chance.choice(("symlink", "directory", "other"))))


def _swap(state: State, chance: random.Random) -> State:
    one, other = _two(state, chance)
    return state.put((one, state.data(other)), (other, state.data(one)))


def _in_place_of(state: State, chance: random.Random) -> State:
    one, other = _two(state, chance)
    return state.put((one, state.data(other)))


def _copy(state: State, chance: random.Random) -> State:
    name = _artifact(state, chance)
    return state.put((f"{name}.{chance.randrange(1000)}", state.data(name)))


def _rename(state: State, chance: random.Random) -> State:
    name = _artifact(state, chance)
    return state.put((f"{name}-{chance.randrange(1000)}", state.data(name)), (name, None))


def _upper(state: State, chance: random.Random) -> State:
    name = _artifact(state, chance)
    return state.put((name.upper(), state.data(name)), (name, None))


def _add(state: State, chance: random.Random) -> State:
    name = chance.choice(
        ("install.sh", ".profile", "sub/tool", "widget_1.0.0_linux_s390x", "a\nb", "\u202eexe")
    )
    return state.put((name, b"#!/bin/sh\n"))


def _without(pick: Callable[[State, random.Random], str]) -> Callable[[State, random.Random], State]:
    return lambda state, chance: state.put((pick(state, chance), None))


def _cut(pick: Callable[[State, random.Random], str]) -> Callable[[State, random.Random], State]:
    def change(state: State, chance: random.Random) -> State:
        name = pick(state, chance)
        data = state.data(name)
        return state.put((name, data[: chance.randrange(1, len(data) - 2)]))

    return change


def _in_json(
    pick: Callable[[State, random.Random], str], edit: Callable[[Any, random.Random], None]
) -> Callable[[State, random.Random], State]:
    """A change of a JSON document."""

    def change(state: State, chance: random.Random) -> State:
        name = pick(state, chance)
        try:
            value = json.loads(state.data(name))
        except ValueError as error:
            raise NotPossibleError from error
        try:
            edit(value, chance)
        except (KeyError, ValueError, TypeError) as error:
            raise NotPossibleError from error
        return state.put((name, json.dumps(value).encode()))

    return change


def _base64_flipped(text: str, chance: random.Random) -> str:
    return base64.b64encode(_flipped(base64.b64decode(text), chance)).decode()


def _message_signature(bundle: Any, chance: random.Random) -> None:  # noqa: ANN401 - JSON
    bundle["messageSignature"]["signature"] = _base64_flipped(bundle["messageSignature"]["signature"], chance)


def _message_digest(bundle: Any, chance: random.Random) -> None:  # noqa: ANN401 - JSON
    digest = bundle["messageSignature"]["messageDigest"]
    digest["digest"] = _base64_flipped(digest["digest"], chance)


def _media_type(bundle: Any, _: random.Random) -> None:  # noqa: ANN401 - JSON
    bundle["mediaType"] = "application/vnd.dev.sigstore.bundle.v9+json"


def _payload(bundle: Any, chance: random.Random) -> None:  # noqa: ANN401 - JSON
    bundle["dsseEnvelope"]["payload"] = _base64_flipped(bundle["dsseEnvelope"]["payload"], chance)


def _envelope_signature(bundle: Any, chance: random.Random) -> None:  # noqa: ANN401 - JSON
    (signature,) = bundle["dsseEnvelope"]["signatures"]
    signature["sig"] = _base64_flipped(signature["sig"], chance)


def _payload_type(bundle: Any, _: random.Random) -> None:  # noqa: ANN401 - JSON
    bundle["dsseEnvelope"]["payloadType"] = "application/json"


def _no_signatures(bundle: Any, _: random.Random) -> None:  # noqa: ANN401 - JSON
    bundle["dsseEnvelope"]["signatures"] = []


def _another_subject(bundle: Any, chance: random.Random) -> None:  # noqa: ANN401 - JSON
    statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    statement["subject"][0]["digest"]["sha256"] = f"{chance.getrandbits(256):064x}"
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()


def _another_type(bundle: Any, _: random.Random) -> None:  # noqa: ANN401 - JSON
    statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    statement["predicateType"] = "https://example.com/other"
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()


def _same(_: Any, __: random.Random) -> None:  # noqa: ANN401 - JSON
    """Written with other blanks."""


def _another_name(document: Any, _: random.Random) -> None:  # noqa: ANN401 - JSON
    (document["metadata"]["component"] if "metadata" in document else document)["name"] = "something-else"


def _by_a_stranger(state: State, chance: random.Random) -> State:
    name = _signature(state, chance)
    try:
        digest = json.loads(state.data(name))["messageSignature"]["messageDigest"]["digest"]
        sha256 = base64.b64decode(digest).hex()
    except ValueError as error:
        raise NotPossibleError from error
    signer = key_signer(state.stranger, "stranger.key", lambda: b"")
    return state.put((name, sign_files(signer, {"a": sha256})["a.sigstore.json"]))


def _names_changed(state: State, chance: random.Random) -> State:
    """Names of bundles are for people: each is bound by what it is about."""
    one, other = _signature(state, chance), _signature(state, chance)
    return state.put((one, state.data(other)), (other, state.data(one)))


def _renamed_bundle(state: State, chance: random.Random) -> State:
    name = _signature(state, chance)
    return state.put((f"renamed-{chance.randrange(1000)}.json", state.data(name)), (name, None))


def _copied_bundle(state: State, chance: random.Random) -> State:
    name = chance.choice((_signature(state, chance), _attestation(state, chance)))
    return state.put((f"copy-{chance.randrange(1000)}.json", state.data(name)))


def _lines(state: State, chance: random.Random) -> State:
    """Two bundles as lines of one file."""
    one, other = _signature(state, chance), _attestation(state, chance)
    try:
        lines = [json.dumps(json.loads(state.data(each))) for each in (one, other)]
    except ValueError as error:
        raise NotPossibleError from error
    return state.put(
        (one, None), (other, None), (f"both-{chance.randrange(1000)}.jsonl", "\n".join(lines).encode())
    )


def _checksums(
    edit: Callable[[list[str], random.Random], list[str]],
) -> Callable[[State, random.Random], State]:
    def change(state: State, chance: random.Random) -> State:
        name = _one(chance, state.have(lambda name: name == "checksums.txt"))
        lines = state.data(name).decode().splitlines()
        return state.put((name, "".join(f"{line}\n" for line in edit(lines, chance)).encode()))

    return change


def _zeros(lines: list[str], chance: random.Random) -> list[str]:
    index = chance.randrange(len(lines))
    return [*lines[:index], "0" * 64 + lines[index][64:], *lines[index + 1 :]]


def _line_less(lines: list[str], chance: random.Random) -> list[str]:
    index = chance.randrange(len(lines))
    return [*lines[:index], *lines[index + 1 :]]


def _no_checksums(state: State, chance: random.Random) -> State:
    return state.put((_one(chance, state.have(lambda name: name == "checksums.txt")), None))


def _key_missing(state: State, chance: random.Random) -> State:
    keys = ("apiVersion", "kind", "metadata", "trust", "identities", "platforms")
    return state.asked(_one(chance, [each for each in keys if each in state.policy]), value=None)


def _unknown_key(state: State, chance: random.Random) -> State:
    places = [[], ["metadata"], ["trust"], ["platforms"], ["platforms", "defaults", "go"], ["sbom"]]
    place = _one_place(state, chance, places)
    return state.asked(*place, f"unknown{chance.randrange(100)}", value=True)


def _one_place(state: State, chance: random.Random, places: list[list[str]]) -> list[str]:
    def there(path: list[str]) -> bool:
        node: Any = state.policy
        for step in path:
            node = node.get(step) if isinstance(node, dict) else None
        return isinstance(node, dict)

    found = [each for each in places if there(each)]
    if not found:
        raise NotPossibleError
    return chance.choice(found)


def _setting(*path: str, value: Any) -> Callable[[State, random.Random], State]:  # noqa: ANN401 - YAML
    def change(state: State, _: random.Random) -> State:
        if path[0] not in state.policy:
            raise NotPossibleError
        return state.asked(*path, value=value)

    return change


def _stranger_trusted(state: State, _: random.Random) -> State:
    key = {"name": "release-key", "file": "keys/stranger.pub", "require": {"tlog": 0, "timestamps": 0}}
    return _setting("trust", "keys", value=[key])(state, _)


def _key_pinned_wrongly(state: State, chance: random.Random) -> State:
    key = {"name": "release-key", "file": "keys/release.pub", "sha256": f"{chance.getrandbits(256):064x}"}
    return _setting("trust", "keys", value=[key])(state, chance)


def _key_ended(state: State, chance: random.Random) -> State:
    key = {"name": "release-key", "file": "keys/release.pub", "require": {"tlog": 0, "timestamps": 0}}
    return _setting("trust", "keys", value=[{**key, "valid_until": "2020-01-01"}])(state, chance)


def _slot_less(state: State, chance: random.Random) -> State:
    matrix = state.policy.get("platforms", {}).get("matrix", [])
    if len(matrix) < 2:
        raise NotPossibleError
    index = chance.randrange(len(matrix))
    return state.asked("platforms", "matrix", value=[*matrix[:index], *matrix[index + 1 :]])


def _slot_more(state: State, chance: random.Random) -> State:
    matrix = state.policy.get("platforms", {}).get("matrix", [])
    goarch = chance.choice(("s390x", "riscv64", "ppc64le", "loong64"))
    entry = {"goos": "linux", "goarch": goarch, "builds": ["widget"]}
    if not matrix or entry in matrix:
        raise NotPossibleError
    return state.asked("platforms", "matrix", value=[*matrix, entry])


def _slot_optional(state: State, chance: random.Random) -> State:
    """What is asked of the file that is there stays as it is."""
    matrix = state.policy.get("platforms", {}).get("matrix", [])
    if len(matrix) < 2:
        raise NotPossibleError
    index = chance.randrange(1, len(matrix))
    entry = {**matrix[index], "severity": "deny"}
    return state.asked("platforms", "matrix", value=[*matrix[:index], entry, *matrix[index + 1 :]])


def _reordered(state: State, chance: random.Random) -> State:
    matrix = list(state.policy.get("platforms", {}).get("matrix", []))
    chance.shuffle(matrix)
    if not matrix:
        raise NotPossibleError
    return state.asked("platforms", "matrix", value=matrix)


def _provenance(state: State, _: random.Random) -> State:
    if "attestations" not in state.policy or "platforms" not in state.policy:
        raise NotPossibleError
    rule = {"predicate": ["https://slsa.dev/provenance/v1"], "signer": "release", "min": 1}
    asked = state.asked("attestations", "provenance", value=rule)
    return asked.asked(
        "platforms", "defaults", "attestations", value=["sbom-spdx", "sbom-cyclonedx", "provenance"]
    )


def _later(days: int) -> Callable[[State, random.Random], State]:
    return lambda state, chance: replace(state, now=state.now + timedelta(days=chance.randrange(1, days)))


def _after_the_end(state: State, _: random.Random) -> State:
    return replace(state, now=state.now + timedelta(days=366 * 30))


def _another_version(state: State, _: random.Random) -> State:
    return replace(state, version="1.0.1")


#: What bytes that nobody signed and nobody described lack.
_UNSIGNED: Final = frozenset({"signature-missing"})
_UNATTESTED: Final = frozenset({"attestation-missing"})
_UNEXPECTED: Final = frozenset({"artifact-unexpected"})
_MISSING: Final = frozenset({"artifact-missing"})
_CHECKSUMS: Final = frozenset({"checksums-mismatch"})
_INVALID: Final = frozenset({INVALID})

OPERATORS: Final = (
    Operator("a bit of an artifact", _flip, _UNSIGNED),
    Operator("a bit of an artifact's header", _flip_header, _UNSIGNED),
    Operator("an artifact cut off", _truncate, _UNSIGNED),
    Operator("an artifact with a byte more", _append, _UNSIGNED),
    Operator("an empty artifact", _empty, frozenset({"artifact-empty", "signature-missing"})),
    Operator("an artifact removed", _remove, _MISSING),
    Operator("a link, folder or device in place of an artifact", _other_kind, _MISSING | _UNEXPECTED),
    Operator("two artifacts swapped", _swap, _CHECKSUMS),
    Operator("an artifact in place of another", _in_place_of, _CHECKSUMS),
    Operator("an artifact under a second name", _copy, _UNEXPECTED | {"artifact-ambiguous"}),
    Operator("an artifact under another name", _rename, _MISSING | {"artifact-swapped"}),
    Operator("an artifact in capitals", _upper, _MISSING | {"artifact-swapped"}),
    Operator("a file more", _add, _UNEXPECTED),
    Operator("no signature", _without(_signature), _UNSIGNED),
    Operator("a signature cut off", _cut(_signature), _UNSIGNED),
    Operator("a bit of a signature", _in_json(_signature, _message_signature), _UNSIGNED),
    Operator("a bit of a signed digest", _in_json(_signature, _message_digest), _UNSIGNED),
    Operator("an unknown kind of bundle", _in_json(_signature, _media_type), _UNSIGNED),
    Operator("a signature by a stranger", _by_a_stranger, _UNSIGNED),
    Operator("no attestation", _without(_attestation), _UNATTESTED),
    Operator("an attestation cut off", _cut(_attestation), _UNATTESTED),
    Operator("a bit of a statement", _in_json(_attestation, _payload), _UNATTESTED),
    Operator("a bit of an attestation's signature", _in_json(_attestation, _envelope_signature), _UNATTESTED),
    Operator("another type of payload", _in_json(_attestation, _payload_type), _UNATTESTED),
    Operator("an envelope without signatures", _in_json(_attestation, _no_signatures), _UNATTESTED),
    Operator("a statement about another file", _in_json(_attestation, _another_subject), _UNATTESTED),
    Operator("a statement of another type", _in_json(_attestation, _another_type), _UNATTESTED),
    Operator(
        "an SBOM that says something else", _in_json(_document, _another_name), frozenset({"sbom-unattested"})
    ),
    Operator("another checksum", _checksums(_zeros), _CHECKSUMS),
    Operator("a checksum less", _checksums(_line_less), _CHECKSUMS),
    Operator("no checksums", _no_checksums, _MISSING | _CHECKSUMS),
    Operator("a policy without a section", _key_missing, _INVALID),
    Operator("a policy with an unknown key", _unknown_key, _INVALID),
    Operator("a policy that has ended", _setting("metadata", "expires", value="2020-01-01"), _INVALID),
    Operator(
        "a signer that nobody is",
        _setting("platforms", "defaults", "signatures", "signer", value="nobody"),
        _INVALID,
    ),
    Operator(
        "two signatures asked for",
        _setting("platforms", "defaults", "signatures", "min", value=2),
        _UNSIGNED,
    ),
    Operator(
        "a newer Go",
        _setting("platforms", "defaults", "go", "min", value="9.99"),
        frozenset({"go-version-old"}),
    ),
    Operator(
        "another module",
        _setting("source", "go_module", value="example.com/other"),
        frozenset({"binary-main-package"}),
    ),
    Operator("provenance asked for", _provenance, _UNATTESTED),
    Operator("a stranger trusted instead", _stranger_trusted, _UNSIGNED),
    Operator("a key with another digest", _key_pinned_wrongly, _INVALID),
    Operator("a key that has ended", _key_ended, _UNSIGNED),
    Operator("a platform less in the policy", _slot_less, _UNEXPECTED),
    Operator("a platform more in the policy", _slot_more, _MISSING),
    Operator("after the policy's end", _after_the_end, _INVALID),
    Operator("another version", _another_version, frozenset({NOTHING})),
    Operator("names of bundles exchanged", _names_changed),
    Operator("a bundle under another name", _renamed_bundle),
    Operator("a bundle twice", _copied_bundle),
    Operator("two bundles in one file", _lines),
    Operator("a bundle with other blanks", _in_json(_signature, _same)),
    Operator("an SBOM with other blanks", _in_json(_document, _same)),
    Operator("the matrix in another order", _reordered),
    Operator("a severity that is the default", _slot_optional),
    Operator("some days later", _later(1000)),
)
