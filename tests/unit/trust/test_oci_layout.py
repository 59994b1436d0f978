"""Images of OCI layouts: every way in which evidence is attached, and everything that must not count."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from hypothesis import given
from hypothesis import strategies as st

from attest.app.verify_file import Document, Expected
from attest.app.verify_image import verify_image
from attest.cli.main import run
from attest.edge.files import DirectoryTree
from attest.errors import AttestError, FormatError, LimitError, NothingToVerifyError, UsageError
from attest.intoto import statement
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.statement import SPDX_PREDICATE, Subject
from attest.signing.key import KeySigner
from attest.trust import keys
from attest.trust.bundle import parse
from attest.trust.oci_layout import Image, Layout, payload_fault
from tests.sigstack.signers import connect
from tests.unit.trust.oci_images import (
    BUNDLE,
    ENVELOPE,
    INDEX,
    MANIFEST,
    REF_NAME,
    SIGNATURE,
    SIMPLE_SIGNING,
    Made,
    simple_signing,
)

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.verdict import Verdict
    from tests.sigstack.stack import Sigstack

KEY, STRANGER = keys.generate(), keys.generate()
BY_KEY = Expected(key=Document(file="k.pub", data=KEY.public.pem))
Descriptor = dict[str, Any]


def tag(image: Descriptor, what: str = "") -> str:
    return f"{image['digest'].replace(':', '-')}{what}"


def stated(image: Descriptor) -> bytes:
    subject = Subject(name="widget", sha256=image["digest"].removeprefix("sha256:"))
    return statement.build([subject], SPDX_PREDICATE, {"spdxVersion": "SPDX-2.3"})


def signed_layer(
    made: Made, image: Descriptor, key: keys.PrivateKey = KEY, critical: dict[str, Any] | None = None
) -> Descriptor:
    document = simple_signing(image, critical)
    signature = base64.b64encode(key.sign_message(document)).decode()
    return made.blob(document, SIMPLE_SIGNING, annotations={SIGNATURE: signature})


def envelope_layer(made: Made, image: Descriptor) -> Descriptor:
    envelope = json.loads(KeySigner(KEY).sign_statement(stated(image)))["dsseEnvelope"]
    return made.blob(json.dumps(envelope).encode(), ENVELOPE, annotations={SIGNATURE: ""})


def bundle_layer(made: Made, image: Descriptor) -> Descriptor:
    return made.blob(KeySigner(KEY).sign_statement(stated(image)), BUNDLE)


def attach_by_tag(made: Made, image: Descriptor, layer: Descriptor) -> None:
    what = ".sig" if layer["mediaType"] == SIMPLE_SIGNING else ".att"
    made.index.append({**made.manifest(layer), "annotations": {REF_NAME: tag(image, what)}})


def attach_as_saved(made: Made, image: Descriptor, layer: Descriptor) -> None:
    for each in made.index:
        each["annotations"] = {"kind": "dev.cosignproject.cosign/image"}
    kind = "sigs" if layer["mediaType"] == SIMPLE_SIGNING else "atts"
    annotations = {"kind": f"dev.cosignproject.cosign/{kind}"}
    made.index.append({**made.manifest(layer), "annotations": annotations})
    assert image


def attach_as_referrer(made: Made, image: Descriptor, layer: Descriptor) -> None:
    made.index.append(made.manifest(layer, artifactType=BUNDLE, subject=image))


def attach_by_fallback(made: Made, image: Descriptor, layer: Descriptor) -> None:
    referrer = made.manifest(layer, artifactType=BUNDLE, subject=image)
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [{**referrer, "artifactType": BUNDLE}]}
    listed = made.blob(json.dumps(index).encode(), INDEX)
    made.index.append({**listed, "annotations": {REF_NAME: tag(image)}})


WAYS = (attach_by_tag, attach_as_saved, attach_as_referrer, attach_by_fallback)
LAYERS = (signed_layer, envelope_layer, bundle_layer)


def judge(folder: Path, expected: Expected = BY_KEY, image: str = "") -> Verdict:
    return verify_image(DirectoryTree.of(folder), image, expected=expected, now=datetime.now(UTC))


def reasons(verdict: Verdict) -> str:
    return " | ".join(each.reason for artifact in verdict.artifacts for each in artifact.evidence)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("layer", LAYERS)
def test_every_way_and_every_form(tmp_path: Path, way: Any, layer: Any) -> None:  # noqa: ANN401 - functions
    made = Made()
    image = made.image()
    way(made, image, layer(made, image))
    verdict = judge(made.write(tmp_path / "layout"))
    assert verdict.decision == "pass"
    (artifact,) = verdict.artifacts
    assert artifact.sha256 == image["digest"].removeprefix("sha256:")
    (use,) = artifact.evidence
    assert use.status == "accepted"
    assert use.type == ("signature" if layer is signed_layer else SPDX_PREDICATE)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("layer", LAYERS)
def test_evidence_of_another_image(tmp_path: Path, way: Any, layer: Any) -> None:  # noqa: ANN401 - functions
    """Attached to this one it proves nothing, whatever index, tag and subject say."""
    made = Made()
    image = made.image()
    other = made.manifest(made.blob(b"other", "application/vnd.oci.image.layer.v1.tar"))
    way(made, image, layer(made, other))
    verdict = judge(made.write(tmp_path / "layout"))
    assert verdict.decision == "deny"
    said = "it is of another image, sha256:" if layer is signed_layer else "is about none of these files"
    assert said in reasons(verdict)


def test_keyless_as_cosign_attaches_it(sigstack: Sigstack, tmp_path: Path) -> None:
    """Certificate, log entry and timestamp are annotations of the layer."""
    made = Made()
    image = made.image()
    document = simple_signing(image)
    sigstack.version = 1
    bundle = parse(connect(sigstack).sign_blob(hashlib.sha256(document).hexdigest()), "b")
    (entry,) = bundle.log_entries
    certificate = load_der_x509_certificate(bundle.certificates[0]).public_bytes(Encoding.PEM).decode()
    logged = {
        "SignedEntryTimestamp": base64.b64encode(entry.promise).decode(),
        "Payload": {
            "body": base64.b64encode(entry.body).decode(),
            "integratedTime": entry.integrated_time,
            "logIndex": entry.log_index,
            "logID": entry.log_id.hex(),
        },
    }
    annotations = {
        SIGNATURE: base64.b64encode(bundle.signature).decode(),
        "dev.sigstore.cosign/certificate": certificate,
        "dev.sigstore.cosign/chain": "",
        "dev.sigstore.cosign/bundle": json.dumps(logged),
    }
    if bundle.timestamps:
        stamp = {"SignedRFC3161Timestamp": base64.b64encode(bundle.timestamps[0]).decode()}
        annotations["dev.sigstore.cosign/rfc3161timestamp"] = json.dumps(stamp)
    attach_by_tag(made, image, made.blob(document, SIMPLE_SIGNING, annotations=annotations))
    folder = made.write(tmp_path / "layout")
    expected = Expected(
        trusted_root=Document(file="trust.json", data=sigstack.trust_config()),
        identity="alice@example.com",
        issuer=sigstack.issuer_of({"email": "alice@example.com"}),
    )
    verdict = judge(folder, expected)
    assert verdict.decision == "pass", reasons(verdict)
    wrong = Expected(trusted_root=expected.trusted_root, identity="bob@example.com", issuer=expected.issuer)
    assert "not by bob@example.com" in reasons(judge(folder, wrong))


def test_one_good_piece_is_enough_and_the_others_are_told(tmp_path: Path) -> None:
    made = Made()
    image = made.image()
    attach_by_tag(made, image, signed_layer(made, image, STRANGER))
    attach_as_referrer(made, image, bundle_layer(made, image))
    made.index.append({**made.manifest(), "annotations": {REF_NAME: tag(image, ".sbom")}})
    attach_as_referrer(made, image, made.blob(b"x", "text/plain"))
    verdict = judge(made.write(tmp_path / "layout"))
    assert verdict.decision == "pass"
    told = [(each.status, each.reason) for each in verdict.artifacts[0].evidence]
    assert told == [
        ("accepted", ""),
        ("rejected", "the signature does not verify with any trusted key (k.pub)"),
        ("rejected", "an SBOM that is attached and not signed: nobody answers for it"),
        ("rejected", "a layer of the type text/plain, which is no evidence"),
    ]


def test_without_a_good_piece_all_reasons_are_told(tmp_path: Path) -> None:
    made = Made()
    image = made.image()
    attach_by_tag(made, image, signed_layer(made, image, STRANGER))
    made.index.append({**made.manifest(), "annotations": {REF_NAME: tag(image, ".sbom")}})
    verdict = judge(made.write(tmp_path / "layout"))
    (finding,) = verdict.findings
    assert finding.message.startswith("none of 2 pieces of evidence counts: blobs/sha256/")
    assert "does not verify with any trusted key" in finding.message
    assert "not signed: nobody answers for it" in finding.message


def test_a_type_that_is_asked_for(tmp_path: Path) -> None:
    made = Made()
    image = made.image()
    attach_by_tag(made, image, signed_layer(made, image))
    folder = made.write(tmp_path / "layout")
    expected = Expected(key=BY_KEY.key, type="spdx")
    assert "it is a signature of the file itself, not a statement" in reasons(judge(folder, expected))


def test_nothing_is_attached(tmp_path: Path) -> None:
    made = Made()
    made.image()
    with pytest.raises(NothingToVerifyError, match=r"nothing is attached to the image v1\.0\.0"):
        judge(made.write(tmp_path / "layout"))


def test_which_image(tmp_path: Path) -> None:
    made = Made()
    first, second = made.image("v1.0.0", b"1"), made.image("", b"2")
    listed = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [first, second]}).encode()
    both = made.blob(listed, INDEX)
    made.index.append(both)
    for each in (first, second, both):
        attach_as_referrer(made, each, bundle_layer(made, each))
    folder = made.write(tmp_path / "layout")
    for name, image in (("v1.0.0", first), (second["digest"], second), (both["digest"], both)):
        verdict = judge(folder, image=name)
        assert verdict.decision == "pass"
        assert f"sha256:{verdict.artifacts[0].sha256}" == image["digest"]
    with pytest.raises(UsageError, match="has 3 images") as caught:
        judge(folder)
    assert "v1.0.0" in (caught.value.hint or "")
    with pytest.raises(UsageError, match=r"has no image called 'v2\.0\.0'"):
        judge(folder, image="v2.0.0")


def test_who_must_have_signed_is_said(tmp_path: Path) -> None:
    made = Made()
    made.image()
    with pytest.raises(UsageError, match="it is not said who must have signed"):
        judge(made.write(tmp_path / "layout"), Expected())


@pytest.mark.parametrize(
    ("critical", "said"),
    [
        ({"type": "anything"}, "what it signs is of the type 'anything', no signature of an image"),
        ({"image": {}}, "docker-manifest-digest"),
        ({"image": {"docker-manifest-digest": 1}}, "docker-manifest-digest"),
    ],
)
def test_what_is_signed_is_a_signature_of_an_image(
    tmp_path: Path, critical: dict[str, Any], said: str
) -> None:
    made = Made()
    image = made.image()
    attach_by_tag(made, image, signed_layer(made, image, critical=critical))
    verdict = judge(made.write(tmp_path / "layout"))
    assert verdict.decision == "deny"
    assert said in reasons(verdict)


@pytest.mark.parametrize(
    ("annotations", "said"),
    [
        ({}, "nothing is signed"),
        ({SIGNATURE: "?"}, "base64"),
        ({SIGNATURE: "AAAA", "dev.sigstore.cosign/bundle": "{"}, "JSON"),
        ({SIGNATURE: "AAAA", "dev.sigstore.cosign/certificate": "x"}, "base64"),
        ({SIGNATURE: "AAAA", "dev.sigstore.cosign/rfc3161timestamp": "{}"}, "SignedRFC3161Timestamp"),
    ],
)
def test_annotations_that_are_broken(tmp_path: Path, annotations: dict[str, str], said: str) -> None:
    made = Made()
    image = made.image()
    attach_by_tag(made, image, made.blob(simple_signing(image), SIMPLE_SIGNING, annotations=annotations))
    verdict = judge(made.write(tmp_path / "layout"))
    assert verdict.decision == "deny"
    assert said in reasons(verdict)


def test_an_envelope_that_is_none(tmp_path: Path) -> None:
    made = Made()
    image = made.image()
    attach_by_tag(made, image, made.blob(b"no envelope", ENVELOPE))
    assert "is no envelope" in reasons(judge(made.write(tmp_path / "layout")))


def test_a_listed_referrer_of_another_image(tmp_path: Path) -> None:
    made = Made()
    image = made.image()
    other = made.manifest(made.blob(b"other", "application/vnd.oci.image.layer.v1.tar"))
    referrer = made.manifest(bundle_layer(made, image), subject=other)
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [referrer]}
    listed = made.blob(json.dumps(index).encode(), INDEX)
    made.index.append({**listed, "annotations": {REF_NAME: tag(image)}})
    assert "it refers to another image than the tag says" in reasons(judge(made.write(tmp_path / "layout")))


def change_blob(folder: Path, image: Descriptor, data: bytes) -> None:
    (folder / "blobs" / image["digest"].replace(":", "/")).write_bytes(data)


@pytest.mark.parametrize("data", [b"", b"{}", b"longer" * 100])
def test_blobs_are_what_their_names_say(tmp_path: Path, data: bytes) -> None:
    made = Made()
    image = made.image()
    layer = bundle_layer(made, image)
    attach_by_tag(made, image, layer)
    folder = made.write(tmp_path / "layout")
    change_blob(folder, layer, data)
    assert "the blob is not the one that the layout names" in reasons(judge(folder))
    change_blob(folder, made.index[1], data)
    assert "the blob is not the one that the layout names" in reasons(judge(folder))
    change_blob(folder, image, data)
    with pytest.raises(FormatError, match="the blob is not the one that the layout names"):
        judge(folder)


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ("{", "JSON"),
        ('{"manifests": {}}', "manifests"),
        ('{"manifests": [{"mediaType": "a", "digest": "sha256:../../x", "size": 1}]}', "is no digest"),
        ('{"manifests": [{"mediaType": "a", "digest": "md5:00", "size": 1}]}', "is no digest"),
        (
            '{"manifests": [{"mediaType": "a", "digest": "sha256:%s", "size": -1}]}' % ("0" * 64),
            "is no number of bytes",
        ),
        (
            '{"manifests": [{"mediaType": "a", "digest": "sha256:%s", "size": "1"}]}' % ("0" * 64),
            "is no number of bytes",
        ),
        (
            '{"manifests": [{"mediaType": "a", "digest": "sha256:%s", "size": 1, "annotations": 1}]}'
            % ("0" * 64),
            "annotations",
        ),
    ],
)
def test_an_index_that_is_broken(tmp_path: Path, index: str, said: str) -> None:
    folder = Made().write(tmp_path / "layout")
    (folder / "index.json").write_text(index)
    with pytest.raises(FormatError, match=said):
        judge(folder)


@pytest.mark.parametrize("text", ['{"imageLayoutVersion": "2.0.0"}', "{}", "x"])
def test_a_layout_of_another_version(tmp_path: Path, text: str) -> None:
    folder = Made().write(tmp_path / "layout")
    (folder / "oci-layout").write_text(text)
    with pytest.raises(FormatError):
        judge(folder)


def test_an_image_that_is_named_by_sha512(tmp_path: Path) -> None:
    made = Made()
    image = made.image("")
    data = made.blobs[image["digest"]]
    digest = f"sha512:{hashlib.sha512(data).hexdigest()}"
    made.index[0]["digest"] = digest
    folder = made.write(tmp_path / "layout")
    (folder / "blobs" / "sha512").mkdir()
    (folder / "blobs" / digest.replace(":", "/")).write_bytes(data)
    with pytest.raises(FormatError, match="the image is named by sha512, and signatures are of its sha256"):
        judge(folder)


def test_caps(tmp_path: Path) -> None:
    made = Made()
    image = made.image()
    for number in range(3):
        attach_as_referrer(made, image, made.blob(b"%d" % number, "text/plain"))
    folder = made.write(tmp_path / "layout")

    def read(limits: Limits) -> None:
        layout = Layout("layout", DirectoryTree.of(folder).read, limits)
        layout.attached(layout.image())

    read(DEFAULT_LIMITS)
    with pytest.raises(LimitError, match="more than 2 pieces of evidence for one image"):
        read(Limits(oci_evidence=2))
    with pytest.raises(LimitError):
        read(Limits(oci_manifests=3))
    with pytest.raises(LimitError):
        read(Limits(oci_manifest_bytes=100))
    index = json.loads((folder / "index.json").read_text())
    index["manifests"][0]["size"] = 1 << 60
    (folder / "index.json").write_text(json.dumps(index))
    with pytest.raises(LimitError, match=f"{1 << 60} bytes, more than the"):
        read(DEFAULT_LIMITS)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(index: bytes, blob: bytes) -> None:
    files = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": index}
    try:
        layout = Layout("layout", lambda name, _: files.get(name, blob), DEFAULT_LIMITS)
        layout.attached(layout.image())
    except AttestError:
        return
    pytest.fail("random bytes make no image")


@given(st.binary(max_size=300))
def test_any_signed_bytes_are_read_or_refused(data: bytes) -> None:
    image = Image(sha256="00" * 32, size=1, name="x")
    try:
        assert payload_fault(data, image, "f", DEFAULT_LIMITS)
    except AttestError:
        return


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = Made()
    image = made.image()
    attach_as_referrer(made, image, bundle_layer(made, image))
    folder = str(made.write(tmp_path / "layout"))
    (tmp_path / "k.pub").write_bytes(KEY.public.pem)
    words = ["verify", folder, "--oci-layout", "--key", str(tmp_path / "k.pub")]
    assert run(words) == 0
    assert "PASS" in capsys.readouterr().out
    assert run([*words, "--image", "v1.0.0", "--type", "spdx"]) == 0
    assert run([*words, "--image", "v2.0.0"]) == 4
    assert run([*words, "--bundle", "b"]) == 4
    assert "--bundle does not go with --oci-layout" in capsys.readouterr().err
    assert run([*words[:2], *words[3:], "--image", "v1.0.0"]) == 4
    assert "--image is about an OCI layout" in capsys.readouterr().err
    assert run([*words[:2], *words[3:]]) == 4
    assert "or --oci-layout where it holds an image" in capsys.readouterr().err
    assert run([*words, "--policy", "p"]) == 4
    assert run(["verify", str(tmp_path), *words[2:]]) == 2


def test_the_media_types_of_docker(tmp_path: Path) -> None:
    """A registry hands an image on as it was pushed."""
    made = Made()
    image = made.image()
    made.index[0]["mediaType"] = "application/vnd.docker.distribution.manifest.v2+json"
    assert image["mediaType"] == MANIFEST
    attach_by_tag(made, image, signed_layer(made, image))
    assert judge(made.write(tmp_path / "layout")).decision == "pass"
