"""A client of the server of authorization, for tests of whole flows and of what is refused."""

import hashlib
import re
from base64 import urlsafe_b64encode
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from bacasable.core import FixedClock
from bacasable.core.clock import parse_instant
from bacasable.platforms import PlatformPackage
from bacasable.server.launch import Assembly, build_sandbox
from tests.support import NOW

LOCKERS = Path(__file__).parents[1] / "core" / "documents" / "lockers.yaml"
BACK = "http://127.0.0.1:8123/callback"
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PUBLIC = "sandbox-public"
AUTHORIZE, TOKEN, CONSENT = "/v2/oauth/authorize", "/v2/oauth/token", "/_sandbox/oauth/consent"


def opened(path: Path = LOCKERS, **options: Any) -> Assembly:
    clock = FixedClock(parse_instant(NOW))
    return build_sandbox(PlatformPackage.of(path), clock=clock, **options)


class Client:
    """A client of the sandbox, as a program would be one."""

    def __init__(self, sandbox: Assembly, url: str) -> None:
        self.sandbox, self.url = sandbox, url
        assert sandbox.hub.authorization is not None
        self.server = sandbox.hub.authorization
        self.http = httpx.Client(base_url=url, timeout=10)

    @property
    def secret(self) -> tuple[str, str]:
        return "sandbox", self.server.client_secret

    def ask(self, **more: Any) -> httpx.Response:
        asked = {
            "response_type": "code",
            "client_id": "sandbox-public",
            "redirect_uri": BACK,
            "scope": "look",
            "state": "s&1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | more
        given = {name: value for name, value in asked.items() if value is not None}
        return self.http.get(AUTHORIZE, params=given)

    def answer(
        self, page: httpx.Response, decision: str = "allow", account: str = "login", **headers: str
    ) -> httpx.Response:
        found = re.search(r'name="consent" value="(\w+)"', page.text)
        assert found, page.text
        action = re.search(r'action="([^"]+)"', page.text)
        assert action
        form = {"consent": found[1], "account": account, "decision": decision}
        return self.http.post(unescape(action[1]), data=form, headers=headers)

    def code(self, account: str = "login", **more: Any) -> str:
        back = self.answer(self.ask(**more), account=account)
        assert back.status_code == 303, back.text
        return query(back)["code"]

    def exchange(self, code: str, auth: Any = None, **more: Any) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "client_id": "sandbox-public",
            "code_verifier": VERIFIER,
        } | more
        given = {name: value for name, value in form.items() if value is not None}
        return self.http.post(TOKEN, data=given, auth=auth)

    def get(self, path: str, token: str) -> httpx.Response:
        return self.http.get("/v2" + path, headers={"Authorization": f"Bearer {token}"})

    def add(self, token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return self.http.post("/v2/lockers", json={"label": "A"}, headers=headers).status_code


def query(answer: httpx.Response) -> dict[str, str]:
    return {n: v[0] for n, v in parse_qs(urlsplit(answer.headers["location"]).query).items()}
