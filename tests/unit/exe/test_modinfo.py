from __future__ import annotations

from dataclasses import replace

import pytest

from attest.errors import FormatError, LimitError
from attest.exe.modinfo import parse_modinfo, unquote
from attest.model.binary import BuildInfo, Module
from attest.model.limits import DEFAULT_LIMITS


def parse(text: str) -> BuildInfo:
    return parse_modinfo(text.encode("utf-8", "surrogateescape"), "go1.27.3", DEFAULT_LIMITS)


def test_every_kind_of_line() -> None:
    info = parse(
        "path\texample.com/m/cmd\n"
        "mod\texample.com/m\tv1.0.0\th1:m\n"
        "dep\texample.com/a\tv1.1.0\th1:a\n"
        "dep\texample.com/b\tv1.2.0\n"
        "=>\texample.com/c\tv1.3.0\th1:c\n"
        "\n"
        "dep\texample.com/d\tv0.0.0\n"
        "=>\t./d\t(devel)\t\n"
        "build\t-tags=a,b\n"
        'build\t-ldflags="-X main.v=\\"1 2\\""\n'
        'build\t"odd key"=`raw value`\n'
        "build\tCGO_CFLAGS=\n"
        "new kind\tof line\n"
        "build\tignored=because no newline ends it"
    )
    assert info == BuildInfo(
        go_version="go1.27.3",
        path="example.com/m/cmd",
        main=Module(path="example.com/m", version="v1.0.0", sum="h1:m"),
        deps=(
            Module(path="example.com/a", version="v1.1.0", sum="h1:a"),
            Module(
                path="example.com/b",
                version="v1.2.0",
                replace=Module(path="example.com/c", version="v1.3.0", sum="h1:c"),
            ),
            Module(
                path="example.com/d", version="v0.0.0", replace=Module(path="./d", version="(devel)", sum="")
            ),
        ),
        settings=(
            ("-tags", "a,b"),
            ("-ldflags", '-X main.v="1 2"'),
            ("odd key", "raw value"),
            ("CGO_CFLAGS", ""),
        ),
    )


def test_the_main_module_can_be_replaced_too() -> None:
    info = parse("mod\tm\tv1\n=>\tn\tv2\t\n")
    assert info.main == Module(path="m", version="v1", replace=Module(path="n", version="v2"))


def test_an_empty_text_says_the_version_alone() -> None:
    assert parse("") == BuildInfo(go_version="go1.27.3")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("dep\tonly-a-path\n", "line 1 of the build info has 1 columns for a module instead of 2 or 3"),
        ("mod\ta\tb\tc\td\n", "line 1 of the build info has 4 columns for a module instead of 2 or 3"),
        ("=>\ta\tb\tc\n", "line 1 of the build info replaces a module, and no module stands before it"),
        (
            "dep\ta\tv1\n=>\ta\tb\n",
            "line 2 of the build info has 2 columns for a replacement instead of 3",
        ),
        (
            "dep\ta\tv1\n=>\ta\tb\t\n=>\tc\td\t\n",
            "line 3 of the build info replaces a module, and no module stands before it",
        ),
        (
            "path\ta\npath\tb\n",
            "line 2 of the build info names the main package a second time; the first was kept",
        ),
        (
            "mod\ta\tv1\nmod\tb\tv1\n",
            "line 2 of the build info names the main module a second time; the first was kept",
        ),
        ("dep\ta\tv1\ndep\ta\tv2\n", "the build info names the module a twice"),
        (
            "build\tx=1\nbuild\tx=2\n",
            "line 2 of the build info gives the setting x a second time; the first was kept",
        ),
        ("build\tnothing\n", "line 1 of the build info has no key=value"),
        ("build\t=value\n", "line 1 of the build info has no key=value"),
        ("build\t\n", "line 1 of the build info has no key=value"),
        ('build\t"unended=1\n', "line 1 of the build info has a key whose quotes are wrong"),
        ('build\t"key"1\n', "line 1 of the build info has a key whose quotes are wrong"),
        ('build\t"k\\q"=1\n', "line 1 of the build info has a value with the unknown escape \\q"),
        (
            'build\tkey="half\n',
            "the build setting key has a value whose quotes are wrong; it was read as it stands",
        ),
    ],
)
def test_a_bad_line_is_a_fault_and_the_rest_stands(text: str, fault: str) -> None:
    info = parse("build\tbefore=1\n" * 0 + text + "build\tafter=1\n")
    assert info.faults == (fault,)
    assert ("after", "1") in info.settings


def test_the_first_of_two_settings_is_kept() -> None:
    assert parse("build\tvcs.modified=true\nbuild\tvcs.modified=false\n").setting("vcs.modified") == "true"


def test_values_of_go_1_18_are_not_quoted() -> None:
    info = parse("build\t-ldflags=-s -w\n")
    assert (info.setting("-ldflags"), info.faults) == ("-s -w", ())


def test_many_faults_are_counted() -> None:
    info = parse("dep\tx\n" * 30)
    assert len(info.faults) == 21
    assert info.faults[-1] == "10 more lines of the build info are as bad"


def test_bytes_that_are_no_utf8_do_not_stop_the_reader() -> None:
    assert parse("path\ta\udcff\n").path == "a\ufffd"


@pytest.mark.parametrize(("line", "what"), [("dep\t{}\tv1\n", "modules"), ("build\t{}=1\n", "settings")])
def test_too_many_are_refused_whole(line: str, what: str) -> None:
    limits = replace(DEFAULT_LIMITS, build_info_modules=3, build_info_settings=3)
    text = "".join(line.format(number) for number in range(4))
    with pytest.raises(LimitError, match=f"build info of more than 3 {what}"):
        parse_modinfo(text.encode(), "go1", limits)


@pytest.mark.parametrize(
    ("quoted", "meant"),
    [
        ('""', ""),
        ("``", ""),
        ('"a b"', "a b"),
        ("`a\\n\r`", "a\\n"),
        (r'"\a\b\f\n\r\t\v\\\""', '\a\b\f\n\r\t\v\\"'),
        (r'"\x41\101\u00e9\U0001f600"', "AA\u00e9\U0001f600"),
        (r'"\xc3\xa9\xff"', "\u00e9\ufffd"),
        ('"grün"', "grün"),
    ],
)
def test_go_string_literals(quoted: str, meant: str) -> None:
    assert unquote(quoted) == meant


@pytest.mark.parametrize(
    "quoted",
    [
        '"',
        "`",
        '"a',
        'a"',
        '"a"b"',
        "`a`b`",
        '"\\"',
        r'"\x4"',
        r'"\400"',
        r'"\ud800"',
        r'"\U00110000"',
        r'"\9"',
        '"\\xzz"',
        '"a`',
    ],
)
def test_what_is_no_literal_is_refused(quoted: str) -> None:
    with pytest.raises(FormatError, match="has a value"):
        unquote(quoted)


def test_more_lines_than_any_build_info_has_are_not_split() -> None:
    limits = replace(DEFAULT_LIMITS, build_info_modules=3, build_info_settings=3)
    assert parse_modinfo(b"\n" * 14, "go1", limits) == BuildInfo(go_version="go1")
    with pytest.raises(LimitError, match="build info of more than 14 lines"):
        parse_modinfo(b"\n" * 15, "go1", limits)


def test_long_names_are_cut_in_what_is_said_about_them() -> None:
    (fault,) = parse(f"dep\t{'x' * 999}\tv1\n" * 2).faults
    assert fault == f"the build info names the module {'x' * 200}… twice"
