"""A key behind a command: whatever signs (a KMS, a card, a service) by way of a small program.

`COMMAND public-key` prints the public key, PEM or DER. `COMMAND sign sha256` reads the digest (its bytes, not
hexadecimal) on standard input and writes the signature (its bytes): ECDSA in DER, RSA with PKCS#1 v1.5. With
an Ed25519 key it is `COMMAND sign message`, and the whole message is read. Any exit code but 0 is a failure,
whose reason is the first line on standard error.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.edge import command
from attest.errors import ServiceError, UsageError
from attest.model.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

WINDOWS: Final = os.name == "nt"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSigner:
    """A command that signs, as `attest.signing.external.KeySource`: its words, the program first."""

    words: tuple[str, ...]
    environment: Mapping[str, str]
    limits: Limits = DEFAULT_LIMITS

    @classmethod
    def of(cls, text: str, environment: Mapping[str, str]) -> CommandSigner:
        """The command that the user wrote, split as a shell would; no shell runs it.

        A program without a slash is looked for on PATH. Raises `UsageError` where there is none.
        """
        try:
            words = _split(text)
        except ValueError as error:
            raise UsageError(
                f"the signing command cannot be split into words: {str(error).lower()}",
                hint="close every quotation mark",
            ) from error
        if not words:
            raise UsageError("the signing command is empty", hint="write --key exec:COMMAND")
        program = words[0]
        if os.path.basename(program) == program:  # noqa: PTH119 - a word, not yet a path
            names = (program, f"{program}.exe") if WINDOWS else (program,)
            found = command.find(names, environment)
            if found is None:
                raise UsageError(
                    f"the signing command is not found: {command.printable(program)!r} is not on PATH",
                    hint="name it with its folder, as exec:./sign.sh",
                )
            program = str(found)
        return cls(words=(program, *words[1:]), environment=environment)

    @property
    def where(self) -> str:
        """What to call it in messages."""
        return f"exec:{os.path.basename(self.words[0])}"  # noqa: PTH119 - a word

    def public_key(self) -> bytes:
        """What `COMMAND public-key` prints; `ServiceError` where it fails."""
        return self._run("public-key")

    def sign(self, what: str, data: bytes) -> bytes:
        """The signature over a digest (`what` names its hash) or a whole `message`; raises as above."""
        return self._run("sign", what, given=data)

    def _run(self, *arguments: str, given: bytes = b"") -> bytes:
        most, seconds = self.limits.signer_output_bytes, self.limits.signer_seconds
        try:
            ran = command.run(
                (*self.words, *arguments), self.environment, most=most, seconds=seconds, given=given
            )
        except OSError as error:
            raise self._error(f"it cannot be run: {(error.strerror or str(error)).lower()}") from error
        asked = " ".join(arguments)
        if len(ran.output) > most:
            raise self._error(f"`{asked}` printed more than {most} bytes")
        if ran.late:
            raise self._error(f"`{asked}` took more than {seconds} seconds")
        if ran.code:
            said = command.printable((ran.errors.decode("utf-8", "replace").splitlines() or [""])[0])
            raise self._error(f"`{asked}` failed with code {ran.code}" + (f": {said}" if said else ""))
        if not ran.output:
            raise self._error(f"`{asked}` printed nothing")
        return ran.output

    def _error(self, message: str) -> ServiceError:
        return ServiceError(
            f"the signing command {self.where}: {message}",
            hint="run it by hand with the same words; docs/keys.md says what it must do",
        )


def _split(text: str) -> list[str]:
    if not WINDOWS:
        return shlex.split(text)
    # There a backslash is part of a path; quotation marks only keep words together.
    words = shlex.split(text, posix=False)
    return [each[1:-1] if each[0] == each[-1] in ('"', "'") and len(each) > 1 else each for each in words]
