from __future__ import annotations

import io
import os
import pickle
import sys

import pytest

from attest.app import processes


def halved(least: int, number: int) -> int:
    """A task: it ends the process that has an odd number to halve."""
    if number % 2:
        raise ValueError(number)
    return max(number // 2, least)


def test_what_a_process_does() -> None:
    asked = io.BytesIO(b"".join(pickle.dumps(each) for each in ((halved, 2), 2, 8, 12)))
    answers = io.BytesIO()
    processes.serve(asked, answers)
    answers.seek(0)
    assert [pickle.load(answers) for _ in range(3)] == [2, 4, 6]  # noqa: S301 - written by this test
    assert not answers.read()


def test_jobs_are_answered_by_their_numbers() -> None:
    jobs = range(0, 40, 2)
    found = processes.apply(halved, 0, jobs, order=range(3, 20), count=2)
    assert found == {index: jobs[index] // 2 for index in range(3, 20)}


def test_a_job_that_raises_is_left_out() -> None:
    found = processes.apply(halved, 0, (2, 4, 5), order=(0, 1, 2), count=1)
    assert found == {0: 1, 1: 2}


@pytest.mark.parametrize(
    ("executable", "jobs", "processors", "expected"),
    [
        ("/usr/bin/python3", 0, 4, 4),
        ("/usr/bin/python3", 3, 4, 3),
        ("/usr/bin/python3", 1, 4, 0),
        ("/usr/bin/python3", 0, 1, 0),
        ("/usr/bin/python3", 0, None, 0),
        ("C:/Python/Python.exe", 0, 2, 2),
        ("/usr/bin/blender", 0, 4, 0),
        ("", 0, 4, 0),
        (None, 0, 4, 0),
    ],
)
def test_processes_are_started_where_they_help_and_can_be(
    monkeypatch: pytest.MonkeyPatch, executable: str | None, jobs: int, processors: int | None, expected: int
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    assert processes.wanted(jobs) == expected


def grown(size: int, data: bytes) -> bytes:
    """A task whose answer is large, too."""
    return data[:1] * size


def test_jobs_and_answers_may_be_larger_than_a_pipe() -> None:
    jobs = [bytes([number]) * 300_000 for number in range(12)]
    found = processes.apply(grown, 300_000, jobs, order=range(12), count=2)
    assert found == dict(enumerate(jobs))


def test_what_cannot_be_sent_is_told() -> None:
    with pytest.raises((AttributeError, TypeError, pickle.PicklingError)):
        processes.apply(halved, 0, (2, lambda: None), order=(0, 1), count=1)  # type: ignore[arg-type] # on purpose
