"""`attest diff`: what came, what went and what changed, and whether an SBOM is true of an executable."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from attest.app.diff import compare_files
from attest.cli.main import run
from attest.errors import FormatError, LimitError, NothingToVerifyError
from attest.model.difference import Difference, Side, SizeChange, ValueChange
from attest.model.exit_code import ExitCode
from attest.model.limits import DEFAULT_LIMITS
from attest.render import diff
from tests.fakes import MemoryTree
from tests.unit.exe.builders import SAMPLES, VERSION, framed, go_elf, inline_blob

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SignedRelease

ELF = SAMPLES["elf"]


def compared(old: bytes, new: bytes, **limits: int) -> Difference:
    tree = MemoryTree({"old": old, "new": new})
    return compare_files((tree, "old", "old"), (tree, "new", "new"), replace(DEFAULT_LIMITS, **limits))


def artifact(release: SignedRelease, name: str) -> bytes:
    return (release.dist / name).read_bytes()


def test_no_line_is_wider_than_a_terminal() -> None:
    path = "example.com/a-long-name/of-a-module/that-lies-deep/in-its-repository"
    versions = ("v0.0.0-20260102030405-0123456789ab", "v0.0.0-20260203040506-ba9876543210")
    side = Side(path="/a/path/" + "x" * 60, kind="sbom", sha256="", size=1)
    change = ValueChange(name=path, old=versions[0], new=versions[1])
    text = diff.to_text(Difference(old=side, new=side, modules=(change,)))
    assert text.splitlines()[2:] == [
        "  modules",
        f"    ~ {path}",
        f"        {versions[0]} -> {versions[1]}",
    ]
    assert diff.to_text(Difference(old=side, new=side, modules=(change,)), width=160).count("\n") == 4
    longer = diff.to_text(Difference(old=side, new=side, modules=(replace(change, name="y" * 300),)))
    assert max(map(len, longer.splitlines())) <= 80


WIDGET, CTL = "widget_1.0.0_linux_amd64", "widgetctl_1.0.0_linux_amd64"


def test_the_same_bytes_are_the_same() -> None:
    found = compared(ELF, ELF)
    assert found.same
    assert (found.modules, found.settings, found.code, found.packages, found.sections) == ((),) * 5
    assert diff.to_text(found) == "old (executable)\nnew (executable)\n  the same bytes\n"


def test_two_programs_of_one_module(signed_release: SignedRelease) -> None:
    found = compared(artifact(signed_release, WIDGET), artifact(signed_release, CTL))
    assert not found.same
    assert found.modules == (
        ValueChange(name="example.com/greet", old="v1.2.0", new=None),
        ValueChange(name="example.com/plural", old="v0.3.1", new=None),
    )
    assert found.settings == ()
    gone = {each.name for each in found.packages if each.new is None}
    assert {"flag", "example.com/greet"} <= gone
    sums = {each.name: each for each in found.code}
    assert sums["example.com/plural"].new is None
    assert {each.name for each in found.sections} >= {".text", ".gopclntab"}
    text = diff.to_text(found)
    assert "    - example.com/greet v1.2.0\n" in text
    assert "more (--verbose)" in text
    assert "more (--verbose)" not in diff.to_text(found, verbose=True)


def test_two_platforms_differ_in_settings(signed_release: SignedRelease) -> None:
    found = compared(
        artifact(signed_release, WIDGET), artifact(signed_release, "widget_1.0.0_darwin_universal")
    )
    changed = {each.name: (each.old, each.new) for each in found.settings}
    assert changed["GOARCH"] == ("amd64", "amd64, arm64")
    assert changed["GOOS"] == ("linux", "darwin")
    assert found.modules == ()


@pytest.mark.parametrize("form", ["cdx", "spdx"])
def test_an_sbom_is_true_of_its_executable(signed_release: SignedRelease, form: str) -> None:
    document = artifact(signed_release, f"{WIDGET}.{form}.json")
    for sides in ((document, artifact(signed_release, WIDGET)), (artifact(signed_release, WIDGET), document)):
        found = compared(*sides)
        assert found.same
        assert "they name the same modules" in diff.to_text(found)
    other = compared(document, artifact(signed_release, CTL))
    assert not other.same
    assert [each.name for each in other.modules] == ["example.com/greet", "example.com/plural"]
    (fault,) = other.faults
    assert fault.startswith("old describes another file, of sha256 ")


def forged(document: bytes, change: Any) -> bytes:  # noqa: ANN401 - a function over any JSON
    found = json.loads(document)
    change(found)
    return json.dumps(found).encode()


def test_what_is_missing_invented_or_wrong_in_an_sbom_is_told(signed_release: SignedRelease) -> None:
    def change(found: Any) -> None:  # noqa: ANN401 - any JSON
        components = {each["name"]: each for each in found["components"]}
        components["example.com/plural"] |= {
            "version": "v9.9.9",
            "purl": "pkg:golang/example.com/plural@v9.9.9",
        }
        components["example.com/greet"] |= {
            "name": "example.com/invented",
            "purl": "pkg:golang/example.com/invented@v1.2.0",
        }

    document = forged(artifact(signed_release, f"{WIDGET}.cdx.json"), change)
    found = compared(document, artifact(signed_release, WIDGET))
    assert found.modules == (
        ValueChange(name="example.com/greet", old=None, new="v1.2.0"),
        ValueChange(name="example.com/invented", old="v1.2.0", new=None),
        ValueChange(name="example.com/plural", old="v9.9.9", new="v0.3.1"),
    )
    text = diff.to_text(found)
    for line in (
        "    + example.com/greet v1.2.0\n",
        "    - example.com/invented v1.2.0\n",
        "    ~ example.com/plural v9.9.9 -> v0.3.1\n",
    ):
        assert line in text


def test_documents_of_two_formats_are_compared(signed_release: SignedRelease) -> None:
    cdx, spdx = (artifact(signed_release, f"{WIDGET}.{form}.json") for form in ("cdx", "spdx"))
    assert compared(cdx, spdx).same
    assert not compared(cdx, artifact(signed_release, f"{CTL}.spdx.json")).same


def test_an_sbom_without_a_digest_is_remarked_and_a_faulty_one_is_not_true(
    signed_release: SignedRelease,
) -> None:
    def undigested(found: Any) -> None:  # noqa: ANN401 - any JSON
        del found["metadata"]["component"]["hashes"]

    def dangling(found: Any) -> None:  # noqa: ANN401 - any JSON
        found["dependencies"].append({"ref": "nowhere"})

    document, program = artifact(signed_release, f"{WIDGET}.cdx.json"), artifact(signed_release, WIDGET)
    found = compared(forged(document, undigested), program)
    assert found.same
    assert found.remarks == ("old names no digest of what it describes",)
    found = compared(forged(document, dangling), program)
    assert not found.same
    assert found.faults == ("old: dependencies names 'nowhere', which is not in the document",)


def test_the_h1_of_the_main_module_is_no_digest_of_the_file() -> None:
    h1 = f"h1:{base64.b64encode(bytes(32)).decode()}"
    program = go_elf(inline_blob(module=framed(f"path\ta.b/c\nmod\ta.b/c\tv1.0.0\t{h1}\n")))
    sbom: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {
            "component": {
                "type": "application",
                "name": "a.b/c",
                "version": "v1.0.0",
                "purl": "pkg:golang/a.b/c@v1.0.0",
                "hashes": [{"alg": "SHA-256", "content": "00" * 32}],
            }
        },
        "components": [{"type": "library", "name": "std", "version": VERSION.removeprefix("go")}],
    }
    found = compared(json.dumps(sbom).encode(), program)
    assert (found.faults, found.modules) == ((), ())
    (remark,) = found.remarks
    assert remark == (
        "old names no digest of what it describes: "
        "its SHA-256 is the h1 hash of the main module, which is none of a file"
    )
    sbom["metadata"]["component"]["hashes"][0]["content"] = "11" * 32
    found = compared(json.dumps(sbom).encode(), program)
    assert found.faults == (f"old describes another file, of sha256 {'11' * 32}",)
    bare = go_elf(inline_blob(module=framed("path\ta.b/c\nmod\ta.b/c\tv1.0.0\th1:odd!\n")))
    assert compared(json.dumps(sbom).encode(), bare).faults == found.faults
    # syft says it in the place of a version.
    sha256 = hashlib.sha256(program).hexdigest()
    sbom["metadata"]["component"] = {"type": "file", "name": "c", "version": f"sha256:{sha256}"}
    sbom["components"].append(
        {"type": "library", "name": "a.b/c", "version": "v1.0.0", "purl": "pkg:golang/a.b/c@v1.0.0"}
    )
    found = compared(json.dumps(sbom).encode(), program)
    assert (found.same, found.remarks) == (True, ())


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(FormatError, match="is neither an executable nor an SBOM"):
        compared(ELF, b"hello")
    with pytest.raises(FormatError, match="no SBOM known here"):
        compared(ELF, b" {}")
    with pytest.raises(LimitError):
        compared(b"{" + b" " * 200 + b"}", ELF, sbom_bytes=100)
    sbom = b'{"bomFormat": "CycloneDX", "specVersion": "1.6"}'
    with pytest.raises(NothingToVerifyError, match="carries no build info"):
        compared(sbom, SAMPLES["elf-dynamic"])


def test_programs_without_build_info_are_compared_by_their_functions() -> None:
    found = compared(SAMPLES["elf-dynamic"], ELF)
    assert found.remarks[0].startswith("old carries no build info: its modules are those")
    assert any(each.old is None for each in found.modules)


def side(kind: str) -> Side:
    return Side(path="a\nb", kind="sbom" if kind == "sbom" else "executable", sha256="0" * 64, size=2048)


def test_names_are_escaped_and_unknown_versions_are_said_to_be() -> None:
    found = Difference(
        old=side("executable"),
        new=replace(side("executable"), sha256="1" * 64, size=4096),
        modules=(ValueChange(name="m\x1b", old="", new="v1"),),
        code=(SizeChange(name="m", old=10, new=20), SizeChange(name="n", old=None, new=5)),
        sections=(SizeChange(name=".text", old=None, new=None),),
    )
    assert diff.to_text(found).splitlines() == [
        "a\\x0ab (executable)",
        "a\\x0ab (executable)",
        "  size 2.0 KiB -> 4.0 KiB (+2,048 bytes)",
        "  modules",
        "    ~ m\\x1b (unknown) -> v1",
        "  code by module",
        "    ~ m 10 bytes -> 20 bytes (+10 bytes)",
        "    + n 5 bytes",
        "  sections",
        "    + .text 0 bytes",
    ]


def test_the_command_and_its_document(
    tmp_path: Path, signed_release: SignedRelease, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    one, other = (str(signed_release.dist / each) for each in (WIDGET, CTL))
    assert run(["diff", one, one]) == ExitCode.PASS
    file = tmp_path / "diff.json"
    assert run(["diff", one, other, "-o", f"json={file}", "-o", "text"]) == ExitCode.DENIED
    assert b"code by module" in capsysbinary.readouterr().out
    document = json.loads(file.read_bytes())
    assert document["schema"] == "attest/diff/v1"
    assert document["same"] is False
    assert document["modules"][0] == {"name": "example.com/greet", "old": "v1.2.0", "new": None}
