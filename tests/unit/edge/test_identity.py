from __future__ import annotations

import pytest
import sigstore.oidc

from attest.edge.identity import ambient_token, asked_token
from attest.errors import ServiceError


def test_the_token_of_a_build_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sigstore.oidc, "detect_credential", lambda: "a.b.c")
    assert ambient_token() == "a.b.c"


def test_a_build_service_that_gives_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub Actions without the permission: the library says so, attest says what to write."""
    for name in ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    with pytest.raises(ServiceError, match="this looks like a build service, and it gives no") as caught:
        ambient_token()
    assert "permissions: id-token: write" in (caught.value.hint or "")
    assert "\n" not in caught.value.message


def test_whoever_logs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    class Issuer:
        def __init__(self, url: str) -> None:
            self.url = url

        def identity_token(self) -> str:
            if self.url == "https://down.example":
                raise ValueError
            return f"token of {self.url}"

    monkeypatch.setattr(sigstore.oidc, "Issuer", Issuer)
    assert asked_token("https://issuer.example") == "token of https://issuer.example"
    with pytest.raises(
        ServiceError, match=r"nobody logged in at https://down\.example: ValueError"
    ) as caught:
        asked_token("https://down.example")
    assert caught.value.hint
