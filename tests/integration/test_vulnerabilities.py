"""Known vulnerabilities of real programs, against what govulncheck finds in them with the same database.

Each program calls old versions of one or two modules. govulncheck reads the packages and symbols of a file
that has its symbol table; of a stripped one it does not know them, and there attest must say what it says of
the twin. govulncheck tells exported symbols alone, and misses some that are only inlined: attest may name
these, too.
"""

from __future__ import annotations

import json
import subprocess
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attest.app.vulnerabilities import open_database, scanner
from attest.exe.inspect import inspect, read_image
from attest.exe.pclntab import read_functions
from attest.exe.symbols import parsed
from attest.model.limits import DEFAULT_LIMITS
from tests.conftest import OFFICIAL_DATA
from tests.integration.projects import CACHE, go_command
from tests.integration.servers_built import built

if TYPE_CHECKING:
    from attest.model.vulnerability import Scan
    from tests.unit.go.proxy import Go

pytestmark = pytest.mark.integration
SOURCE = Path(__file__).parent / "govulncheck"
GOVULNCHECK = "golang.org/x/vuln/cmd/govulncheck"
DATABASE = OFFICIAL_DATA / "vulndb"


@dataclass(frozen=True)
class Program:
    """A program: what it requires, and what its main function does."""

    name: str
    require: tuple[str, ...]
    imports: tuple[str, ...]
    body: str
    replace: str = ""

    def __str__(self) -> str:
        return self.name


PROGRAMS = (
    Program(
        name="html",
        require=("golang.org/x/net@v0.7.0",),
        imports=("os", "golang.org/x/net/html"),
        body="n, _ := html.Parse(os.Stdin); html.Render(os.Stdout, n)",
    ),
    Program(
        name="http2",
        require=("golang.org/x/net@v0.15.0",),
        imports=("net/http", "golang.org/x/net/http2"),
        body="s := &http.Server{}; http2.ConfigureServer(s, nil); s.ListenAndServe()",
    ),
    Program(
        name="language",
        require=("golang.org/x/text@v0.3.5",),
        imports=("fmt", "os", "golang.org/x/text/language"),
        body="fmt.Println(language.ParseAcceptLanguage(os.Args[0]))",
    ),
    Program(
        name="ssh",
        require=("golang.org/x/crypto@v0.14.0",),
        imports=("fmt", "golang.org/x/crypto/ssh"),
        body='fmt.Println(ssh.Dial("tcp", "localhost:22", &ssh.ClientConfig{}))',
    ),
    Program(
        name="yaml",
        require=("gopkg.in/yaml.v2@v2.2.1",),
        imports=("fmt", "gopkg.in/yaml.v2"),
        body='var v any; fmt.Println(yaml.Unmarshal([]byte("a: b"), &v))',
    ),
    Program(
        name="jwt",
        require=("github.com/dgrijalva/jwt-go@v3.2.0+incompatible",),
        imports=("fmt", "os", "github.com/dgrijalva/jwt-go"),
        body="fmt.Println(jwt.MapClaims{}.VerifyAudience(os.Args[0], true))",
    ),
    Program(
        name="websocket",
        require=("github.com/gorilla/websocket@v1.4.0",),
        imports=("github.com/gorilla/websocket",),
        body='c, _, _ := websocket.DefaultDialer.Dial("ws://localhost", nil); c.ReadMessage()',
    ),
    Program(
        name="gjson",
        require=("github.com/tidwall/gjson@v1.6.0",),
        imports=("fmt", "os", "github.com/tidwall/gjson"),
        body="fmt.Println(gjson.Get(os.Args[0], os.Args[1]))",
    ),
    Program(
        name="protojson",
        require=("google.golang.org/protobuf@v1.32.0",),
        imports=(
            "fmt",
            "google.golang.org/protobuf/encoding/protojson",
            "google.golang.org/protobuf/types/known/structpb",
        ),
        body="var s structpb.Struct; fmt.Println(protojson.Unmarshal(nil, &s))",
    ),
    Program(
        name="untouched",
        require=("golang.org/x/crypto@v0.14.0",),
        imports=("fmt", "golang.org/x/crypto/blake2b"),
        body="fmt.Println(blake2b.Sum256(nil))",
    ),
    Program(
        name="replaced",
        require=("golang.org/x/net@v0.30.0",),
        imports=("os", "golang.org/x/net/html"),
        body="n, _ := html.Parse(os.Stdin); html.Render(os.Stdout, n)",
        replace="golang.org/x/net=golang.org/x/net@v0.7.0",
    ),
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole Go database, unpacked for govulncheck."""
    if not DATABASE.is_dir():
        pytest.skip(f"there is no {DATABASE}")
    folder = tmp_path_factory.mktemp("vulndb")
    with zipfile.ZipFile(DATABASE / "vulndb.zip") as packed:
        packed.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def go() -> Go:
    return go_command(CACHE / "vulnerable")


def build(go: Go, program: Program, folder: Path, *flags: str) -> Path:
    folder.mkdir(exist_ok=True)
    imports = "".join(f'\t"{each}"\n' for each in program.imports)
    (folder / "main.go").write_text(
        f"package main\n\nimport (\n{imports})\n\nfunc main() {{ {program.body} }}\n"
    )
    if not (folder / "go.mod").exists():
        required = "".join(f"\t{each.replace('@', ' ')}\n" for each in program.require)
        (folder / "go.mod").write_text(f"module example.com/{program}\n\ngo 1.20\n\nrequire (\n{required})\n")
        if program.replace:
            go.try_run(folder, "mod", "edit", f"-replace={program.replace}")
        done = go.try_run(folder, "mod", "tidy")
        if done.returncode:
            pytest.skip(f"the environment serves no modules: {done.stderr[-300:]}")
    target = folder / f"program{len(flags)}"
    done = go.try_run(folder, "build", "-buildvcs=false", *flags, "-o", str(target), ".", CGO_ENABLED="0")
    assert done.returncode == 0, done.stderr
    return target


def ours(file: Path) -> Scan:
    """What attest finds, with the database as it is published: a zip."""
    found = open_database((DATABASE / "vulndb.zip").read_bytes(), "vulndb.zip")
    data = memoryview(file.read_bytes())
    return scanner(found, datetime.now(UTC))(data, inspect(data))


def theirs(file: Path, database: Path) -> dict[str, set[str]]:
    """The symbols that govulncheck finds, by the entry."""
    program = next(built(GOVULNCHECK, source=SOURCE).glob("govulncheck*"))
    words = [str(program), "-mode", "binary", "-format", "json", "-db", database.as_uri(), str(file)]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    decoder, at, found = json.JSONDecoder(), 0, dict[str, set[str]]()
    while rest := said[at:].lstrip():
        message, length = decoder.raw_decode(rest)
        at = len(said) - len(rest) + length
        trace = message.get("finding", {}).get("trace", [{}])[0]
        if "function" in trace:
            receiver = trace.get("receiver", "").lstrip("*")
            name = f"{receiver}.{trace['function']}" if receiver else trace["function"]
            found.setdefault(message["finding"]["osv"], set()).add(f"{trace['package']}.{name}")
    return found


def called(file: Path) -> set[str]:
    """The functions that have code of their own, as package.symbol."""
    data = memoryview(file.read_bytes())
    image = read_image(data)
    assert image is not None
    table = read_functions(image, DEFAULT_LIMITS)
    assert table is not None
    return {".".join(parsed(each.name.encode())) for each in table.functions()}


def exported(symbol: str) -> bool:
    """Tell whether a symbol is one that govulncheck tells: a whole package is not listed by attest."""
    names = symbol.rpartition("/")[2].split(".")[1:]
    return "*" not in names and all(each[:1].isupper() for each in names)


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_what_is_found_is_what_govulncheck_finds(
    program: Program, go: Go, database: Path, tmp_path: Path
) -> None:
    whole = build(go, program, tmp_path / "source")
    mine, reference = ours(whole), theirs(whole, database)
    assert mine.unknown == ""
    found: dict[str, set[str]] = {}
    for each in mine.found:
        found.setdefault(each.id, set()).update(each.symbols)
    own_code = called(whole)
    for name, symbols in found.items():
        more = set(filter(exported, symbols)) - reference.get(name, set())
        assert not more & own_code, name
    for name, symbols in reference.items():
        assert name in found, name
        parents = {each.removesuffix("*") for each in found[name] if each.endswith(".*")}
        missed = {each for each in symbols - found[name] if not each.startswith(tuple(parents) or ("\0",))}
        assert not missed, name
    stripped = build(go, program, tmp_path / "source", "-ldflags=-s -w", "-trimpath")
    assert ours(stripped) == mine
    if program.name == "untouched":
        assert not [each for each in mine.found if each.module != "stdlib"]
    else:
        assert [
            each for each in mine.found if each.module in {one.partition("@")[0] for one in program.require}
        ]
