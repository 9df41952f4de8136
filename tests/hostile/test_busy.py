"""No single call keeps the loop: judged by the work that others had to wait for, not by the clock.

Other processes make a call late, and change nothing of what the server has to do before it answers
somebody else: that is what it measures itself here (`watched`).
"""

import json
import time
from collections.abc import Iterable, Iterator
from itertools import islice, repeat

import pytest

from tests.hostile import heavy
from tests.hostile.attack import Findings, chance, count, large
from tests.hostile.box import API, Box, box
from tests.hostile.document import Document, Operation
from tests.hostile.watched import pace
from tests.hostile.wire import Talk, converse, request
from tests.support import Answer

HELD = 50.0
"""Milliseconds for which one call may keep all others, on a usual core (`pace`)."""
AGAIN = 3
"""So often a call that was long is sent again: collections of garbage fall on anybody."""


def cost(target: Box, text: bytes) -> tuple[float, int]:
    """For how long others had to wait for one call, and the status of its answer (0 for none)."""
    talk = Talk([text], [text.split(b" ")[0].decode()], 120)
    with target.watched() as longest:
        converse(target.port, [talk])
    return longest() / pace(), talk.answers[0].status if talk.answers else 0


def measure(findings: Findings, target: Box, calls: Iterable[tuple[str, bytes]]) -> None:
    """Send each alone; what was long is sent again, and its shortest time is judged."""
    costs: dict[str, float] = {}
    for at, (name, text) in enumerate(calls):
        if at % 40 == 39:
            target.control("DELETE", "/log")  # what it keeps is judged elsewhere
        took, status = cost(target, text)
        if took > HELD:
            took = min(took, *(cost(target, text)[0] for _ in range(AGAIN)))
        costs[name] = took
        findings.tried["calls"] += 1
        if took > HELD:
            findings.add(f"{name} holds the loop", f"{took:.0f} ms", (status, text[:200]))
        if status == 0 or status >= 500 or (status >= 400 and name.startswith("read ")):
            findings.add(f"{name}: {status or 'no answer'}", text, target.stderr()[-300:])
    worst = sorted(costs, key=lambda name: -costs[name])[:12]
    for name in worst:
        findings.tried[f"{costs[name]:.1f} ms {name}"] += 1


def home(target: Box) -> dict[str, str]:
    """An id of the tenant by prefix."""
    held = target.snapshot("votre-tenant")["collections"]
    return {r["id"][:4]: r["id"] for rs in held.values() for r in rs if "_" in str(r.get("id"))}


def warm(target: Box) -> None:
    """Once each: what is made at its first call is not what is measured."""
    for _, text in heavy.readings("votre-tenant"):
        cost(target, text)


def everything(target: Box, operations: list[Operation]) -> Iterator[tuple[str, bytes]]:
    lines = target.auth("votre-tenant", "SUPER_ADMIN")
    ids = home(target)
    yield from heavy.heads(lines)
    yield from heavy.heads({"X-Tenant-ID": "votre-tenant"})
    yield from heavy.packed(lines)
    yield from heavy.bodies(operations, ids, lines)
    yield from heavy.bodies(operations, ids, lines, 60_000)


def bodied(target: Box) -> list[Operation]:
    return [one for one in Document(target.openapi).operations if one.body is not None]


def test_some_heavy_calls_do_not_hold_the_loop(target: Box) -> None:
    findings, dice = Findings("heavy calls"), chance("heavy")
    warm(target)
    calls = list(everything(target, dice.sample(bodied(target), 2)))
    measure(findings, target, dice.sample(calls, min(count(40), len(calls))))
    findings.judge()


def test_controls_that_have_much_to_do_let_others_act() -> None:
    judge_much(5000)


@pytest.mark.sweep
@pytest.mark.turns
def test_controls_that_have_very_much_to_do_let_others_act() -> None:
    """Bodies of 15 MB and more; a tenant with 200,000 records of its own is deleted."""
    judge_much(40_000, "--max-control-body-bytes", "100000000")


def judge_much(records: int, *options: str) -> None:
    findings = Findings("much at once")
    with box("--tenants", "vide", *options) as one:
        warm(one)
        for name, wanted, controls in heavy.much("vide", records, records // 5):
            answer = judge_held(findings, one, name, wanted, controls)
            if name == "a file":
                upload = ("PUT", "/tenants/vide/snapshots/autre/file", answer.content)
                judge_held(findings, one, "an upload", 200, repeat(upload))
        for path in ("/snapshots/tout", "/snapshots/autre", ""):
            deletion = ("DELETE", f"/tenants/vide{path}", None)
            judge_held(findings, one, f"a deletion {path}", 204, iter([deletion]))
        with one.watched() as longest:
            time.sleep(1)
        took = longest() / pace()
        findings.tried[f"afterwards: {took:.1f} ms"] += 1
        if took > HELD:
            findings.add("what is left holds the loop", f"{took:.0f} ms", "")
    findings.judge()


def judge_held(
    findings: Findings, target: Box, name: str, wanted: int, controls: Iterator[heavy.Control]
) -> Answer:
    """Whether a control lets others act: what was long is tried again. The last answer."""
    took, answer = held(target, next(controls))
    for control in islice(controls, AGAIN if took > HELD else 0):
        again, answer = held(target, control)
        took = min(took, again)
    findings.tried[f"{name}: {took:.1f} ms"] += 1
    if took > HELD:
        findings.add(f"{name} holds the loop", f"{took:.0f} ms", answer.status)
    if answer.status != wanted:
        findings.add(f"{name}: {answer.status}", "", answer.content[:300])
    return answer


def held(target: Box, control: heavy.Control) -> tuple[float, Answer]:
    """For how long others had to wait for a control, and its answer."""
    method, path, body = control
    # Written before: else this process would be waited for.
    text = json.dumps(body).encode() if isinstance(body, dict) else body
    with target.watched() as longest:
        answer = target.try_control(method, path, text)
    return longest() / pace(), answer


def test_reading_what_was_sent_does_not_hold_the_loop(target: Box) -> None:
    """The log keeps hostile calls too; to tell them must not take long."""
    findings = Findings("reading the log")
    lines = target.auth("votre-tenant")
    sent = {**lines, "Content-Type": "application/json"}
    many = [
        ("a query", request("GET", f"{API}/courses?q=" + "eyJ" * 5000)),
        ("a header", request("GET", f"{API}/courses", {**lines, "X-A": "eyJ" * 5000})),
        ("a body", request("POST", f"{API}/companies", sent, next(iter(_secrets())))),
    ]
    for name, text in many:
        target.control("DELETE", "/log")
        measure(findings, target, [(name, text)])
        readings = [(f"{one} after {name}", t) for one, t in heavy.readings("votre-tenant")]
        measure(findings, target, readings[:3])
    target.control("DELETE", "/log")
    findings.judge()


def _secrets() -> Iterator[bytes]:
    pairs = [f'{{"password":"s{at:05d}","text":"s{at:05d}"}}' for at in range(400)]
    yield ("[" + ",".join(pairs) + "]").encode()


@pytest.mark.sweep
@pytest.mark.turns
def test_no_heavy_call_holds_the_loop(alone: Box) -> None:
    findings = Findings("all heavy calls")
    warm(alone)
    measure(findings, alone, islice(everything(alone, bodied(alone)), large(10_000)))
    findings.judge()


@pytest.mark.sweep
@pytest.mark.turns
def test_reading_a_full_log_does_not_hold_the_loop() -> None:
    """As many ordinary calls as a log keeps, then all ways to read it."""
    findings = Findings("a full log")
    with box("--tenants", "votre-tenant", "qualiforma-demo") as one:
        lines = one.auth("qualiforma-demo", "SUPER_ADMIN")
        text = request("GET", f"{API}/courses?perPage=100", lines)
        converse(one.port, [Talk([text * 500], ["GET"] * 500, 30)])
        warm(one)
        measure(findings, one, heavy.readings("qualiforma-demo"))
    findings.judge()
