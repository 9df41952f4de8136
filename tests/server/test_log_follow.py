"""Following the request log: server-sent events over a real socket, slow readers, the end."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from bacasable.contract import Contract
from bacasable.sandbox.exchanges import Exchange, Exchanges
from bacasable.sandbox.following import Follower, events
from bacasable.sandbox.telling import Teller
from bacasable.server.listen import Server, open_socket
from tests.sandbox.exchange_samples import exchange, platform
from tests.support import Api, make_sandbox

SOCKET = pytest.mark.parametrize("api", ["socket"], indirect=True)


def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread is about to do."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class Reader:
    """One open stream, read event by event."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer, self._lines = answer, answer.iter_lines()

    def __iter__(self) -> Iterator[dict[str, str]]:
        found: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line:
                found[name] = value
            elif found:
                yield found
                found = {}

    def next(self) -> dict[str, str]:
        return next(iter(self))

    def path(self) -> str:
        event = self.next()
        told = json.loads(event["data"])
        assert (event["event"], event["id"]) == ("exchange", told["id"])
        return str(told["path"]).removeprefix("/api/v1")


@contextmanager
def follow(api: Api, query: str = "follow=true", **headers: str) -> Iterator[Reader]:
    with (
        httpx.Client(base_url=api.url, timeout=10) as client,
        client.stream("GET", f"/_sandbox/log?{query}", headers=headers) as answer,
    ):
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield Reader(answer)


@SOCKET
def test_followers_are_told_what_happens_and_nothing_old(api: Api) -> None:
    admin = api.as_("ADMIN")
    with ExitStack() as stack:
        first = stack.enter_context(follow(api))
        second = stack.enter_context(follow(api, "status=4xx&follow=true&limit=1"))
        asked = stack.enter_context(follow(api, "method=GET", accept="text/event-stream"))
        by_tenant = stack.enter_context(follow(api, "tenant=votre-tenant&follow=true"))
        admin.get("/nowhere")
        admin.post("/companies", {"name": "Exemple"})
        admin.get("/companies/cmp_unknown")
        api.get("!/_sandbox/log")
        assert [first.next(), second.next()] == [{"": "following"}] * 2
        assert [first.path() for _ in range(3)] == [
            "/nowhere",
            "/companies",
            "/companies/cmp_unknown",
        ]
        assert [second.path() for _ in range(2)] == ["/nowhere", "/companies/cmp_unknown"]
        assert [asked.next(), asked.path(), asked.path()][1:] == [
            "/nowhere",
            "/companies/cmp_unknown",
        ]
        assert [by_tenant.next(), by_tenant.path()][1:] == ["/companies"]


@SOCKET
@pytest.mark.sweep
def test_who_leaves_is_forgotten_and_the_others_read_on(api: Api) -> None:
    followers = api.sandbox.hub.exchanges.followers
    with follow(api) as stays:
        with follow(api) as leaves:
            leaves.next()
            until(lambda: len(followers) == 2)
        until(lambda: len(followers) == 1)
        api.get("/companies")
        assert [stays.next(), stays.path()][1:] == ["/companies"]
    until(lambda: not followers)


def test_a_head_request_and_a_wrong_filter_open_no_stream(api: Api) -> None:
    until(lambda: not api.sandbox.hub.exchanges.followers)
    assert api.request("HEAD", "!/_sandbox/log?follow=true").status == 200
    assert api.get("!/_sandbox/log?follow=yes").status == 400
    assert api.get("!/_sandbox/log?follow=true&tenant=unknown").status == 404
    assert api.get("!/_sandbox/log", headers={"Accept": "image/png"}).status == 406
    both = api.get("!/_sandbox/log", headers={"Accept": "text/event-stream, application/json"})
    assert both.headers["content-type"] == "application/json"
    assert not api.sandbox.hub.exchanges.followers


def test_a_server_that_stops_does_not_wait_for_followers(contract: Contract) -> None:
    sandbox = make_sandbox(contract)
    bound = open_socket("127.0.0.1", 0)
    config = uvicorn.Config(sandbox.app, log_level="critical", lifespan="off")
    server = Server(config, sandbox.hub.exchanges)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    until(lambda: server.started)
    with follow(Api(sandbox, f"http://127.0.0.1:{bound.getsockname()[1]}")) as reader:
        reader.next()
        server.should_exit = True
        assert list(reader) == []
    thread.join(timeout=10)
    assert not thread.is_alive()


async def take(stream: Any, count: int) -> list[bytes]:
    return [await anext(stream) for _ in range(count)]


def test_a_slow_reader_is_told_how_many_he_missed_and_where(contract: Contract) -> None:
    async def story() -> list[Any]:
        follower, found = Follower(lambda e: e.status == 200, backlog=2), []
        for number in range(5):
            follower.tell(exchange(number))
            follower.tell(exchange(number, status=404))
        found += [await follower.next(1)]
        follower.tell(exchange(5))
        found += [await follower.next(1), await follower.next(1)]
        follower.tell(exchange(6))
        found += [await follower.next(1), await follower.next(0)]
        return [told.id if isinstance(told, Exchange) else told for told in found]

    # With one place free again the gap grows: what is told stays in order.
    assert asyncio.run(story()) == ["req_0", "req_1", 4, "req_6", None]


def test_the_stream_tells_the_number_and_keeps_proxies_awake(contract: Contract) -> None:
    log = Exchanges(platform())

    async def story() -> list[bytes]:
        stream = events(log, Teller(contract), lambda _: True, pulse=0.001)
        found = await take(stream, 2)
        for number in range(300):
            log.keep(exchange(number))
        told = await take(stream, 201)
        await stream.aclose()
        return [*found, *told[-2:]]

    found = asyncio.run(story())
    assert found[:2] == [b": following\n\n", b": nothing new\n\n"]
    assert found[2].startswith(b"event: exchange\nid: req_199\ndata: {")
    assert found[3] == b"event: dropped\ndata: 100\n\n"
    assert log.followers == []


def test_a_reader_whose_loop_is_gone_disturbs_nobody(contract: Contract) -> None:
    log = Exchanges(platform())

    async def begin() -> Any:
        log.followers.append(Follower(lambda _: True))

    asyncio.run(begin())
    log.keep(exchange())
    log.hang_up()
    assert len(log.latest(None, lambda _: True, 10)) == 1


def test_what_happened_before_the_end_is_still_told(contract: Contract) -> None:
    log = Exchanges(platform())

    async def story() -> list[bytes]:
        stream = events(log, Teller(contract), lambda _: True)
        await anext(stream)
        log.keep(exchange(1))
        log.hang_up()
        log.keep(exchange(2))
        return [part async for part in stream]

    (last,) = asyncio.run(story())
    assert b"id: req_1\n" in last
