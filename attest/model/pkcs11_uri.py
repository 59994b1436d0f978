"""URIs of keys in PKCS#11 tokens. Source: RFC 7512."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from attest.errors import UsageError

SCHEME: Final = "pkcs11:"
_HINT: Final = "write it as pkcs11:token=NAME;object=KEY?module-path=/path/to/module.so"
_PATH: Final = ("token", "object", "id", "serial", "manufacturer", "model", "type")
_QUERY: Final = ("module-path", "module-name", "pin-source", "pin-value")
_PERCENT: Final = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pkcs11Uri:
    """What a URI says of a token and of the key in it; "" where it does not say.

    `pin_source` is the name of a file. `id` is the key's CKA_ID.
    """

    token: str = ""
    serial: str = ""
    manufacturer: str = ""
    model: str = ""
    object: str = ""
    id: bytes = b""
    module_path: str = ""
    pin_source: str = ""
    pin_value: str = field(default="", repr=False)


def parse(text: str) -> Pkcs11Uri:
    """The parts of a URI; `UsageError` for what is none, and for what is not known or said twice."""
    path, _, query = text.removeprefix(SCHEME).partition("?")
    said = _attributes(path, ";", _PATH) | _attributes(query, "&", _QUERY)
    if said.get("type", b"private") != b"private":
        raise UsageError("the PKCS#11 URI is of no private key", hint="write type=private, or leave it out")
    if not said.get("object") and not said.get("id"):
        raise UsageError("the PKCS#11 URI does not say which key", hint=_HINT)
    if "module-name" in said:
        raise UsageError(
            "the PKCS#11 URI has a module-name, which each system looks up elsewhere",
            hint="give module-path, the file of the module",
        )
    try:
        words = {name: value.decode() for name, value in said.items() if name != "id"}
    except UnicodeDecodeError as error:
        raise UsageError("the PKCS#11 URI has text that is no UTF-8", hint=_HINT) from error
    return Pkcs11Uri(
        token=words.get("token", ""),
        serial=words.get("serial", ""),
        manufacturer=words.get("manufacturer", ""),
        model=words.get("model", ""),
        object=words.get("object", ""),
        id=said.get("id", b""),
        module_path=words.get("module-path", ""),
        pin_source=words.get("pin-source", "").removeprefix("file://").removeprefix("file:"),
        pin_value=words.get("pin-value", ""),
    )


def _attributes(text: str, separator: str, known: tuple[str, ...]) -> dict[str, bytes]:
    said: dict[str, bytes] = {}
    for attribute in filter(None, text.split(separator)):
        name, equals, value = attribute.partition("=")
        if not equals or name not in known:
            raise UsageError(f"the PKCS#11 URI has {name[:40]!r}, which is not known there", hint=_HINT)
        if name in said:
            raise UsageError(f"the PKCS#11 URI says {name} twice", hint=_HINT)
        if not _PERCENT.fullmatch(value):
            raise UsageError(f"the PKCS#11 URI has a % without two digits in {name}", hint=_HINT)
        said[name] = unquote_to_bytes(value)
    return said
