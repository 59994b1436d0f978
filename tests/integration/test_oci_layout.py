"""Images that cosign signs in a real registry, copied into layouts: attest says what cosign says."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import REPOSITORY
from tests.integration.real_sigstore import answers, free_ports
from tests.integration.servers_built import COSIGN, COSIGN_2, OWN, SOURCE, SOURCE_2, built
from tests.sigstack.instance import EMAIL_CLAIMS
from tests.unit.trust.oci_images import INDEX, MANIFEST, REF_NAME, Made

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sigstack.instance import Instance

pytestmark = pytest.mark.integration
HTTP = "--allow-http-registry"


@dataclass(frozen=True)
class Registry:
    """A registry on loopback."""

    host: str

    def call(self, method: str, path: str, data: bytes | None = None, kind: str = MANIFEST) -> bytes:
        """The body of an answer; `kind` is the media type that is sent, or may come."""
        request = urllib.request.Request(
            f"http://{self.host}/v2/{path}", data, {"Content-Type": kind, "Accept": kind}, method=method
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
            return bytes(answer.read())

    def push(self, name: str, content: bytes) -> str:
        """An image with one layer; its digest."""
        made = Made()
        layer = made.blob(content, "application/vnd.oci.image.layer.v1.tar")
        image = made.manifest(layer)
        for digest, data in made.blobs.items():
            if digest != image["digest"]:
                self.call("POST", f"{name}/blobs/uploads/?digest={digest}", data)
        self.call("PUT", f"{name}/manifests/v1", made.blobs[image["digest"]])
        return str(image["digest"])

    def layout(self, name: str, digest: str, folder: Path) -> Path:
        """The image with all that is attached to it, as tools copy it into a layout."""
        made = Made()

        def manifest(reference: str) -> dict[str, Any]:
            data = self.call("GET", f"{name}/manifests/{reference}")
            document = json.loads(data)
            for each in (document["config"], *document["layers"]):
                made.blobs[each["digest"]] = self.call("GET", f"{name}/blobs/{each['digest']}")
            return made.blob(data, MANIFEST)

        made.index.append({**manifest(digest), "annotations": {REF_NAME: "v1"}})
        listed = self.call("GET", f"{name}/referrers/{digest}", kind=INDEX)
        for each in json.loads(listed)["manifests"]:
            made.index.append({**manifest(each["digest"]), "artifactType": each["artifactType"]})
        tags = self.call("GET", f"{name}/tags/list", kind="application/json")
        for tag in json.loads(tags)["tags"]:
            if tag.startswith("sha256-") and "." in tag:
                made.index.append({**manifest(tag), "annotations": {REF_NAME: tag}})
        return made.write(folder)


@contextmanager
def _served(folder: Path) -> Iterator[Registry]:
    program = next(built(OWN, source=SOURCE).glob("servers*"))
    (port,) = free_ports(1)
    with subprocess.Popen(
        [program, "hold", program, "registry", f"--port={port}"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as held:
        assert held.stdin is not None
        try:
            until = time.monotonic() + 20
            while not answers(f"http://127.0.0.1:{port}/v2/"):
                assert held.poll() is None
                assert time.monotonic() < until
                time.sleep(0.02)
            yield Registry(f"localhost:{port}")
        finally:
            held.stdin.close()


class World:
    """The registry, cosign and what it needs."""

    def __init__(self, registry: Registry, real: Instance, folder: Path) -> None:
        self.registry, self.folder = registry, folder
        self.token, self.issuer = real.token(EMAIL_CLAIMS), real.issuer_of(EMAIL_CLAIMS)
        (folder / "root.json").write_text(json.dumps(real.trusted_root()))
        (folder / "services.json").write_text(json.dumps(real.signing_config()))
        (folder / "spdx.json").write_text('{"spdxVersion": "SPDX-2.3"}')

    @property
    def keyless(self) -> tuple[str, ...]:
        """What cosign 3 needs to sign keyless."""
        services = ("--signing-config", "services.json", "--trusted-root", "root.json")
        return ("-y", HTTP, "--identity-token", self.token, *services)

    @property
    def identity(self) -> tuple[str, ...]:
        """Who signs keyless, and the root to hold that against."""
        who = ("--certificate-identity", "alice@example.com", "--certificate-oidc-issuer", self.issuer)
        return ("--trusted-root", "root.json", *who)

    def cosign(self, *words: str, version: int = 3) -> str:
        """Run a cosign, which must accept; what it says."""
        code, said = self.try_cosign(*words, version=version)
        assert code == 0, f"{words}: {said}"
        return said

    def try_cosign(self, *words: str, version: int = 3) -> tuple[int, str]:
        package, source = {2: (COSIGN_2, SOURCE_2), 3: (COSIGN, SOURCE)}[version]
        return self._run([str(next(built(package, source=source).glob("cosign*"))), *words])

    def attest(self, *words: str) -> tuple[int, str]:
        """Run attest: its exit code and what it says."""
        return self._run([sys.executable, "-m", "attest", *words])

    def _run(self, command: list[str]) -> tuple[int, str]:
        quiet = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**quiet, "HOME": str(self.folder), "COSIGN_PASSWORD": "x", "PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    def image(self, name: str) -> tuple[str, str]:
        """A new image: its digest, and its reference."""
        digest = self.registry.push(name, name.encode())
        return digest, f"{self.registry.host}/{name}@{digest}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with _served(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture
def world(served: Registry, real_sigstore: Instance, tmp_path: Path) -> World:
    return World(served, real_sigstore, tmp_path)


def test_a_signature_as_a_referrer(world: World) -> None:
    """cosign 3: a bundle with a statement, attached by its subject."""
    digest, reference = world.image("referrer")
    world.cosign("sign", *world.keyless, reference)
    world.cosign("verify", HTTP, *world.identity, reference)
    world.registry.layout("referrer", digest, world.folder / "layout")
    code, said = world.attest("verify", "layout", "--oci-layout", *world.identity)
    assert code == 0, said
    other = [each.replace("alice", "bob") for each in world.identity]
    code, said = world.attest("verify", "layout", "--oci-layout", *other)
    assert code == 1
    assert "not by bob@example.com" in said


def test_an_attestation_as_a_referrer(world: World) -> None:
    digest, reference = world.image("attested")
    predicate = ("--predicate", "spdx.json", "--type", "https://spdx.dev/Document/v2.3")
    world.cosign("attest", *world.keyless, *predicate, reference)
    world.registry.layout("attested", digest, world.folder / "layout")
    verify = ("verify", "layout", "--oci-layout", *world.identity)
    code, said = world.attest(*verify, "--type", "spdx")
    assert code == 0, said
    code, said = world.attest(*verify, "--type", "cyclonedx")
    assert code == 1
    assert "it is a statement of the type https://spdx.dev/Document/v2.3, not cyclonedx" in said


@pytest.mark.parametrize("version", [2, 3])
def test_a_signature_by_tag(world: World, version: int) -> None:
    """A simple signing document by a key, as cosign attaches it and `cosign save` copies it."""
    name = f"tagged{version}"
    digest, reference = world.image(name)
    world.cosign("generate-key-pair", "--output-key-prefix", "c")
    older = {2: (), 3: ("--use-signing-config=false", "--new-bundle-format=false")}[version]
    unlogged = ("--key", "c.key", "--tlog-upload=false")
    world.cosign("sign", "-y", HTTP, *unlogged, *older, reference, version=version)
    world.cosign("save", HTTP, "--dir", "saved", reference, version=version)
    world.registry.layout(name, digest, world.folder / "copied")
    local = ("verify", "--key", "c.pub", "--insecure-ignore-tlog", "--local-image", "saved", *older[1:])
    world.cosign(*local, version=version)
    for folder in ("copied", "saved"):
        code, said = world.attest("verify", folder, "--oci-layout", "--key", "c.pub")
        assert code == 0, said
    # Another image in the place of the signed one.
    made, saved = Made(), world.folder / "saved"
    other = made.image()
    for key, data in made.blobs.items():
        (saved / "blobs" / key.replace(":", "/")).write_bytes(data)
    index = json.loads((saved / "index.json").read_text())
    index["manifests"][0] |= {"digest": other["digest"], "size": other["size"], "mediaType": MANIFEST}
    (saved / "index.json").write_text(json.dumps(index))
    code, said = world.try_cosign(*local, version=version)
    assert code
    code, said = world.attest("verify", "saved", "--oci-layout", "--key", "c.pub")
    assert code == 1
    assert f"it is of another image, {digest}" in said


def test_every_changed_blob_is_refused(world: World) -> None:
    digest, reference = world.image("changed")
    world.cosign("sign", *world.keyless, reference)
    folder = world.registry.layout("changed", digest, world.folder / "layout")
    # What an image is made of is not read: its manifest, which names all of that, is what is signed.
    left = {hashlib.sha256(each).hexdigest() for each in (b"changed", b"{}")}
    for blob in sorted((folder / "blobs" / "sha256").iterdir()):
        if blob.name in left:
            continue
        data = blob.read_bytes()
        blob.write_bytes(data.replace(b"e", b"f", 1))
        code, said = world.attest("verify", "layout", "--oci-layout", *world.identity)
        assert code in (1, 2), said
        assert "the blob is not the one that the layout names" in said
        blob.write_bytes(data)
