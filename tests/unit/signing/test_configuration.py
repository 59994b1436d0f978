from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from attest.app.sign import instance_configuration
from attest.app.trust import current
from attest.errors import AttestError, FormatError, LimitError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.signing.configuration import Configuration, join, read_configuration

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ROOT = {"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}
ENDED = {"start": "2020-01-01T00:00:00Z", "end": "2026-05-31T00:00:00Z"}
LATER = {"start": "2026-06-02T00:00:00Z"}
OPEN = {"start": "2020-01-01T00:00:00Z"}


def service(host: str, *, version: int = 1, operator: str = "a", window: object = OPEN) -> dict[str, Any]:
    url = f"https://{host}.example/"
    return {"url": url, "majorApiVersion": version, "operator": operator, "validFor": window}


def services(**changes: object) -> dict[str, Any]:
    return {
        "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
        "caUrls": [service("ca")],
        "oidcUrls": [service("oidc")],
        "rekorTlogUrls": [service("log", version=2)],
        "tsaUrls": [service("tsa")],
        "rekorTlogConfig": {"selector": "ANY"},
        "tsaConfig": {"selector": "ANY"},
        **changes,
    }


def document(config: object) -> bytes:
    return json.dumps(
        {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": ROOT,
            "signingConfig": config,
        }
    ).encode()


def read(**changes: object) -> Configuration:
    return read_configuration(document(services(**changes)), "t.json", NOW)


def hosts(**changes: object) -> list[str]:
    return [each.host.partition(".")[0] for each in read(**changes).logs]


def test_what_a_configuration_says() -> None:
    found = read()
    assert found.authority is not None
    assert found.authority.url == "https://ca.example"
    assert found.issuer is not None
    assert found.issuer.host == "oidc.example"
    assert [(each.url, each.version) for each in found.logs] == [("https://log.example", 2)]
    assert [each.url for each in found.timestamping] == ["https://tsa.example"]
    assert found.sha256 == read().sha256 != read(tsaUrls=[service("other")]).sha256


def test_services_that_are_not_valid_now_or_not_known_are_left_out() -> None:
    logs = [
        service("ended", version=2, window=ENDED),
        service("later", version=2, window=LATER, operator="b"),
        service("unknown", version=3, operator="c"),
        service("good", version=1, operator="d"),
        service("always", version=1, operator="e", window={}),
    ]
    assert hosts(rekorTlogUrls=logs, rekorTlogConfig={"selector": "ALL"}) == ["good", "always"]
    assert hosts(rekorTlogUrls=logs) == ["good"]


def test_the_newest_version_of_each_operator_counts() -> None:
    logs = [
        service("old"),
        service("new", version=2),
        service("older", version=1),
        service("other", operator="b"),
    ]
    assert hosts(rekorTlogUrls=logs, rekorTlogConfig={"selector": "ALL"}) == ["new", "other"]
    exact = {"selector": "EXACT", "count": 2}
    assert hosts(rekorTlogUrls=logs, rekorTlogConfig=exact) == ["new", "other"]


def test_without_a_selector_one_service_is_asked() -> None:
    config = services()
    del config["rekorTlogConfig"], config["tsaUrls"], config["tsaConfig"], config["caUrls"]
    found = read_configuration(document(config), "t.json", NOW)
    assert (len(found.logs), found.timestamping, found.authority) == (1, (), None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mediaType": "x"}, r"mediaType is 'x', no signing configuration"),
        ({"more": 1}, "has the unknown member 'more'"),
        ({"tsaConfig": {"selector": "SOME"}}, "is 'SOME', which is none of ALL, ANY and EXACT"),
        ({"tsaConfig": {"selector": "EXACT"}}, "asks for none: EXACT needs a count"),
        ({"tsaConfig": {"selector": "EXACT", "count": 2}}, "asks for 2 of a timestamp authority, and 1 are"),
        ({"tsaUrls": []}, "asks for 1 of a timestamp authority, and 0 are valid now"),
        ({"rekorTlogUrls": [service("l", window=ENDED)]}, "asks for 1 of a transparency log, and 0"),
        ({"tsaUrls": [{**service("t"), "validFor": {"start": "soon"}}]}, r"start is no time \(RFC 3339\)"),
        ({"tsaUrls": [service("t", window={"start": "2020-01-01T00:00:00"})]}, "is a time without a zone"),
        ({"tsaUrls": [{**service("t"), "url": "https://t.example:port/"}]}, "url is no URL"),
        ({"tsaUrls": [{**service("t"), "url": "https://t.example/?a=b"}]}, "is no https URL without user"),
        ({"oidcUrls": [{**service("o"), "url": "http://o.example"}]}, "must not travel in the clear"),
    ],
)
def test_configurations_that_cannot_be_used(changes: dict[str, object], said: str) -> None:
    with pytest.raises(FormatError, match=said):
        read(**changes)


@pytest.mark.parametrize(
    ("data", "limits", "said"),
    [
        (b"{}", DEFAULT_LIMITS, "has no 'mediaType'"),
        (b'{"mediaType":"x"}', DEFAULT_LIMITS, "is 'x', which is no client trust configuration"),
        (b"{      }", Limits(trusted_root_bytes=4), "8 bytes of JSON, more than the 4"),
    ],
)
def test_documents_that_are_none(data: bytes, limits: Limits, said: str) -> None:
    with pytest.raises((FormatError, LimitError), match=said):
        read_configuration(data, "t.json", NOW, limits)


def test_root_and_services_may_be_given_apart() -> None:
    config, root = json.dumps(services()).encode(), json.dumps(ROOT).encode()
    joined = join(root, "root.json", config, "services.json", DEFAULT_LIMITS)
    found = read_configuration(joined, "services.json", NOW)
    assert found.logs == read().logs
    # The root may stand in a client trust configuration, whose services do not count then.
    other = document(services(rekorTlogUrls=[service("other")]))
    again = join(other, "other.json", config, "services.json", DEFAULT_LIMITS)
    assert read_configuration(again, "services.json", NOW) == found
    with pytest.raises(AttestError, match=r"root\.json"):
        join(b"[]", "root.json", config, "services.json", DEFAULT_LIMITS)


@pytest.mark.parametrize(
    ("name", "log"), [("public-good", "rekor.sigstore.dev"), ("staging", ".rekor.sigstage.dev")]
)
def test_public_instances_come_with_the_library(name: str, log: str) -> None:
    found = instance_configuration(current(name), NOW)
    assert found.logs[0].host.endswith(log)
    assert found.authority is not None
    assert found.timestamping
    assert found.root.logs
