"""Which build service runs this, from its environment variables: GitHub Actions, GitLab CI, or none.

What the environment does not say is not claimed: a variable that the service always sets and that is absent
or empty is an error, not a gap. Sources: GitHub's "Variables reference" for default environment variables and
the build type https://actions.github.io/buildtypes/workflow/v1; GitLab's "Predefined CI/CD variables
reference".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.errors import UsageError
from attest.model.build_run import BuildRun

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.statement import Json

GITHUB_BUILD_TYPE: Final = "https://actions.github.io/buildtypes/workflow/v1"
GITLAB_BUILD_TYPE: Final = "urn:attest:build-type:gitlab-ci:v1"
LOCAL_BUILD_TYPE: Final = "urn:attest:build-type:local:v1"
LOCAL_BUILDER: Final = "urn:attest:builder:local"
_COMMIT: Final = re.compile(r"[0-9a-f]{40}\Z|[0-9a-f]{64}\Z")
_HTTPS: Final = re.compile(r"https?://[!-~]+\Z")


def build_run(environment: Mapping[str, str], *, local: bool, builder_id: str = "") -> BuildRun:
    """The run that `environment` tells of; `builder_id` is said instead of what follows from it.

    Raises `UsageError` where no build service is there and `local` does not allow for that, where one is
    there and `local` denies it, and where the service does not say what it always says.
    """
    service = next((make for name, make in _SERVICES.items() if environment.get(name) == "true"), None)
    if local and service:
        raise UsageError(
            "--local says that no build service runs this, and one does",
            hint="leave --local out: the provenance then names the service",
        )
    if local:
        return BuildRun(
            service="this machine",
            builder_id=builder_id or LOCAL_BUILDER,
            build_type=LOCAL_BUILD_TYPE,
            external_parameters={},
        )
    if service is None:
        raise UsageError(
            "no build service runs this: neither GITHUB_ACTIONS nor GITLAB_CI is true",
            hint="make provenance where the release is built, or give --local, which says so in it",
        )
    return service(environment, builder_id)


def _need(environment: Mapping[str, str], name: str, pattern: re.Pattern[str] | None = None) -> str:
    value = environment.get(name, "")
    if not value:
        raise UsageError(
            f"{name} is not set, which the build service sets always",
            hint="pass the service's variables on to attest",
        )
    if pattern and not pattern.match(value):
        raise UsageError(
            f"{name} is {value[:80]!r}, which the build service would not say",
            hint="do not set the service's variables",
        )
    return value


def _github(environment: Mapping[str, str], builder_id: str) -> BuildRun:
    def need(name: str) -> str:
        return _need(environment, name)

    server = _need(environment, "GITHUB_SERVER_URL", _HTTPS)
    repository, ref = need("GITHUB_REPOSITORY"), need("GITHUB_REF")
    commit = _need(environment, "GITHUB_SHA", _COMMIT)
    workflow = need("GITHUB_WORKFLOW_REF")
    path, at, of = workflow.removeprefix(f"{repository}/").rpartition("@")
    if not workflow.startswith(f"{repository}/") or not at or of != ref:
        raise UsageError(
            f"GITHUB_WORKFLOW_REF is {workflow[:120]!r}, no workflow of {repository} at {ref}",
            hint="run attest in a workflow of the repository that it releases",
        )
    internal: dict[str, Json] = {
        "event_name": need("GITHUB_EVENT_NAME"),
        "repository_id": need("GITHUB_REPOSITORY_ID"),
        "repository_owner_id": need("GITHUB_REPOSITORY_OWNER_ID"),
        "runner_environment": need("RUNNER_ENVIRONMENT"),
    }
    run = f"{server}/{repository}/actions/runs/{need('GITHUB_RUN_ID')}"
    return BuildRun(
        service="GitHub Actions",
        # The workflow that certificates of this run name, unless the job is that of a reusable workflow:
        # its name is in the identity token alone.
        builder_id=builder_id or f"{server}/{workflow}",
        build_type=GITHUB_BUILD_TYPE,
        external_parameters={"workflow": {"ref": ref, "repository": f"{server}/{repository}", "path": path}},
        internal_parameters={"github": internal},
        source=f"git+{server}/{repository}@{ref}",
        commit=commit,
        tag=environment.get("GITHUB_REF_NAME", "") if environment.get("GITHUB_REF_TYPE") == "tag" else "",
        invocation_id=f"{run}/attempts/{need('GITHUB_RUN_ATTEMPT')}",
    )


def _gitlab(environment: Mapping[str, str], builder_id: str) -> BuildRun:
    def need(name: str) -> str:
        return _need(environment, name)

    project = _need(environment, "CI_PROJECT_URL", _HTTPS)
    tag, name = environment.get("CI_COMMIT_TAG", ""), need("CI_COMMIT_REF_NAME")
    # A pipeline of a merge request has a ref of its own kind, which is not a branch.
    ref = environment.get("CI_MERGE_REQUEST_REF_PATH") or f"refs/{'tags' if tag else 'heads'}/{name}"
    internal: dict[str, Json] = {
        "pipeline_source": need("CI_PIPELINE_SOURCE"),
        "project_id": need("CI_PROJECT_ID"),
        "namespace_id": need("CI_PROJECT_NAMESPACE_ID"),
        "runner_id": need("CI_RUNNER_ID"),
    }
    return BuildRun(
        service="GitLab CI",
        builder_id=builder_id or f"{project}/-/runners/{need('CI_RUNNER_ID')}",
        build_type=GITLAB_BUILD_TYPE,
        external_parameters={
            "source": project,
            "ref": ref,
            "config": environment.get("CI_CONFIG_PATH") or ".gitlab-ci.yml",
            "job": need("CI_JOB_NAME"),
        },
        internal_parameters={"gitlab": internal},
        source=f"git+{project}@{ref}",
        commit=_need(environment, "CI_COMMIT_SHA", _COMMIT),
        tag=tag,
        invocation_id=_need(environment, "CI_JOB_URL", _HTTPS),
        started_on=_time(environment, "CI_JOB_STARTED_AT"),
    )


def _time(environment: Mapping[str, str], name: str) -> datetime | None:
    """When the job began; older services do not say it."""
    value = environment.get(name, "")
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise UsageError(
            f"{name} is {value[:80]!r}, which is no time", hint="do not set the service's variables"
        )
    return found.astimezone(UTC)


_SERVICES: Final = {"GITHUB_ACTIONS": _github, "GITLAB_CI": _gitlab}
