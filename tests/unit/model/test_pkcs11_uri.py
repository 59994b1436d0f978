from __future__ import annotations

import pytest

from attest.errors import UsageError
from attest.model.pkcs11_uri import Pkcs11Uri, parse


def test_what_a_uri_says() -> None:
    text = (
        "pkcs11:token=The%20Release;manufacturer=Acme;serial=0%3B1;model=v2;object=k%C3%A9y;id=%01%ff;type=private"
        "?module-path=/usr/lib/hsm.so&pin-source=file:/run/pin"
    )
    assert parse(text) == Pkcs11Uri(
        token="The Release",  # noqa: S106 - a name
        manufacturer="Acme",
        serial="0;1",
        model="v2",
        object="kéy",
        id=b"\x01\xff",
        module_path="/usr/lib/hsm.so",
        pin_source="/run/pin",
    )


def test_a_pin_is_read_and_never_shown() -> None:
    found = parse("pkcs11:object=k?pin-value=12%334")
    assert found.pin_value == "1234"
    assert "1234" not in repr(found)


@pytest.mark.parametrize("source", ["/run/pin", "file:/run/pin", "file:///run/pin"])
def test_a_pin_in_a_file(source: str) -> None:
    assert parse(f"pkcs11:object=k?pin-source={source}").pin_source == "/run/pin"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pkcs11:", "does not say which key"),
        ("pkcs11:token=a", "does not say which key"),
        ("pkcs11:object=", "does not say which key"),
        ("pkcs11:object=k;colour=red", "has 'colour', which is not known there"),
        ("pkcs11:object", "has 'object', which is not known there"),
        ("pkcs11:object=k;pin-value=1", "has 'pin-value', which is not known there"),
        ("pkcs11:object=k?token=a", "has 'token', which is not known there"),
        ("pkcs11:object=k;object=j", "says object twice"),
        ("pkcs11:object=k%4", "has a % without two digits in object"),
        ("pkcs11:object=%ff", "has text that is no UTF-8"),
        ("pkcs11:object=k;type=public", "is of no private key"),
        ("pkcs11:object=k?module-name=softhsm2", "has a module-name"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert message in caught.value.message
    assert caught.value.hint
