"""The whole error tree. Every error says what is wrong, where, and how to mend it.

::

    AttestError                 2  could not decide
    ├── InputError              2  a file that cannot be used as what it should be
    │   ├── FormatError         2  its content breaks the format's rules; carries the place
    │   ├── LimitError          2  it asks for more than the limits allow
    │   ├── ReadError           2  it cannot be read: absent, a directory, no permission
    │   └── VerificationError   2  evidence that does not verify; what gates turn into a denial
    ├── OutputError             2  a result cannot be written; nothing half-written stays
    ├── ServiceError            2  a signing or checksum service failed or was refused
    ├── NothingToVerifyError    3  no artifact, or no evidence at all
    └── UsageError              4  wrong words on the command line
        └── PolicyError         4  the policy is invalid; carries every mistake at once

The numbers are the exit codes of every command (`attest.model.exit_code.ExitCode`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from attest.model.place import Place


class AttestError(Exception):
    """One clear line, a place and a hint; the base of all errors that attest raises on purpose."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, place: Place | None = None, hint: str | None = None) -> None:
        """Keep the sentence `message`, where it applies (`place`) and how to mend it (`hint`)."""
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class InputError(AttestError):
    """A file, directory or value that cannot be used as what it should be."""


class FormatError(InputError):
    """Content that breaks the rules of its format."""


class LimitError(InputError):
    """Content that asks for more than `attest.model.limits.Limits` allows."""


class ReadError(InputError):
    """Something that cannot be read: absent, a directory instead of a file, no permission."""


class VerificationError(InputError):
    """Evidence that does not verify; the message is the reason."""


class OutputError(AttestError):
    """A result that cannot be written."""


class ServiceError(AttestError):
    """A service (certificate authority, log, timestamp authority, proxy) that failed or refused."""


class NothingToVerifyError(AttestError):
    """There is no artifact or no evidence to judge."""

    exit_code = 3


class UsageError(AttestError):
    """Wrong words on the command line, or options that do not go together."""

    exit_code = 4


class PolicyError(UsageError):
    """An invalid policy; `mistakes` holds each mistake as its own error, in the order of the file."""

    def __init__(
        self,
        message: str,
        *,
        place: Place | None = None,
        hint: str | None = None,
        mistakes: tuple[AttestError, ...] = (),
    ) -> None:
        """Keep the summary and every single mistake."""
        super().__init__(message, place=place, hint=hint)
        self.mistakes = mistakes
