from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from attest.errors import FormatError, InputError, NothingToVerifyError
from attest.model.binary import LinkedPackage, Module
from attest.model.bom import Bom, BomComponent, DependencyList
from attest.model.fact import Fact
from attest.model.module import ModuleVersion
from attest.model.source import Platform
from attest.model.stated import Stated
from attest.sbom import assemble, graph
from attest.sbom.collect import canonical
from attest.sbom.identity import expected_components, producer
from tests.unit.sbom import examples as e

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.binary import InspectedFile
    from attest.model.source import LinkedSet

MAIN = "main:example.com/widget@v1.0.0#cmd/widget?linux/amd64"
LOG = "module:example.com/log@v1.2.3"
FORK = "module:example.com/Forks/text@v0.4.1+incompatible<example.com/text@v0.4.0"
LOCAL = "module:example.com/local=./internal/local"
STD = "std:1.27.3"
TOOLCHAIN = "toolchain:1.27.3"


def binary(file: InspectedFile, linked: Iterable[LinkedSet] = (), *, allow_empty: bool = False) -> Bom:
    return assemble.from_binary(file, replace(e.RUN, allow_empty=allow_empty), linked=linked)


def components(bom: Bom) -> dict[str, BomComponent]:
    return {each.ref: each for each in bom.components}


def edges(bom: Bom, kind: str = "depends-on") -> set[tuple[str, str]]:
    return {(each.source, each.target) for each in bom.relations if each.kind == kind}


def states(bom: Bom) -> dict[str, DependencyList]:
    return {each.ref: each for each in bom.dependency_lists}


def named(bom: Bom) -> set[tuple[str, str]]:
    return {
        (each.name, each.version.value) for each in bom.components if each.kind in {"main", "module", "std"}
    }


def test_a_binary_has_exactly_the_components_of_its_build_info() -> None:
    file = e.executable(e.info())
    bom = binary(file)
    assert set(components(bom)) == {"file:widget", MAIN, LOG, FORK, LOCAL, STD, TOOLCHAIN}
    assert named(bom) == expected_components(file.report)
    assert (bom.subject, bom.platform, bom.contexts) == ("file:widget", e.LINUX, ("analyzed",))
    subject = components(bom)["file:widget"]
    assert subject.identity == file.identity
    assert ("vcs.revision", "0123456789abcdef0123456789abcdef01234567") in subject.settings
    assert subject.go_version == "go1.27.3"


def test_both_identities_of_a_replacement_are_told() -> None:
    fork = components(binary(e.executable(e.info())))[FORK]
    assert fork.purl == "pkg:golang/example.com/Forks/text@v0.4.1%2Bincompatible"
    assert fork.replaces == ModuleVersion(path="example.com/text", version="v0.4.0")
    assert fork.sum == e.H1


def test_the_main_component_alone_has_a_platform_in_its_package_url() -> None:
    found = components(binary(e.executable(e.info())))
    assert found[MAIN].purl == "pkg:golang/example.com/widget@v1.0.0?goarch=amd64&goos=linux#cmd/widget"
    assert not any("goos" in each.purl for each in found.values() if each.kind != "main")


def test_without_the_source_the_modules_own_lists_are_unknown() -> None:
    bom = binary(e.executable(e.info()))
    assert edges(bom) == {(MAIN, STD)}
    assert edges(bom, "built-from") == {("file:widget", MAIN)}
    assert edges(bom, "links") == {("file:widget", each) for each in (LOG, FORK, LOCAL, STD)}
    for ref in (MAIN, LOG):
        assert states(bom)[ref].state == "unknown"
        assert "not which of them imports which" in states(bom)[ref].reason


def test_a_binary_without_modules_of_others_needs_no_source() -> None:
    bom = binary(e.executable(e.info([])))
    assert (edges(bom), states(bom)[MAIN].state) == ({(MAIN, STD)}, "complete")


def test_the_source_gives_the_edges() -> None:
    bom = binary(e.executable(e.info()), [e.linked()])
    assert edges(bom) == {
        (MAIN, LOG),
        (MAIN, FORK),
        (LOG, LOCAL),
        *((each, STD) for each in (MAIN, LOG, FORK, LOCAL)),
    }
    assert {each.state for each in bom.dependency_lists} == {"complete"}


@pytest.mark.parametrize(
    "other",
    [
        e.linked(Platform(goos="windows", goarch="amd64")),
        e.linked(main_package="example.com/widget/cmd/other"),
        e.linked(cgo=True),
        e.linked(Platform(goos="linux", goarch="amd64", variant="v3")),
    ],
    ids=["platform", "main package", "cgo", "variant"],
)
def test_the_source_of_another_build_gives_no_edges(other: LinkedSet) -> None:
    assert states(binary(e.executable(e.info()), [other]))[LOG].state == "unknown"


def test_the_set_of_the_same_variant_goes_before_one_that_names_none() -> None:
    arm = Platform(goos="linux", goarch="arm", variant="7")
    exact = replace(e.linked(arm), main_requires=())
    loose = e.linked(Platform(goos="linux", goarch="arm"))
    bom = binary(e.executable(e.info(platform=arm), platform=arm), [loose, exact])
    assert bom.platform == arm
    assert not any(target == LOG for _, target in edges(bom))


def test_a_module_that_the_source_does_not_name_stays_and_makes_the_list_incomplete() -> None:
    extra = e.dep("example.com/extra", "v0.1.0")
    bom = binary(e.executable(e.info([*e.DEPS, extra])), [e.linked()])
    assert ("file:widget", "module:example.com/extra@v0.1.0") in edges(bom, "links")
    assert "module:example.com/extra@v0.1.0" not in {target for _, target in edges(bom)}
    assert states(bom)["module:example.com/extra@v0.1.0"].state == "unknown"
    assert states(bom)[MAIN].state == "incomplete"
    assert "does not name" in states(bom)[MAIN].reason


@pytest.mark.parametrize(("known", "state"), [(False, "unknown"), (True, "incomplete")])
def test_cgo_and_test_binaries_leave_the_list_incomplete(known: bool, state: str) -> None:
    path = "example.com/widget/cmd/widget.test"
    sets = [e.linked(main_package=path, cgo=True)] if known else []
    bom = binary(e.executable(e.info(cgo="1", path=path)), sets)
    (main,) = [each for each in bom.components if each.kind == "main"]
    assert states(bom)[main.ref].state == state
    assert "C libraries" in states(bom)[main.ref].reason
    assert "test binary" in states(bom)[main.ref].reason


@pytest.mark.parametrize("version", ["", "(devel)"])
def test_devel_is_no_version(version: str) -> None:
    bom = binary(e.executable(e.info(main=Module(path=e.WIDGET, version=version))))
    (main,) = [each for each in bom.components if each.kind == "main"]
    assert main.version.value == ""
    assert "without version control data" in main.version.unknown_because
    assert main.purl == "pkg:golang/example.com/widget?goarch=amd64&goos=linux#cmd/widget"


def test_without_a_main_module_the_file_itself_depends() -> None:
    bom = binary(e.executable(e.info(main=None, path="command-line-arguments")))
    assert edges(bom) == {("file:widget", STD)}
    assert states(bom)["file:widget"].state == "unknown"
    assert not [each for each in bom.components if each.kind == "main"]
    assert components(bom)["file:widget"].version.unknown_because == "build info names no main module"


def test_forged_build_info_with_one_path_twice_hides_nothing() -> None:
    twice = e.dep("example.com/log", "v9.9.9")
    for linked in ([], [e.linked()]):
        bom = binary(e.executable(e.info([*e.DEPS, twice])), linked)
        assert {LOG, "module:example.com/log@v9.9.9"} <= set(components(bom))
        assert edges(bom, "links") >= {("file:widget", LOG), ("file:widget", "module:example.com/log@v9.9.9")}


def test_forged_build_info_with_one_module_and_two_hashes_hides_nothing() -> None:
    other = e.dep("example.com/log", "v1.2.3", h1="h1:other")
    found = components(binary(e.executable(e.info([e.LOG, other]))))
    assert {each.sum for each in found.values() if each.name == "example.com/log"} == {e.H1, "h1:other"}


def test_forged_build_info_that_names_no_module_is_refused() -> None:
    with pytest.raises(FormatError, match="is no module path"):
        binary(e.executable(e.info([e.dep("example.com/x y")])))


def test_undecodable_bytes_in_settings_and_names_do_not_stop_the_document() -> None:
    info = replace(e.info(), settings=(("-ldflags", "-X a=\udcff"),))
    bom = binary(replace(e.executable(info), path="dist\\widget\udcff.exe"))
    assert bom.subject == "file:widget?.exe"
    assert components(bom)[bom.subject].settings == (("-ldflags", "-X a=?"),)


def test_the_name_may_be_given() -> None:
    bom = assemble.from_binary(
        e.executable(e.info()), replace(e.RUN, author=" A\nB ", supplier="S"), name="bin/widget"
    )
    assert bom.subject == "file:bin/widget"
    assert (bom.author, bom.supplier) == (Stated(value="A B"), Stated(value="S"))


def test_an_unknown_author_and_supplier_say_why() -> None:
    bom = binary(e.executable(e.info()))
    assert bom.author.unknown_because
    assert bom.supplier.unknown_because


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (e.executable(None), "widget has no build info, so its SBOM would be empty"),
        (e.executable(e.info([], main=None)), "widget names no module in its build info"),
        (e.universal([e.info(), None]), "widget-universal at offset 32768 has no build info"),
    ],
    ids=["no build info", "no module", "one slice without"],
)
def test_an_empty_sbom_is_refused_unless_asked_for(file: InspectedFile, reason: str) -> None:
    with pytest.raises(NothingToVerifyError, match=reason) as raised:
        binary(file)
    assert raised.value.exit_code == 3
    bom = binary(file, allow_empty=True)
    assert bom.subject in components(bom)


def test_an_empty_sbom_that_was_asked_for_says_that_it_knows_nothing() -> None:
    bom = binary(e.executable(None, go_version="go1.26.1"), allow_empty=True)
    assert set(components(bom)) == {"file:widget", "std:1.26.1", "toolchain:1.26.1"}
    assert states(bom)["file:widget"].state == "unknown"
    assert set(components(binary(e.executable(None), allow_empty=True))) == {"file:widget"}


def test_the_slices_of_a_universal_file_are_files_of_their_own() -> None:
    amd, arm = (Platform(goos="darwin", goarch=each) for each in ("amd64", "arm64"))
    file = e.universal([e.info([e.LOG], platform=amd), e.info([e.LOG, e.FORK], platform=arm)])
    bom = binary(file)
    found = components(bom)
    first, second = "file:widget-universal@16384", "file:widget-universal@32768"
    assert [found[each].parent for each in (first, second)] == ["file:widget-universal"] * 2
    assert found[first].identity == file.report.slices[0].identity
    assert found[first].name == "widget-universal (darwin/amd64)"
    assert edges(bom, "contains") == {("file:widget-universal", first), ("file:widget-universal", second)}
    mains = {each.platforms: each.ref for each in bom.components if each.kind == "main"}
    assert edges(bom) == {(mains[(amd,)], STD), (mains[(arm,)], STD)}
    held = {(first, LOG), (second, LOG), (second, FORK), (first, STD), (second, STD)}
    assert edges(bom, "links") == held
    sets = [replace(e.linked(each), main_requires=(e.LOG.path,)) for each in (amd, arm)]
    known = edges(binary(file, sets))
    assert {(mains[(amd,)], LOG), (mains[(arm,)], LOG), (FORK, STD)} <= known
    assert (mains[(amd,)], FORK) not in known
    assert found[LOG].platforms == (amd, arm)
    assert found[FORK].platforms == (arm,)
    assert edges(bom, "variant-of") == {(second, first)}
    assert bom.platform is None
    assert found["file:widget-universal"].version.value == "v1.0.0"


def test_slices_of_two_versions_have_no_version_together() -> None:
    other = Module(path=e.WIDGET, version="v2.0.0")
    bom = binary(e.universal([e.info(), e.info(main=other)]))
    assert components(bom)[bom.subject].version.unknown_because == "its slices differ in version"


def test_the_source_names_both_identities_and_all_edges() -> None:
    bom = assemble.from_source(e.linked(), e.RUN, version="v1.0.0", go_version="go1.27.3")
    main = "main:example.com/widget@v1.0.0#cmd/widget"
    assert bom.subject == main
    assert components(bom)[main].purl == "pkg:golang/example.com/widget@v1.0.0#cmd/widget"
    assert set(components(bom)) == {main, LOG, FORK, LOCAL, STD}
    assert {(main, LOG), (main, FORK), (LOG, LOCAL), (LOCAL, STD)} <= edges(bom)
    assert (bom.contexts, bom.platform) == (("source",), e.LINUX)
    assert named(bom) == expected_components(e.report(e.info()))


def test_the_source_knows_neither_its_version_nor_gos() -> None:
    bom = assemble.from_source(e.linked(cgo=True), e.RUN)
    found = components(bom)
    assert (
        found[bom.subject].version.unknown_because
        == "the source does not say which version it is released as"
    )
    assert found["std"].version.unknown_because == "the version of Go is not recorded"
    assert states(bom)[bom.subject].state == "incomplete"


def test_a_linked_set_that_imports_what_it_does_not_list_is_refused() -> None:
    broken = replace(e.linked(), main_requires=("example.com/nowhere",))
    with pytest.raises(InputError, match=r"'example\.com/nowhere' is imported but not in the linked set"):
        assemble.from_source(broken, e.RUN)


def test_the_union_says_where_each_component_is() -> None:
    windows = Platform(goos="windows", goarch="amd64")
    extra = e.dep("example.com/console", "v0.2.0")
    boms = [
        binary(e.executable(e.info(), "widget")),
        binary(e.executable(e.info([*e.DEPS, extra], platform=windows), "widget.exe", windows)),
        binary(e.executable(e.info([], path="example.com/widget/cmd/ctl"), "ctl")),
    ]
    bom = assemble.union(boms, name="widget", version="v1.0.0")
    found = components(bom)
    assert bom.subject == "release:widget"
    assert found[LOG].platforms == (e.LINUX, windows)
    assert found["module:example.com/console@v0.2.0"].platforms == (windows,)
    assert found[bom.subject].platforms == (e.LINUX, windows)
    assert edges(bom, "contains") == {
        (bom.subject, each) for each in ("file:widget", "file:widget.exe", "file:ctl")
    }
    assert edges(bom, "variant-of") == {("file:widget.exe", "file:widget")}
    assert bom == assemble.union(reversed(boms), name="widget", version="v1.0.0")


def test_the_worse_statement_about_a_dependency_list_holds_in_the_union() -> None:
    boms = [
        binary(e.executable(e.info(), "a"), [e.linked()]),
        binary(e.executable(e.info(path="example.com/widget/cmd/b"), "b")),
    ]
    for order in (boms, boms[::-1]):
        found = states(assemble.union(order, name="w", version=""))[LOG]
        assert (found.state, found.reason) == (
            "unknown",
            "build info names the modules of a binary, not which of them imports which",
        )


def test_a_release_without_a_version_says_so() -> None:
    bom = assemble.union([binary(e.executable(e.info()))], name="w", version="")
    assert components(bom)[bom.subject].version.unknown_because == "the release was given no version"


def test_two_files_of_one_name_are_refused() -> None:
    bom = binary(e.executable(e.info()))
    with pytest.raises(InputError, match="'widget' is there twice"):
        assemble.union([bom, bom], name="w", version="")


def test_the_union_of_nothing_is_nothing() -> None:
    with pytest.raises(NothingToVerifyError, match="no SBOM to put together"):
        assemble.union([], name="w", version="v1.0.0")


def test_documents_of_two_runs_are_not_put_together() -> None:
    one = binary(e.executable(e.info(), "a"))
    other = replace(binary(e.executable(e.info(), "b")), tool_version="0.2.0")
    with pytest.raises(InputError, match="different runs"):
        assemble.union([one, other], name="w", version="")


def test_time_is_utc_in_whole_seconds() -> None:
    local = e.WHEN.astimezone(timezone(timedelta(hours=9)))
    bom = assemble.from_binary(e.executable(e.info()), replace(e.RUN, created=local))
    assert bom.created == datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert bom.created.tzinfo is UTC


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InputError, match="has no time zone"):
        assemble.from_binary(e.executable(e.info()), replace(e.RUN, created=e.WHEN.replace(tzinfo=None)))


@pytest.mark.parametrize(
    ("settings", "platform"),
    [
        (
            (("GOARCH", "arm"), ("GOOS", "linux"), ("GOARM", "6")),
            Platform(goos="linux", goarch="arm", variant="6"),
        ),
        ((("GOARCH", "amd64"), ("GOOS", "linux"), ("GOAMD64", "v1")), Platform(goos="linux", goarch="amd64")),
        (
            (("GOARCH", "amd64"), ("GOOS", "linux"), ("GOAMD64", "v3")),
            Platform(goos="linux", goarch="amd64", variant="v3"),
        ),
        ((), Platform(goos="linux", goarch="amd64")),
    ],
)
def test_the_platform_of_an_image(settings: tuple[tuple[str, str], ...], platform: Platform) -> None:
    assert graph.platform_of(e.report(replace(e.info(), settings=settings))) == platform


def test_an_image_of_no_known_platform() -> None:
    report = e.report(replace(e.info(), settings=()))
    report = replace(report, container=replace(report.container, os=None))
    bom = binary(replace(e.executable(e.info()), report=report), [e.linked()])
    assert bom.platform is None
    assert "goos" not in components(bom)["main:example.com/widget@v1.0.0#cmd/widget"].purl


def test_input_order_leaves_no_trace() -> None:
    forwards = binary(e.executable(e.info()), [e.linked()])
    backwards = binary(
        e.executable(e.info(e.DEPS[::-1])), [replace(e.linked(), modules=e.linked().modules[::-1])]
    )
    assert forwards == backwards


@pytest.mark.parametrize("where", ["subject", "parent", "relation", "list"])
def test_a_reference_to_nothing_is_refused(where: str) -> None:
    bom = binary(e.executable(e.info()))
    first = bom.components[0]
    broken = {
        "subject": replace(bom, subject="nowhere"),
        "parent": replace(bom, components=(replace(first, parent="nowhere"), *bom.components[1:])),
        "relation": replace(bom, relations=(replace(bom.relations[0], target="nowhere"),)),
        "list": replace(bom, dependency_lists=(DependencyList(ref="nowhere", state="unknown"),)),
    }
    with pytest.raises(InputError, match="'nowhere' is named but is no component"):
        canonical(broken[where])


def test_components_that_lie_in_each_other_are_refused() -> None:
    bom = binary(e.executable(e.info()))
    first = bom.components[0]
    with pytest.raises(InputError, match="lies too deep"):
        canonical(replace(bom, components=(replace(first, parent=first.ref), *bom.components[1:])))


def test_sources_of_several_platforms_have_a_union_too() -> None:
    windows = Platform(goos="windows", goarch="amd64")
    boms = [assemble.from_source(e.linked(each), e.RUN) for each in (e.LINUX, windows)]
    bom = assemble.union(boms, name="widget", version="v1.0.0")
    (main,) = [each for each in bom.components if each.kind == "main"]
    assert main.platforms == (e.LINUX, windows)
    assert (main.parent, edges(bom, "contains")) == ("", {(bom.subject, main.ref)})


def test_a_reference_of_two_components_is_refused() -> None:
    bom = binary(e.executable(e.info()))
    with pytest.raises(InputError, match="two components are called"):
        canonical(replace(bom, components=bom.components * 2))


def test_the_toolchain_and_the_libraries_that_are_loaded_are_components() -> None:
    file = e.executable(e.info(cgo="1"))
    libraries = Fact(name="libraries", value=("libc.so.6",), source="DT_NEEDED")
    bom = binary(replace(file, report=replace(file.report, facts=(libraries,))))
    found = components(bom)
    assert edges(bom, "built-with") == {("file:widget", TOOLCHAIN)}
    assert found[TOOLCHAIN].purl == "pkg:golang/toolchain@1.27.3"
    assert edges(bom, "loads") == {("file:widget", "library:libc.so.6")}
    assert "found on the machine that runs the file" in found["library:libc.so.6"].version.unknown_because


def test_packages_are_listed_where_they_are_asked_for() -> None:
    packages = (
        LinkedPackage(path="example.com/log/level", module="example.com/log", functions=2, size=300),
        LinkedPackage(path="example.com/text", module="example.com/text", functions=1, size=7),
        LinkedPackage(path="internal/runtime/atomic", module="std", functions=1, size=10),
        LinkedPackage(path="example.com/unheard/of", functions=1, size=20),
    )
    file = e.executable(e.info())
    file = replace(file, report=replace(file.report, packages=packages))
    assert edges(binary(file), "contains") == set()
    bom = assemble.from_binary(file, replace(e.RUN, packages=True))
    found = components(bom)
    level, text, atomic = (
        f"package:{path}<{owner}>"
        for path, owner in (
            ("example.com/log/level", LOG),
            ("example.com/text", FORK),
            ("internal/runtime/atomic", STD),
        )
    )
    assert edges(bom, "contains") == {(LOG, level), (FORK, text), (STD, atomic)}
    assert found[level].purl == "pkg:golang/example.com/log@v1.2.3#level"
    assert found[text].purl == "pkg:golang/example.com/Forks/text@v0.4.1%2Bincompatible"
    assert found[atomic].purl == "pkg:golang/std@1.27.3#internal/runtime/atomic"
    assert found[level].code_size == 300
    assert ("file:widget", level) in edges(bom, "links")


def test_packages_that_cannot_be_told_are_said_to_be_unknown() -> None:
    file = e.executable(e.info())
    bom = assemble.from_binary(file, replace(e.RUN, packages=True))
    stated = states(bom)["file:widget"]
    reason = "its function table could not be read, so the packages in it are not known"
    assert (stated.state, stated.reason) == ("incomplete", reason)
    assert states(binary(file))["file:widget"].state == "complete"


def test_the_union_tells_no_size_that_differs_between_platforms() -> None:
    def built(name: str, platform: Platform, size: int) -> Bom:
        package = LinkedPackage(path="example.com/log", module="example.com/log", functions=1, size=size)
        same = LinkedPackage(path="example.com/text", module="example.com/text", functions=1, size=5)
        file = e.executable(e.info(platform=platform), name, platform)
        file = replace(file, report=replace(file.report, packages=(package, same)))
        return assemble.from_binary(file, replace(e.RUN, packages=True))

    arm = Platform(goos="linux", goarch="arm64")
    bom = assemble.union([built("a", e.LINUX, 7), built("b", arm, 8)], name="w", version="")
    sizes = {each.name: (each.code_size, each.parent) for each in bom.components if each.kind == "package"}
    assert sizes == {"example.com/log": (None, LOG), "example.com/text": (5, FORK)}


def test_a_supplier_is_who_publishes_under_the_module_path() -> None:
    told = {
        path: producer(path).value
        for path in ("github.com/a/b/v2", "golang.org/x/net", "std", "gopkg.in/yaml.v3")
    }
    assert told == {
        "github.com/a/b/v2": "github.com/a",
        "golang.org/x/net": "golang.org",
        "std": "golang.org",
        "gopkg.in/yaml.v3": "gopkg.in",
    }
    assert producer("corp/widget").unknown_because == "the module path names no place on the network"
