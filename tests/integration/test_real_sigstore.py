"""The real servers themselves: side by side, and gone with the process that wanted them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.conftest import REPOSITORY
from tests.integration.real_sigstore import started

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

STARTER = """
import json, pathlib, sys, time
from tests.integration.real_sigstore import started
with started(pathlib.Path(sys.argv[1])) as real:
    print(json.dumps(real.ports), flush=True)
    time.sleep(600)
"""


def listening(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(2)
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.usefixtures("real_sigstore")
def test_a_killed_test_run_leaves_no_server_behind(tmp_path: Path) -> None:
    """It starts its own beside those that run already."""
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)], cwd=REPOSITORY, stdout=subprocess.PIPE
    ) as starter:
        assert starter.stdout is not None
        ports = json.loads(starter.stdout.readline())
        assert all(listening(port) for port in ports[:4])
        os.kill(starter.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    until = time.monotonic() + 10
    while any(listening(port) for port in ports) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(listening(port) for port in ports)


def test_servers_that_cannot_start_say_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.integration.real_sigstore.ISSUERS", {"email": "type: nonsense"})
    with pytest.raises(ChildProcessError, match="fulcio: "), started(tmp_path):
        pass
