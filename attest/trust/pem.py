"""PEM files with one key: the label and the bytes inside. Source: RFC 7468."""

from __future__ import annotations

import base64
import binascii
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.model.place import Place

if TYPE_CHECKING:
    from attest.model.limits import Limits

_BEGIN: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,64})-----")
_LINE: Final = 64
_HINT: Final = "make the file again with the tool that wrote it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A PEM block: its label, and the bytes that its base64 stands for."""

    label: str
    data: bytes

    @property
    def text(self) -> bytes:
        """The block as a file, in the one spelling."""
        lines = textwrap.wrap(base64.b64encode(self.data).decode(), _LINE)
        return "\n".join(
            (f"-----BEGIN {self.label}-----", *lines, f"-----END {self.label}-----", "")
        ).encode()


def label(data: bytes, file: str, limits: Limits, hint: str) -> str:
    """The label of the one block of a key file; `hint` tells what file is wanted.

    `EC PARAMETERS`, which openssl writes beside a key, do not count. Raises `FormatError` for no block or
    several, `LimitError` for too many bytes.
    """
    if len(data) > limits.key_bytes:
        raise LimitError(
            f"{len(data)} bytes, more than the {limits.key_bytes} that are read of a key",
            place=Place(file=file),
            hint=hint,
        )
    found = (each[1] for each in _BEGIN.finditer(data.decode("latin-1")))
    labels = [each for each in found if each != "EC PARAMETERS"]
    if not labels:
        raise FormatError("is no key: it has no PEM block", place=Place(file=file), hint=hint)
    if len(labels) > 1:
        raise FormatError(
            f"has {len(labels)} PEM blocks, not one key",
            place=Place(file=file),
            hint="keep one key in each file",
        )
    return labels[0]


def block(data: bytes, file: str, limits: Limits, hint: str) -> Block:
    """The one block of a key file; raises as `label` does, and `FormatError` for what is no base64.

    Another spelling of the same bytes than encoders write is refused: a file has one content.
    """
    name = label(data, file, limits, hint)
    _, _, rest = data.decode("latin-1").partition(f"-----BEGIN {name}-----")
    inside, end, _ = rest.partition(f"-----END {name}-----")
    if not end:
        raise FormatError(
            "is no whole key: the end of its PEM block is missing", place=Place(file=file), hint=_HINT
        )
    if "Proc-Type:" in inside:
        raise FormatError(
            "is encrypted in OpenSSL's old way, which derives the key from the password by MD5",
            place=Place(file=file),
            hint="convert it with `openssl pkcs8 -topk8 -in OLD -out NEW`",
        )
    text = re.sub(r"[ \t\r\n]", "", inside)
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormatError(
            "is no key: what stands in its PEM block is no base64", place=Place(file=file), hint=_HINT
        ) from error
    if base64.b64encode(content).decode() != text:
        raise FormatError(
            "is no key: its base64 is in a spelling that no encoder writes",
            place=Place(file=file),
            hint=_HINT,
        )
    return Block(label=name, data=content)
