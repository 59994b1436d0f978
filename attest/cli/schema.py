"""`attest schema NAME`."""

from __future__ import annotations

import importlib
import json
from typing import Annotated, Final

from attest.cli.declare import Argument
from attest.cli.output import emit
from attest.errors import UsageError

#: Where each document's typed dictionary stands; the policy's schema is put together by its loader,
#: and evidence is the model's own data.
_DOCUMENTS: Final = {
    "diff": ("attest.model.documents_diff", "DiffDocument"),
    "input": ("attest.model.documents_input", "InputDocument"),
    "inspect": ("attest.model.documents_inspect", "InspectDocument"),
    "lint": ("attest.model.documents_lint", "LintDocument"),
    "matrix": ("attest.model.documents_matrix", "MatrixDocument"),
    "report": ("attest.model.documents", "ReportDocument"),
    "test-results": ("attest.model.documents_tests", "TestResultsDocument"),
    "trust": ("attest.model.documents_trust", "TrustDocument"),
}
#: What attest reads: their schemas are those of the models that they are read by.
_READ: Final = {
    "policy": ("attest.app.policy", "policy_schema"),
    "policy-tests": ("attest.app.policy_test", "tests_schema"),
}
NAMES: Final = (*sorted((*_DOCUMENTS, "evidence")), *_READ)


def command(name: Annotated[str, Argument(metavar="NAME", help=f"One of {', '.join(NAMES)}.")]) -> None:
    """Print the JSON Schema of a document that attest writes or reads."""
    emit([("", schema_bytes(name))])


def schema_bytes(name: str) -> bytes:
    """The schema of a document as JSON; `UsageError` for an unknown name."""
    if name in _READ:
        module, function = _READ[name]
        schema = getattr(importlib.import_module(module), function)()
    elif name == "evidence":
        from attest.model.saved_evidence import SavedEvidence
        from attest.render.record_schema import record_schema

        schema = record_schema(SavedEvidence, name)
    elif name in _DOCUMENTS:
        from attest.render.json_schema import json_schema

        module, document = _DOCUMENTS[name]
        schema = json_schema(getattr(importlib.import_module(module), document), name)
    else:
        raise UsageError(f"no document is called {name!r}", hint=f"one of {', '.join(NAMES)}")
    return json.dumps(schema, indent=2, ensure_ascii=False).encode() + b"\n"
