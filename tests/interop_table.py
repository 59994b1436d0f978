"""What attest and others do with each other's bundles: the rows of docs/interop.md.

`tests/integration/test_interop.py` runs every row on the real servers. `python -m tests.interop_table` writes
the page's table anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parent.parent / "docs" / "interop.md"
MARK: Final = "<!-- from here on: python -m tests.interop_table -->\n"
COSIGN: Final = "cosign"
#: The cosign before it; `cosign` in a row with it is that one.
COSIGN_2: Final = "cosign 2"
SIGSTORE_JS: Final = "@sigstore/verify"
#: The version of @sigstore/verify; cosign's is that of tests/integration/servers/go.mod.
SIGSTORE_JS_VERSION: Final = "4.1.3"

_ATTEST_KEYLESS: Final = "--identity-token $TOKEN --trust-config trust.json"
_COSIGN_KEYLESS: Final = (
    "--identity-token $TOKEN --signing-config signing_config.json --trusted-root trusted_root.json"
)
_COSIGN_LOGGED: Final = "--signing-config signing_config.json --trusted-root trusted_root.json"
_IDENTITY: Final = "--certificate-identity $IDENTITY --certificate-oidc-issuer $ISSUER"
_ROOT: Final = "--trusted-root trusted_root.json"
_STATEMENT: Final = "widget.spdx.intoto.sigstore.json"
#: What attest calls SPDX 2.3; cosign's word spdxjson means the type without a version.
_SPDX: Final = "https://spdx.dev/Document/v2.3"
_BLOB: Final = "widget.sigstore.json"
_KEY_PAIR: Final = "attest key generate --output-prefix k"
_COSIGN_KEY: Final = "cosign import-key-pair -y --key k.key --output-key-prefix c"
_COSIGN_PAIR: Final = "cosign generate-key-pair --output-key-prefix c"
_BUNDLE: Final = "--bundle b.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way across: the commands in their order, and what the last of them says.

    `person` is one of `tests.test_sigstores.PEOPLE`, "" for a key. `refusal` is "" where the other accepts.
    """

    signer: str
    verifier: str
    person: str = ""
    what: str
    commands: tuple[str, ...]
    refusal: str = ""

    @property
    def name(self) -> str:
        outcome = "-refused" if self.refusal else ""
        words = f"{self.signer}-to-{self.verifier}-{self.person or 'key'}-{self.what}{outcome}"
        return words.replace(" ", "-").replace("/", "-")


def _keyless(person: str) -> list[Row]:
    return [
        Row(
            signer="attest",
            verifier=COSIGN,
            person=person,
            what="file",
            commands=(
                f"attest sign widget {_ATTEST_KEYLESS}",
                f"cosign verify-blob --bundle {_BLOB} {_ROOT} {_IDENTITY} widget",
            ),
        ),
        Row(
            signer="attest",
            verifier=COSIGN,
            person=person,
            what="statement",
            commands=(
                f"attest sign widget --predicate widget.spdx.json --type spdx {_ATTEST_KEYLESS}",
                (
                    f"cosign verify-blob-attestation --bundle {_STATEMENT} --type {_SPDX} {_ROOT} {_IDENTITY}"
                    " widget"
                ),
            ),
        ),
        Row(
            signer=COSIGN,
            verifier="attest",
            person=person,
            what="file",
            commands=(
                f"cosign sign-blob -y {_BUNDLE} {_COSIGN_KEYLESS} widget",
                f"attest verify widget {_BUNDLE} {_ROOT} {_IDENTITY}",
            ),
        ),
        Row(
            signer=COSIGN,
            verifier="attest",
            person=person,
            what="statement",
            commands=(
                f"cosign attest-blob -y {_BUNDLE} {_COSIGN_KEYLESS} --statement statement.json",
                f"attest verify widget {_BUNDLE} --type spdx {_ROOT} {_IDENTITY}",
            ),
        ),
        Row(
            signer="attest",
            verifier=SIGSTORE_JS,
            person=person,
            what="file",
            commands=(
                f"attest sign widget {_ATTEST_KEYLESS}",
                f"node verify.cjs {_BLOB} trusted_root.json $IDENTITY $ISSUER widget",
            ),
        ),
        Row(
            signer="attest",
            verifier=SIGSTORE_JS,
            person=person,
            what="statement",
            commands=(
                f"attest sign widget --predicate widget.spdx.json --type spdx {_ATTEST_KEYLESS}",
                f"node verify.cjs {_STATEMENT} trusted_root.json $IDENTITY $ISSUER",
            ),
        ),
    ]


def _keyless_2(person: str) -> list[Row]:
    return [
        Row(
            signer="attest",
            verifier=COSIGN_2,
            person=person,
            what="file",
            commands=(
                f"attest sign widget {_ATTEST_KEYLESS}",
                f"cosign verify-blob {_NEW_STAMPED} --bundle {_BLOB} {_ROOT} {_IDENTITY} widget",
            ),
        ),
        Row(
            signer="attest",
            verifier=COSIGN_2,
            person=person,
            what="statement",
            commands=(
                f"attest sign widget --predicate widget.spdx.json --type spdx {_ATTEST_KEYLESS}",
                (
                    f"cosign verify-blob-attestation {_NEW_STAMPED} --bundle {_STATEMENT} --type {_SPDX}"
                    f" {_ROOT} {_IDENTITY} widget"
                ),
            ),
        ),
        Row(
            signer=COSIGN_2,
            verifier="attest",
            person=person,
            what="file",
            commands=(
                f"cosign sign-blob -y --new-bundle-format {_BUNDLE} {_COSIGN_KEYLESS} widget",
                f"attest verify widget {_BUNDLE} {_ROOT} {_IDENTITY}",
            ),
        ),
    ]


#: Version 2 reads and writes today's bundles where it is told to, and counts timestamps where it is told to.
_NEW_STAMPED: Final = "--new-bundle-format --use-signed-timestamps"
_DETACHED: Final = "--signature s.sig"
_STAMPED: Final = "--timestamp-server-url $AUTHORITY --rfc3161-timestamp s.tsr.json"
_DETACHED_KEYLESS: Final = (
    "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE=ct.pub cosign sign-blob -y --identity-token $TOKEN --fulcio-url $FULCIO"
    f" --tlog-upload=false {_STAMPED} --output-signature s.sig --output-certificate s.pem widget"
)

COSIGN_2_ROWS: Final = (
    *_keyless_2("github"),
    *_keyless_2("gitlab"),
    *_keyless_2("email"),
    Row(
        signer=COSIGN_2,
        verifier=COSIGN_2,
        person="email",
        what="statement",
        commands=(
            (
                f"cosign attest-blob -y --new-bundle-format {_BUNDLE} {_COSIGN_KEYLESS}"
                " --statement statement.json"
            ),
        ),
        refusal="invalid type, must be hashedrekord",
    ),
    Row(
        signer="attest",
        verifier=COSIGN_2,
        what="file",
        commands=(
            _KEY_PAIR,
            "attest sign widget --key k.key",
            (
                f"cosign verify-blob --new-bundle-format --bundle {_BLOB} --key k.pub --insecure-ignore-tlog"
                f" {_ROOT} widget"
            ),
        ),
    ),
    Row(
        signer="attest",
        verifier=COSIGN_2,
        what="statement",
        commands=(
            _KEY_PAIR,
            "attest sign widget --predicate widget.spdx.json --type spdx --key k.key",
            (
                f"cosign verify-blob-attestation --new-bundle-format --bundle {_STATEMENT} --type {_SPDX}"
                f" --key k.pub --insecure-ignore-tlog {_ROOT} widget"
            ),
        ),
    ),
    Row(
        signer=COSIGN_2,
        verifier="attest",
        what="file, logged, with the key file that attest made for cosign",
        commands=(
            f"{_KEY_PAIR} --format cosign",
            f"cosign sign-blob -y --new-bundle-format {_BUNDLE} --key k.key {_COSIGN_LOGGED} widget",
            f"attest verify widget {_BUNDLE} --key k.pub {_ROOT}",
        ),
    ),
    Row(
        signer=COSIGN_2,
        verifier="attest",
        what="file, older bundle, not logged",
        commands=(
            _COSIGN_PAIR,
            f"cosign sign-blob -y {_BUNDLE} --key c.key --tlog-upload=false widget",
            f"attest verify widget {_BUNDLE} --key c.pub",
        ),
    ),
    Row(
        signer=COSIGN_2,
        verifier="attest",
        what="signature in a file of its own",
        commands=(
            _COSIGN_PAIR,
            "cosign sign-blob -y --key c.key --tlog-upload=false --output-signature s.sig widget",
            f"attest verify widget {_DETACHED} --key c.pub",
        ),
    ),
    Row(
        signer=COSIGN_2,
        verifier="attest",
        what="signature in a file of its own, of another file",
        commands=(
            _COSIGN_PAIR,
            "cosign sign-blob -y --key c.key --tlog-upload=false --output-signature s.sig widget",
            f"attest verify gadget {_DETACHED} --key c.pub",
        ),
        refusal="the signature does not verify with any trusted key",
    ),
    Row(
        signer=COSIGN_2,
        verifier="attest",
        what="envelope in a file of its own",
        commands=(
            _COSIGN_PAIR,
            (
                "cosign attest-blob -y --key c.key --tlog-upload=false --output-signature s.sig"
                " --statement statement.json"
            ),
            f"attest verify widget {_DETACHED} --key c.pub --type spdx",
        ),
    ),
    Row(
        signer=COSIGN_2,
        verifier="attest",
        person="email",
        what="signature, certificate and timestamp, under a root without logs",
        commands=(
            _DETACHED_KEYLESS,
            (
                f"attest verify widget {_DETACHED} --certificate s.pem --rfc3161-timestamp s.tsr.json"
                f" --trusted-root unlogged_root.json {_IDENTITY}"
            ),
        ),
    ),
    Row(
        signer=COSIGN_2,
        verifier="attest",
        person="email",
        what="signature, certificate and timestamp, under a root with a log",
        commands=(
            _DETACHED_KEYLESS,
            (
                f"attest verify widget {_DETACHED} --certificate s.pem --rfc3161-timestamp s.tsr.json"
                f" {_ROOT} {_IDENTITY}"
            ),
        ),
        refusal="no transparency log entry proves when it was signed",
    ),
    Row(
        signer=COSIGN_2,
        verifier="attest",
        person="email",
        what="signature and certificate, without a time",
        commands=(
            _DETACHED_KEYLESS,
            (
                f"attest verify widget {_DETACHED} --certificate s.pem --trusted-root unlogged_root.json"
                f" {_IDENTITY}"
            ),
        ),
        refusal="nothing proves when it was signed",
    ),
)

ROWS: Final = (
    *_keyless("github"),
    *_keyless("gitlab"),
    *_keyless("email"),
    Row(
        signer="attest",
        verifier=COSIGN,
        what="file",
        commands=(
            _KEY_PAIR,
            "attest sign widget --key k.key",
            f"cosign verify-blob --bundle {_BLOB} --key k.pub --insecure-ignore-tlog widget",
        ),
    ),
    Row(
        signer="attest",
        verifier=COSIGN,
        what="statement",
        commands=(
            _KEY_PAIR,
            "attest sign widget --predicate widget.spdx.json --type spdx --key k.key",
            (
                f"cosign verify-blob-attestation --bundle {_STATEMENT} --type {_SPDX} --key k.pub"
                " --insecure-ignore-tlog widget"
            ),
        ),
    ),
    Row(
        signer="attest",
        verifier=COSIGN,
        what="file, with the key file that cosign made",
        commands=(
            _COSIGN_PAIR,
            "attest sign widget --key c.key",
            f"cosign verify-blob --bundle {_BLOB} --key c.pub --insecure-ignore-tlog widget",
        ),
    ),
    Row(
        signer=COSIGN,
        verifier="attest",
        what="file, logged, with the key file that attest made for cosign",
        commands=(
            f"{_KEY_PAIR} --format cosign",
            f"cosign sign-blob -y {_BUNDLE} --key k.key {_COSIGN_LOGGED} widget",
            f"attest verify widget {_BUNDLE} --key k.pub {_ROOT}",
        ),
    ),
    Row(
        signer=COSIGN,
        verifier="attest",
        what="file, logged, attest's key imported by cosign",
        commands=(
            _KEY_PAIR,
            _COSIGN_KEY,
            f"cosign sign-blob -y {_BUNDLE} --key c.key {_COSIGN_LOGGED} widget",
            f"attest verify widget {_BUNDLE} --key k.pub {_ROOT}",
        ),
    ),
    Row(
        signer=COSIGN,
        verifier="attest",
        what="statement, logged",
        commands=(
            _COSIGN_PAIR,
            f"cosign attest-blob -y {_BUNDLE} --key c.key {_COSIGN_LOGGED} --statement statement.json",
            f"attest verify widget {_BUNDLE} --key c.pub --type spdx {_ROOT}",
        ),
    ),
    Row(
        signer=COSIGN,
        verifier="attest",
        what="file, not logged",
        commands=(
            _COSIGN_PAIR,
            (
                f"cosign sign-blob -y {_BUNDLE} --key c.key --use-signing-config=false --tlog-upload=false"
                " widget"
            ),
            f"attest verify widget {_BUNDLE} --key c.pub",
        ),
    ),
    Row(
        signer=COSIGN,
        verifier="attest",
        what="statement v0.1, as cosign makes it of a predicate",
        commands=(
            _COSIGN_PAIR,
            (
                f"cosign attest-blob -y {_BUNDLE} --key c.key {_COSIGN_LOGGED} --predicate widget.spdx.json"
                " --type spdxjson widget"
            ),
            f"attest verify widget {_BUNDLE} --key c.pub --type spdx {_ROOT}",
        ),
    ),
    Row(
        signer=COSIGN,
        verifier="attest",
        what="file, by another key",
        commands=(
            _COSIGN_PAIR,
            _KEY_PAIR,
            f"cosign sign-blob -y {_BUNDLE} --key c.key {_COSIGN_LOGGED} widget",
            f"attest verify widget {_BUNDLE} --key k.pub {_ROOT}",
        ),
        refusal="the signature does not verify with any trusted key",
    ),
    Row(
        signer=COSIGN,
        verifier="attest",
        person="github",
        what="file, another identity wanted",
        commands=(
            f"cosign sign-blob -y {_BUNDLE} {_COSIGN_KEYLESS} widget",
            (
                f"attest verify widget {_BUNDLE} {_ROOT} --certificate-identity bob@example.com"
                " --certificate-oidc-issuer $ISSUER"
            ),
        ),
        refusal="not by bob@example.com",
    ),
    Row(
        signer="attest",
        verifier=COSIGN,
        person="github",
        what="file, of a repository that is asked for",
        commands=(
            f"attest sign widget {_ATTEST_KEYLESS}",
            (
                f"cosign verify-blob --bundle {_BLOB} {_ROOT} {_IDENTITY}"
                " --certificate-github-workflow-repository acme/widget widget"
            ),
        ),
    ),
    Row(
        signer="attest",
        verifier=COSIGN,
        person="github",
        what="file, of another repository",
        commands=(
            f"attest sign widget {_ATTEST_KEYLESS}",
            (
                f"cosign verify-blob --bundle {_BLOB} {_ROOT} {_IDENTITY}"
                " --certificate-github-workflow-repository acme/gadget widget"
            ),
        ),
        refusal='expected GithubWorkflowRepository to be "acme/gadget", got "acme/widget"',
    ),
    Row(
        signer="attest",
        verifier=COSIGN,
        person="email",
        what="another file",
        commands=(
            f"attest sign widget {_ATTEST_KEYLESS}",
            f"cosign verify-blob --bundle {_BLOB} {_ROOT} {_IDENTITY} gadget",
        ),
        refusal="could not verify message: invalid signature",
    ),
    Row(
        signer="attest",
        verifier=SIGSTORE_JS,
        person="email",
        what="another file",
        commands=(
            f"attest sign widget {_ATTEST_KEYLESS}",
            f"node verify.cjs {_BLOB} trusted_root.json $IDENTITY $ISSUER gadget",
        ),
        refusal="SIGNATURE_ERROR signature verification failed",
    ),
    *COSIGN_2_ROWS,
)


def table() -> str:
    """A row for each way across; the cells are what the tests run and expect."""
    from tests.integration import servers_built
    from tests.integration.servers_built import version

    versions = {
        "attest": "attest",
        COSIGN: f"cosign {version(servers_built.COSIGN)}",
        COSIGN_2: f"cosign {version(servers_built.COSIGN_2, servers_built.SOURCE_2)}",
        SIGSTORE_JS: f"{SIGSTORE_JS} {SIGSTORE_JS_VERSION}",
    }
    signers = {"github": "GitHub Actions", "gitlab": "GitLab CI", "email": "e-mail", "": "key"}
    lines = ["\n| from | to | signed by | what | run | result |\n|---|---|---|---|---|---|\n"]
    for row in ROWS:
        run = "<br>".join(f"`{command}`" for command in row.commands)
        result = f"refused: {row.refusal}" if row.refusal else "accepted"
        cells = (versions[row.signer], versions[row.verifier], signers[row.person], row.what, run, result)
        lines.append(f"| {' | '.join(cells)} |\n")
    return "".join(lines)


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    PAGE.write_text(text + MARK + table(), encoding="utf-8", newline="\n")
