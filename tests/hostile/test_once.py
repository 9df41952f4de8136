"""Sixteen connections at once: what may happen once happens once."""

import json
import socket
from collections import Counter
from typing import Any

import pytest

from tests.hostile.attack import Findings, chance, count, large
from tests.hostile.box import API, HOST, Box
from tests.hostile.wire import Answer, parse, request

ABREAST = 16


def at_once(target: Box, sent: list[bytes]) -> list[Answer]:
    """Send all but the last byte of each, then the last bytes together."""
    lines = [socket.create_connection((HOST, target.port), timeout=20) for _ in sent]
    try:
        for line, text in zip(lines, sent, strict=True):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.sendall(text[:-1])
        for line, text in zip(lines, sent, strict=True):
            line.sendall(text[-1:])
        return [_read(line) for line in lines]
    finally:
        for line in lines:
            line.close()


def _read(line: socket.socket) -> Answer:
    buffer = b""
    while not (found := parse(buffer, "GET")):
        got = line.recv(65536)
        assert got, buffer
        buffer += got
    return found[0]


def post(path: str, lines: dict[str, str], body: Any = None, method: str = "POST") -> bytes:
    more = {"Content-Type": "application/json"} if body is not None else {}
    content = json.dumps(body).encode() if body is not None else None
    return request(method, API + path, {**lines, **more}, content)


def facts(target: Box, tenant: str) -> int:
    return len(target.snapshot(tenant)["collections"]["Event"])


def one_key(target: Box, at: int, lines: dict[str, str]) -> str | None:
    before = facts(target, "une-fois")
    keyed = {**lines, "Idempotency-Key": f"cle-{at}"}
    answers = at_once(target, [post("/companies", keyed, example(target, at))] * ABREAST)
    ids = {json.loads(a.content)["data"]["id"] for a in answers if a.status == 201}
    if {a.status for a in answers} != {201} or len(ids) != 1:
        return f"{Counter(a.status for a in answers)} {ids}"
    made = facts(target, "une-fois") - before
    return None if made == 1 else f"{made} facts"


def one_key_other_bodies(target: Box, at: int, lines: dict[str, str]) -> str | None:
    keyed = {**lines, "Idempotency-Key": f"autre-{at}"}
    sent = [post("/companies", keyed, example(target, at * 100 + n)) for n in range(ABREAST)]
    answers = Counter(a.status for a in at_once(target, sent))
    return None if answers[201] == 1 and set(answers) == {201, 409} else str(answers)


def one_etag(target: Box, at: int, lines: dict[str, str]) -> str | None:
    made = json.loads(at_once(target, [post("/companies", lines, example(target, at))])[0].content)
    path = f"/companies/{made['data']['id']}"
    etag = target.get(API + path, headers=lines).headers["etag"]
    sent = [
        post(path, {**lines, "If-Match": etag}, {"name": f"n {at} {n}"}, "PATCH")
        for n in range(ABREAST)
    ]
    answers = Counter(a.status for a in at_once(target, sent))
    return None if answers == {200: 1, 412: ABREAST - 1} else str(answers)


def one_address(target: Box, at: int, lines: dict[str, str]) -> str | None:
    body = operation_example(target, "createUser")
    sent = [
        post(
            "/users", lines, {**body, "email": f"{'Une' if n % 2 else 'une'}.{at}@exemple.example"}
        )
        for n in range(ABREAST)
    ]
    answers = Counter(a.status for a in at_once(target, sent))
    return None if answers == {201: 1, 409: ABREAST - 1} else str(answers)


def one_transition(target: Box, at: int, lines: dict[str, str]) -> str | None:
    body = operation_example(target, "createImprovementPlan")
    made = json.loads(at_once(target, [post("/improvement-plans", lines, body)])[0].content)
    path = f"/improvement-plans/{made['data']['id']}"
    action = operation_example(target, "createImprovementAction")
    first = at_once(target, [post(f"{path}/actions", lines, action)])[0]
    assert first.status == 201, first.content
    before, path = facts(target, "une-fois"), f"{path}/start"
    answers = Counter(a.status for a in at_once(target, [post(path, lines)] * ABREAST))
    told = facts(target, "une-fois") - before
    if answers == {200: 1, 409: ABREAST - 1} and told == 1:
        return None
    return f"{answers} {told} facts"


def one_refresh(target: Box, at: int, lines: dict[str, str]) -> str | None:
    """A refresh token used at once by many: one at most has it, then the session is over."""
    pair = target.control("POST", "/tenants/une-fois/tokens", {"role": "LEARNER"}).json
    tenant = {"X-Tenant-ID": "une-fois"}
    sent = [post("/auth/refresh", tenant, {"refreshToken": pair["refreshToken"]})] * ABREAST
    answers = at_once(target, sent)
    won = [json.loads(a.content)["data"] for a in answers if a.status == 200]
    if len(won) > 1:
        return f"{len(won)} won"
    for token in [pair["accessToken"], *(one["accessToken"] for one in won)]:
        mine = {**tenant, "Authorization": f"Bearer {token}"}
        if target.get(f"{API}/auth/me", headers=mine).status != 401:
            return "a token of the session still works"
    return None


def operation_example(target: Box, name: str) -> dict[str, Any]:
    for item in target.openapi["paths"].values():
        for one in item.values():
            if isinstance(one, dict) and one.get("operationId") == name:
                content = one["requestBody"]["content"]["application/json"]
                return dict(content["example"])
    raise AssertionError(name)


def example(target: Box, at: int) -> dict[str, Any]:
    """A company of its own, without what must be unique."""
    body = {**operation_example(target, "createCompany"), "name": f"Une seule {at}"}
    body.pop("siret", None)
    return body


RACES = (one_key, one_key_other_bodies, one_etag, one_address, one_transition, one_refresh)


def attack(target: Box, rounds: int) -> Findings:
    findings = Findings("sixteen at once")
    target.fork("votre-tenant", "une-fois")
    lines = target.auth("une-fois")
    dice = chance("once")
    for at in range(rounds):
        for race in dice.sample(RACES, len(RACES)):
            findings.tried[race.__name__] += ABREAST
            wrong = race(target, at, lines)
            if wrong:
                findings.add(race.__name__, f"round {at}", wrong)
    return findings


def test_what_may_happen_once_happens_once(target: Box) -> None:
    attack(target, count(3)).judge()


@pytest.mark.sweep
def test_what_may_happen_once_happens_once_each_time(alone: Box) -> None:
    attack(alone, large(40)).judge()
