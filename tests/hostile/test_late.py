"""A call is judged when it acts: what happened since it was sent counts."""

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from tests.hostile import late
from tests.hostile.attack import Findings
from tests.hostile.box import API, Box
from tests.hostile.late import Connection, Scene, scene
from tests.hostile.wire import request

WANTED = {401, 403, 404}


def held(box: Box, slug: str) -> Any:
    """What is in a tenant; nothing when it is gone."""
    if box.try_control("GET", f"/tenants/{slug}").status != 200:
        return None
    return {k: v for k, v in box.holds(slug)["collections"].items() if not k.startswith("(")}


def judge(findings: Findings, target: Box, way: Any, event: Callable[[Scene], None]) -> None:
    at = scene(target, "tardif")
    state: dict[str, Any] = {}

    def now() -> None:
        event(at)
        state["before"] = held(target, at.slug)

    answers = way(at, now)
    name = f"{event.__name__} {way.__name__}"
    findings.tried[way.__name__] += 1
    seen = [(a.status, a.content) if a else "closed without an answer" for a in answers]
    if any(a is None or a.status not in WANTED for a in answers):
        findings.add(name, "POST /companies", seen)
    after = held(target, at.slug)
    if after != state["before"]:
        moved = {k for k in after if after[k] != state["before"].get(k)} if after else "gone"
        findings.add(f"{name}: changed", "POST /companies", (seen, moved))
    if target.raised():
        findings.add("a traceback", name, target.raised())


@pytest.mark.parametrize("way", late.WAYS[:2], ids=lambda way: way.__name__)
def test_a_late_call_is_judged_when_it_acts(target: Box, way: Any) -> None:
    findings = Findings("late calls")
    for event in late.EVENTS:
        judge(findings, target, way, event)
    findings.judge()


@pytest.mark.sweep
@pytest.mark.turns
@pytest.mark.parametrize("way", late.WAYS[2:], ids=lambda way: way.__name__)
def test_a_call_that_waits_is_judged_when_it_acts(target: Box, way: Any) -> None:
    findings = Findings("calls that wait")
    for event in late.EVENTS:
        judge(findings, target, way, event)
    findings.judge()


def told(line: Connection, seconds: float) -> bytes:
    """All that a follower hears within that time."""
    line.socket.settimeout(seconds)
    heard = line.buffer
    try:
        while got := line.socket.recv(262144):
            heard += got
    except TimeoutError:
        pass
    return heard


def follow(target: Box, slug: str) -> Connection:
    line = Connection(target)
    line.send(request("GET", f"/_sandbox/log?follow=true&tenant={slug}"))
    while b"\r\n\r\n" not in line.buffer:
        line.buffer += line.socket.recv(65536)
    assert line.buffer.startswith(b"HTTP/1.1 200"), line.buffer
    return line


@pytest.mark.parametrize("anew", [False, True], ids=["deleted", "made anew"])
def test_a_log_tells_nothing_of_a_tenant_that_was_there_before(target: Box, anew: bool) -> None:
    """A call that acted before its end does not appear in the log of its successor."""
    at = scene(target, "suivi")
    with follow(target, at.slug) as reader, Connection(target) as line:
        line.send(late.slowly(at, "listCourses"))
        late.time.sleep(late.SETTLE)
        (late.made_anew if anew else late.deleted)(at)
        line.answer()
        if anew:
            log = target.control("GET", f"/log?tenant={at.slug}").content
            assert b"listCourses" not in log
        assert b"listCourses" not in told(reader, 0.5)


@pytest.mark.parametrize("way", ["cleared", "deleted"])
def test_a_slow_follower_is_told_nothing_that_was_forgotten(target: Box, way: str) -> None:
    """What waits for it in the server is forgotten too; a few buffers of the system are not."""
    at = scene(target, "oublie")
    with follow(target, at.slug) as reader:
        reader.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        text = request(
            "POST", f"{API}/companies", at.lines, json.dumps({"x": "y" * 60000}).encode()
        )
        with Connection(target) as line:
            for _ in range(400):
                line.send(text)
                assert line.answer()
        if way == "cleared":
            target.control("DELETE", f"/log?tenant={at.slug}")
        else:
            late.deleted(at)
        heard = told(reader, 1.0)
    assert len(heard) < 8_000_000, heard.count(b"event: exchange")


def test_a_call_under_way_is_not_in_a_cleared_log(target: Box) -> None:
    """It acted before; what was cleared is not to be told afterwards."""
    at = scene(target, "efface")
    with Connection(target) as line:
        line.send(late.slowly(at, "listCourses"))
        late.time.sleep(late.SETTLE)
        target.control("DELETE", f"/log?tenant={at.slug}")
        line.answer()
        log = target.control("GET", f"/log?tenant={at.slug}").content
    assert b"listCourses" not in log
