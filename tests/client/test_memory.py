"""In memory as over a socket: the same calls get the same answers, and ends are the same."""

import asyncio
import threading

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bacasable import Sandbox
from bacasable.client.loop import LoopStopped, LoopThread
from bacasable.client.memory import MemoryTransport
from tests.support import NOW

METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
SEGMENTS = st.text(st.characters(codec="utf-8", exclude_characters="/?#\\"), max_size=8)
PATHS = st.one_of(
    st.sampled_from(["/courses", "/companies", "/companies/cmp_abc123", "/auth/me", "/"]),
    st.builds("/companies/{}".format, SEGMENTS),
    st.builds("/{}".format, SEGMENTS),
)
QUERIES = st.dictionaries(st.sampled_from(["perPage", "page", "q", "x"]), st.text(max_size=5))
BODIES = st.one_of(
    st.none(),
    st.binary(max_size=30),
    st.just(b'{"name": "S"}'),
    st.just(b'{"nmae": "\xc3\xa9"}'),
)


@pytest.fixture(scope="module")
def pair():
    """Two sandboxes of one seed at one instant, a client of each."""
    ways = [Sandbox(tenants=["votre-tenant"], now=NOW, socket=socket) for socket in (True, False)]
    clients = []
    for sandbox in ways:
        tenant = sandbox.start().tenant("votre-tenant")
        tenant.clock.freeze(at="2026-11-03T09:00:00Z")
        clients.append(tenant.client())
    yield clients
    for sandbox in ways:
        sandbox.stop()


def seen(client, method, path, query, body):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    try:
        answer = client.request(method, path, params=query, content=body, headers=headers)
    except httpx.InvalidURL as error:
        return repr(error)
    changing = {"date", "x-request-id", "host"}
    told = {name: value for name, value in answer.headers.items() if name not in changing}
    content = answer.content.replace(answer.headers["x-request-id"].encode(), b"")
    return answer.status_code, told, content


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(method=METHODS, path=PATHS, query=QUERIES, body=BODIES)
def test_both_ways_give_the_same_answers(pair, method, path, query, body):
    over_socket, in_memory = pair
    call = (method, path, query, body)
    assert seen(in_memory, *call) == seen(over_socket, *call)


def through(app, loop):
    return httpx.Client(transport=MemoryTransport(app, loop), base_url="http://app.example")


@pytest.fixture
def loop():
    thread = LoopThread("test")
    yield thread
    thread.stop()


async def start(send, more=True, body=b""):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body, "more_body": more})


def test_an_application_that_fails_breaks_the_connection(loop):
    async def app(scope, receive, send):
        if scope["path"] == "/midway":
            await start(send, body=b"half")
        raise RuntimeError(scope["path"])

    with through(app, loop) as client:
        for path in ("/before", "/midway"):
            with pytest.raises(httpx.RemoteProtocolError) as caught:
                client.get(path)
            assert str(caught.value.__cause__) == path


def test_an_application_that_forgets_to_answer_breaks_the_connection(loop):
    async def app(scope, receive, send):
        await receive()

    with through(app, loop) as client, pytest.raises(httpx.RemoteProtocolError):
        client.get("/")


def test_nothing_is_sent_after_a_cut(loop):
    async def app(scope, receive, send):
        await start(send, body=b"first")
        scope["bacasable.cut"]()
        await send({"type": "http.response.body", "body": b"second", "more_body": False})

    with through(app, loop) as client, client.stream("GET", "/") as answer:
        parts = answer.iter_raw()
        assert next(parts) == b"first"
        with pytest.raises(httpx.RemoteProtocolError):
            next(parts)


def test_an_application_learns_that_its_reader_has_left(loop):
    left = threading.Event()

    async def app(scope, receive, send):
        assert (await receive())["body"] == b"question"
        await start(send, body=b"first")
        try:
            assert (await receive())["type"] == "http.disconnect"
        finally:
            left.set()

    with through(app, loop) as client:
        with client.stream("POST", "/", content=b"question") as answer:
            assert next(answer.iter_raw()) == b"first"
            assert not left.is_set()
        assert left.wait(10)


def test_a_stopped_sandbox_is_a_refused_connection():
    thread = LoopThread("test")
    thread.stop()
    thread.stop()
    with pytest.raises(LoopStopped):
        thread.run(asyncio.sleep(0))
    with through(None, thread) as client, pytest.raises(httpx.ConnectError):
        client.get("/")


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_who_waits_when_the_sandbox_stops_is_told(kind):
    thread, waiting, met = LoopThread("test"), threading.Event(), []

    async def app(scope, receive, send):
        waiting.set()
        await asyncio.sleep(60)

    async def call():
        async with httpx.AsyncClient(transport=MemoryTransport(app, thread)) as client:
            await client.get("http://app.example/")

    def ask():
        try:
            if kind == "async":
                asyncio.run(call())
            else:
                through(app, thread).get("/")
        except httpx.RemoteProtocolError as error:
            met.append(str(error))

    asking = threading.Thread(target=ask)
    asking.start()
    assert waiting.wait(10)
    thread.stop()
    asking.join(10)
    assert met == ["the sandbox stopped before it answered"]
