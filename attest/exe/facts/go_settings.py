"""How a program was built, as its build info says.

Sources: cmd/go/internal/load (setBuildInfo: which settings are written, and when; godebug.go),
internal/godebugs of Go 1.21 to 1.27, cmd/internal/quoted. The go command leaves out what is off, so that a
missing setting says "off" where the go command wrote the others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attest.exe.image import Image
    from attest.exe.known import Known
    from attest.model.fact import FactValue

_SOURCE: Final = "build info"
#: In every list of settings that the go command wrote, since Go 1.18.
_ALWAYS: Final = "-compiler"
_FLAGS: Final = {
    "go.race": "-race",
    "go.msan": "-msan",
    "go.asan": "-asan",
    "go.cover": "-cover",
    "go.trimpath": "-trimpath",
}
LEVELS: Final = {
    "386": "GO386",
    "amd64": "GOAMD64",
    "arm": "GOARM",
    "arm64": "GOARM64",
    "mips": "GOMIPS",
    "mipsle": "GOMIPS",
    "mips64": "GOMIPS64",
    "mips64le": "GOMIPS64",
    "ppc64": "GOPPC64",
    "ppc64le": "GOPPC64",
    "riscv64": "GORISCV64",
    "wasm": "GOWASM",
}
#: By the minor version of Go that changed a default: the settings that bring the old behaviour back.
_CHANGED: Final = {
    19: ("netedns0=0",),
    21: ("panicnil=1",),
    22: ("httplaxcontentlength=1", "httpmuxgo121=1", "tls10server=1", "tlsrsakex=1", "tlsunsafeekm=1"),
    23: (
        "asynctimerchan=1",
        "gotypesalias=0",
        "httpservecontentkeepheaders=1",
        "tls3des=1",
        "winreadlinkvolume=0",
        "winsymlink=0",
        "x509keypairleaf=0",
        "x509negativeserial=1",
    ),
    24: (
        "gotestjsonbuildtext=1",
        "httpcookiemaxnum=0",
        "multipathtcp=0",
        "randseednop=0",
        "rsa1024min=0",
        "tlsmlkem=0",
        "urlmaxqueryparams=0",
        "x509rsacrt=0",
        "x509usepolicies=0",
    ),
    25: ("containermaxprocs=0", "decoratemappings=0", "tlssha1=1", "updatemaxprocs=0", "x509sha256skid=0"),
    26: ("cryptocustomrand=1", "httpservecontentmaxranges=1", "tlssecpmlkem=0", "urlstrictcolons=0"),
    27: ("tracebacklabels=0", "x509sslcertoverrideplatform=0"),
}
_FIRST_DEFAULTS: Final = 21
_FIRST_FIPS: Final = 24
#: Settings that take a defence away: weak algorithms and keys, lax parsing, no bound on hostile input.
_WEAK: Final = frozenset(
    {
        "execerrdot=0",
        "fips140=off",
        "htmlmetacontenturlescape=0",
        "httpcookiemaxnum=0",
        "httplaxcontentlength=1",
        "jstmpllitinterp=1",
        "randautoseed=0",
        "rsa1024min=0",
        "tls10server=1",
        "tls3des=1",
        "tlsmlkem=0",
        "tlsrsakex=1",
        "tlssecpmlkem=0",
        "tlssha1=1",
        "tlsunsafeekm=1",
        "urlmaxqueryparams=0",
        "urlstrictcolons=0",
        "x509negativeserial=1",
        "x509sha1=1",
        "x509usepolicies=0",
    }
)
_GO_1: Final = "go1."
_MOST_DIGITS: Final = 4
# Patterns are compiled where they are used: most programs need none, and the short text should not wait.
_EXPERIMENTS: Final = r"[ -]X:([^ ]+)"
#: cmd/internal/quoted: quotes around a whole word, and nothing is escaped in them.
_WORD: Final = r"""\s*(?:"([^"]*)"|'([^']*)'|(\S+))"""


def settings(_image: Image, known: Known) -> Iterator[Fact]:
    """What the settings say, and what follows from them."""
    if known.info is None:
        return
    says = dict(known.info.settings)
    whole = _ALWAYS in says
    found = dict[str, "FactValue | None"]()
    found["go.buildmode"] = says.get("-buildmode")
    found["go.compiler"] = says.get(_ALWAYS)
    found["go.cgo"] = {"0": False, "1": True}.get(says.get("CGO_ENABLED", ""))
    for name, key in _FLAGS.items():
        found[name] = says[key] == "true" if key in says else False if whole else None
    found["go.pgo"] = says.get("-pgo", "off" if whole else None)
    found["go.tags"] = _listed(says.get("-tags", "" if whole else None))
    found["go.ldflags"] = says.get("-ldflags")
    if says.get("-ldflags"):
        found["go.ldflags_values"] = tuple(set_values(says["-ldflags"]))
    version = known.info.go_version
    experiments = re.search(_EXPERIMENTS, version) if "X:" in version else None
    other = experiments[1] if experiments else "" if whole else None
    found["go.experiments"] = _listed(says.get("GOEXPERIMENT") or other)
    minor = minor_of(version)
    off = "off" if whole and minor is not None and minor >= _FIRST_FIPS else None
    found["go.fips140"] = says.get("GOFIPS140", off)
    level = LEVELS.get(says.get("GOARCH", ""), "")
    found["go.level"] = f"{level}={says[level]}" if says.get(level) else None
    debug = _listed(says.get("DefaultGODEBUG", "" if whole else None))
    if debug is not None:
        found["go.debug"] = debug
        found["go.debug_weak"] = tuple(each for each in debug if each in _WEAK)
    if whole and known.info.main is not None and minor is not None:
        found["go.language"] = _language(debug or (), minor)
    yield from _facts(found)


def _facts(found: Mapping[str, FactValue | None]) -> Iterator[Fact]:
    for name, value in found.items():
        if value is not None and value != "":
            yield Fact(name=name, value=value, source=_SOURCE)


def _listed(value: str | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(each for each in value.split(",") if each)


def minor_of(go_version: str) -> int | None:
    """N of a released go1.N, None of other versions."""
    rest = go_version[len(_GO_1) :] if go_version.startswith(_GO_1) else ""
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    released = 0 < len(digits) <= _MOST_DIGITS and not rest[len(digits) :].startswith("-devel")
    return int(digits) if released else None


def set_values(flags: str) -> Iterator[str]:
    """What -X sets in the flags of the linker, each as name=value.

    Flags may begin with the packages that they are for ("all=-X a=b").
    """
    if "=" in flags and not flags.lstrip().startswith(("-", '"', "'")):
        flags = flags.partition("=")[2]
    words = (
        next(each for each in (*found.groups(), "") if each is not None)
        for found in re.finditer(_WORD, flags)
    )
    for word in words:
        flag, equals, value = word.partition("=")
        if flag in ("-X", "--X"):
            told = value if equals else next(words, "")
            if "=" in told:
                yield told


def _language(debug: tuple[str, ...], minor: int) -> str | None:
    """The newest go line that gives these settings; None where they are no such set, or Go is too new.

    The go command writes every setting that a release after that of the go line changed.
    """
    if not _FIRST_DEFAULTS <= minor <= max(_CHANGED):
        return None
    present = [
        number for number, old in _CHANGED.items() if number <= minor and not set(old).isdisjoint(debug)
    ]
    oldest = present[0] if present else minor + 1
    if present != [number for number in _CHANGED if oldest <= number <= minor]:
        return None
    return f"1.{oldest - 1}"
