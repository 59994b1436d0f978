"""The fuzz targets themselves: every one reads its seeds and some noise, so that none is dead."""

from __future__ import annotations

import pytest

from fuzz.samples import samples
from fuzz.targets import EXECUTABLES, TARGETS, Target, run, seeds
from tests.conftest import REPOSITORY


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds_and_noise(name: str) -> None:
    for data in (b"", b"\0", b"{}", b"\xff" * 64, *seeds(TARGETS[name], REPOSITORY, largest=1 << 16)):
        run(TARGETS[name], data)


@pytest.mark.parametrize(
    "name",
    [
        "authenticode",
        "cms",
        "code-signature",
        "entitlements-der",
        "entitlements-xml",
        "report",
        "version-resource",
        "windows-manifest",
        *EXECUTABLES,
    ],
)
def test_what_the_builders_make_is_read(name: str) -> None:
    made = list(samples(name))
    assert made
    for data in made:
        TARGETS[name].read(data)


def test_what_is_no_error_of_attest_is_a_finding() -> None:
    def broken(_: bytes) -> object:
        raise IndexError("out of range")

    with pytest.raises(IndexError):
        run(Target(read=broken), b"")
