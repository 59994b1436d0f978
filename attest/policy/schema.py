"""The shape of a policy file, version attest/v1: which keys there are and of which type.

Exactly the abilities that exist: a key for anything else is unknown, and an unknown key is a mistake. The
sections `go`, `sbom` and `modules` are put together from what the checks declare.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Optional, cast, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model

from attest.policy.catalog import catalog, settings

if TYPE_CHECKING:
    from attest.policy.check import Section

_DATE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$"


def _listed(value: object) -> object:
    """A single word stands for a list of one."""
    return [value] if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1, max_length=4096)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Date = Annotated[str, Field(pattern=_DATE)]
Age = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}[dh]$")]
Level = Annotated[int, Field(ge=1, le=3)]
Count = Annotated[int, Field(ge=1, le=100)]
Words = Annotated[
    list[Text],
    BeforeValidator(_listed),
    Field(min_length=1),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    ),
]
SeverityWord = Literal["deny", "warn"]


class Strict(BaseModel):
    """No unknown key, no conversion of types, no change afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _no_disguise(value: object) -> object:
    """A number is no truth value, though a literal `True` would take 1 for one."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _section(name: Section) -> type[Strict]:
    """The model of a section, from the settings of all checks."""
    groups: dict[str, dict[str, Any]] = {"": {}}
    for each in settings(name):
        group, _, key = each.key.rpartition(".")
        pattern = f"^(?:{each.pattern})$" if each.pattern else None
        extra = {"examples": [each.example]} if each.example else {}
        annotation = each.annotation
        if annotation == list[str]:
            annotation, pattern = list[Annotated[str, Field(pattern=pattern)]], None
        if any(isinstance(value, bool) for value in get_args(annotation)):
            annotation = Annotated[annotation, BeforeValidator(_no_disguise)]
        groups.setdefault(group, {})[key] = (
            Optional[annotation],  # noqa: UP045 - the annotation is a value, which X | None cannot take
            Field(default=None, pattern=pattern, description=each.description, **cast("Any", extra)),
        )
    fields = groups.pop("")
    for group, inner in groups.items():
        model = create_model(f"{name.capitalize()}{group.capitalize()}", __base__=Strict, **inner)
        fields[group] = (model | None, None)
    return create_model(name.capitalize(), __base__=Strict, **fields)


FILE: Final = _section("file")
GO: Final = _section("go")
ELF: Final = _section("elf")
MACOS: Final = _section("macos")
WINDOWS: Final = _section("windows")
WASM: Final = _section("wasm")
EBPF: Final = _section("ebpf")
SBOM: Final = _section("sbom")
MODULES: Final = _section("modules")


class Metadata(Strict):
    """What the policy is called and until when it holds."""

    name: Name
    version: Annotated[int, Field(ge=1)]
    expires: Date
    max_waiver_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class Require(Strict):
    """How many log entries and verified times a signature needs."""

    tlog: Annotated[int, Field(ge=0, le=16)] | None = None
    timestamps: Annotated[int, Field(ge=0, le=16)] | None = None


class Key(Strict):
    """A public key; `file` is relative to the policy."""

    name: Name
    file: Text
    sha256: Sha256 | None = None
    valid_from: Date | None = None
    valid_until: Date | None = None
    require: Require | None = None


class Root(Strict):
    """A trust root: one of two kinds of file, always pinned by digest."""

    name: Name
    trusted_root: Text | None = None
    client_trust_config: Text | None = None
    sha256: Sha256
    require: Require | None = None


class Trust(Strict):
    """Everything that is trusted."""

    offline: Literal["required", "allowed"] = "required"
    roots: list[Root] = []
    keys: list[Key] = []
    require: Require | None = None


class SignerEntry(Strict):
    """A key of `trust.keys`, or a certificate's issuer, name and claims."""

    key: Name | None = None
    issuer: Text | None = None
    san: Text | None = None
    san_glob: Text | None = None
    san_regex: Text | None = None
    claims: dict[str, Text] = {}


class Source(Strict):
    """Where the release comes from."""

    go_module: Text | None = None
    repo: Text | None = None
    tag: Text | None = None


class ExtraEntry(Strict):
    """A file that is no artifact."""

    path: Text
    kind: Literal["checksums", "file"]
    covers: Literal["slots"] | None = None
    signer: Name | None = None


class IgnoreEntry(Strict):
    """A file that is not judged."""

    path: Text
    reason: Text


class Artifacts(Strict):
    """What lies in the release besides the slots."""

    complete: bool = True
    extras: list[ExtraEntry] = []
    ignore: list[IgnoreEntry] = []


class Signatures(Strict):
    """Signatures on the file itself."""

    signer: Name
    min: Count = 1


class SlotSections(Strict):
    """What checks ask of executables; every section is made from the checks at import."""

    file: Annotated[FILE, Field(default_factory=FILE)]  # type: ignore[valid-type] # made from the checks
    go: Annotated[GO, Field(default_factory=GO)]  # type: ignore[valid-type] # made from the checks
    elf: Annotated[ELF, Field(default_factory=ELF)]  # type: ignore[valid-type] # made from the checks
    macos: Annotated[MACOS, Field(default_factory=MACOS)]  # type: ignore[valid-type] # made from the checks
    windows: Annotated[WINDOWS, Field(default_factory=WINDOWS)]  # type: ignore[valid-type] # made from the checks
    wasm: Annotated[WASM, Field(default_factory=WASM)]  # type: ignore[valid-type] # made from the checks
    ebpf: Annotated[EBPF, Field(default_factory=EBPF)]  # type: ignore[valid-type] # made from the checks


class Defaults(SlotSections):
    """What holds for all slots."""

    path: Text | None = None
    signatures: Signatures | None = None
    attestations: list[Name] = []


class BuildEntry(Strict):
    """One command."""

    name: Name
    path: Text | None = None
    main_path: Text | None = None


class MatrixEntry(SlotSections):
    """Some platforms, and what differs there."""

    goos: Words
    goarch: Words
    goarm: str | None = None
    goamd64: str | None = None
    slices: list[str] | None = None
    path: Text | None = None
    format: Literal["elf", "pe", "macho", "macho-fat", "wasm", "plan9", "xcoff"] | None = None
    required: bool = True
    severity: SeverityWord = "deny"
    builds: list[Name] | None = None


class Platforms(Strict):
    """The matrix."""

    defaults: Annotated[Defaults, Field(default_factory=lambda: Defaults.model_validate({}))]
    builds: list[BuildEntry] = []
    matrix: Annotated[list[MatrixEntry], Field(min_length=1)]


class ParametersEntry(Strict):
    """The external parameters that a build may have been given; all others are unknown."""

    allow: list[Text]
    on_unknown: SeverityWord = "deny"


class ExpectEntry(Strict):
    """What provenance must name as the source of the build."""

    source: Text | None = None
    ref: Text | None = None
    commit: Text | None = None


class AttestationEntry(Strict):
    """A kind of attestation; any of the predicate types will do."""

    predicate: Annotated[list[Text], Field(min_length=1)]
    signer: Name
    min: Count = 1
    max_age: Age | None = None
    level: Level | None = None
    build_types: Words | None = None
    external_parameters: ParametersEntry | None = None
    expect: ExpectEntry | None = None


class DatabaseEntry(Strict):
    """A copy of the Go vulnerability database, a zip; `path` is relative to the policy."""

    path: Text
    sha256: Sha256 | None = None


class VexEntry(Strict):
    """Who may say in OpenVEX that a vulnerability does not matter; nobody else's word counts."""

    signer: Name


class Vulnerabilities(Strict):
    """Which vulnerabilities are known, and how old that knowledge may be."""

    source: Literal["database"] = "database"
    database: DatabaseEntry
    max_age: Age | None = None
    fail_on: Literal["any"] = "any"
    vex: VexEntry | None = None


class SummaryEntry(Strict):
    """A verifier whose word is taken: its id, who signs for it, and what it must have verified."""

    signer: Name
    verifier: Text
    min_levels: list[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]] = []
    max_age: Age | None = None


class Vsa(Strict):
    """Verification summaries (SLSA VSA): every artifact needs one by any of these, and none that failed."""

    accept: Annotated[list[SummaryEntry], Field(min_length=1)]


class BuilderEntry(Strict):
    """Who an identity builds with, and the SLSA Build level of that."""

    identity: Name
    builder_id: Text
    also: list[Text] = []
    level: Level


class LicenseEntry(Strict):
    """What is concluded about the licence of a module: its path, or path/... with all below it; @version."""

    module: Annotated[str, Field(pattern=r"^[^\s@]+(@[^\s@]+)?$")]
    license: Text
    reason: Text


class RuleEntry(Strict):
    """A rule of the policy's own; `assert` and `when` are CEL over what `attest schema input` describes."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
    scope: Literal["release", "platform", "artifact"]
    assertion: Annotated[str, Field(alias="assert", min_length=1)]
    when: Annotated[str, Field(min_length=1)] | None = None
    message: Text
    hint: Text
    severity: Literal["deny", "warn", "info"] = "deny"
    effective: Date | None = None


class ExtendsEntry(Strict):
    """A policy that this one extends: relative to it, and always these very bytes."""

    path: Text
    sha256: Sha256


class OverrideEntry(Strict):
    """A place where this policy asks for less than what it extends, and why."""

    key: Text
    reason: Text


class CheckWhen(Strict):
    """On which platforms and files a check runs: one of each list, whose `*` stops at a slash, must fit."""

    platform: Words | None = None
    artifact: Words | None = None


class CheckEntry(Strict):
    """What a policy changes about a check; before `effective` what denies is a warning."""

    severity: SeverityWord | None = None
    effective: Date | None = None
    when: CheckWhen | None = None


class WaiverMatch(Strict):
    """Which findings of the check are meant: all that is said here holds; `*` stops at a slash."""

    platform: Text | None = None
    artifact: Text | None = None
    names: Words | None = None


class WaiverEntry(Strict):
    """A finding that somebody answers for until a day."""

    id: Name
    check: Text
    match: WaiverMatch
    reason: Text
    ticket: Text | None = None
    approved_by: Text | None = None
    created: Date
    expires: Date


class Document(Strict):
    """A policy file."""

    api_version: Annotated[Literal["attest/v1"], Field(alias="apiVersion")]
    kind: Literal["ReleasePolicy"]
    metadata: Metadata
    extends: Annotated[list[ExtendsEntry], Field(max_length=16)] = []
    overrides: list[OverrideEntry] = []
    trust: Trust
    identities: Annotated[dict[Name, Annotated[list[SignerEntry], Field(min_length=1)]], Field(min_length=1)]
    source: Source = Source()
    artifacts: Artifacts = Artifacts()
    platforms: Platforms
    builders: list[BuilderEntry] = []
    attestations: dict[Name, AttestationEntry] = {}
    vsa: Vsa | None = None
    vulnerabilities: Vulnerabilities | None = None
    sbom: Annotated[SBOM, Field(default_factory=SBOM)]  # type: ignore[valid-type] # made from the checks
    modules: Annotated[MODULES, Field(default_factory=MODULES)]  # type: ignore[valid-type] # made from the checks
    licenses: list[LicenseEntry] = []
    checks: dict[str, CheckEntry] = {}
    waivers: list[WaiverEntry] = []
    rules: Annotated[list[RuleEntry], Field(max_length=256)] = []


#: What every policy says itself, whatever it extends.
_OWN: Final = ("apiVersion", "kind", "metadata")


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a policy file; check ids are spelled out.

    What a policy extends may say what is else required.
    """
    schema = Document.model_json_schema(by_alias=True)
    checks = [check.id for check in catalog()]
    schema["properties"]["checks"]["propertyNames"] = {"enum": checks}
    required = schema.pop("required")
    schema["required"] = [each for each in required if each in _OWN]
    schema["if"] = {"required": ["extends"]}
    schema["else"] = {"required": [each for each in required if each not in _OWN]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "attest/policy/v1", **schema}


@cache
def _document_schema() -> dict[str, Any]:
    """The schema without what is added for readers; made once."""
    return Document.model_json_schema(by_alias=True)


def known_keys(location: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that a policy may have at a place in it, for hints; empty where any name may stand."""
    return keys_at(_document_schema(), location)


def keys_at(schema: dict[str, Any], location: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that a document of a JSON Schema may have at a place in it."""
    node: dict[str, Any] = schema
    for step in location:
        node = _resolve(schema, node)
        if isinstance(step, int):
            node = node.get("items", {})
        else:
            node = node.get("properties", {}).get(step) or _values(node)
    return tuple(_resolve(schema, node).get("properties", ()))


def _values(node: dict[str, Any]) -> dict[str, Any]:
    """The schema of a mapping's values."""
    found = node.get("additionalProperties")
    if not isinstance(found, dict):
        found = next(iter(node.get("patternProperties", {}).values()), {})
    return found


def _resolve(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """Follow references and the one alternative that is not null."""
    while True:
        choices = [each for each in node.get("anyOf", ()) if each.get("type") != "null"]
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rpartition("/")[2]]
        elif choices and "properties" not in node:
            node = choices[0]
        else:
            return node
