"""What build services tell a job of theirs, by their documentation."""

from __future__ import annotations

from typing import Final

COMMIT: Final = "0123456789abcdef0123456789abcdef01234567"
GITHUB: Final = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/widget",
    "GITHUB_REPOSITORY_ID": "42",
    "GITHUB_REPOSITORY_OWNER_ID": "7",
    "GITHUB_REF": "refs/tags/v1.2.3",
    "GITHUB_REF_NAME": "v1.2.3",
    "GITHUB_REF_TYPE": "tag",
    "GITHUB_SHA": COMMIT,
    "GITHUB_WORKFLOW_REF": "acme/widget/.github/workflows/release@2.yml@refs/tags/v1.2.3",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_RUN_ID": "1001",
    "GITHUB_RUN_ATTEMPT": "2",
    "RUNNER_ENVIRONMENT": "github-hosted",
}
GITLAB: Final = {
    "GITLAB_CI": "true",
    "CI_PROJECT_URL": "https://gitlab.com/acme/widget",
    "CI_PROJECT_ID": "998",
    "CI_PROJECT_NAMESPACE_ID": "7",
    "CI_COMMIT_SHA": COMMIT,
    "CI_COMMIT_REF_NAME": "v1.2.3",
    "CI_COMMIT_TAG": "v1.2.3",
    "CI_PIPELINE_SOURCE": "push",
    "CI_RUNNER_ID": "12",
    "CI_JOB_NAME": "release",
    "CI_JOB_URL": "https://gitlab.com/acme/widget/-/jobs/5",
    "CI_JOB_STARTED_AT": "2026-03-04T12:00:00Z",
}
