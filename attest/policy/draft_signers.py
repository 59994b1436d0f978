"""Who signed what, as far as cryptography proves it: identities and attestations of a first policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.model.statement import (
    CYCLONEDX_PREDICATE,
    SBOM_PREDICATES,
    SLSA_PREDICATE,
    SPDX_PREDICATE,
    VSA_PREDICATE,
)
from attest.policy.draft_slots import as_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attest.model.statement import VerifiedBundle
    from attest.policy.document import Value
    from attest.policy.draft_slots import Item
    from attest.policy.evidence import Ingested

SIGNATURE: Final = "signature"
#: Claims that tell who signs and do not change from run to run.
CLAIMS: Final = (
    "build_trigger",
    "environment",
    "runner_environment",
    "source_ref",
    "source_repository_id",
    "source_repository_owner_id",
)
_REF: Final = "refs/tags/"
_MOST: Final = 100
_NAMES: Final = {
    SPDX_PREDICATE: "sbom-spdx",
    CYCLONEDX_PREDICATE: "sbom-cyclonedx",
    SLSA_PREDICATE: "provenance",
    VSA_PREDICATE: "vsa",
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Who:
    """A signer as a policy names it: a key by its name, or a certificate by issuer, name and claims."""

    key: str = ""
    issuer: str = ""
    san: str = ""
    claims: tuple[tuple[str, str], ...] = ()

    def entry(self) -> Value:
        """The entry of an identity."""
        if self.key:
            return {"key": self.key}
        found: dict[str, Value] = {"issuer": self.issuer, "san": self.san}
        return {**found, "claims": dict(self.claims)} if self.claims else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What some signers signed of every executable: a predicate type, or the files themselves."""

    type: str
    signers: tuple[Who, ...]
    min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The kinds that every executable has, those that only some have with how many, and who signed a file.

    `unnamed` are the paths of verified bundles whose signer no policy can name exactly.
    """

    kinds: tuple[Kind, ...]
    partly: tuple[tuple[str, int], ...]
    by_digest: Mapping[str, tuple[Who, ...]]
    bundles: tuple[tuple[VerifiedBundle, Who], ...]
    unnamed: frozenset[str] = frozenset()


def who(bundle: VerifiedBundle, keys: Mapping[str, str], variables: Mapping[str, str]) -> Who | None:
    """The signer of a verified bundle; None where no policy can name it exactly.

    `keys` are names by fingerprint. The release's tag stands as ${tag} where a ref names it.
    """
    signer = bundle.signer
    if signer.kind == "key":
        name = keys.get(signer.key_sha256)
        return Who(key=name) if name else None
    claims = tuple((name, _tagged(value, variables)) for name, value in signer.claims if name in CLAIMS)
    texts = (signer.san, *(value for name, value in signer.claims if name in CLAIMS))
    if not signer.san or not signer.issuer or any(set(text) & set("${}") for text in texts):
        return None
    if "*" in signer.san or "*" in signer.issuer:
        return None
    return Who(
        issuer=signer.issuer,
        san=_tagged(signer.san, variables),
        claims=tuple(each for each in claims if each[1]),
    )


def _tagged(text: str, variables: Mapping[str, str]) -> str:
    """`text` with ${tag} for the tag at the end of a ref, and nowhere else."""
    end = f"{_REF}{variables.get('tag', '')}"
    whole = text == end or text.endswith(f"@{end}")
    return text.removesuffix(end) + _REF + "${tag}" if whole and end != _REF else text


def signed(
    found: Sequence[Item],
    evidence: Iterable[Ingested],
    keys: Mapping[str, str],
    variables: Mapping[str, str],
) -> Signed:
    """What is signed, by whom, from verified bundles alone."""
    verified = [(item.path, item.bundle) for item in evidence if item.bundle is not None]
    names = {path: who(bundle, keys, variables) for path, bundle in verified}
    bundles = [(bundle, name) for path, bundle in verified if (name := names[path]) is not None]
    of: dict[tuple[str, str], list[tuple[Who, bytes]]] = {}
    by_digest: dict[str, set[Who]] = {}
    for bundle, name in bundles:
        kind = SIGNATURE if bundle.statement is None else bundle.statement.predicate_type
        if kind in SBOM_PREDICATES and len(bundle.digests) != 1:
            continue  # an SBOM about several files is that of none of them
        payload = bundle.statement.payload if bundle.statement else repr(bundle.signer).encode()
        for digest in bundle.digests:
            of.setdefault((kind, digest), []).append((name, payload))
            if bundle.statement is None:
                by_digest.setdefault(digest, set()).add(name)
    kinds, partly = _covering(of, [item.file.identity.sha256 for item in found if item.file.identity])
    return Signed(
        kinds=kinds,
        partly=partly,
        by_digest={digest: tuple(sorted(each)) for digest, each in by_digest.items()},
        bundles=tuple(bundles),
        unnamed=frozenset(path for path, name in names.items() if name is None),
    )


def _covering(
    of: Mapping[tuple[str, str], list[tuple[Who, bytes]]], digests: Sequence[str]
) -> tuple[tuple[Kind, ...], tuple[tuple[str, int], ...]]:
    """The types of evidence that every one of the files has, and those that some have, with how many."""
    kinds, partly = [], []
    for kind in sorted({kind for kind, _ in of}, key=lambda each: (each != SIGNATURE, each)):
        there = [of.get((kind, digest), []) for digest in digests]
        if all(there):
            kinds.append(_kind(kind, there))
        elif any(there):
            partly.append((kind, sum(map(bool, there))))
    return tuple(kinds), tuple(partly)


def _kind(kind: str, there: list[list[tuple[Who, bytes]]]) -> Kind:
    """The signers that signed every file, else all that signed one; and how often the least signed one is."""
    common = set.intersection(*({name for name, _ in each} for each in there))
    signers = common or {name for each in there for name, _ in each}
    least = min(len({pair for pair in each if pair[0] in signers}) for each in there)
    return Kind(type=kind, signers=tuple(sorted(signers)), min=min(least, _MOST))


class Identities:
    """Names for sets of signers, each named once."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[Who, ...]] = {}

    def name(self, signers: tuple[Who, ...], *, wanted: str = "signer") -> str:
        """The name of the identity that is any of these; the first of all is "release"."""
        for name, known in self.found.items():
            if known == signers:
                return name
        name = wanted if self.found else "release"
        number = 2
        while name in self.found:
            name = f"{wanted}-{number}"
            number += 1
        self.found[name] = signers
        return name

    def section(self) -> dict[str, Value]:
        """The section `identities`."""
        return {name: [each.entry() for each in signers] for name, signers in self.found.items()}


def attestation_names(kinds: Iterable[Kind]) -> dict[str, Kind]:
    """A name for every kind of attestation."""
    found: dict[str, Kind] = {}
    for kind in kinds:
        word = _NAMES.get(kind.type) or as_name(kind.type.rstrip("/").rpartition("://")[2], "statement")
        name, number = word, 2
        while name in found:
            name, number = f"{word}-{number}", number + 1
        found[name] = kind
    return found


def anchors(found: Signed, names: Iterable[str]) -> dict[str, dict[str, Value]]:
    """What every bundle of a key or root carries at least, by the anchor's name; of none, nothing."""
    least: dict[str, dict[str, Value]] = {}
    for name in names:
        of = [
            bundle
            for bundle, signer in found.bundles
            if (signer.key or bundle.root.partition("#")[0]) == name
        ]
        if of:
            least[name] = {
                "tlog": min(16, *(each.log_entries for each in of), 16),
                "timestamps": min(16, *(len(each.times) for each in of), 16),
            }
    return least
