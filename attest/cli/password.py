"""The password of a private key: from the environment, or asked for on a terminal."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Final

from attest.errors import UsageError

VARIABLE: Final = "ATTEST_KEY_PASSWORD"


def read_password(*, new: bool = False) -> bytes:
    """The password, UTF-8; a `new` one is asked for twice.

    Raises `UsageError` where there is neither the variable nor a terminal, or the two answers differ.
    """
    found = os.environ.get(VARIABLE)
    if found is not None:
        return found.encode()
    if not sys.stdin.isatty():
        raise UsageError("the private key needs a password", hint=f"set {VARIABLE}, or run in a terminal")
    password = getpass.getpass("Password of the private key: ")
    if new and getpass.getpass("The same again: ") != password:
        raise UsageError("the two passwords differ", hint="try again")
    return password.encode()
