from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attest.app.check import check_source
from attest.app.zips import ZipDigests
from attest.go import dirhash, module_zip
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.module import ModuleVersion
from attest.model.place import Place
from attest.model.source import Platform, SumProof
from attest.sbom import assemble
from tests.fakes import MemoryCache, MemoryTree
from tests.unit.go.proxy import module_zip as make_zip
from tests.unit.sbom import examples as e

if TYPE_CHECKING:
    from attest.model.bom import Bom, BomComponent

LOG = ModuleVersion(path="example.com/log", version="v1.2.3")
NAME = "cache/download/example.com/log/@v/v1.2.3.zip"
CONTENT = make_zip(LOG.path, LOG.version, {"go.mod": b"module example.com/log\n", "log.go": b"package log\n"})
SHA256 = hashlib.sha256(CONTENT).hexdigest()
H1 = dirhash.h1(
    module_zip.manifest(memoryview(CONTENT), LOG, limits=DEFAULT_LIMITS, place=Place(file="log.zip"))
)


def bom(h1: str = H1) -> Bom:
    deps = [e.dep(LOG.path, LOG.version, h1=h1), e.FORK, e.LOCAL]
    return assemble.from_binary(e.executable(e.info(deps)), e.RUN)


def log(digests: ZipDigests, h1: str = H1) -> BomComponent:
    (found,) = [each for each in digests.describe(bom(h1)).components if each.name == LOG.path]
    return found


def test_a_zip_that_has_the_modules_hash_tells_its_own() -> None:
    found = log(ZipDigests(modcache=MemoryTree({NAME: CONTENT})))
    assert (found.zip_sha256, found.evidence) == (SHA256, ("binary", "module-zip"))
    assert found.sum == H1
    described = ZipDigests(modcache=MemoryTree({NAME: CONTENT})).describe(bom())
    assert [each.name for each in described.components if each.zip_sha256] == [LOG.path]


@pytest.mark.parametrize(
    ("digests", "h1"),
    [
        (ZipDigests(modcache=MemoryTree({NAME: CONTENT})), e.H1),
        (ZipDigests(modcache=MemoryTree({NAME: CONTENT})), ""),
        (ZipDigests(modcache=MemoryTree({NAME: b"no zip"})), H1),
        (ZipDigests(modcache=MemoryTree({NAME: CONTENT}), limits=Limits(module_zip_bytes=8)), H1),
        (ZipDigests(modcache=MemoryTree({NAME: CONTENT}, unreadable=frozenset({NAME}))), H1),
        (ZipDigests(modcache=MemoryTree()), H1),
        (ZipDigests(modcache=None), H1),
    ],
    ids=["another zip", "no hash", "no zip", "too large", "unreadable", "absent", "no cache"],
)
def test_what_is_not_proven_tells_nothing(digests: ZipDigests, h1: str) -> None:
    found = log(digests, h1)
    assert (found.zip_sha256, found.evidence) == ("", ("binary",))


def test_a_zip_that_was_hashed_in_this_run_is_not_read_again() -> None:
    proof = SumProof(
        module=LOG,
        kind="zip",
        recorded=H1,
        computed=H1,
        status="match",
        place=Place(file="go.sum"),
        zip_sha256=SHA256,
    )
    nowhere = MemoryTree()
    assert log(ZipDigests(modcache=nowhere, proofs=[proof])).zip_sha256 == SHA256
    others = [replace(proof, kind="go.mod"), replace(proof, status="mismatch"), replace(proof, computed=e.H1)]
    assert log(ZipDigests(modcache=nowhere, proofs=others)).zip_sha256 == ""


@pytest.mark.parametrize("trusted", [False, True])
def test_the_check_of_go_sum_hashes_the_zips_too_where_it_is_asked(trusted: bool) -> None:
    tree = MemoryTree(
        {
            "go.mod": f"module example.com/m\n\ngo 1.24\n\nrequire {LOG.path} {LOG.version}\n".encode(),
            "go.sum": f"{LOG.path} {LOG.version} {H1}\n".encode(),
            "main.go": b'package main\n\nimport _ "example.com/log"\n\nfunc main() {}\n',
        }
    )
    modcache = MemoryTree({NAME: CONTENT}, identified=True, label="modcache")
    cache = MemoryCache()

    def proof(*, digests: bool) -> SumProof:
        report = check_source(
            tree,
            modcache=modcache,
            platforms=(Platform(goos="linux", goarch="amd64"),),
            cache=cache,
            trust_cache=trusted,
            digests=digests,
        )
        return next(each for each in report.proofs if each.kind == "zip")

    assert (proof(digests=False).zip_sha256, proof(digests=False).remembered) == ("", trusted)
    assert (proof(digests=True).zip_sha256, proof(digests=True).remembered) == (SHA256, trusted)
