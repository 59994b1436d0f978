"""SLSA provenance: version 1 read and written, version 0.2 read.

Sources: https://slsa.dev/spec/v1.2/build-provenance, https://slsa.dev/spec/v0.2/provenance. Unknown fields
are allowed there, and are not read; a field that is known and of another type refuses the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.intoto.predicates.fields import descriptor, filled, members, resources, text, time, told, uri
from attest.model.provenance import Provenance
from attest.model.time import rfc3339

if TYPE_CHECKING:
    from attest.model.limits import Limits
    from attest.model.statement import Json
    from attest.model.strict_json import Node


def read_v1(node: Node, limits: Limits) -> Provenance:
    """The predicate https://slsa.dev/provenance/v1.

    Raises `attest.errors.FormatError` and `attest.errors.LimitError`.
    """
    definition, details = node.need("buildDefinition"), node.need("runDetails")
    builder = details.need("builder")
    metadata = details.get("metadata")
    versions = builder.get("version")
    return Provenance(
        builder_id=uri(builder, "id"),
        build_type=uri(definition, "buildType"),
        external_parameters=definition.need("externalParameters").object(),
        internal_parameters=members(definition, "internalParameters"),
        dependencies=resources(definition, "resolvedDependencies", limits),
        builder_versions=tuple(sorted((each, filled(versions, each)) for each in versions.object()))
        if versions
        else (),
        invocation_id=text(metadata, "invocationId") if metadata else "",
        started_on=time(metadata, "startedOn") if metadata else None,
        finished_on=time(metadata, "finishedOn") if metadata else None,
        byproducts=resources(details, "byproducts", limits),
    )


def read_v0_2(node: Node, limits: Limits) -> Provenance:
    """The predicate https://slsa.dev/provenance/v0.2.

    `invocation.configSource` and `.parameters` are the external parameters (`configSource`, `parameters`),
    `invocation.environment` and `buildConfig` the internal ones; `materials` are the dependencies.
    Raises `attest.errors.FormatError` and `attest.errors.LimitError`.
    """
    invocation, metadata = node.get("invocation"), node.get("metadata")
    external: dict[str, Json] = {}
    internal: dict[str, Json] = {}
    if invocation:
        source = invocation.get("configSource")
        if source:
            external["configSource"] = source.object()
        for key, into in (("parameters", external), ("environment", internal)):
            value = invocation.get(key)
            if value:
                into[key] = value.value
    configuration = node.get("buildConfig")
    if configuration:
        internal["buildConfig"] = configuration.value
    return Provenance(
        builder_id=uri(node.need("builder"), "id"),
        build_type=uri(node, "buildType"),
        external_parameters=external,
        internal_parameters=internal,
        dependencies=resources(node, "materials", limits),
        invocation_id=text(metadata, "buildInvocationId") if metadata else "",
        started_on=time(metadata, "buildStartedOn") if metadata else None,
        finished_on=time(metadata, "buildFinishedOn") if metadata else None,
    )


def predicate(provenance: Provenance) -> dict[str, Json]:
    """The predicate https://slsa.dev/provenance/v1 that says this; what is not known is left out."""
    metadata: dict[str, Json] = {
        "invocationId": provenance.invocation_id,
        "startedOn": rfc3339(provenance.started_on) if provenance.started_on else "",
        "finishedOn": rfc3339(provenance.finished_on) if provenance.finished_on else "",
    }
    definition: dict[str, Json] = {
        "buildType": provenance.build_type,
        "externalParameters": dict(provenance.external_parameters),
        "internalParameters": dict(provenance.internal_parameters),
        "resolvedDependencies": [descriptor(each) for each in provenance.dependencies],
    }
    builder: dict[str, Json] = {"id": provenance.builder_id, "version": dict(provenance.builder_versions)}
    details: dict[str, Json] = {
        "builder": told(builder),
        "metadata": told(metadata),
        "byproducts": [descriptor(each) for each in provenance.byproducts],
    }
    # The specification wants externalParameters even where there are none.
    return {
        "buildDefinition": told(definition) | {"externalParameters": definition["externalParameters"]},
        "runDetails": told(details),
    }
