"""What every Sigstore of the tests is: authorities and a log with their keys, tokens, and a trusted root.

`tests.sigstack.stack` serves one in this process, `tests.integration.real_sigstore` one of the real servers.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.sigstack.authority import CertificateAuthority, spki
from tests.sigstack.log import Log, text
from tests.sigstack.timestamps import TimestampAuthority

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

START: Final = "2020-01-01T00:00:00Z"
TIMESTAMPS: Final = "/api/v1/timestamp"
SHA: Final = "0123456789abcdef0123456789abcdef01234567"
WORKFLOW: Final = "acme/widget/.github/workflows/release.yml@refs/tags/v1.2.3"
GITHUB_CLAIMS: Final = {
    "sub": "repo:acme/widget:ref:refs/tags/v1.2.3",
    "repository": "acme/widget",
    "repository_owner": "acme",
    "repository_id": "42",
    "repository_owner_id": "7",
    "repository_visibility": "public",
    "ref": "refs/tags/v1.2.3",
    "sha": SHA,
    "workflow": "Release",
    "workflow_ref": WORKFLOW,
    "workflow_sha": SHA,
    "job_workflow_ref": WORKFLOW,
    "job_workflow_sha": SHA,
    "event_name": "push",
    "runner_environment": "github-hosted",
    "run_id": "1001",
    "run_attempt": "1",
    "environment": "release",
}
PIPELINE: Final = "gitlab.com/acme/widget//.gitlab-ci.yml@refs/tags/v1.2.3"
GITLAB_CLAIMS: Final = {
    "sub": "project_path:acme/widget:ref_type:tag:ref:v1.2.3",
    "project_path": "acme/widget",
    "namespace_path": "acme",
    "project_id": "43",
    "namespace_id": "8",
    "project_visibility": "private",
    "ref": "v1.2.3",
    "ref_type": "tag",
    "sha": SHA,
    "ci_config_ref_uri": PIPELINE,
    "ci_config_sha": SHA,
    "pipeline_source": "push",
    "pipeline_id": "5",
    "job_id": "1002",
    "runner_environment": "gitlab-hosted",
    "environment": "release",
}
EMAIL_CLAIMS: Final = {"sub": "alice@example.com", "email": "alice@example.com"}
USERNAME_CLAIMS: Final = {"sub": "bob", "username": "bob!localhost"}


class Instance:
    """A Sigstore whose services answer at these addresses; `log` is the one that `origin` names."""

    def __init__(self, *, fulcio: str, rekor: str, ct: str, timestamping: str, issuers: str) -> None:
        self.authority = CertificateAuthority()
        self.log = Log("localhost")
        self.timestamps = TimestampAuthority()
        self.fulcio, self.rekor, self.ct = fulcio, rekor, ct
        self.timestamping = f"{timestamping}{TIMESTAMPS}"
        self.issuers = issuers
        self.token_key = rsa.generate_private_key(65537, 2048)

    def issuer_of(self, claims: Mapping[str, str]) -> str:
        """Who vouches for what these claims say."""
        raise NotImplementedError

    def token(
        self, claims: Mapping[str, str] = EMAIL_CLAIMS, *, audience: str = "sigstore", lifetime: int = 600
    ) -> str:
        """An identity token with these claims."""
        now = int(time.time())
        base: dict[str, object] = {
            "iss": self.issuer_of(claims),
            "aud": audience,
            "iat": now,
            "nbf": now - 5,
            "exp": now + lifetime,
        }
        if "email" in claims:
            base["email_verified"] = True
        return jwt.encode({**base, **claims}, self.token_key, algorithm="RS256", headers={"kid": "1"})

    def trusted_root(self, **windows: dict[str, str]) -> dict[str, Any]:
        """The trusted root; `windows` change those of tlogs, ctlogs, authorities or timestamping."""

        def window(name: str) -> dict[str, str]:
            return windows.get(name, {"start": START})

        def chain(*certificates: x509.Certificate) -> dict[str, Any]:
            return {
                "certificates": [{"rawBytes": text(each.public_bytes(Encoding.DER))} for each in certificates]
            }

        def log(
            name: str, url: str, key: CertificatePublicKeyTypes, details: str, identifier: bytes
        ) -> dict[str, Any]:
            return {
                "baseUrl": url,
                "hashAlgorithm": "SHA2_256",
                "publicKey": {"rawBytes": text(spki(key)), "keyDetails": details, "validFor": window(name)},
                "logId": {"keyId": text(identifier)},
            }

        ct_key = self.authority.log_key.public_key()
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log("tlogs", self.rekor, self.log.key.public_key(), "PKIX_ED25519", self.log.id)],
            "ctlogs": [log("ctlogs", self.ct, ct_key, "PKIX_ECDSA_P256_SHA_256", self.authority.log_id)],
            "certificateAuthorities": [
                {
                    "subject": {"organization": "sigstack", "commonName": "root"},
                    "uri": self.fulcio,
                    "certChain": chain(self.authority.certificate, self.authority.root),
                    "validFor": window("authorities"),
                }
            ],
            "timestampAuthorities": [
                {
                    "subject": {"organization": "sigstack", "commonName": "timestamps"},
                    "uri": self.timestamping,
                    "certChain": chain(self.timestamps.certificate, self.timestamps.root),
                    "validFor": window("timestamping"),
                }
            ],
        }

    def signing_config(self) -> dict[str, Any]:
        """Where the services are."""

        def service(url: str, version: int) -> dict[str, Any]:
            return {
                "url": url,
                "majorApiVersion": version,
                "validFor": {"start": START},
                "operator": "localhost",
            }

        return {
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": [service(self.fulcio, 1)],
            "oidcUrls": [service(self.issuer_of(EMAIL_CLAIMS), 1)],
            "rekorTlogUrls": [service(self.rekor, 2)],
            "tsaUrls": [service(self.timestamping, 1)],
            "rekorTlogConfig": {"selector": "ANY"},
            "tsaConfig": {"selector": "ANY"},
        }

    def trust_config(self, **windows: dict[str, str]) -> bytes:
        """The client trust configuration, as JSON."""
        return json.dumps(
            {
                "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
                "trustedRoot": self.trusted_root(**windows),
                "signingConfig": self.signing_config(),
            }
        ).encode()
