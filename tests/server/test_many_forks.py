"""Fifty tests at once, each with a fork of its own: nobody ever sees what is another's."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from bacasable.contract import Contract
from bacasable.core.clock import parse_instant
from tests.support import NOW, make_sandbox, over_socket

MANY, ROUNDS = 50, 4


@pytest.fixture(scope="module")
def url(contract: Contract) -> Iterator[str]:
    with over_socket(make_sandbox(contract, ("votre-tenant",))) as api:
        yield api.url


class Client:
    """One test: a fork, a client, and what it knows it has written."""

    def __init__(self, url: str, number: int) -> None:
        self.number, self.slug = number, f"essai-{number}"
        self.client = httpx.Client(base_url=url, timeout=60)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = self.client.request(method, path, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def control(self, method: str, path: str, body: Any = None) -> Any:
        return self.ask(method, f"/_sandbox/tenants/{self.slug}{path}", body)

    def run(self) -> list[str]:
        """Everything a test does; the ids of the records it made."""
        with self.client:
            self.ask("POST", "/_sandbox/tenants/votre-tenant/forks", {"slug": self.slug})
            tokens = self.control("POST", "/tokens", {"role": "ADMIN"})
            mine = {"X-Tenant-ID": self.slug, "Authorization": f"Bearer {tokens['accessToken']}"}
            made = []
            for number in range(ROUNDS):
                body = {"name": f"Numero {self.number}-{number}"}
                made.append(self.ask("POST", "/api/v1/companies", body, **mine)["data"]["id"])
                self.control("POST", "/clock/advance", {"by": f"PT{self.number}S"})
                self.control("PUT", f"/snapshots/s{self.number}-{number}")
                self.look(mine, number + 1)
            self.control("POST", f"/snapshots/s{self.number}-0/restore")
            self.look(mine, 1)
            self.control("POST", "/reset")
            self.look(mine, 0)
            self.control("DELETE", "")
        return made

    def look(self, mine: dict[str, str], written: int) -> None:
        """What is there is what it has written itself, at its own time."""
        found = self.ask("GET", "/api/v1/companies?q=Numero&perPage=100", **mine)
        own = [c["name"] for c in found["data"] if c["name"].startswith("Numero ")]
        assert sorted(own) == [f"Numero {self.number}-{n}" for n in range(written)]
        kept = self.control("GET", "/snapshots")["items"]
        assert {s["name"].partition("-")[0] for s in kept} == {f"s{self.number}"}
        now = parse_instant(self.control("GET", "/clock")["now"])
        assert (now - parse_instant(NOW)).total_seconds() == self.number * written
        log = self.ask("GET", f"/_sandbox/log?tenant={self.slug}")["items"]
        assert {exchange["tenant"] for exchange in log} == {self.slug}


@pytest.mark.sweep
def test_nobody_sees_what_is_another_s(url: str) -> None:
    origin = httpx.get(f"{url}/_sandbox/tenants/votre-tenant").json()
    with ThreadPoolExecutor(MANY) as pool:
        made = list(pool.map(lambda number: Client(url, number).run(), range(1, MANY + 1)))
    assert all(ids == made[0] for ids in made)
    left = httpx.get(f"{url}/_sandbox/tenants").json()["items"]
    assert left == [origin]
