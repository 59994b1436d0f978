from __future__ import annotations

import re
import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import lief
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from attest.exe.code_signature import DER_ENTITLEMENTS
from attest.exe.inspect import inspect
from attest.model.limits import DEFAULT_LIMITS
from tests.sigstack.timestamps import TimestampAuthority
from tests.unit.exe.builders import build_version, fat, macho
from tests.unit.exe.code_signer import token
from tests.unit.exe.signed_macho import (
    ADHOC,
    ENTITLEMENTS,
    NO_REQUIREMENTS,
    NOW,
    REQUIREMENTS,
    RUNTIME,
    SIGNED_SAMPLES,
    TEAM,
    Signing,
    attribute,
    by_developer,
    cms,
    code_directory,
    code_hashes,
    der,
    developer,
    forgeable,
    full_signing,
    party,
    signed,
    super_blob,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.binary import BinaryReport
    from attest.model.fact import FactValue
    from tests.unit.exe.conftest import Corpus

FULL = SIGNED_SAMPLES["macho-signed"]


def look(data: bytes) -> BinaryReport:
    return inspect(memoryview(data))


def told(data: bytes, *names: str) -> tuple[FactValue | None, ...]:
    report = look(data)
    return tuple(report.fact(f"macho.{name}") for name in names)


HASHES = ("code_limit_covers", "page_hashes", "blob_hashes")


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("endian", ["little", "big"])
def test_signed_by_the_linker(bits: Literal[32, 64], endian: Literal["little", "big"]) -> None:
    data = signed(Signing(flags=0x20002), bits=bits, endian=endian, commands=())
    assert told(data, "signature", "linker_signed", "signature_flags") == (
        "ad-hoc",
        True,
        ("adhoc", "linker-signed"),
    )
    assert told(data, *HASHES, "overlay") == (True, True, True, 0)
    assert told(data, "requirements", "entitlements", "entitlement_forms") == (False, (), ())
    assert look(data).notes == ()


def test_signed_with_all_that_there_can_be() -> None:
    report = look(FULL)
    assert report.notes == ()
    facts = {each.name.removeprefix("macho."): each.value for each in report.facts}
    root = developer()[2].certificate
    expected = {
        "signature": "cms",
        "signature_identifier": "hello",
        "signature_flags": ("runtime",),
        "linker_signed": False,
        "hardened_runtime": True,
        "library_validation": False,
        "signature_team": TEAM,
        "signature_hashes": ("sha1", "sha256"),
        "signature_page_size": 4096,
        "requirements": True,
        "entitlements": ("com.acme.a=true", "com.acme.b=true"),
        "entitlement_forms": ("xml", "der"),
        **dict.fromkeys(HASHES, True),
        "certificates": (
            f"OU={TEAM},CN=Developer ID Application: Acme ({TEAM})",
            "CN=Test Developer ID CA",
            "CN=Test Root CA",
        ),
        "certificate_team": TEAM,
        "certificate_root": root.fingerprint(SHA256()).hex(),
        "developer_id": True,
        "cms_holds": True,
        "cms_faults": (),
        "signing_time": "2026-01-15T12:00:00Z",
        "timestamped": False,
    }
    assert {name: facts.get(name) for name in expected} == expected


def test_flags() -> None:
    data = signed(Signing(flags=ADHOC | RUNTIME | 0x2000 | 0x300 | 0x80000000))
    assert told(data, "signature_flags", "hardened_runtime", "library_validation") == (
        ("adhoc", "hard", "kill", "library-validation", "runtime", "0x80000000"),
        True,
        True,
    )


def test_a_changed_byte_breaks_a_page_and_nothing_else() -> None:
    at = FULL.index(b"\x90" * 5000)
    for place in (at, at + 4999):
        changed = bytearray(FULL)
        changed[place] ^= 1
        assert told(bytes(changed), *HASHES, "cms_holds") == (True, False, True, True)


def test_changed_entitlements_break_their_own_hash_alone() -> None:
    changed = FULL.replace(b"<key>com.acme.a</key>", b"<key>com.acme.z</key>")
    assert changed != FULL
    assert told(changed, *HASHES, "cms_holds") == (True, True, False, True)
    report = look(changed)
    source = next(each.source for each in report.facts if each.name == "macho.blob_hashes")
    assert source == "code signature, special slots: entitlements"


def test_a_page_whose_hash_was_written_anew_breaks_the_cms_signature() -> None:
    other = signed(full_signing(), data=b"\xcc" * 5000)
    # The CMS signature of one program over the code directories of another.
    mixed = signed(replace(full_signing(), cms=lambda _: _cms_of(FULL)), data=b"\xcc" * 5000)
    assert told(other, *HASHES, "cms_holds") == (True, True, True, True)
    assert told(mixed, *HASHES, "cms_holds") == (True, True, True, False)


def _cms_of(data: bytes) -> bytes:
    at = data.index(struct.pack(">I", 0xFADE0B01), len(data) // 2)
    return data[at + 8 : at + struct.unpack_from(">I", data, at + 4)[0]]


@pytest.mark.parametrize(
    ("extra", "faults"),
    [
        (lambda _: (), ("it does not name every code directory",)),
        (
            lambda directories: (code_hashes(directories[:1]),),
            ("it does not name every code directory",),
        ),
        (lambda _: (attribute("1.2.840.113635.100.9.1", der(0x04, b"<plist/>")),), None),
    ],
    ids=["none", "the-first-alone", "unreadable"],
)
def test_a_code_directory_that_the_cms_signature_does_not_name_is_not_signed(
    extra: Callable[[list[bytes]], tuple[bytes, ...]], faults: tuple[str, ...] | None
) -> None:
    by = replace(full_signing(), cms=lambda all_: cms(all_[0], *developer(), extra=extra(all_)))
    assert told(signed(by), "cms_holds", "cms_faults") == (None if faults is None else False, faults)
    alone = replace(by, kinds=(2,))
    assert told(signed(alone), "cms_holds") == (True,)


def test_an_unknown_hash_is_never_verified() -> None:
    assert told(signed(Signing(kinds=(9,))), "signature", "signature_hashes", *HASHES) == (
        "ad-hoc",
        ("unknown",),
        True,
        None,
        None,
    )
    both = replace(full_signing(), kinds=(2, 9))
    assert told(signed(both), "page_hashes", "cms_holds") == (True, False)


def test_scattered_pages_are_not_verified() -> None:
    data = signed(Signing(scatter=0x100))
    assert told(data, "page_hashes") == (None,)
    assert "a code signature over scattered pages, whose hashes are not computed again" in look(data).notes


def test_code_behind_the_hashes() -> None:
    short = signed(lambda code: super_blob({0: code_directory(code[:-4096])}))
    assert told(short, *HASHES) == (False, True, True)
    # A program segment that reaches over the signature to what is behind it.
    data = bytearray(signed(Signing()) + b"\xcc" * 64)
    at = data.index(b"__TEXT")
    struct.pack_into("<Q", data, at + 16 + 3 * 8, len(data) - struct.unpack_from("<Q", data, at + 32)[0])
    struct.pack_into("<I", data, at + 16 + 4 * 8 + 4, 5)
    assert told(bytes(data), "code_limit_covers") == (False,)


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (signed(Signing(flags=0)), "not ad hoc and holds no CMS signature"),
        (signed(Signing(cms=by_developer)), "says to be ad hoc and holds a CMS signature"),
        (
            signed(
                lambda code: super_blob(
                    {0: code_directory(code), 0x1000: code_directory(code, flags=0x10002)}
                )
            ),
            "code directories that differ in flags, identifier or team",
        ),
        (signed(lambda _: bytes(64)), "a code signature that is no super blob"),
        (
            macho(commands=(struct.pack("<4I", 0x1D, 16, 0, 0), struct.pack("<4I", 0x1D, 16, 0, 0))),
            "two load commands LC_CODE_SIGNATURE",
        ),
        (macho(commands=(struct.pack("<4I", 0x1D, 16, 0, 0x7FFFFFFF),)), "code signature beyond the end"),
        (macho(commands=(struct.pack("<2I", 0x1D, 8),)), "code signature beyond the end of the load command"),
    ],
)
def test_a_signature_that_can_be_taken_in_two_ways_or_not_at_all(data: bytes, note: str) -> None:
    report = look(data)
    assert report.fact("macho.signature") is None
    assert sum(note in each for each in report.notes) == 1
    assert report.fact("macho.fixups") == "none", "the other parts are told all the same"


def test_an_unsigned_program() -> None:
    data = macho(commands=(build_version(1),))
    assert told(data, "signature", "page_hashes", "entitlements") == ("none", None, None)


def test_a_huge_number_in_entitlements_is_noted_alone() -> None:
    number = b"<integer>0x" + b"f" * 5000 + b"</integer>"
    xml = b"<plist><dict><key>a</key>" + number + b"</dict></plist>"
    pair = der(0x30, der(0x0C, b"a"), der(0x02, b"\x7f" * 5000))
    xml_note = "entitlements with a number that no property list can hold"
    both = {
        ENTITLEMENTS: (xml, xml_note),
        DER_ENTITLEMENTS: (
            der(0x70, der(0x02, b"\x01"), der(0xB0, pair)),
            "DER entitlements: a number of a wrong length, at 0x12",
        ),
    }
    for slot, (content, note) in both.items():
        report = look(signed(Signing(contents=((slot, content),))))
        assert (report.fact("macho.entitlements"), report.fact("macho.page_hashes")) == (None, True)
        assert report.notes == (note,)


def test_damaged_entitlements_are_noted_alone() -> None:
    data = signed(Signing(contents=((REQUIREMENTS, NO_REQUIREMENTS), (ENTITLEMENTS, b"<plist>"))))
    report = look(data)
    assert (report.fact("macho.entitlements"), report.fact("macho.page_hashes")) == (None, True)
    assert report.notes == ("entitlements that cannot be read as a property list",)


def test_a_damaged_cms_signature_tells_no_signer() -> None:
    data = signed(Signing(flags=RUNTIME, cms=lambda _: b"\x30\x03abc"))
    report = look(data)
    assert (report.fact("macho.signature"), report.fact("macho.cms_holds")) == ("cms", None)
    assert report.notes[0] == "CMS signature is cut off, at 0x2"


def test_the_marks_of_a_developer_id_must_be_on_both() -> None:
    leaf = developer()[0]
    unmarked = signed(Signing(flags=0, cms=lambda all_: cms(all_[0], party("Unmarked"))))
    alone = signed(Signing(flags=0, cms=lambda all_: cms(all_[0], leaf)))
    assert told(unmarked, "developer_id", "cms_holds") == (False, True)
    assert told(unmarked, "certificate_team") == (None,)
    assert told(alone, "developer_id", "certificate_root") == (False, None)


def stamped(over: bytes = b"", days: int = 0) -> bytes:
    """A program whose signature has a timestamp, or one over something else, some days later."""
    authority = TimestampAuthority(offset=NOW - datetime.now(UTC) + timedelta(days=days))

    def seal(signature: bytes) -> bytes:
        return attribute("1.2.840.113549.1.9.16.2.14", token(over or signature, authority))

    by = Signing(flags=0, cms=lambda all_: cms(all_[0], *developer(), seal=seal, time=None))
    return signed(by)


def test_a_timestamp_says_when() -> None:
    facts = told(stamped(), "timestamped", "signing_time", "cms_holds", "cms_faults")
    assert facts == (True, None, True, ())
    (times,) = told(stamped(), "timestamps")
    assert isinstance(times, tuple)
    assert [each[:10] for each in times] == ["2026-01-15"]
    assert told(FULL, "timestamped", "timestamps", "cms_sha1") == (False, (), ())


def test_a_timestamp_that_does_not_hold() -> None:
    other = told(stamped(b"another"), "timestamped", "cms_holds", "cms_faults")
    assert other == (True, False, ("timestamp: it is over another signature",))
    late = look(stamped(days=31)).fact("macho.cms_faults")
    assert isinstance(late, tuple)
    assert [re.sub("T[0-9:]+Z", "", each) for each in late] == [
        "its certificate was not valid at 2026-02-15, when it was made"
    ]


def test_a_damaged_timestamp_proves_no_signature() -> None:
    broken = attribute("1.2.840.113549.1.9.16.2.14", der(0x30))
    data = signed(Signing(flags=0, cms=lambda all_: cms(all_[0], *developer(), unsigned=(broken,))))
    assert told(data, "timestamped", "cms_holds", "page_hashes") == (None, None, True)
    assert look(data).notes[0].startswith("CMS signature: an element is missing, at 0x")


def test_without_the_signers_certificate_nobody_signed() -> None:
    data = signed(Signing(flags=0, cms=lambda all_: without_own(all_[0])))
    assert told(data, "cms_holds", "cms_faults", "certificates", "developer_id") == (
        False,
        ("the certificate of the signer is not there",),
        None,
        None,
    )


def without_own(content: bytes) -> bytes:
    leaf, *above = developer()
    return cms(content, leaf, *above, carries=above)


def test_what_rests_on_sha1_is_told() -> None:
    key = rsa.generate_private_key(65537, 2048)
    root = party("Root", ca=True, key=key)
    old = forgeable(party("Old", root), key, "sha1")
    data = signed(Signing(flags=0, cms=lambda all_: cms(all_[0], old, root)))
    assert told(data, "cms_holds", "cms_sha1") == (True, ("certificate CN=Old",))


def test_headers_alone_compute_nothing() -> None:
    report = inspect(memoryview(FULL), depth="headers")
    assert report.fact("macho.signature") == "cms"
    assert report.fact("macho.hardened_runtime") is True
    assert report.fact("macho.page_hashes") is None
    assert report.fact("macho.certificates") is None


def test_a_large_cms_signature_is_not_read() -> None:
    small = replace(DEFAULT_LIMITS, code_signature_bytes=100)
    report = inspect(memoryview(FULL), limits=small)
    assert report.fact("macho.cms_holds") is None
    assert any("more than 100" in note for note in report.notes)


# --- hostile files -------------------------------------------------------------------------------------


def test_cut_off_anywhere_no_signature_holds() -> None:
    for size in [*range(700), *range(700, len(FULL), 97)]:
        report = look(FULL[:size])
        assert report.fact("macho.page_hashes") is not True
        assert report.notes or report.fact("macho.signature") is None


AREA = FULL.index(struct.pack(">I", 0xFADE0CC0), 5000)


@given(st.dictionaries(st.integers(0, len(FULL) - 1), st.integers(0, 255), min_size=1, max_size=6))
def test_whatever_is_changed_is_told_or_noted(changes: dict[int, int]) -> None:
    data = bytearray(FULL)
    for at, value in changes.items():
        data[at] = value
    report = look(bytes(data))
    if data[:AREA] != FULL[:AREA]:
        assert report.fact("macho.page_hashes") is not True


@given(st.integers(0, 1400), st.sampled_from([0, 0x7FFFFFFF, 0xFFFFFFFF, 0x100, 0x10000]))
def test_any_field_of_a_signature_may_be_gigantic(at: int, value: int) -> None:
    data = bytearray(FULL)
    struct.pack_into(">I", data, min(AREA + at, len(data) - 4), value)
    look(bytes(data))


# --- real programs -------------------------------------------------------------------------------------


def oracle(data: bytes) -> lief.MachO.Binary:
    found = lief.MachO.parse(list(data))
    assert found is not None
    binary = found.at(0)
    assert binary is not None
    return binary


def test_gos_linker_signs_for_arm64_and_not_for_amd64(corpus: Corpus) -> None:
    arm64, amd64 = corpus.data("darwin-arm64"), corpus.data("darwin-amd64")
    assert told(arm64, "signature", "linker_signed", "signature_identifier") == ("ad-hoc", True, "a.out")
    assert told(arm64, "signature_hashes", "signature_page_size") == (("sha256",), 4096)
    assert told(arm64, *HASHES) == (True, True, True)
    assert told(amd64, "signature", "page_hashes") == ("none", None)
    both = look(fat((0x01000007, 3, amd64), (0x0100000C, 0, arm64), align=14, wide=True))
    assert [each.fact("macho.signature") for each in both.images] == ["none", "ad-hoc"]
    assert [each.fact("macho.page_hashes") for each in both.images] == [None, True]


@pytest.mark.parametrize("at", [0x20000, 0x20001, 0x100000])
def test_a_patched_program_is_not_what_was_signed(corpus: Corpus, at: int) -> None:
    data = bytearray(corpus.data("darwin-arm64"))
    data[at] ^= 0x20
    assert told(bytes(data), *HASHES) == (True, False, True)


@pytest.mark.parametrize("name", ["darwin-amd64", "darwin-arm64"])
def test_header_facts_are_what_lief_reads(corpus: Corpus, name: str) -> None:
    data = corpus.data(name)
    report, other = look(data), oracle(data)
    version = other.build_version
    assert version is not None
    assert report.fact("libraries") == tuple(each.name for each in other.libraries)
    assert report.fact("macho.minimum_os") == "{}.{}".format(*version.minos)
    assert report.fact("macho.sdk") == "{}.{}".format(*version.sdk)
    assert report.fact("macho.platform") == str(version.platform).rsplit(".", 1)[-1].lower()
    assert other.uuid is not None
    uuid = str(report.fact("macho.uuid")).replace("-", "")
    assert uuid == bytes(other.uuid.uuid).hex().upper()
    assert report.fact("macho.flags") == tuple(sorted(str(each.name) for each in other.header.flags_list))
    commands = [str(each.command).rsplit(".", 1)[-1] for each in other.commands]
    assert report.fact("macho.load_commands") == tuple(f"LC_{each}" for each in commands)
    assert report.fact("macho.entry") == ("LC_MAIN" if other.main_command else "LC_UNIXTHREAD")
    assert report.fact("macho.fixups") == ("dyld-info" if other.dyld_info else None)
    assert (report.fact("macho.signature") != "none") == other.has_code_signature
    assert report.fact("link") == ("dynamic-pie" if other.is_pie else "dynamic")
    named = [each for each in other.symbols if each.name and "undefined" not in str(each.category).lower()]
    assert report.fact("symbol_table") == bool(named)
    zipped = any(str(each.name).startswith("__zdebug") for each in other.sections)
    assert report.fact("dwarf") == ("compressed" if zipped else "none")
    assert report.fact("macho.write_execute_segments") == tuple(
        each.name for each in other.segments if each.init_protection & 6 == 6
    )
    assert report.fact("macho.overlay") == len(other.overlay)
