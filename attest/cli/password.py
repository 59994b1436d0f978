"""The password of a private key, or the PIN of a token: from the environment, a file, or a terminal."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Final

from attest.cli.inputs import read_file
from attest.errors import UsageError
from attest.model.limits import DEFAULT_LIMITS

VARIABLE: Final = "ATTEST_KEY_PASSWORD"
FILE_VARIABLE: Final = "ATTEST_KEY_PASSWORD_FILE"
NEW_VARIABLE: Final = "ATTEST_KEY_NEW_PASSWORD"
#: cosign's own: pipelines that use its key files have it already.
COSIGN_VARIABLE: Final = "COSIGN_PASSWORD"


def read_password(*, new: bool = False, what: str = "password of the private key") -> bytes:
    """The password, UTF-8; a `new` one is asked for twice.

    The first that is set of ATTEST_KEY_PASSWORD, the file that ATTEST_KEY_PASSWORD_FILE names, and
    COSIGN_PASSWORD; before them ATTEST_KEY_NEW_PASSWORD for a new one. Raises `UsageError` where there is
    none of them and no terminal, or the two answers differ, and `ReadError` for a file that cannot be read.
    """
    found = _from_environment(new=new)
    if found is not None:
        return found
    if not sys.stdin.isatty():
        raise UsageError(
            f"the {what} is wanted", hint=f"set {VARIABLE} or {FILE_VARIABLE}, or run in a terminal"
        )
    try:
        password = getpass.getpass(f"{what.capitalize()}: ")
        if new and getpass.getpass("The same again: ") != password:
            raise UsageError("the two passwords differ", hint="try again")
    except EOFError:
        raise UsageError(f"the {what} was not given", hint="type it, and Enter") from None
    return password.encode()


def _from_environment(*, new: bool) -> bytes | None:
    variables = (NEW_VARIABLE, VARIABLE) if new else (VARIABLE,)
    for variable in variables:
        if (found := os.environ.get(variable)) is not None:
            return os.fsencode(found)
    if file := os.environ.get(FILE_VARIABLE):
        data = read_file(file, DEFAULT_LIMITS.password_bytes)
        return data.removesuffix(b"\n").removesuffix(b"\r")  # an editor's last line end is no part of it
    found = os.environ.get(COSIGN_VARIABLE)
    return None if found is None else os.fsencode(found)
