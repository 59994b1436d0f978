from __future__ import annotations

import json

import pytest

from attest.errors import FormatError, LimitError
from attest.intoto import dsse
from attest.model.limits import Limits
from attest.model.statement import Envelope


def test_pae_is_the_example_of_the_specification() -> None:
    assert dsse.pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_pae_counts_bytes_not_characters() -> None:
    assert dsse.pae("ä", "ö".encode()) == b"DSSEv1 2 \xc3\xa4 2 \xc3\xb6"


@pytest.mark.parametrize("keyid", ["", "SHA256:abc"])
def test_what_is_written_is_read_back(keyid: str) -> None:
    envelope = Envelope(payload=b"{}", payload_type="t", signature=b"s", keyid=keyid)
    data = dsse.serialise(envelope)
    assert data.endswith(b"]}\n")
    assert (b"keyid" in data) is bool(keyid)
    assert dsse.parse(data, "e.json") == envelope


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"signatures": []}, "has 0 signatures, not exactly one"),
        ({"signatures": [{"sig": "AA=="}, {"sig": "AA=="}]}, "has 2 signatures, not exactly one"),
        ({"signatures": [{"sig": ""}]}, "has an empty signature"),
        ({"signatures": [{"sig": "A"}]}, "is no base64"),
        ({"signatures": [{"keyid": "k"}]}, "has no 'sig'"),
        ({"signatures": [{"sig": "AA==", "cert": ""}]}, "has the unknown member 'cert'"),
        ({"payload": "A"}, "$.payload is no base64"),
        ({"payloadType": ""}, "$.payloadType is empty"),
        ({"more": 1}, "has the unknown member 'more'"),
    ],
)
def test_refuses_each_broken_part(change: dict[str, object], message: str) -> None:
    whole = {"payload": "e30=", "payloadType": "t", "signatures": [{"sig": "AA=="}]}
    with pytest.raises(FormatError) as caught:
        dsse.parse(json.dumps({**whole, **change}).encode(), "e.json")
    assert message in caught.value.message


def test_refuses_what_is_too_much() -> None:
    many = {"payload": "e30=", "payloadType": "t", "signatures": [{"sig": "AA=="}] * 100_000}
    with pytest.raises(LimitError, match="100000 elements"):
        dsse.parse(json.dumps(many).encode(), "e.json")
    with pytest.raises(LimitError, match="more than the 4"):
        dsse.parse(b'{"a":1}', "e.json", Limits(bundle_bytes=4))
