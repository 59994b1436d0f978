from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from attest.errors import FormatError, LimitError
from attest.model.limits import Limits
from attest.trust.roots import Root, parse, utc

V01 = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
WINDOW = {"start": "2021-01-01T00:00:00Z", "end": "2022-01-01T00:00:00.5+01:00"}


def document(**changes: object) -> dict[str, Any]:
    log = {"baseUrl": "https://log", "publicKey": {"rawBytes": "", "validFor": WINDOW}}
    return {
        "mediaType": V01,
        "tlogs": [log],
        "ctlogs": [log],
        "certificateAuthorities": [{"uri": "https://ca", "validFor": WINDOW}],
        "timestampAuthorities": [{"uri": "https://tsa", "validFor": WINDOW}],
        **changes,
    }


def read(value: object) -> Root:
    (root,) = parse(json.dumps(value).encode(), "own", "root.json")
    return root


def day(year: int, month: int = 1, number: int = 1) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


def test_windows_are_closed_on_both_ends() -> None:
    (member,) = read(document()).authorities
    assert member.start == day(2021)
    assert member.end == datetime(2021, 12, 31, 23, 0, 0, 500_000, tzinfo=UTC)
    assert member.covers(member.start)
    assert member.covers(member.end)
    assert not member.covers(day(2020, 12, 31))
    assert not member.covers(day(2022))
    (log,) = read(document(tlogs=[{"publicKey": {"validFor": {"start": WINDOW["start"]}}}])).logs
    assert log.end is None
    assert log.covers(day(2999))


def test_absent_lists_are_empty() -> None:
    assert read({"mediaType": V01}).logs == ()


def test_reads_a_client_trust_configuration() -> None:
    kind = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
    config = {"mediaType": kind, "trustedRoot": document(), "signingConfig": {}}
    assert read(config) == read(document())


def test_reads_json_lines() -> None:
    line = json.dumps(document())
    found = parse(f"{line}\n\n{line}\n".encode(), "own", "root.json")
    assert [root.name for root in found] == ["own", "own#2"]
    pretty = json.dumps(document(), indent=1)
    assert len(parse(pretty.encode(), "own", "root.json")) == 1
    with pytest.raises(LimitError, match="has 3 trusted roots, more than the 2"):
        parse(f"{line}\n{line}\n{line}\n".encode(), "own", "root.json", Limits(trusted_roots=2))


def authority(window: object) -> dict[str, Any]:
    return document(certificateAuthorities=[{"validFor": window}])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "$ is an array, not an object"),
        ({"mediaType": "x"}, "is 'x', which is no trusted root that is known here"),
        (document(more=1), "has the unknown member 'more'"),
        (document(tlogs=[{}]), "$.tlogs[0] has no 'publicKey'"),
        (document(tlogs=[{"publicKey": {}}]), "$.tlogs[0].publicKey has no 'validFor'"),
        (authority(None), "$.certificateAuthorities[0] has no 'validFor'"),
        (authority({}), "validFor has no 'start'"),
        (authority({"start": "2021", "stop": ""}), "has the unknown member 'stop'"),
        (authority({"start": "yesterday"}), "start is no time (RFC 3339)"),
        (authority({"start": "2021-01-01T00:00:00"}), "start is a time without a zone"),
        (authority({"start": "0001-01-01T00:00:00+01:00"}), "is a time in a year that no trusted root means"),
        (authority({"start": "2021-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"}), "is a time in a year"),
        (
            authority({"start": "2021-01-02T00:00:00Z", "end": "2021-01-01T00:00:00Z"}),
            "ends before it starts",
        ),
    ],
)
def test_refuses_each_broken_part(value: object, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(value)
    assert message in caught.value.message


def test_refuses_too_much() -> None:
    with pytest.raises(LimitError, match="more than the 5 that are read of a trusted root"):
        parse(b"{     }", "own", "root.json", Limits(trusted_root_bytes=5))
    with pytest.raises(LimitError, match="has 100000 elements"):
        read(document(tlogs=[{}] * 100_000))


def test_times_are_told_in_utc() -> None:
    assert utc(datetime.fromisoformat("2021-01-01T01:00:00+01:00")) == "2021-01-01T00:00:00Z"
