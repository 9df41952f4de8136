"""Hostile requests over a socket: nothing breaks, hangs, changes, or answers somebody else."""

import json
import time

import pytest

from tests.hostile import broken
from tests.hostile.attack import Findings, chance, count, large
from tests.hostile.box import API, ROLES, Box, wait_for
from tests.hostile.document import Document
from tests.hostile.mutate import Mutations
from tests.hostile.wire import Answer, Talk, converse, request

LANES, PER_LANE, CANARY_EVERY = 8, 12, 4
PROBLEM = b"application/problem+json"


class Field:
    """A fresh tenant to attack, with its accounts and ids."""

    def __init__(self, target: Box, document: Document) -> None:
        self.target, self.document = target, document
        for tenant in target.control("GET", "/tenants").json["items"]:
            if tenant["slug"] != "votre-tenant":
                target.control("DELETE", f"/tenants/{tenant['slug']}")
        self.slug = target.fork("votre-tenant", "cible")
        self.lines = {role: target.auth(self.slug, role) for role in ROLES}
        held = target.snapshot(self.slug)
        self.ids = {
            name: [one["id"] for one in records if "id" in one]
            for name, records in held["collections"].items()
            if not name.startswith("(")
        }
        self.ids["Tenant"] = [held["tenant"]["id"]]


def judge(findings: Findings, sent: bytes, answer: Answer) -> None:
    """One answer to one request of right grammar."""
    if answer.status >= 500:
        findings.add(f"{answer.status}", sent, answer.content)
    if answer.status >= 400 and not sent.startswith(b"HEAD"):
        if answer.kind != PROBLEM:
            findings.add(f"{answer.status} as {answer.kind.decode()}", sent, answer.content)
            return
        told = json.loads(answer.content)
        if told["status"] != answer.status:
            findings.add("a problem of another status", sent, answer.content)
        if answer.headers.get(b"x-request-id", b"").decode() != told.get("requestId", ""):
            findings.add("a request id that is not the header's", sent, answer.content)


def lane(mutations: Mutations, lines: dict[str, str], number: int) -> tuple[Talk, list[bytes]]:
    """Spoilt requests on one connection, with canaries between that tell whose answer is whose."""
    sent: list[bytes] = []
    methods: list[str] = []
    for at in range(PER_LANE):
        method, text = mutations.draw()
        sent.append(text)
        methods.append(method)
        if at % CANARY_EVERY == CANARY_EVERY - 1:
            sent.append(request("GET", f"{API}/companies/cmp_canary{number}x{at}", lines))
            methods.append("GET")
    return Talk([b"".join(sent)], methods, patience=20), sent


def judge_lane(findings: Findings, talk: Talk, sent: list[bytes]) -> list[bytes]:
    """Judge the answers of one connection; what was refused is given back."""
    refused = []
    if talk.wrong:
        findings.add("malformed answer", b" | ".join(s[:150] for s in sent), talk.wrong)
    if talk.silent:
        at = len(talk.answers)
        findings.add(
            "no answer", sent[at], f"{at} answers of {len(sent)}, rest {talk.rest[:200]!r}"
        )
    if talk.closed and len(talk.answers) < len(sent):
        last = talk.answers[-1] if talk.answers else None
        if last is None or last.status < 400:
            findings.add("closed without a word", sent[len(talk.answers)], last)
    if len(talk.answers) > len(sent) or (talk.rest and not talk.wrong and not talk.silent):
        findings.add("more answers than requests", b" | ".join(sent), talk.rest)
    for text, answer in zip(sent, talk.answers, strict=False):
        judge(findings, text, answer)
        if b"/companies/cmp_canary" in text[:80]:
            whose = text.split(b" ")[1]
            if whose not in answer.content or answer.status not in {404, 401, 403}:
                findings.add("an answer of another request", text, answer.content)
        elif answer.status >= 400:
            refused.append(text)
    return refused


def batch(findings: Findings, field: Field, mutations: Mutations, first: int) -> None:
    """Some connections at once; then what was refused again, which must change nothing."""
    target = field.target
    lanes = [lane(mutations, field.lines["ADMIN"], first + at) for at in range(LANES)]
    converse(target.port, [talk for talk, _ in lanes], LANES)
    refused: list[bytes] = []
    for talk, sent in lanes:
        refused += judge_lane(findings, talk, sent)
        findings.tried["requests"] += len(sent)
        for answer in talk.answers:
            findings.tried[f"{answer.status // 100}xx"] += 1
    if first % (LANES * 10) == 0:
        unchanged(findings, field, refused)
    if not target.alive():
        slow = held_up(target, [text for _, sent in lanes for text in sent])
        findings.add("no answer to a normal call", slow, target.stderr()[-500:])


def held_up(target: Box, sent: list[bytes]) -> bytes:
    """Which of these requests, each sent alone, keeps others waiting for longest."""
    wait_for(target.alive, 120)
    times = []
    for text in sent:
        began = time.monotonic()
        converse(target.port, [Talk([text], [text.split(b" ")[0].decode()], 60)])
        times.append(time.monotonic() - began)
    return b"%.1f s: " % max(times) + sent[times.index(max(times))]


def unchanged(findings: Findings, field: Field, refused: list[bytes]) -> None:
    before = field.target.holds(field.slug)
    parts = [refused[at::LANES] for at in range(LANES)]
    talks = [Talk([b"".join(p)], [t.split(b" ")[0].decode() for t in p], 20) for p in parts if p]
    converse(field.target.port, talks, LANES)
    if all(one.status >= 400 for talk in talks for one in talk.answers):
        findings.tried["batches refused wholly"] += 1
        after = field.target.holds(field.slug)
        if after != before:
            moved = [k for k in after if after[k] != before.get(k)]
            more = {k for k, v in after["collections"].items() if v != before["collections"].get(k)}
            findings.add("refusals changed the tenant", b" | ".join(refused)[:2000], (moved, more))


def attack_contents(target: Box, number: int) -> Findings:
    findings = Findings("right grammar, wrong contents")
    document = Document(target.openapi)
    dice = chance("contents")
    done, first, memory = 0, 0, [target.rss()]
    while findings.tried["requests"] < number and findings.number.total() < 30:
        if first % (LANES * 20) == 0:
            field = Field(target, document)
            mutations = Mutations(document, field.ids, field.lines, dice)
            memory.append(target.rss())
        batch(findings, field, mutations, first)
        first += LANES
        done += 1
    judge_process(findings, target, memory)
    return findings


def judge_process(findings: Findings, target: Box, memory: list[float | None]) -> None:
    for error, times in target.raised().items():
        findings.add(f"a traceback: {error}", "", times)
    held = [one for one in [*memory, target.rss()] if one is not None]
    findings.tried["MB at the end"] = int(held[-1]) if held else 0
    middle = held[len(held) // 2] if held else 0
    if held and len(held) > 6 and held[-1] > middle * 1.2 + 30:
        findings.add("memory grows", [int(one) for one in held], "")


def attack_grammar(target: Box, number: int) -> Findings:
    findings = Findings("broken grammar")
    dice = chance("grammar")
    lines = target.auth("votre-tenant")
    before, memory = target.holds("votre-tenant"), [target.rss()]
    while findings.tried["requests"] < number and len(findings.number) < 30:
        drawn = [broken.draw(dice) for _ in range(64)]
        first = findings.tried["requests"]
        talks = []
        for at, one in enumerate(drawn):
            canary = request("GET", f"{API}/companies/cmp_canary{first + at}", lines)
            pieces = [*one.pieces, *([] if one.hang_up else [canary])]
            talks.append(Talk(pieces, ["GET"] * 3, 0.25, one.hang_up))
        converse(target.port, talks, 64)
        for at, (one, talk) in enumerate(zip(drawn, talks, strict=True)):
            judge_broken(findings, one, talk, f"cmp_canary{first + at}".encode())
        findings.tried["requests"] += len(drawn)
        memory.append(target.rss())
        if not target.alive():
            findings.add("no answer to a normal call", drawn[-1].pieces, target.stderr()[-500:])
    if target.holds("votre-tenant") != before:
        findings.add("broken requests changed the tenant", "", "")
    judge_process(findings, target, memory)
    return findings


def judge_broken(findings: Findings, one: broken.Broken, talk: Talk, canary: bytes) -> None:
    sent = b"".join(one.pieces)
    findings.tried[one.kind] += 1
    if talk.wrong:
        findings.add(f"{one.kind}: malformed answer", sent, talk.wrong)
    for at, answer in enumerate(talk.answers):
        if answer.status >= 500:
            findings.add(f"{one.kind}: {answer.status}", sent, answer.content)
        if answer.status >= 400 and answer.kind != PROBLEM:
            told = (answer.status, answer.headers, answer.content)
            findings.add(f"{answer.status} as {answer.kind.decode() or 'nothing'}", sent, told)
        if one.kind == "garbage behind" and at == 0 and answer.status != 200:
            findings.add("garbage behind a request takes its answer away", sent, answer.content)
        if one.large and answer.status < 400 and at == 0:
            findings.add("headers of any size are taken", sent, answer.status)
        if b"cmp_smuggled" in answer.content and (at == 0 or one.ambiguous):
            findings.add(f"{one.kind}: a body taken for a request", sent, answer.content)
        if b"cmp_canary" in answer.content and canary not in answer.content:
            findings.add(f"{one.kind}: an answer of another connection", sent, answer.content)


def test_wrong_contents_are_refused_and_do_nothing_else(target: Box) -> None:
    attack_contents(target, count(2500)).judge()


def test_broken_grammar_is_refused_and_does_nothing_else(target: Box) -> None:
    attack_grammar(target, count(400)).judge()


@pytest.mark.sweep
@pytest.mark.turns
def test_many_wrong_contents(alone: Box) -> None:
    attack_contents(alone, large(200_000)).judge()


@pytest.mark.sweep
@pytest.mark.turns
def test_much_broken_grammar(alone: Box) -> None:
    attack_grammar(alone, large(30_000)).judge()
