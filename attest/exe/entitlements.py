"""Entitlements of a signed Mach-O file: what the program asks the system to be allowed.

Sources: Apple's technotes TN3125 and TN3126; property lists as Python's plistlib reads them, which takes no
entity declarations. Newer systems read the DER form and older ones the XML form of the same list.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.exe.reader import text
from attest.model import asn1
from attest.model.bounds import BoundsError

if TYPE_CHECKING:
    from attest.model.asn1 import Element
    from attest.model.limits import Limits

#: The tags of the DER form: the whole ([APPLICATION 16]) and a dictionary in it ([CONTEXT 16]).
_WHOLE, _DICTIONARY = 0x70, 0xB0
#: What whole numbers of property lists can be; longer ones Python may refuse to write.
_NUMBERS: Final = range(-(1 << 63), 1 << 64)


def from_xml(data: bytes, limits: Limits) -> tuple[str, ...]:
    """Each entitlement as KEY=VALUE, the value in JSON; sorted.

    Raises `BoundsError` where the property list cannot be read, names a key twice, which two readers may
    take in two ways, or has a number that no property list can hold; `LimitError` where it is larger or
    nested deeper than allowed.
    """
    return _lines(_property_list(data, limits, "entitlements"))


def code_hashes(data: bytes, limits: Limits) -> frozenset[bytes]:
    """The hashes of code directories in the property list that a CMS signature names them with.

    Raises as `from_xml`.
    """
    hashes = _property_list(data, limits, "a list of code hashes").get("cdhashes")
    return (
        frozenset(each for each in hashes if isinstance(each, bytes))
        if isinstance(hashes, list)
        else frozenset()
    )


def from_der(data: bytes, limits: Limits) -> tuple[str, ...]:
    """As `from_xml`, of the DER form."""
    if len(data) > limits.entitlements_bytes:
        raise LimitError(f"entitlements of {len(data)} bytes, more than {limits.entitlements_bytes}")
    whole = asn1.read(data, "DER entitlements", limits).expect(_WHOLE).fields()
    whole.take(asn1.INTEGER)
    return _lines(_dictionary(whole.take(_DICTIONARY)))


def _property_list(data: bytes, limits: Limits, what: str) -> dict[str, object]:
    import plistlib
    from xml.parsers.expat import ExpatError

    if len(data) > limits.entitlements_bytes:
        raise LimitError(f"{what} of {len(data)} bytes, more than {limits.entitlements_bytes}")
    try:
        value = plistlib.loads(data, fmt=plistlib.FMT_XML)
    except (ValueError, ExpatError, LookupError, TypeError, AttributeError, OverflowError) as error:
        raise BoundsError(f"{what} that cannot be read as a property list") from error
    if not isinstance(value, dict) or data.count(b"<key") != _keys(value, limits.entitlements_depth):
        raise BoundsError(f"{what} with a key twice, or without any dictionary")
    return value


def _lines(value: dict[str, object]) -> tuple[str, ...]:
    if not _fits(value):
        raise BoundsError("entitlements with a number that no property list can hold")
    return tuple(
        f"{key}={json.dumps(each, sort_keys=True, default=repr, separators=(',', ':'))}"
        for key, each in sorted(value.items())
    )


def _fits(value: object) -> bool:
    """Whether all numbers are ones that a property list and JSON can hold."""
    match value:
        case dict():
            return all(_fits(each) for each in value.values())
        case list():
            return all(_fits(each) for each in value)
        case int():
            return value in _NUMBERS
        case float():
            return math.isfinite(value)
    return True


def _keys(value: object, depth: int) -> int:
    """How many keys are in all dictionaries of a property list."""
    if depth < 0:
        raise LimitError("entitlements that are nested too deep")
    if isinstance(value, dict):
        return len(value) + sum(_keys(each, depth - 1) for each in value.values())
    return sum(_keys(each, depth - 1) for each in value) if isinstance(value, list) else 0


def _dictionary(element: Element) -> dict[str, object]:
    found: dict[str, object] = {}
    for pair in element.children():
        fields = pair.expect(asn1.SEQUENCE).fields()
        key = text(fields.take(asn1.UTF8_STRING).content)
        if key in found or len(pair.children()) != 2:  # noqa: PLR2004 - a key and its value
            raise BoundsError(f"DER entitlements that name the key {key} twice, or without a value")
        found[key] = _value(fields.take())
    return found


def _value(element: Element) -> object:
    if element.tag == _DICTIONARY:
        return _dictionary(element)
    if element.tag == asn1.SEQUENCE:
        return [_value(each) for each in element.children()]
    if element.tag == asn1.BOOLEAN:
        return any(element.content)
    if element.tag == asn1.INTEGER:
        return element.integer()
    return text(element.content)
