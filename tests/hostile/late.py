"""Calls that act later than they were sent: a body that waits, a queue, a delay."""

import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from tests.hostile.box import API, HOST, Box
from tests.hostile.wire import Answer, Malformed, parse, request

SETTLE = 0.15
"""Seconds after which a server has read what was sent to it."""


class Connection:
    """One connection, written to in pieces, read answer by answer."""

    def __init__(self, box: Box) -> None:
        self.socket = socket.create_connection((HOST, box.port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, text: bytes) -> None:
        self.socket.sendall(text)

    def answer(self) -> Answer | None:
        """The next answer; None when the connection ends without one."""
        try:
            while not (found := parse(self.buffer, "GET")):
                got = self.socket.recv(65536)
                if not got:
                    return None
                self.buffer += got
        except (ConnectionError, Malformed):
            return None
        self.buffer = self.buffer[found[1] :]
        return found[0] if found[0].status >= 200 else self.answer()


@dataclass
class Scene:
    """A tenant in which a call is under way, and the account that makes it."""

    box: Box
    slug: str
    lines: dict[str, str]
    pair: dict[str, Any]  # its tokens
    boss: dict[str, str]  # header lines of the administrator who acts meanwhile

    def act(self, method: str, path: str, body: Any = None) -> None:
        answer = self.box.call(method, API + path, body, self.boss)
        assert answer.status < 300, answer.content


def scene(box: Box, slug: str) -> Scene:
    """A fresh fork with an administrator of its own, who is about to fall."""
    if box.try_control("GET", f"/tenants/{slug}").status == 200:
        box.control("DELETE", f"/tenants/{slug}")
    box.fork("votre-tenant", slug)
    boss = box.auth(slug, "SUPER_ADMIN")
    body = {
        "email": "tombe@exemple.example",
        "firstName": "Alix",
        "lastName": "Tombe",
        "roles": ["ADMIN"],
        "password": "un-mot-de-passe-long",
    }
    made = box.call("POST", f"{API}/users", _fitting(box, body), boss)
    assert made.status == 201, made.content
    told = {"userId": made.json["data"]["id"]}
    pair = box.control("POST", f"/tenants/{slug}/tokens", told).json
    lines = {"Authorization": f"Bearer {pair['accessToken']}", "X-Tenant-ID": slug}
    return Scene(box, slug, lines, pair, boss)


def _fitting(box: Box, body: dict[str, Any]) -> dict[str, Any]:
    schema = box.openapi["components"]["schemas"]["UserCreate"]
    return {k: v for k, v in body.items() if k in schema["properties"]}


def deactivated(at: Scene) -> None:
    at.act("POST", f"/users/{at.pair['userId']}/deactivate")


def role_taken(at: Scene) -> None:
    at.act("PUT", f"/users/{at.pair['userId']}/roles", {"roles": ["LEARNER"]})


def logged_out(at: Scene) -> None:
    body = {"refreshToken": at.pair["refreshToken"]}
    answer = at.box.call("POST", f"{API}/auth/logout", body, at.lines)
    assert answer.status == 204, answer.content


def expired(at: Scene) -> None:
    at.box.control("POST", f"/tenants/{at.slug}/clock/advance", {"by": "PT2H"})


def suspended(at: Scene) -> None:
    """By the super administrator of another tenant, for nobody may suspend their own."""
    tenant = at.box.control("GET", f"/tenants/{at.slug}").json["id"]
    lines = at.box.auth("votre-tenant", "SUPER_ADMIN")
    path = f"{API}/admin/tenants/{tenant}/suspend"
    answer = at.box.call("POST", path, {"statusReason": "Fin de contrat"}, lines)
    assert answer.status == 200, answer.content


def deleted(at: Scene) -> None:
    at.box.control("DELETE", f"/tenants/{at.slug}")


def made_anew(at: Scene) -> None:
    deleted(at)
    at.box.fork("votre-tenant", at.slug)


def restored(at: Scene) -> None:
    """Back to a state in which the account does not exist."""
    at.box.control("POST", f"/tenants/{at.slug}/reset")


EVENTS: tuple[Callable[[Scene], None], ...] = (
    deactivated, role_taken, logged_out, expired, suspended, deleted, made_anew, restored,
)  # fmt: skip


def creation(at: Scene, name: str, more: dict[str, str] | None = None) -> bytes:
    """A request that makes a company."""
    body = json.dumps({"name": name, "kind": "CUSTOMER"}).encode()
    lines = {**at.lines, "Content-Type": "application/json", **(more or {})}
    return request("POST", f"{API}/companies", lines, body)


def by_late_body(at: Scene, event: Callable[[], None]) -> list[Answer | None]:
    with Connection(at.box) as line:
        text = creation(at, "Tardive")
        head = text.index(b"\r\n\r\n") + 4
        line.send(text[:head])
        time.sleep(SETTLE)
        event()
        line.send(text[head:])
        return [line.answer()]


def by_half_a_body(at: Scene, event: Callable[[], None]) -> list[Answer | None]:
    with Connection(at.box) as line:
        text = creation(at, "Tardive")
        line.send(text[:-4])
        time.sleep(SETTLE)
        event()
        line.send(text[-4:])
        return [line.answer()]


def by_delay(at: Scene, event: Callable[[], None]) -> list[Answer | None]:
    with Connection(at.box) as line:
        line.send(creation(at, "Tardive", {"Prefer": "delay=1"}))
        time.sleep(SETTLE)
        event()
        return [line.answer()]


def by_queue(at: Scene, event: Callable[[], None]) -> list[Answer | None]:
    """Behind a call that takes its time, on the same connection."""
    with Connection(at.box) as line:
        slow = request("GET", f"{API}/companies", {**at.lines, "Prefer": "delay=1"})
        line.send(slow + creation(at, "Tardive"))
        time.sleep(SETTLE)
        event()
        return [line.answer(), line.answer()]


def by_fault(at: Scene, event: Callable[[], None]) -> list[Answer | None]:
    fault = {"kind": "DELAY", "seconds": 1, "operations": ["createCompany"]}
    at.box.control("POST", f"/tenants/{at.slug}/faults", fault)
    with Connection(at.box) as line:
        line.send(creation(at, "Tardive"))
        time.sleep(SETTLE)
        event()
        return [line.answer()]


def slowly(at: Scene, name: str) -> bytes:
    """A call whose answer, made at once, takes a second to be told."""
    fault = {"kind": "SLOW", "seconds": 1, "operations": [name]}
    at.box.control("POST", f"/tenants/{at.slug}/faults", fault)
    return request("GET", f"{API}/courses", at.lines)


def behind_slow(at: Scene, event: Callable[[], None]) -> list[Answer | None]:
    """Behind an answer whose body takes its time; what is under way may end as it will."""
    with Connection(at.box) as line:
        line.send(slowly(at, "listCourses") + creation(at, "Tardive"))
        time.sleep(SETTLE)
        event()
        line.answer()
        return [line.answer()]


WAYS: tuple[Callable[[Scene, Callable[[], None]], list[Answer | None]], ...] = (
    by_late_body, by_half_a_body, by_delay, by_queue, by_fault, behind_slow,
)  # fmt: skip
