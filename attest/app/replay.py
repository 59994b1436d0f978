"""Judge a release again from its saved evidence alone: the same steps as `attest.app.verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.app.policy import Recorder, load_policy
from attest.app.verify import verify_release
from attest.errors import FormatError, PolicyError, UsageError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place

if TYPE_CHECKING:
    from attest.app.policy import LoadedPolicy
    from attest.app.saved_evidence import Evidence
    from attest.errors import AttestError
    from attest.model.verdict import Verdict


def load_saved(evidence: Evidence, limits: Limits = DEFAULT_LIMITS) -> LoadedPolicy:
    """The policy of saved evidence, loaded from its bytes with all that it names.

    Raises `FormatError` where that policy is not valid or names other files than were saved: evidence is
    saved only of a run that had a policy.
    """
    policy, run = evidence.policy, evidence.run
    read = Recorder(policy.read_beside)
    variables = {key: value for key, value in (("version", run.version), ("tag", run.tag)) if value}
    try:
        loaded = load_policy(policy.data, policy.file, read, variables=variables, now=run.now, limits=limits)
    except UsageError as error:
        raise _invalid(error) from error
    for name in sorted(policy.beside.keys() - read.seen.keys()):
        raise FormatError(
            f"the saved evidence has {name}, which the policy does not name", place=Place(file=policy.file)
        )
    return loaded


def replay(
    evidence: Evidence, loaded: LoadedPolicy, *, jobs: int = 0, limits: Limits = DEFAULT_LIMITS
) -> Verdict:
    """The verdict over saved evidence, whose policy is `loaded`; raises as `load_saved`."""
    try:
        return verify_release(
            loaded,
            evidence.inventory,
            evidence.source,
            evidence.run,
            previous=evidence.previous,
            jobs=jobs,
            limits=limits,
        )
    except UsageError as error:
        raise _invalid(error) from error


def _invalid(error: UsageError) -> FormatError:
    first: AttestError = error.mistakes[0] if isinstance(error, PolicyError) and error.mistakes else error
    return FormatError(
        f"the saved policy cannot be used: {first}",
        hint="the saved evidence was changed, or attest reads policies differently now",
    )
