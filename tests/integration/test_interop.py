"""attest, cosign and @sigstore/verify over each other's bundles on real servers: docs/interop.md."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from attest.intoto import statement
from attest.model.statement import SPDX_PREDICATE, Subject
from tests.conftest import REPOSITORY
from tests.integration.fetched import npm_modules
from tests.integration.servers_built import COSIGN, COSIGN_2, SOURCE_2, built
from tests.interop_table import COSIGN_2 as TOOL_2
from tests.interop_table import ROWS, SIGSTORE_JS_VERSION, Row
from tests.test_sigstores import PEOPLE

if TYPE_CHECKING:
    from tests.sigstack.instance import Instance

pytestmark = pytest.mark.integration
SCRIPT = Path(__file__).parent / "verify.cjs"


@pytest.fixture(scope="session")
def cosign() -> Path:
    (found,) = built(COSIGN).glob("cosign*")
    return found


@pytest.fixture(scope="session")
def cosign_2() -> Path:
    (found,) = built(COSIGN_2, source=SOURCE_2).glob("cosign*")
    return found


@pytest.fixture
def folder(real_sigstore: Instance, tmp_path: Path) -> Path:
    """The files that the commands name."""
    (tmp_path / "widget").write_bytes(b"an artifact")
    (tmp_path / "gadget").write_bytes(b"another")
    (tmp_path / "widget.spdx.json").write_text('{"spdxVersion": "SPDX-2.3"}')
    subject = Subject(name="widget", sha256=hashlib.sha256(b"an artifact").hexdigest())
    (tmp_path / "statement.json").write_bytes(statement.build([subject], SPDX_PREDICATE, {"a": 1}))
    (tmp_path / "trust.json").write_bytes(real_sigstore.trust_config())
    root = real_sigstore.trusted_root()
    (tmp_path / "trusted_root.json").write_text(json.dumps(root))
    (tmp_path / "unlogged_root.json").write_text(json.dumps({**root, "tlogs": []}))
    key = base64.b64decode(root["ctlogs"][0]["publicKey"]["rawBytes"])
    pem = load_der_public_key(key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "ct.pub").write_bytes(pem)
    (tmp_path / "signing_config.json").write_text(json.dumps(real_sigstore.signing_config()))
    shutil.copy(SCRIPT, tmp_path)
    return tmp_path


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_across(row: Row, folder: Path, real_sigstore: Instance, request: pytest.FixtureRequest) -> None:
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("COSIGN_", "SIGSTORE_"))},
        "COSIGN_PASSWORD": "a password",
        "HOME": str(folder / "home"),
        "PYTHONPATH": str(REPOSITORY),
    }
    services = real_sigstore.signing_config()
    words = {"FULCIO": services["caUrls"][0]["url"], "AUTHORITY": services["tsaUrls"][0]["url"]}
    if row.person:
        claims, identity, _ = PEOPLE[row.person]
        issuer = real_sigstore.issuer_of(claims)
        words |= {"TOKEN": real_sigstore.token(claims), "IDENTITY": identity, "ISSUER": issuer}
    *before, last = row.commands
    for command in (*before, last):
        program, *arguments = shlex.split(Template(command).substitute(words))
        if "=" in program:
            name, _, value = program.partition("=")
            environment[name] = value
            program, *arguments = arguments
        match program:
            case "attest":
                full = [sys.executable, "-m", "attest"]
            case "cosign":
                which = "cosign_2" if TOOL_2 in (row.signer, row.verifier) else "cosign"
                full = [str(request.getfixturevalue(which))]
            case _:
                environment["NODE_PATH"] = str(npm_modules("@sigstore/verify", SIGSTORE_JS_VERSION))
                full = [shutil.which(program) or pytest.skip(f"no {program} command")]
        done = subprocess.run(
            [*full, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        said = done.stdout + done.stderr
        if command == last and row.refusal:
            assert done.returncode == 1, said
            assert row.refusal in " ".join(said.split())
        else:
            assert done.returncode == 0, f"{command}: {said}"
