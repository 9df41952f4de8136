"""No tenant sees, changes, or learns the existence of what another has."""

import json
import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import quote

import pytest

from tests.hostile.attack import Findings, chance, large
from tests.hostile.box import API, Box, box
from tests.hostile.crossing import Crossing, Pair, systematic
from tests.hostile.document import Document
from tests.hostile.planted import Planted, leaks, look, plant
from tests.hostile.wire import Answer, Talk, converse

TENANTS = ("votre-tenant", "atelier-nord")
_VARIABLE = re.compile(
    rb'"requestId":"[^"]*"|"timestamp":"[^"]*"|"(?:created|updated)At":"[^"]*"|"id":"[^"]*"'
)
_UNEQUAL = {b"date", b"x-request-id", b"etag", b"location"}


class Ground:
    """A sandbox with three marked tenants: two of their own, and a fork that went its own way."""

    def __init__(self, target: Box) -> None:
        self.box, self.document = target, Document(target.openapi)
        target.fork("votre-tenant", "branche")
        tenants = [plant(target, self.document, slug) for slug in TENANTS]
        fork = plant(target, self.document, "branche")
        self._grow(fork)
        tenants.append(look(target, self.document, fork.slug, fork.marker))
        self.pairs = [(a, b) for a in tenants for b in tenants if a is not b]

    def _grow(self, fork: Planted) -> None:
        """Records that the fork alone has, with ids of its own."""
        body = {"name": f"{fork.marker} seule", "kind": "CUSTOMER"}
        lines = self.box.auth(fork.slug)
        for resource, held in fork.records.items():
            if resource not in {"Event", "User"}:
                copies = [{**r, "id": f"{r['id']}fork"} for r in held[:2]]
                copies = [{k: v for k, v in r.items() if k != "siret"} for r in copies]
                self.box.try_control(
                    "POST",
                    f"/tenants/{fork.slug}/records",
                    {"resource": resource, "records": copies},
                )
        self.box.call("POST", f"{API}/companies", body, lines)


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with box("--tenants", *TENANTS) as target:
        yield Ground(target)


def comparable(answer: Answer, names: list[tuple[str, str]], at: int) -> tuple[object, ...]:
    """An answer without what may differ between two calls."""
    head = sorted((k, v) for k, v in answer.headers.items() if k not in _UNEQUAL)
    told = b"\n".join([_VARIABLE.sub(b"", answer.content), *(b": ".join(one) for one in head)])
    for pair in sorted(names, key=lambda one: -len(one[at])):
        spelt = {pair[at], pair[at].upper(), quote(pair[at]), json.dumps(pair[at])[1:-1]}
        for one in sorted(spelt, key=len, reverse=True):
            told = told.replace(one.encode(), b"(it)")
    return answer.status, told


def judge(
    findings: Findings, pair: Pair, answers: list[Answer], own: Planted, other: Planted
) -> None:
    first, second = answers
    findings.tried["calls"] += 2
    findings.tried[f"{first.status}"] += 1
    kind = pair.kind.partition(" ")[0]
    findings.tried[kind] += 2
    for sent, answer in ((pair.first, first), (pair.second, second)):
        if answer.status >= 500:
            findings.add(f"{kind}: {answer.status}", sent, answer.content)
        found = leaks(answer.content, sent, other, own.names())
        found += leaks(str(answer.headers).encode(), sent, other, own.names())
        if found:
            findings.add(f"{kind}: {pair.operation} tells {found[:3]}", sent, answer.content)
    if comparable(first, pair.names, 0) != comparable(second, pair.names, 1):
        seen = (
            first.status,
            first.headers,
            first.content,
            second.status,
            second.headers,
            second.content,
        )
        findings.add(f"{kind}: {pair.operation} tells what exists elsewhere", pair.first, seen)
    if first.status < 300 and kind in {"path", "child", "header"}:
        findings.add(f"{kind}: {pair.operation} is done", pair.first, first.content)


def cross(
    findings: Findings, ground: Ground, drawn: list[Pair], own: Planted, other: Planted
) -> None:
    """Send pairs on eight connections, and see that the neighbour is as before."""
    before = ground.box.holds(other.slug)
    lanes = [drawn[at::8] for at in range(8)]
    talks = []
    for lane in lanes:
        texts = [text for pair in lane for text in (pair.first, pair.second)]
        methods = [pair.method for pair in lane for _ in (0, 1)]
        talks.append(Talk([b"".join(texts)], methods, patience=20))
    converse(ground.box.port, [talk for talk in talks if talk.methods], 8)
    for lane, talk in zip(lanes, talks, strict=True):
        if talk.wrong or len(talk.answers) != 2 * len(lane):
            findings.add(
                "not answered", lane[len(talk.answers) // 2].first, talk.wrong or talk.rest
            )
        for at, pair in enumerate(lane[: len(talk.answers) // 2]):
            judge(findings, pair, talk.answers[2 * at : 2 * at + 2], own, other)
    if ground.box.holds(other.slug) != before:
        findings.add(
            "the neighbour changed", b" | ".join(p.first for p in drawn)[:3000], other.slug
        )


def attack(ground: Ground, number: int, *, every: bool) -> Findings:
    findings = Findings("isolation of tenants")
    dice = chance("isolation")
    while findings.tried["calls"] < number:
        for own, other in ground.pairs:
            ground.box.control("POST", f"/tenants/{own.slug}/snapshots/held/restore")
            crossing = Crossing(ground.box, ground.document, own, other, dice)
            drawn = list(systematic(crossing)) if every else []
            more = (pair for pair in iter(crossing.draw, 0) if pair)
            drawn += islice(more, 500 if every else 40)
            for at in range(0, len(drawn), 320):
                cross(findings, ground, drawn[at : at + 320], own, other)
    return findings


def keys_across(ground: Ground) -> Findings:
    """An idempotency key of one tenant, role or operation is none of another's."""
    findings = Findings("idempotency keys across borders")
    document = ground.document
    creating = [o for o in document.operations if o.method == "POST" and o.body and o.roles]
    own, other = ground.pairs[0]
    for operation in creating:
        crossing = Crossing(ground.box, document, own, other, chance(operation.id))
        back = Crossing(ground.box, document, other, own, chance(operation.id))
        for role in operation.roles:
            key = {
                "Idempotency-Key": f"k-{operation.id}-{role}",
                "Content-Type": "application/json",
            }
            there = ground.box.call(
                "POST", API + back._home(operation), operation.example,
                {**ground.box.auth(other.slug, role), **key},
            )  # fmt: skip
            home = crossing._home(operation)
            lines = ground.box.auth(own.slug, role)
            fresh = {**key, "Idempotency-Key": f"f-{operation.id}-{role}"}
            ground.box.snapshot(own.slug, "keys")
            used = ground.box.call("POST", API + home, operation.example, {**lines, **key})
            ground.box.control("POST", f"/tenants/{own.slug}/snapshots/keys/restore")
            plain = ground.box.call("POST", API + home, operation.example, {**lines, **fresh})
            findings.tried["keys"] += 1
            if used.status != plain.status or set(used.headers) != set(plain.headers):
                findings.add(f"{operation.id}: a key of another tenant", key, (there, used, plain))
            if leaks(used.content, home.encode(), other, own.names()):
                findings.add(f"{operation.id}: an answer of another tenant", key, used.content)
    return findings


def keys_within(ground: Ground) -> Findings:
    """An answer kept for one account is given to no other, be the key and the body the same."""
    findings = Findings("idempotency keys of other accounts")
    own = ground.pairs[0][0]
    names = [n for n, r in ground.document.resources.items() if r["scope"] == "tenant"]
    paths = {ground.document.resources[n]["collection"] for n in names}
    for operation in ground.document.operations:
        if operation.method != "POST" or operation.path not in paths or "{" in operation.path:
            continue
        key = {"Idempotency-Key": f"w-{operation.id}", "Content-Type": "application/json"}
        seen: dict[str, str] = {}
        for role in (*operation.roles, "LEARNER", "AUDITOR", ""):
            lines = {**(ground.box.auth(own.slug, role) if role else {}), **key}
            answer = ground.box.call("POST", API + operation.path, operation.example, lines)
            findings.tried["keys"] += 1
            if answer.status == 201 and role not in operation.roles:
                findings.add(f"{operation.id} for {role or 'a stranger'}", key, answer.content)
            if answer.status == 201 and role not in seen:
                made = str(answer.json["data"]["id"])
                if made in seen.values():
                    findings.add(
                        f"{operation.id}: another's answer for {role}", key, answer.content
                    )
                seen[role] = made
    return findings


def test_neighbours_are_strangers(ground: Ground) -> None:
    attack(ground, 400, every=False).judge()


def test_a_key_of_another_tenant_is_a_new_key(ground: Ground) -> None:
    keys_across(ground).judge()


def test_a_key_of_another_account_is_a_new_key(ground: Ground) -> None:
    keys_within(ground).judge()


@pytest.mark.sweep
def test_neighbours_are_strangers_in_every_way() -> None:
    with box("--tenants", *TENANTS) as target:
        attack(Ground(target), large(100_000), every=True).judge()
