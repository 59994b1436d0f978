from __future__ import annotations

from datetime import UTC, datetime

import pytest

from attest.app.build_run import build_run
from attest.errors import UsageError
from attest.model.build_run import BuildRun
from tests.unit.app.ci_environments import COMMIT, GITHUB, GITLAB

WORKFLOW = "https://github.com/acme/widget/.github/workflows/release@2.yml@refs/tags/v1.2.3"


def test_github_actions() -> None:
    assert build_run(GITHUB, local=False) == BuildRun(
        service="GitHub Actions",
        builder_id=WORKFLOW,
        build_type="https://actions.github.io/buildtypes/workflow/v1",
        external_parameters={
            "workflow": {
                "ref": "refs/tags/v1.2.3",
                "repository": "https://github.com/acme/widget",
                "path": ".github/workflows/release@2.yml",
            }
        },
        internal_parameters={
            "github": {
                "event_name": "push",
                "repository_id": "42",
                "repository_owner_id": "7",
                "runner_environment": "github-hosted",
            }
        },
        source="git+https://github.com/acme/widget@refs/tags/v1.2.3",
        commit=COMMIT,
        tag="v1.2.3",
        invocation_id="https://github.com/acme/widget/actions/runs/1001/attempts/2",
    )


def test_gitlab_ci() -> None:
    assert build_run(GITLAB, local=False) == BuildRun(
        service="GitLab CI",
        builder_id="https://gitlab.com/acme/widget/-/runners/12",
        build_type="urn:attest:build-type:gitlab-ci:v1",
        external_parameters={
            "source": "https://gitlab.com/acme/widget",
            "ref": "refs/tags/v1.2.3",
            "config": ".gitlab-ci.yml",
            "job": "release",
        },
        internal_parameters={
            "gitlab": {
                "pipeline_source": "push",
                "project_id": "998",
                "namespace_id": "7",
                "runner_id": "12",
            }
        },
        source="git+https://gitlab.com/acme/widget@refs/tags/v1.2.3",
        commit=COMMIT,
        tag="v1.2.3",
        invocation_id="https://gitlab.com/acme/widget/-/jobs/5",
        started_on=datetime(2026, 3, 4, 12, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("changes", "ref"),
    [
        ({"CI_COMMIT_TAG": "", "CI_COMMIT_REF_NAME": "main"}, "refs/heads/main"),
        (
            {"CI_COMMIT_TAG": "", "CI_MERGE_REQUEST_REF_PATH": "refs/merge-requests/1/head"},
            "refs/merge-requests/1/head",
        ),
    ],
    ids=["branch", "merge-request"],
)
def test_a_pipeline_of_no_tag_has_no_tag(changes: dict[str, str], ref: str) -> None:
    run = build_run(GITLAB | changes | {"CI_JOB_STARTED_AT": ""}, local=False)
    assert (run.tag, run.external_parameters["ref"], run.started_on) == ("", ref, None)


def test_a_branch_of_github_is_no_tag() -> None:
    assert build_run(GITHUB | {"GITHUB_REF_TYPE": "branch"}, local=False).tag == ""


def test_the_builder_may_be_said() -> None:
    for environment, local in ((GITHUB, False), (GITLAB, False), ({}, True)):
        run = build_run(environment, local=local, builder_id="https://acme.dev/builder")
        assert run.builder_id == "https://acme.dev/builder"


def test_a_local_build_says_so_and_claims_nothing_else() -> None:
    assert build_run({}, local=True) == BuildRun(
        service="this machine",
        builder_id="urn:attest:builder:local",
        build_type="urn:attest:build-type:local:v1",
        external_parameters={},
    )


@pytest.mark.parametrize("service", [GITHUB, GITLAB], ids=["github", "gitlab"])
def test_every_variable_that_the_service_sets_always_is_needed(service: dict[str, str]) -> None:
    optional = {"GITHUB_REF_NAME", "GITHUB_REF_TYPE", "CI_COMMIT_TAG", "CI_JOB_STARTED_AT"}
    for name in service.keys() - optional - {"GITHUB_ACTIONS", "GITLAB_CI"}:
        with pytest.raises(UsageError, match=f"{name} is not set, which the build service sets always"):
            build_run(service | {name: ""}, local=False)


@pytest.mark.parametrize(
    ("environment", "local", "reason"),
    [
        ({}, False, "no build service runs this: neither GITHUB_ACTIONS nor GITLAB_CI is true"),
        ({"GITHUB_ACTIONS": "false"}, False, "no build service runs this"),
        (GITHUB, True, "--local says that no build service runs this, and one does"),
        (GITHUB | {"GITHUB_SHA": "main"}, False, "GITHUB_SHA is 'main', which the build service would not"),
        (GITHUB | {"GITHUB_SERVER_URL": "github.com"}, False, "GITHUB_SERVER_URL is 'github.com', which"),
        (
            GITHUB | {"GITHUB_WORKFLOW_REF": "other/widget/.github/workflows/r.yml@refs/tags/v1.2.3"},
            False,
            "no workflow of acme/widget at refs/tags/v1.2.3",
        ),
        (GITHUB | {"GITHUB_REF": "refs/heads/main"}, False, "no workflow of acme/widget at refs/heads/main"),
        (GITHUB | {"GITHUB_WORKFLOW_REF": "acme/widget/r.yml"}, False, "no workflow of acme/widget"),
        (GITLAB | {"CI_JOB_STARTED_AT": "noon"}, False, "CI_JOB_STARTED_AT is 'noon', which is no time"),
        (GITLAB | {"CI_JOB_STARTED_AT": "2026-03-04"}, False, "which is no time"),
    ],
)
def test_what_cannot_be_is_refused(environment: dict[str, str], local: bool, reason: str) -> None:
    with pytest.raises(UsageError) as caught:
        build_run(environment, local=local)
    assert reason in caught.value.message
