"""The request log over real sockets when it is long, hostile, or read by too many."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from bacasable.contract.schemas import SchemaSet
from bacasable.contract.wire import to_json
from bacasable.sandbox.controls import controls_contract
from tests.sandbox.exchange_samples import exchange
from tests.server.test_log_follow import follow, until
from tests.support import Api

SOCKET = pytest.mark.parametrize("api", ["socket"], indirect=True)
TENANT = "votre-tenant"
LOG = "!/_sandbox/log"


@pytest.fixture(autouse=True)
def _empty(api: Api) -> Iterator[None]:
    until(lambda: not api.sandbox.hub.exchanges.followers)
    api.sandbox.hub.exchanges.forget_all()
    yield
    api.sandbox.hub.exchanges.forget_all()


def fill(api: Api, count: int, size: int) -> None:
    for number in range(count):
        made = exchange(number, tenant=TENANT, answer={"a": "é" * (size // 2)})
        api.sandbox.hub.exchanges.keep(made)


@SOCKET
@pytest.mark.parametrize("path", [LOG, "!/_sandbox/log.har"])
def test_a_short_log_has_a_length_and_a_long_one_comes_in_parts(api: Api, path: str) -> None:
    api.get("/companies")
    short = api.get(path)
    assert int(short.headers["content-length"]) == len(short.content)
    fill(api, 60, 20_000)
    long = api.get(path)
    assert "content-length" not in long.headers
    assert long.headers["content-type"] == short.headers["content-type"] == "application/json"
    found = long.json["items"] if path == LOG else long.json["log"]["entries"]
    assert len(found) == 61
    assert "é" * 10_000 in long.content.decode()
    head = api.request("HEAD", path)
    assert (head.status, head.content) == (200, b"")
    assert head.headers["content-type"] == "application/json"


@SOCKET
def test_a_reader_who_leaves_in_the_middle_disturbs_nobody(api: Api) -> None:
    fill(api, 100, 60_000)
    host, port = api.url.removeprefix("http://").split(":")
    for _ in range(3):
        with socket.create_connection((host, int(port))) as leaving:
            leaving.sendall(b"GET /_sandbox/log HTTP/1.1\r\nHost: localhost\r\n\r\n")
            leaving.recv(1000)
    assert len(api.get(LOG).json["items"]) == 100


@SOCKET
@pytest.mark.sweep
def test_one_follower_too_many_is_told_what_to_do(api: Api) -> None:
    exchanges = api.sandbox.hub.exchanges
    most, exchanges.most_followers = exchanges.most_followers, 2
    try:
        with ExitStack() as stack:
            readers = [stack.enter_context(follow(api)) for _ in range(2)]
            assert [reader.next() for reader in readers] == [{"": "following"}] * 2
            refused = api.get(LOG + "?follow=true")
            assert (refused.status, refused.code) == (429, "TOO_MANY_FOLLOWERS")
            assert refused.headers["content-type"] == "application/problem+json"
            assert int(refused.headers["retry-after"]) > 0
            assert "2 follow" in refused.json["detail"]
            document = controls_contract().document
            assert not SchemaSet(document).answer_check("/components/schemas/Problem")(refused.json)
            assert "429" in document["paths"]["/log"]["get"]["responses"]
            assert api.request("HEAD", LOG + "?follow=true").status == 200
            api.get("/nowhere")
            assert [reader.path() for reader in readers] == ["/nowhere"] * 2
        until(lambda: not exchanges.followers)
        with follow(api) as reader:
            reader.next()
    finally:
        exchanges.most_followers = most


@SOCKET
@pytest.mark.sweep
def test_a_follower_of_a_tenant_hears_nothing_of_before_its_deletion(api: Api) -> None:
    exchanges = api.sandbox.hub.exchanges
    assert api.post(f"!/_sandbox/tenants/{TENANT}/forks", {"slug": "essai"}).status == 201
    with follow(api, "tenant=essai&follow=true") as reader:
        reader.next()
        until(lambda: len(exchanges.followers) == 1)
        old = exchange(1, tenant="essai", path="/api/v1/old")
        exchanges.keep(old)
        assert reader.path() == "/old"
        assert api.delete("!/_sandbox/tenants/essai").status == 204
        assert old.forgotten
        # As if he had not come to read it until now.
        exchanges.followers[0].tell(old)
        api.get("/companies", headers={"X-Tenant-ID": "essai"})
        assert reader.path() == "/companies"


@contextmanager
def pinging(api: Api) -> Iterator[list[float]]:
    """Calls of another client; gives how long each waited."""
    waited: list[float] = []
    over = threading.Event()

    def ping() -> None:
        while not over.is_set():
            begun = time.monotonic()
            api.get("!/_sandbox/health")
            waited.append(time.monotonic() - begun)

    thread = threading.Thread(target=ping)
    thread.start()
    try:
        yield waited
    finally:
        over.set()
        thread.join()


@SOCKET
def test_others_are_answered_while_somebody_reads_a_hostile_log(api: Api) -> None:
    for number in range(80):
        body = to_json({"token": "abcde", "a": "eyJ" * 18_000})
        made = exchange(number, tenant=TENANT, body=body, answer=body, query=b"eyJ" * 5000)
        api.sandbox.hub.exchanges.keep(made)
    with pinging(api) as waited:
        begun = time.monotonic()
        told = json.loads(api.get(LOG).content)
        taken = time.monotonic() - begun
    assert len(told["items"]) == 80
    # Not all that time. How long exactly is measured where nothing else runs: test_effort.py.
    assert len(waited) > 5
    assert sorted(waited)[len(waited) // 2] < max(0.1, taken / 4)
