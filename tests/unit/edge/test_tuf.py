"""A TUF repository that tells the truth, and every way in which one may lie."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from securesystemslib.signer._crypto_signer import CryptoSigner

from attest.edge.services import Patience, ServiceCalls
from attest.edge.tuf import TufRepository
from attest.errors import (
    AttestError,
    LimitError,
    OutputError,
    ServiceError,
    UsageError,
    VerificationError,
)
from attest.model.limits import Limits
from tests.sigstack.tuf_repository import ROLES, TufSite, tuf_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {"trusted_root.json": b"roots 1", "other.json": b"others 1"}
PAST = datetime(2020, 1, 1, tzinfo=UTC)
SOON = Patience(attempts=2, silence=5, attempt=5, altogether=5, longest=0.01)


@pytest.fixture
def site() -> Iterator[TufSite]:
    with tuf_site(dict(FILES)) as found:
        yield found


def repository(site: TufSite, folder: Path, **changes: object) -> TufRepository:
    values = {
        "url": site.url,
        "root": site.root,
        "folder": folder / "tuf",
        "services": ServiceCalls.of({}, SOON),
    }
    return TufRepository(**(values | changes))  # type: ignore[arg-type]  # the keys are the fields


def refresh(site: TufSite, folder: Path, **changes: object) -> dict[str, bytes]:
    return repository(site, folder, **changes).refresh(FILES).files


def refused(site: TufSite, folder: Path, kind: type[AttestError], reason: str, **changes: object) -> None:
    with pytest.raises(kind) as caught:
        refresh(site, folder, **changes)
    assert reason in caught.value.message
    assert caught.value.hint


def test_what_the_repository_vouches_for_and_by_which_roles(site: TufSite, tmp_path: Path) -> None:
    site.versions["snapshot"] = 7
    site.publish()
    found = repository(site, tmp_path).refresh(FILES)
    assert found.files == FILES
    assert [(each.name, each.version) for each in found.roles] == [
        ("root", 1),
        ("timestamp", 1),
        ("snapshot", 7),
        ("targets", 1),
    ]
    assert {each.expires for each in found.roles} == {site.until(role) for role in ROLES}


def test_new_files_and_new_keys_are_followed(site: TufSite, tmp_path: Path) -> None:
    refresh(site, tmp_path)
    site.before, site.signers = site.signers["root"], {r: CryptoSigner.generate_ed25519() for r in ROLES}
    site.targets["trusted_root.json"] = b"roots 2"
    site.step(*ROLES)
    site.publish()
    assert refresh(site, tmp_path)["trusted_root.json"] == b"roots 2"
    # What came of it is remembered: the old root leads to the new keys without asking for them again.
    site.asked.clear()
    del site.files["2.root.json"]
    assert refresh(site, tmp_path)["trusted_root.json"] == b"roots 2"
    assert site.asked[0] == "3.root.json"


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_what_is_older_than_before_is_refused(site: TufSite, tmp_path: Path, role: str) -> None:
    older = dict(site.files)
    site.targets["trusted_root.json"] = b"roots 2"
    site.step(role)
    site.publish()
    refresh(site, tmp_path)
    site.files = older
    if role != "timestamp":
        # Whoever holds the key for timestamps alone hands out the old state as if it were new.
        site.versions = dict.fromkeys(ROLES, 1) | {"timestamp": 5}
        site.targets["trusted_root.json"] = b"roots 1"
        if role == "targets":
            site.versions["snapshot"] = 5
        site.publish()
    reason = {
        "timestamp": "New timestamp version 1 must be >= 2",
        "snapshot": "New snapshot version must be >= 2, got version 1",
        "targets": "Expected targets.json version 1, got 2",
    }[role]
    refused(site, tmp_path, VerificationError, reason)


@pytest.mark.parametrize("role", ROLES)
def test_what_has_ended_is_refused(site: TufSite, tmp_path: Path, role: str) -> None:
    """A repository that stands still (or is held still) is not believed for longer than its roles say."""
    site.expires[role] = PAST
    site.publish()
    name = {"root": "Final root.json", "targets": "New targets"}.get(role, f"{role}.json")
    refused(site, tmp_path, VerificationError, f"{name} is expired")


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_wrong_keys_are_refused(site: TufSite, tmp_path: Path, role: str) -> None:
    root = site.root
    site.signers[role] = CryptoSigner.generate_ed25519()
    site.publish()
    site.files["1.root.json"] = root
    refused(site, tmp_path, VerificationError, f"{role} was signed by 0/1 keys")


def test_a_root_that_the_one_before_does_not_vouch_for_is_refused(site: TufSite, tmp_path: Path) -> None:
    site.signers["root"] = CryptoSigner.generate_ed25519()
    site.step("root")
    site.publish()
    refused(site, tmp_path, VerificationError, "root was signed by 0/1 keys")


def test_parts_of_different_states_do_not_go_together(site: TufSite, tmp_path: Path) -> None:
    old = site.files["1.targets.json"]
    site.targets["trusted_root.json"] = b"roots 2"
    site.step("timestamp", "snapshot", "targets")
    site.publish()
    site.files["2.targets.json"] = old
    refused(site, tmp_path, VerificationError, "does not match expected")
    site.files["2.snapshot.json"] = site.files["1.snapshot.json"]
    refused(site, tmp_path / "new", VerificationError, "does not match expected")


def test_a_file_that_was_exchanged_is_refused(site: TufSite, tmp_path: Path) -> None:
    (name,) = (each for each in site.files if each.endswith(".trusted_root.json"))
    site.files[name] = b"roots X"
    refused(site, tmp_path, VerificationError, "Observed hash")


def test_endless_data_is_not_read(site: TufSite, tmp_path: Path) -> None:
    limits = Limits(tuf_bytes=10_000, trusted_root_bytes=10)
    site.files["timestamp.json"] = b"x" * 10_001
    refused(site, tmp_path, LimitError, "answered more than 10000 bytes", limits=limits)
    site.files["timestamp.json"] = b"x" * 16_385
    refused(site, tmp_path, LimitError, "exceeding the maximum allowed length of 16384")
    site.targets["trusted_root.json"] = b"x" * 11
    site.publish()
    refused(site, tmp_path, LimitError, "trusted_root.json has 11 bytes, more than the 10", limits=limits)


def test_an_update_does_not_take_for_ever(site: TufSite, tmp_path: Path) -> None:
    times = iter([0.0, 1.0, 301.0])
    reason = "took more than the 300 seconds that an update may take"
    refused(site, tmp_path, LimitError, reason, clock=lambda: next(times))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "Failed to deserialize JSON"),
        (b"[" * 3000, "Failed to deserialize JSON"),
        (b"[]", "Failed to deserialize JSON"),
        (b'{"signed": {}, "signatures": []}', "Failed to deserialize JSON"),
    ],
)
def test_what_is_no_metadata_is_refused(site: TufSite, tmp_path: Path, data: bytes, reason: str) -> None:
    site.files["timestamp.json"] = data
    refused(site, tmp_path, VerificationError, reason)


def test_metadata_of_another_role_is_refused(site: TufSite, tmp_path: Path) -> None:
    site.files["timestamp.json"] = site.files["1.snapshot.json"]
    refused(site, tmp_path, VerificationError, "Expected 'timestamp', got 'snapshot'")
    refused(site, tmp_path, VerificationError, "Expected 'root'", root=site.files["1.targets.json"])


def test_what_is_not_there(site: TufSite, tmp_path: Path) -> None:
    del site.targets["trusted_root.json"]
    site.publish()
    refused(site, tmp_path, ServiceError, "has no trusted_root.json")
    del site.files["timestamp.json"]
    refused(site, tmp_path / "new", ServiceError, "it answered 404 to /timestamp.json")


def test_another_host_is_not_followed_to(site: TufSite, tmp_path: Path) -> None:
    with tuf_site(dict(FILES)) as other:
        site.moved = other.url
        refused(site, tmp_path, ServiceError, "redirects to")
        assert other.asked == []


def test_nobody_there(site: TufSite, tmp_path: Path) -> None:
    refused(site, tmp_path, ServiceError, "cannot reach 127.0.0.1:9", url="http://127.0.0.1:9")


@pytest.mark.parametrize("url", ["ftp://a", "https://", "https://me@a", "https://a/?b", "a"])
def test_a_url_that_is_none(site: TufSite, tmp_path: Path, url: str) -> None:
    refused(site, tmp_path, UsageError, "is no https URL", url=url)


def test_nothing_can_be_remembered(site: TufSite, tmp_path: Path) -> None:
    (tmp_path / "tuf").write_text("a file")
    refused(site, tmp_path, OutputError, "cannot remember what 127.0.0.1")


def test_what_was_seen_is_remembered_where_the_rest_cannot_be_had(site: TufSite, tmp_path: Path) -> None:
    older = dict(site.files)
    site.step()
    site.publish()
    whole = dict(site.files)
    del site.files["2.targets.json"]
    refused(site, tmp_path, ServiceError, "404")
    site.files = older
    refused(site, tmp_path, VerificationError, "New timestamp version 1 must be >= 2")
    site.files = whole
    assert refresh(site, tmp_path) == FILES


def test_what_was_remembered_and_is_spoilt_is_asked_for_again(site: TufSite, tmp_path: Path) -> None:
    refresh(site, tmp_path)
    for role in ROLES[1:]:
        (tmp_path / "tuf" / f"{role}.json").write_bytes(b"spoilt")
    assert refresh(site, tmp_path) == FILES


def test_what_is_known_is_not_asked_for_again(site: TufSite, tmp_path: Path) -> None:
    refresh(site, tmp_path)
    site.asked.clear()
    assert refresh(site, tmp_path) == FILES
    assert [each for each in site.asked if "targets/" not in each] == ["2.root.json", "timestamp.json"]
