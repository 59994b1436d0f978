"""The checksum database over the network: who is asked, what is believed, and what is said of lies."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from attest.app.sumdb import SumdbEvidence, find_database, judge_sumdb
from attest.app.sumdb_online import OnlineLog
from attest.errors import AttestError, LimitError, ServiceError
from attest.go import gosum
from attest.go.proxy import ModuleProxy, parse_list
from attest.go.sumdb_proofs import by_module
from attest.model.limits import DEFAULT_LIMITS
from attest.model.module import ModuleVersion
from tests.fakes import MemoryDownloads, MemoryFile, MemoryTree
from tests.unit.go.testlog import NAME, VERIFIER, Log, h1, path_of, record_of, sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attest.model.source import GoSum, SumdbProof, SumdbReport

BASE = "https://sum.x"
LOG = Log(400)
LINES = gosum.parse((record_of(7) + record_of(300)).encode())
LOOKUP = "lookup/example.com/!m7@v1.0.0"
CACHE = f"cache/download/sumdb/{NAME}"


@dataclass
class Network(MemoryDownloads):
    """A network in memory; `broken` are the URLs that fail, each in its own way."""

    broken: dict[str, AttestError] = field(default_factory=dict)

    @contextmanager
    def open(self, url: str, limit: int) -> Iterator[MemoryFile | None]:
        if url in self.broken:
            self.asked.append(url)
            raise self.broken[url]
        with MemoryDownloads.open(self, url, limit) as file:
            yield file


def network(files: dict[str, bytes], **broken: AttestError) -> Network:
    return Network(
        files={f"{BASE}/{name}": data for name, data in files.items()},
        broken={f"{BASE}/{name}": error for name, error in broken.items()},
    )


def judge(
    net: Network,
    go_sum: GoSum = LINES,
    *,
    setting: str = f"{VERIFIER} {BASE}",
    goproxy: str = "direct",
    cache: MemoryTree | None = None,
    remembered: dict[str, bytes] | None = None,
    excluded: str = "",
    keep_proofs: bool = False,
    proofs: Mapping[ModuleVersion, tuple[SumdbProof, ...]] | None = None,
) -> SumdbReport:
    database = find_database(setting)
    assert database is not None
    proxy = ModuleProxy(steps=parse_list(goproxy), no_proxy="", downloads=net)
    evidence = SumdbEvidence(
        key=database.key,
        excluded=excluded,
        required=True,
        cache=cache,
        heads=None,
        remembered=remembered or {},
        proofs=proofs or {},
        online=OnlineLog(database=database, proxy=proxy),
        keep_proofs=keep_proofs,
    )
    return judge_sumdb(go_sum, evidence, DEFAULT_LIMITS)


def told(report: SumdbReport) -> list[tuple[str, str]]:
    assert not report.faults
    return [(line.status, line.reason) for line in report.lines]


PROVEN = [("proven", "")]


def test_go_sum_is_proven_by_the_database_alone() -> None:
    net = network({**LOG.files(400, 7, 300), "latest": LOG.head(400)})
    report = judge(net)
    assert told(report) == PROVEN * 4
    assert report.head is not None
    assert (report.head.size, report.head.note) == (400, LOG.head(400))
    assert sorted(net.asked) == [
        f"{BASE}/{name}"
        for name in (
            "latest",
            "lookup/example.com/!m300@v1.0.0",
            LOOKUP,
            "tile/8/0/000",
            "tile/8/0/001.p/144",
            "tile/8/1/000.p/1",
        )
    ]


def test_many_lines_ask_for_each_thing_once() -> None:
    """1,000 lines are 500 lookups, and their tiles are shared."""
    log = Log(1500)
    go_sum = gosum.parse("".join(record_of(number) for number in range(0, 1500, 3)).encode())
    net = network({**log.files(1500, *range(0, 1500, 3)), "latest": log.head(1500)})
    assert told(judge(net, go_sum)) == PROVEN * 1000
    assert Counter(net.asked).most_common(1)[0][1] == 1
    assert Counter(each.split("/")[3] for each in net.asked) == {"lookup": 500, "tile": 7, "latest": 1}


def test_answers_of_many_ages_are_all_held_against_the_newest_tree() -> None:
    files = {**LOG.tiles(400), "latest": LOG.head(400)}
    for number in range(260, 320):
        files[f"lookup/example.com/!m{number}@v1.0.0"] = LOG.answer(number, number + 20)
    go_sum = gosum.parse("".join(map(record_of, range(260, 320))).encode())
    assert told(judge(network(files), go_sum)) == PROVEN * 120
    forked = Log(400, fork=300)
    files["lookup/example.com/!m290@v1.0.0"] = forked.answer(290, 310)
    (fault,) = judge(network(files), go_sum).faults
    assert fault.message.startswith(f"{NAME} signed two trees that cannot both be true: 310 records")
    del files["lookup/example.com/!m290@v1.0.0"], files["lookup/example.com/!m291@v1.0.0"]
    for number in (292, 293, 294, 295):
        files[f"lookup/example.com/!m{number}@v1.0.0"] = forked.answer(number, number + 85)
    (fault,) = judge(network(files), go_sum).faults
    assert fault.message.startswith(f"{NAME} signed two trees that cannot both be true: 377 records")
    assert "400 records" in fault.message


def test_what_is_in_the_cache_is_not_asked_for() -> None:
    cache = MemoryTree({f"{CACHE}/{name}": data for name, data in LOG.files(400, 7).items()}, label="mod")
    net = network({**LOG.files(400, 300), "latest": LOG.head(400)})
    assert told(judge(net, cache=cache)) == PROVEN * 4
    assert [each.removeprefix(f"{BASE}/") for each in sorted(net.asked)] == [
        "latest",
        "lookup/example.com/!m300@v1.0.0",
    ]


def test_private_modules_are_never_named_to_anyone() -> None:
    net = network({})
    assert {status for status, _ in told(judge(net, excluded="example.com"))} == {"excluded"}
    assert net.asked == []


def test_a_full_tile_stands_in_for_a_partial_one() -> None:
    files = LOG.files(400, 7, 300)
    del files["tile/8/0/001.p/144"]
    files["tile/8/0/001"] = Log(512).tiles(512)["tile/8/0/001"]
    assert told(judge(network(files))) == PROVEN * 4


@pytest.mark.parametrize(
    ("goproxy", "supported", "expected"),
    [
        ("https://a.x,https://b.x", {"https://a.x": 200}, "https://a.x"),
        ("https://a.x,https://b.x", {"https://b.x": 200}, "https://b.x"),
        ("https://a.x/p/,direct", {"https://a.x/p": 200}, "https://a.x/p"),
        ("https://a.x,direct", {}, ""),
        ("https://a.x,off", {}, ""),
        ("https://a.x", {}, ""),
        ("off", {}, ""),
        ("https://a.x,https://b.x", {"https://a.x": 500, "https://b.x": 200}, "fails"),
        ("https://a.x|https://b.x", {"https://a.x": 500, "https://b.x": 200}, "https://b.x"),
        ("https://a.x|direct", {"https://a.x": 500}, ""),
        # As in Go: what failed is remembered unless "direct" stands in the list.
        ("https://a.x|https://b.x", {"https://a.x": 500}, "fails"),
        ("https://a.x|off", {"https://a.x": 500}, "fails"),
    ],
)
def test_proxies_are_asked_first_whether_they_pass_the_database_on(
    goproxy: str, supported: dict[str, int], expected: str
) -> None:
    net = Network()
    files = {**LOG.files(400, 7, 300), "latest": LOG.head(400)}
    for proxy, status in supported.items():
        url = f"{proxy}/sumdb/{NAME}/supported"
        if status == 200:
            net.files[url] = b""
        else:
            net.broken[url] = ServiceError(f"{proxy} answered {status}", hint="try again")
    base = f"{expected}/sumdb/{NAME}" if expected else f"https://{NAME}"
    net.files |= {f"{base}/{name}": data for name, data in files.items()}
    report = judge(net, setting=VERIFIER, goproxy=goproxy)
    if expected == "fails":
        assert set(told(report)) == {("unproven", "https://a.x answered 500")}
        assert not any("lookup" in each for each in net.asked)
    else:
        assert told(report) == PROVEN * 4
        assert {each.partition("/sumdb/")[0] for each in net.asked if "lookup" in each} == {
            expected or "https://localhost.localdev"
        }


def test_the_url_of_gosumdb_passes_the_proxies_by() -> None:
    net = network(LOG.files(400, 7, 300))
    assert told(judge(net, goproxy="https://a.x,direct")) == PROVEN * 4
    assert {each.split("/")[2] for each in net.asked} == {"sum.x"}


@pytest.mark.parametrize(
    ("name", "error", "status", "reason"),
    [
        (LOOKUP, ServiceError("sum.x answered 500"), "unproven", "sum.x answered 500"),
        (LOOKUP, LimitError("sum.x sends more than"), "unproven", "sum.x sends more than"),
        ("tile/8/0/000", ServiceError("sum.x answered 500"), "unproven", "sum.x answered 500"),
        ("tile/8/0/000", LimitError("sum.x sends more than"), "refused", "sum.x sends more than"),
        ("tile/8/1/000.p/1", ServiceError("sum.x answered 502"), "unproven", "sum.x answered 502"),
    ],
)
def test_what_fails_proves_nothing(name: str, error: AttestError, status: str, reason: str) -> None:
    net = network({**LOG.files(400, 7), "latest": LOG.head(400)}, **{name: error})
    assert told(judge(net, gosum.parse(record_of(7).encode()))) == [(status, reason)] * 2


def test_a_latest_that_nobody_serves_is_no_fault() -> None:
    net = network(LOG.files(400, 7, 300), latest=ServiceError("sum.x answered 500"))
    assert told(judge(net)) == PROVEN * 4


def test_a_module_that_the_database_does_not_know() -> None:
    report = judge(network({"latest": LOG.head(400)}))
    assert set(told(report)) == {("unproven", f"{NAME} has no answer about it")}
    assert report.head is not None


def test_wrong_answers() -> None:
    only = gosum.parse(record_of(7).encode())
    # The answer about another module, as a redirect would lead to it.
    other = {**LOG.files(400, 8), LOOKUP: LOG.answer(8, 400)}
    assert told(judge(network(other), only)) == [("contradicted", "record 8 of the log has no such line")] * 2
    # Another hash than the log has: in the answer, and in the log itself.
    forged = LOG.answer(7, 400).replace(h1(path_of(7)).encode(), h1("forged").encode())
    assert (
        told(judge(network({**LOG.files(400), LOOKUP: forged}), only))
        == [("refused", "the answer is not record 7 of the log")] * 2
    )
    logged = Log(400, changed={7: record_of(7).replace(h1(path_of(7)), h1("forged"))})
    assert told(judge(network(logged.files(400, 7)), only)) == [
        ("contradicted", f"record 7 of the log has {h1('forged')}"),
        ("proven", ""),
    ]
    # A page of prose, as a portal serves it.
    ((_, reason), _) = told(judge(network({**LOG.files(400), LOOKUP: b"<html>\n\n</html>\n"}), only))
    assert reason == f"{BASE}/{LOOKUP}: is no answer of a checksum database"


@pytest.mark.parametrize(
    ("tile", "data", "reason"),
    [
        (
            "tile/8/0/000",
            LOG.tiles(400)["tile/8/0/000"][:-1],
            "the tile tile/8/0/000 has 8191 bytes, which is no tile of 256 hashes",
        ),
        (
            "tile/8/0/000",
            LOG.tiles(400)["tile/8/0/000"][:-32],
            "the tile tile/8/0/000 has 8160 bytes, which is no tile of 256 hashes",
        ),
        (
            "tile/8/0/000",
            bytes(8192),
            "the tile tile/8/0/000 does not belong to the tree of 400 records that was signed",
        ),
        (
            "tile/8/0/001.p/144",
            bytes(144 * 32),
            "the tiles at the edge do not belong to the tree of 400 records that was signed",
        ),
    ],
)
def test_bad_tiles(tile: str, data: bytes, reason: str) -> None:
    net = network({**LOG.files(400, 7), tile: data})
    assert told(judge(net, gosum.parse(record_of(7).encode()))) == [("refused", reason)] * 2


def test_cve_2026_42501_a_record_without_the_line_is_no_pass() -> None:
    log = Log(400, changed={7: "example.com/other v1.0.0 h1:x\n"})
    report = judge(network(log.files(400, 7)), gosum.parse(record_of(7).encode()))
    assert told(report) == [("contradicted", "record 7 of the log has no such line")] * 2


def test_cve_2026_56864_lines_outside_the_record_say_nothing() -> None:
    log = Log(400, changed={7: "example.com/other v1.0.0 h1:x\n"})
    root = log.head(400).decode().split("\n")[2]
    signed = sign(f"go.sum database tree\n400\n{root}\n{record_of(7)}")
    files = {**log.files(400), LOOKUP: f"7\n{log.record(7)}\n".encode() + signed}
    report = judge(network(files), gosum.parse(record_of(7).encode()))
    assert told(report) == [("contradicted", "record 7 of the log has no such line")] * 2


def test_cve_2026_56865_no_tile_is_believed_unproven() -> None:
    """Every tile that the proof of an old record in a deep tree asks for, each changed at both ends."""
    log = Log(70_000)
    files = log.files(70_000, 7)
    only = gosum.parse(record_of(7).encode())
    net = network(files)
    assert told(judge(net, only)) == PROVEN * 2
    tiles = [each.removeprefix(f"{BASE}/") for each in net.asked if "/tile/" in each]
    assert len(tiles) == 5
    for tile in tiles:
        for at in (0, len(files[tile]) - 1):
            forged = bytearray(files[tile])
            forged[at] ^= 1
            for status, reason in told(judge(network({**files, tile: bytes(forged)}), only)):
                assert status == "refused"
                assert reason.endswith("to the tree of 70000 records that was signed")


def test_a_forged_leaf_with_a_matching_record_is_refused() -> None:
    """The record and the tile with its leaf are forged together: only the parent tile can tell."""
    forged = Log(400, changed={7: record_of(7).replace(h1(path_of(7)), h1("forged"))})
    files = {**LOG.files(400), "tile/8/0/000": forged.tiles(400)["tile/8/0/000"]}
    files[LOOKUP] = f"7\n{forged.record(7)}\n".encode() + LOG.head(400)
    go_sum = gosum.parse(forged.record(7).encode())
    reason = "the tile tile/8/0/000 does not belong to the tree of 400 records that was signed"
    assert told(judge(network(files), go_sum)) == [("refused", reason)] * 2


def test_the_next_run_proves_that_the_tree_only_grew() -> None:
    remembered = {"state/400": LOG.head(400)}
    larger = Log(900)
    net = network({**larger.files(900, 7, 300), "latest": larger.head(900)})
    report = judge(net, remembered=remembered)
    assert told(report) == PROVEN * 4
    assert report.head is not None
    assert report.head.size == 900
    # An older tree than the remembered one, of which it is a beginning: a server that lags behind.
    net = network({**LOG.tiles(400), **LOG.files(350, 7, 300), "latest": LOG.head(350)})
    report = judge(net, remembered=remembered)
    assert told(report) == PROVEN * 4
    assert report.head is not None
    assert report.head.size == 400


def test_a_fork_of_the_remembered_tree_is_proof_of_misbehaviour() -> None:
    remembered = {"state/400": LOG.head(400)}
    forked = Log(900, fork=390)
    net = network({**forked.files(900, 7, 300), "latest": forked.head(900)})
    report = judge(net, remembered=remembered)
    (fault,) = report.faults
    first, second = (each.decode().split("\n") for each in (LOG.head(400), forked.head(900)))
    assert fault.message == (
        f"{NAME} signed two trees that cannot both be true: "
        f"400 records with the root {first[2]} signed {first[4].split()[2]} (state/400), and "
        f"900 records with the root {second[2]} signed {second[4].split()[2]} ({fault.place.file})"
    )
    assert fault.place.file.startswith(BASE)
    assert report.head is None
    assert {(line.status, line.reason) for line in report.lines} == {
        ("refused", "the tree of 900 records contradicts the remembered one of 400")
    }


def test_a_server_that_hides_the_growth_of_the_tree_proves_nothing() -> None:
    """All is served but the tiles that would show that the tree continues the remembered one."""
    larger = Log(900)
    net = network({**larger.files(900, 7), "latest": larger.head(900)})
    name = f"{BASE}/tile/8/0/001"
    del net.files[name]
    net.broken[name] = ServiceError("sum.x answered 500")
    report = judge(net, gosum.parse(record_of(7).encode()), remembered={"state/400": LOG.head(400)})
    reason = (
        "the tree of 900 records is not shown to agree with the remembered one of 400: sum.x answered 500"
    )
    assert told(report) == [("unproven", reason)] * 2
    assert report.head is None


def test_proofs_too_must_agree_with_what_is_remembered() -> None:
    kept = judge(network(LOG.files(400, 7, 300)), keep_proofs=True).proofs
    proofs = by_module(kept)
    remembered = {"state/900": Log(900).head(900)}
    assert told(judge(network(Log(900).tiles(900)), remembered=remembered, proofs=proofs)) == PROVEN * 4
    reason = (
        "the tree of 400 records is not shown to agree with the remembered one of 900: "
        "the tile tile/8/1/000.p/3 is not there"
    )
    assert set(told(judge(network({}), remembered=remembered, proofs=proofs))) == {("unproven", reason)}
    forked = Log(900, fork=390)
    report = judge(network(forked.tiles(900)), remembered={"state/900": forked.head(900)}, proofs=proofs)
    assert len(report.faults) == 1
    assert {line.status for line in report.lines} == {"refused"}
    assert "contradicts the remembered one of 900" in report.lines[0].reason


def test_a_proof_about_what_has_no_name_in_the_log_is_left_aside() -> None:
    proofs = {ModuleVersion(path="example.com/../x", version="v1.0.0"): ()}
    assert told(judge(network(LOG.files(400, 7, 300)), proofs=proofs)) == PROVEN * 4


def test_a_latest_without_end_is_a_fault() -> None:
    net = network(LOG.files(400, 7, 300), latest=LimitError("sum.x sends more than"))
    report = judge(net)
    assert [(fault.message, fault.hint) for fault in report.faults] == [
        ("sum.x sends more than", "remove the file and let the go command fetch it again")
    ]
    assert report.head is None


def test_a_remembered_head_that_does_not_verify_is_told() -> None:
    net = network({**LOG.files(400, 7, 300), "latest": LOG.head(400)})
    report = judge(net, remembered={"state/400": LOG.head(400).replace(b"400", b"401")})
    (fault,) = report.faults
    assert (fault.message, str(fault.place)) == (f"the signature by {NAME} on the note is wrong", "state/400")
    assert "find out, then remove it" in fault.hint
    assert report.head is None


def test_the_same_question_by_several_threads_is_asked_once_also_where_it_fails() -> None:
    net = network({}, **{LOOKUP: ServiceError("sum.x answered 500")})
    database = find_database(f"{VERIFIER} {BASE}")
    assert database is not None
    log = OnlineLog(
        database=database, proxy=ModuleProxy(steps=parse_list("direct"), no_proxy="", downloads=net)
    )
    assert log.label() == NAME
    for _ in range(2):
        with pytest.raises(ServiceError, match="answered 500"):
            log.read(LOOKUP)
    assert net.asked == [f"{BASE}/{LOOKUP}"]
    assert log.label() == BASE
